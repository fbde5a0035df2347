"""The only place that opens a connection: a name is looked up once, checked, and what was checked is dialled.

The HTTP library asks `CheckedBackend` for a connection to a host, and has no other way to one. The host is resolved,
every address found is checked, and the connection goes to one of those very addresses, so that an answer that changes
between check and connection (DNS rebinding) changes nothing. TLS still asks the server for a certificate of the host.
"""

from __future__ import annotations

import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import httpcore2

from index.errors import SourceError
from index.fetching.addresses import IPAddress, Opening

Resolve = Callable[[str, int], Sequence[str]]
"""Answers the addresses of a host name, in the order in which to try them. Raises OSError."""

_MOST_ADDRESSES_TRIED = 4


def system_resolve(host: str, port: int) -> list[str]:
    """The addresses that this computer's own resolver gives."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


class Deadline:
    """The one time limit over everything that a fetch does: looking up, connecting, every hop, every byte."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds

    def remaining_s(self) -> float:
        """Above 0. Raises SourceError when the time is up."""
        remaining = self._end - time.monotonic()
        if remaining <= 0:
            raise self.error()
        return remaining

    def error(self) -> SourceError:
        return SourceError(f"the site took longer than {self._seconds:g} s; try again later, or raise deadline_s")


class CheckedBackend(httpcore2.NetworkBackend):
    """Connects to hosts as `httpcore2` asks, by way of `dial`, which only ever sees addresses that were checked."""

    def __init__(
        self, *, resolve: Resolve, dial: httpcore2.NetworkBackend, opening: Opening, deadline: Deadline
    ) -> None:
        self._resolve = resolve
        self._dial = dial
        self._opening = opening
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the deadline stands for every timeout
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        addresses = self._checked_addresses(host, port)[:_MOST_ADDRESSES_TRIED]
        for left, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
            # A share of the time each, so that one dead address of several does not use it up.
            share_s = self._deadline.remaining_s() / left
            try:
                stream = self._dial.connect_tcp(address, port, share_s, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                if left == 1:
                    raise
            else:
                return _DeadlineStream(stream, self._deadline)
        raise httpcore2.ConnectError("no address")

    def _checked_addresses(self, host: str, port: int) -> list[str]:
        addresses = [_parsed(text, host) for text in self._look_up(host, port)]
        if not addresses:
            raise _not_found(host)
        for address in addresses:
            # One bad address among good ones condemns the name: an honest site has no such mix.
            if kind := self._opening.refuses(host, address):
                message = f"{host} is at {address}, {kind}; only public sites are fetched, others by allow_private"
                raise SourceError(message)
        return [str(address) for address in addresses]

    def _look_up(self, host: str, port: int) -> Sequence[str]:
        try:
            return (str(ipaddress.ip_address(host)),)
        except ValueError:
            return self._resolve_in_time(host, port)

    def _resolve_in_time(self, host: str, port: int) -> Sequence[str]:
        """In a thread of its own, since the system's resolver knows no time limit; a late answer is left behind."""
        answers: queue.SimpleQueue[Sequence[str] | Exception] = queue.SimpleQueue()

        def resolve() -> None:
            try:
                answers.put(self._resolve(host, port))
            except Exception as error:  # raised again, in the thread that asked
                answers.put(error)

        threading.Thread(target=resolve, name=f"resolve {host}", daemon=True).start()
        try:
            answer = answers.get(timeout=self._deadline.remaining_s())
        except queue.Empty:
            raise self._deadline.error() from None
        if isinstance(answer, (OSError, UnicodeError)):
            raise _not_found(host) from answer
        if isinstance(answer, Exception):
            raise answer
        return answer


class _DeadlineStream(httpcore2.NetworkStream):
    """A connection on which every wait is for what is left of the deadline, so that trickling bytes gain no time."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self._stream.read(max_bytes, self._deadline.remaining_s())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self._stream.write(buffer, self._deadline.remaining_s())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore2.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._deadline.remaining_s())
        return _DeadlineStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _parsed(address: str, host: str) -> IPAddress:
    try:
        return ipaddress.ip_address(address)
    except ValueError as error:
        raise _not_found(host) from error


def _not_found(host: str) -> SourceError:
    return SourceError(f"no site is found under the name {host}; check the spelling and the connection")
