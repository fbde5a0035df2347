"""A command on a pseudo-terminal, as a person has it before them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from threading import Thread
from typing import Any

import pytest


class Terminal:
    """What a person types there, and what they are shown on standard error."""

    def __init__(self, end: int, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self._end = end
        self._chunks: SimpleQueue[bytes] = SimpleQueue()
        self._shown = b""
        Thread(target=self._read).start()

    def type(self, text: str) -> None:
        os.write(self._end, text.encode())

    def shows(self, words: str) -> None:
        """Waits until these words are shown."""
        while words.encode() not in self._shown:
            chunk = self._chunks.get(timeout=60)
            assert chunk, self._shown
            self._shown += chunk

    def shown(self) -> str:
        """All that was shown until the command ended, with the control sequences."""
        while chunk := self._chunks.get(timeout=60):
            self._shown += chunk
        return self._shown.decode()

    def _read(self) -> None:
        with suppress(OSError):  # nobody is left who could write there
            while chunk := os.read(self._end, 4096):
                self._chunks.put(chunk)
        self._chunks.put(b"")
        os.close(self._end)


@contextmanager
def on_a_terminal(command: Sequence[Any], environment: Mapping[str, str]) -> Iterator[Terminal]:
    """Runs the command with its standard input and error on a terminal, and its standard output in a pipe."""
    pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")
    end, theirs = pty.openpty()
    streams = {"stdin": theirs, "stdout": subprocess.PIPE, "stderr": theirs}
    own = {**environment, "TERM": "xterm-256color"}  # on a "dumb" one no bar is drawn
    with subprocess.Popen([str(part) for part in command], **streams, env=own) as process:
        os.close(theirs)
        try:
            yield Terminal(end, process)
        finally:
            process.kill()
