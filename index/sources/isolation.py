"""Reads documents in a process of its own, which is stopped when it takes too long or too much."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from index.errors import SourceError
from index.sources.documents import Document, Hints, Piece
from index.sources.kinds import Kind
from index.sources.worker import BROKEN, PATIENCE, TOO_MUCH_MEMORY, piece_of

_DOCUMENTS_A_PROCESS = 500
"""After which a fresh process takes over: parsers leak."""

_GRACE_S = 5.0
_MAX_MESSAGE_BYTES = 400_000_000
_START = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from index.sources.worker import main; " + (
    "main(int(sys.argv[2]), int(sys.argv[3]))"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What reading one document may take."""

    seconds: float = 20.0
    """Of time on a processor, until the first article of a document and from each to the next."""
    memory_bytes: int = 2_000_000_000
    """Of address space, the parsers' own code included, which takes a third of it."""


DEFAULT_LIMITS = Limits()


class Isolated:
    """One process, started when it is first needed and again after each death."""

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None
        self._documents = 0

    def read(self, kind: Kind, document: Document, hints: Hints) -> Iterator[Piece]:
        """The articles of a document. Raises SourceError where it holds none or passes a limit."""
        if self._documents >= _DOCUMENTS_A_PROCESS:
            self.close()
        connection = self._connection or self._start()
        self._documents += 1
        finished = False
        try:
            self._ask(connection, kind, document, hints)
            while message := self._receive(connection):
                if "error" in message and message["error"] != TOO_MUCH_MEMORY:
                    finished = True
                yield piece_of(message)
            finished = True
        finally:
            if not finished:  # stopped, dead, or left alone half-way: what it would still say is for nobody
                self.close()

    def close(self) -> None:
        """End the process, if there is one."""
        if self._connection:
            self._connection.close()
        if self._process:
            self._process.kill()
            self._process.wait()
        self._process = self._connection = None
        self._documents = 0

    def _start(self) -> Connection:
        ours, theirs = socket.socketpair()
        arguments = (json.dumps(sys.path), str(theirs.fileno()), str(self._limits.memory_bytes))
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - this program itself, and nothing of a document's
                [sys.executable, "-P", "-c", _START, *arguments],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                # Arrow reserves far more address space than it uses, and threads cost more than they bring here.
                env={**os.environ, "ARROW_DEFAULT_MEMORY_POOL": "system", "OMP_NUM_THREADS": "1"},
            )
        self._connection = Connection(ours.detach())
        return self._connection

    def _ask(self, connection: Connection, kind: Kind, document: Document, hints: Hints) -> None:
        request = {
            "kind": kind,
            "origin": document.origin,
            "path": str(document.path) if document.path else None,
            "charset": hints.charset,
            "columns": dict(hints.columns),
            "seconds": self._limits.seconds,
        }
        try:
            connection.send_bytes(json.dumps(request).encode())
            if not document.path:
                connection.send_bytes(document.data)
        except OSError as error:
            raise SourceError(BROKEN) from error

    def _receive(self, connection: Connection) -> dict[str, Any]:
        try:
            if not connection.poll(self._limits.seconds * PATIENCE):
                raise self._too_slow()
            message = json.loads(connection.recv_bytes(_MAX_MESSAGE_BYTES))
        except (EOFError, OSError, ValueError) as error:
            if self._died_of_time():
                raise self._too_slow() from error
            raise SourceError(f"the program that reads such files fails on it; {BROKEN}") from error
        return message if isinstance(message, dict) else {}

    def _died_of_time(self) -> bool:
        with suppress(subprocess.TimeoutExpired):
            return self._process is not None and self._process.wait(_GRACE_S) == -signal.SIGPROF
        return False

    def _too_slow(self) -> SourceError:
        return SourceError(f"reading it takes longer than {self._limits.seconds:g} s: save its text as a .txt file")
