"""One request and its reply, over one connection that is closed afterwards. No redirect is followed here."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version

import httpcore2

from index.errors import SourceError
from index.fetching.bodies import ACCEPTED_ENCODING, read_body, too_large
from index.fetching.dialing import CheckedBackend, Deadline
from index.fetching.hosts import WebUrl
from index.fetching.robots import PRODUCT

WITH_BODY = {200, 203}
"""The statuses that bring a page; 203 if a proxy on the way changed it. Of other replies no body is read."""

_PROTOCOL_ERRORS = (httpcore2.ProtocolError, httpcore2.NetworkError, httpcore2.TimeoutException)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Headers are by name in lower case; of several with one name the first, but every Content-Encoding."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """The means for requests of one fetch: how to connect, until when, and how much to take."""

    backend: CheckedBackend
    ssl_context: ssl.SSLContext
    deadline: Deadline
    max_bytes: int

    def get(self, url: WebUrl, asked: Mapping[str, str]) -> Reply:
        """The reply to a GET with the further headers `asked`. Raises SourceError where there is no whole reply."""
        target = httpcore2.URL(scheme=url.scheme, host=url.host, port=url.port, target=url.target)
        headers = [(name.encode(), value.encode("latin-1", "replace")) for name, value in _headers(url, asked)]
        try:
            with (
                httpcore2.HTTPConnection(
                    target.origin, ssl_context=self.ssl_context, network_backend=self.backend
                ) as connection,
                connection.stream("GET", target, headers=headers) as response,
            ):
                return self._read(response)
        except _PROTOCOL_ERRORS as error:
            raise _failed(url, error, self.deadline) from error

    def _read(self, response: httpcore2.Response) -> Reply:
        headers = _by_name(response.headers)
        body = self._read_body(response, headers) if response.status in WITH_BODY else b""
        return Reply(status=response.status, headers=headers, body=body)

    def _read_body(self, response: httpcore2.Response, headers: Mapping[str, str]) -> bytes:
        declared = headers.get("content-length", "0")
        if len(declared) > 15 or int(declared) > self.max_bytes:
            raise too_large(self.max_bytes)
        encoding = headers.get("content-encoding", "")
        return read_body(response.iter_stream(), encoding=encoding, max_bytes=self.max_bytes, deadline=self.deadline)


@cache
def user_agent() -> str:
    """How every request names this program."""
    return f"{PRODUCT}/{version('article-qa')}"


def _headers(url: WebUrl, asked: Mapping[str, str]) -> list[tuple[str, str]]:
    return [
        ("Host", url.authority),
        ("User-Agent", user_agent()),
        ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
        ("Accept-Encoding", ACCEPTED_ENCODING),
        ("Connection", "close"),
        *asked.items(),
    ]


def _by_name(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw_name, raw_value in raw:
        name, value = raw_name.decode("ascii").lower(), raw_value.decode("latin-1")
        if name == "content-encoding" and name in headers:
            headers[name] += f", {value}"
        headers.setdefault(name, value)
    return headers


def _failed(url: WebUrl, error: Exception, deadline: Deadline) -> SourceError:
    if isinstance(error, httpcore2.TimeoutException):
        return deadline.error()
    detail = ascii(str(error))[1:-1][:160]
    if isinstance(error.__cause__, ssl.SSLError):
        return SourceError(f"{url.host} gives no secure connection ({detail}); check the address")
    if isinstance(error, httpcore2.ConnectError):
        return SourceError(f"{url.host} cannot be reached ({detail}); check the address, or try again later")
    return SourceError(f"{url.host} broke off or answered in a way that is not HTTP ({detail}); try again later")
