"""Web addresses taken apart, once and strictly. Pure: no look-up, no packet.

What parsers read differently is refused rather than guessed: attacks on fetchers live in the differences.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import SplitResult, quote, urljoin, urlsplit

import idna

from index.errors import SourceError

DEFAULT_PORTS = {"http": 80, "https": 443}
_MAX_URL_CHARACTERS = 8192
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\\]")


@dataclass(frozen=True, slots=True)
class WebUrl:
    """An http or https URL whose parts are in their one canonical form."""

    scheme: str
    host: str
    """A name in lower case and ASCII without a final dot, or an address without brackets."""
    port: int
    target: str
    """Path and query, ASCII, beginning with "/". The fragment is never sent."""

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.authority}"

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return self.origin + self.target

    def join(self, reference: str, extra_ports: tuple[int, ...] = ()) -> WebUrl:
        """The URL that a redirect from here to `reference`, absolute or relative, leads to. Raises SourceError."""
        try:
            joined = urljoin(str(self), reference.strip(" "))
        except ValueError as error:
            raise _not_an_address(reference) from error
        return parse_url(joined, extra_ports)


def parse_url(text: str, extra_ports: tuple[int, ...] = ()) -> WebUrl:
    """Take apart a URL that a fetch may go to, as far as its text can tell. Raises SourceError."""
    text = text.strip(" ")
    if len(text) > _MAX_URL_CHARACTERS or _FORBIDDEN.search(text):
        raise _not_an_address(text)
    try:
        parts = urlsplit(text)
        port = parts.port
        host = host_name(_bare_host(parts))
    except ValueError as error:
        raise _not_an_address(text) if _has_web_scheme(text) else _not_the_web(text) from error
    if parts.scheme not in DEFAULT_PORTS:
        raise _not_the_web(text)
    if "@" in parts.netloc:
        raise SourceError("the address carries a user name or password; give it without what stands before the @")
    if port is None:
        port = DEFAULT_PORTS[parts.scheme]
    if port not in DEFAULT_PORTS.values() and port not in extra_ports:
        raise SourceError(
            f"{_shown(text)} asks for port {port}; only 80 and 443 are open, others by extra_ports in config.toml"
        )
    return WebUrl(scheme=parts.scheme, host=host, port=port, target=_target(parts))


def host_name(text: str) -> str:
    """The one canonical spelling of a host: IDNA applied, lower case, no final dot. Raises ValueError.

    What ends in a number is an IPv4 address or nothing (as in the WHATWG's URL standard), and only the form with four
    decimal parts is taken: resolvers read 2130706433, 0x7f.1 and 0177.0.0.1 as addresses too.
    """
    if ":" in text:
        return str(IPv6Address(text))
    if not text.isascii():
        text = idna.encode(text, uts46=True, std3_rules=True).decode("ascii")
    name = text.lower().removesuffix(".")
    labels = name.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return str(IPv4Address(name))
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError("not a host name")
    return name


def _bare_host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    is_bracketed = "[" in parts.netloc
    if "%" in host or is_bracketed != (":" in host):
        raise ValueError("not a host name")
    return host


def _target(parts: SplitResult) -> str:
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._", errors="replace")
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~-._?[]", errors="replace")
    return f"{path}?{query}" if query else path


def _has_web_scheme(text: str) -> bool:
    return text.partition(":")[0].lower() in DEFAULT_PORTS


def _shown(text: str) -> str:
    """A hostile address in a message: on one line, nothing in it that a terminal obeys, and not endless."""
    shown = ascii(text)
    return shown if len(shown) <= 200 else shown[:200] + "..."


def _not_the_web(text: str) -> SourceError:
    return SourceError(f"{_shown(text)} is not on the web; only addresses with http:// or https:// are fetched")


def _not_an_address(text: str) -> SourceError:
    return SourceError(f"{_shown(text)} is not a proper web address; copy it from the browser's address bar")
