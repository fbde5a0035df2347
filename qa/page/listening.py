"""Whether a server can listen where it is told to."""

from __future__ import annotations

import errno
import socket

from index.errors import ConfigError


def check_port(host: str, port: int) -> None:
    """Raises ConfigError where nothing can listen there: said before models are loaded or an index is made."""
    troubles = []
    try:
        places = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise unheard(host, port, error) from error
    for kind, _, _, _, place in places:
        try:
            with socket.socket(kind) as trial:
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                trial.bind(place)
        except OSError as error:
            troubles.append(error)
    # A name may stand for several addresses, not all of which a machine need have.
    if len(troubles) == len(places) or any(trouble.errno == errno.EADDRINUSE for trouble in troubles):
        raise unheard(host, port, troubles[0])


def unheard(host: str, port: int, error: OSError) -> ConfigError:
    """What a person is told who chose them."""
    return ConfigError(
        f"Port {port} of {host} can't be used ({error.strerror or error}); choose others with --host and --port."
    )
