"""How many ways into a private network a fetch refuses: python -m benchmarks.ssrf

Each vector is tried directly and, where it can be, as a redirect from a public page. Nothing is sent: a recorder stands
where the network would be, and the interpreter's own audit events show that nothing goes round it. As a control,
the same addresses are tried with everything opened, which the recorder must see.
"""

from __future__ import annotations

import sys

from benchmarks.record import record
from index.errors import SourceError
from index.fetching.fetch import Fetcher, FetchPolicy
from tests.faults.servers import RecordingBackend, redirect
from tests.faults.ssrf_vectors import AS_REDIRECTS, IPV4, IPV6, PUBLIC, VECTORS, Vector

START = "http://start.example/"


def main() -> None:
    system_events: list[str] = []
    sys.addaudithook(
        lambda event, _: (
            system_events.append(event)
            if event in {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo"}
            else None
        )
    )
    direct = [tried(vector, FetchPolicy()) for vector in VECTORS]
    redirected = [tried_by_redirect(vector) for vector in AS_REDIRECTS]
    literals = [Vector(f"http://{address}/") for address in IPV4] + [Vector(f"http://[{a}]/") for a in IPV6]
    opened = FetchPolicy(allow_private=("0.0.0.0/0", "::/0"))
    figures = {
        "vectors": len(VECTORS),
        "refused": sum(refused for refused, _ in direct),
        "connections": sum(connections for _, connections in direct),
        "vectors_by_redirect": len(AS_REDIRECTS),
        "refused_by_redirect": sum(refused for refused, _ in redirected),
        "connections_by_redirect": sum(connections for _, connections in redirected),
        "control_vectors": len(literals),
        "control_connections_recorded": sum(tried(vector, opened)[1] for vector in literals),
        "connections_and_lookups_of_the_system": len(system_events),
    }
    record("ssrf", "python -m benchmarks.ssrf", figures)


def tried(vector: Vector, policy: FetchPolicy) -> tuple[bool, int]:
    """Whether it was refused, and how many connections were asked for."""
    recorder = RecordingBackend()
    fetcher = Fetcher(policy, resolve=lambda *_: vector.answers, dial=recorder)
    return raises(fetcher, vector.url), len(recorder.dialled)


def tried_by_redirect(vector: Vector) -> tuple[bool, int]:
    """The same, beyond the one connection to the public page."""
    recorder = RecordingBackend({PUBLIC: [redirect(vector.url.encode().decode("latin-1"))]})
    fetcher = Fetcher(
        FetchPolicy(respect_robots=False),
        resolve=lambda host, _: (PUBLIC,) if host == "start.example" else vector.answers,
        dial=recorder,
    )
    return raises(fetcher, START), len(recorder.dialled) - 1


def raises(fetcher: Fetcher, url: str) -> bool:
    try:
        fetcher.fetch(url)
    except SourceError:
        return True
    return False


if __name__ == "__main__":
    main()
