"""An open double of a chat server: speaks OpenAI's protocol on a loopback port, and does what each test scripts."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Act = Callable[["Exchange"], None]


@dataclass
class Exchange:
    """One request, and the means to reply."""

    handler: BaseHTTPRequestHandler
    body: dict[str, Any]
    released: threading.Event

    def start(self) -> None:
        self.handler.send_response(200)
        self.handler.send_header("Content-Type", "text/event-stream")
        self.handler.end_headers()

    def piece(self, text: str, reason: str | None = None) -> None:
        self.delta({"role": "assistant", "content": text}, reason)

    def delta(self, delta: Mapping[str, Any], reason: str | None = None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "double", "choices": [choice]}
        self.raw(f"data: {json.dumps(chunk)}\n\n".encode())

    def raw(self, data: bytes) -> None:
        self.handler.wfile.write(data)
        self.handler.wfile.flush()


@dataclass
class Server:
    """What was asked of it, where it is, how often it was asked, and how many listeners have hung up on it."""

    url: str
    bodies: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    asked: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    hung_up: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))


def says(reply: str) -> Act:
    """The whole reply, in pieces of a few characters."""

    def act(exchange: Exchange) -> None:
        exchange.start()
        for start in range(0, len(reply), 7):
            exchange.piece(reply[start : start + 7])
        exchange.piece("", "stop")
        exchange.raw(b"data: [DONE]\n\n")

    return act


def refuses(status: int, words: str = "no") -> Act:
    """An error with this status."""

    def act(exchange: Exchange) -> None:
        data = json.dumps({"error": {"message": words, "type": "error", "code": None}}).encode()
        exchange.handler.send_response(status)
        exchange.handler.send_header("Content-Type", "application/json")
        exchange.handler.send_header("Content-Length", str(len(data)))
        exchange.handler.end_headers()
        exchange.raw(data)

    return act


def dies_after(reply: str) -> Act:
    """Part of a reply, and the connection is cut without a reason to end."""

    def act(exchange: Exchange) -> None:
        exchange.start()
        exchange.piece(reply)

    return act


def stalls_after(reply: str = "") -> Act:
    """Part of a reply, and then nothing until the test is over."""

    def act(exchange: Exchange) -> None:
        exchange.start()
        if reply:
            exchange.piece(reply)
        exchange.released.wait(60)

    return act


def never_ends(exchange: Exchange) -> None:
    """Words without end, until the listener hangs up, or the test is over."""
    exchange.start()
    while not exchange.released.wait(0.02):
        exchange.piece("Security in Kabul is ")


def babbles(data: bytes) -> Act:
    """Bytes that are no reply."""

    def act(exchange: Exchange) -> None:
        exchange.start()
        exchange.raw(data)

    return act


@contextmanager
def serving(acts: Sequence[Act]) -> Iterator[Server]:
    """A server that does one act for each request, the last one for all that follow."""
    released = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            server.bodies.append(body)
            server.keys.append(self.headers["Authorization"])
            server.asked.release()
            try:
                acts[min(len(server.bodies), len(acts)) - 1](Exchange(self, body, released))
            except OSError:
                server.hung_up.release()

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        server = Server(f"http://127.0.0.1:{listening.server_address[1]}/v1")
        thread = threading.Thread(target=listening.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            released.set()
            listening.shutdown()
            thread.join()
