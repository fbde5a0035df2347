"""The far end of a fetch: a scripted network that sends nothing, and a real server on loopback that misbehaves."""

# ruff: noqa: ARG002 - the signatures are those of httpcore2

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import httpcore2

Behaviour = Callable[[socket.socket, threading.Event], None]


class RecordingBackend(httpcore2.NetworkBackend):
    """Notes where connections are asked for, and answers from a script; an address without one refuses."""

    def __init__(self, replies: Mapping[str, Sequence[bytes]] | None = None) -> None:
        self._replies = {address: list(script) for address, script in (replies or {}).items()}
        self.dialled: list[tuple[str, int]] = []
        self.tls_names: list[str | None] = []
        self.sent: list[bytes] = []

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        self.dialled.append((host, port))
        if not self._replies.get(host):
            raise httpcore2.ConnectError("refused by the recorder")
        return _ScriptedStream(self, self._replies[host].pop(0))


class _ScriptedStream(httpcore2.NetworkStream):
    def __init__(self, backend: RecordingBackend, reply: bytes) -> None:
        self._backend = backend
        self._reply = reply

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        piece, self._reply = self._reply[:max_bytes], self._reply[max_bytes:]
        return piece

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._backend.sent.append(buffer)

    def close(self) -> None:
        self._reply = b""

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        self._backend.tls_names.append(server_hostname)
        return self


def response(body: bytes = b"", *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    """A whole HTTP/1.1 response; `length` is what it claims, by default the truth."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def redirect(location: str, status: str = "302 Found") -> bytes:
    return response(b"", f"Location: {location}", status=status)


def sends(reply: bytes) -> Behaviour:
    """Reads a request, sends `reply`, hangs up."""

    def behave(connection: socket.socket, stop: threading.Event) -> None:
        connection.sendall(reply)

    return behave


def drips(head: bytes, drop: bytes, *, every_s: float) -> Behaviour:
    """Sends `head`, then `drop` again and again, without end."""

    def behave(connection: socket.socket, stop: threading.Event) -> None:
        connection.sendall(head)
        while not stop.wait(every_s):
            connection.sendall(drop)

    return behave


def floods(head: bytes, piece: bytes) -> Behaviour:
    """Sends `head`, then `piece` as fast as it is taken, without end."""

    def behave(connection: socket.socket, stop: threading.Event) -> None:
        connection.sendall(head)
        while not stop.is_set():
            connection.sendall(piece)

    return behave


def says_nothing(connection: socket.socket, stop: threading.Event) -> None:
    """Takes the request and keeps silent."""
    stop.wait()


class MisbehavingServer:
    """Behaves on each path as told, in threads of its own, on a free port of a loopback address. Notes the requests."""

    def __init__(self, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> None:
        self._tls = tls
        self._host = host
        self._listener = socket.create_server((host, 0))
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self.behaviours: dict[str, Behaviour] = {}
        self.requests: list[bytes] = []

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def url(self, path: str, host: str | None = None) -> str:
        return f"{'https' if self._tls else 'http'}://{host or self._host}:{self.port}{path}"

    def paths(self) -> list[str]:
        return [request.split(b" ", 2)[1].decode() for request in self.requests]

    def __enter__(self) -> MisbehavingServer:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(timeout=10)

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while not self._stop.is_set():
                connection, _ = self._listener.accept()
                self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        # A client that hangs up, or refuses the certificate, is part of the play.
        with connection, contextlib.suppress(OSError):
            connection.settimeout(10)
            with self._tls.wrap_socket(connection, server_side=True) if self._tls else connection as stream:
                request = b"".join(_until_blank_line(stream))
                self.requests.append(request)
                path = request.split(b" ", 2)[1].decode()
                self.behaviours.get(path, sends(response(b"", status="404 Not Found")))(stream, self._stop)


def _until_blank_line(connection: socket.socket) -> Iterator[bytes]:
    tail = b""
    while not tail.endswith(b"\r\n\r\n"):
        piece = connection.recv(65536)
        if not piece:
            raise ConnectionResetError
        tail = (tail + piece)[-4:]
        yield piece
