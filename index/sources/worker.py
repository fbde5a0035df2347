"""The process that reads what hostile files bite: it can be stopped, and what it takes with it is nothing.

It is asked for one document at a time, and answers piece by piece. Everything that passes between the two processes
is JSON and bytes, never a pickle: whoever took over this process could not reach the other one through it.
"""

from __future__ import annotations

import json
import math
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import date
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from index.errors import NoArticleError, SourceError
from index.sources.columns import Columns
from index.sources.documents import Document, Hints, Piece, read_stream
from index.types import Article, Failure

BROKEN = "it is broken, or of a make that cannot be read: save its text as a .txt file"
TOO_MUCH_MEMORY = "reading it takes too much memory: split it, or save its text as a .txt file"
PATIENCE = 6
"""How many times its limit of processor time a document may take on the clock: the machine may be busy."""


def main(descriptor: int, memory_bytes: int) -> None:
    """Answer requests until the other side hangs up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the other side's to handle
    _limit_memory(memory_bytes)
    with Connection(descriptor) as connection, suppress(EOFError, OSError):
        while True:
            request = json.loads(connection.recv_bytes())
            data = b"" if request["path"] else connection.recv_bytes()
            _answer(connection, request, data)


def message_of(piece: Piece) -> dict[str, Any]:
    """A piece as JSON can carry it."""
    return {type(piece).__name__.lower(): asdict(piece)}


def piece_of(message: Mapping[str, Any]) -> Piece:
    """What `message_of` made a message of. Raises SourceError where the other side reports one."""
    match message:
        case {"article": dict(fields)}:
            day = fields.pop("published")
            return Article(**fields, published=date.fromisoformat(day) if day else None)
        case {"failure": dict(fields)}:
            return Failure(**fields)
        case {"columns": dict(fields)}:
            return Columns(fields["by_field"], tuple(fields["unused"]))
        case {"error": str(reason)}:
            raise (NoArticleError if message.get("is_no_article") else SourceError)(reason)
    raise SourceError(BROKEN)


def _answer(connection: Connection, request: dict[str, Any], data: bytes) -> None:
    def send(message: object) -> None:
        _limit_time(request["seconds"])
        connection.send_bytes(json.dumps(message, default=date.isoformat).encode())

    path = Path(request["path"]) if request["path"] else None
    document = Document(origin=request["origin"], name="", path=path, data=data)
    hints = Hints(request["charset"], request["columns"])
    _limit_time(request["seconds"])
    try:
        with document.open() as stream:
            for piece in read_stream(request["kind"], stream, document.origin, hints):
                send(message_of(piece))
        send({})
    except SourceError as error:
        send({"error": str(error), "is_no_article": isinstance(error, NoArticleError)})
    except MemoryError:
        send({"error": TOO_MUCH_MEMORY})
        sys.exit(1)  # what is left of the heap is not for the next document
    except OSError as error:
        send({"error": f"it cannot be read: {error.strerror or BROKEN}"})
    except Exception:  # a parser's own mistake is one file's failure, not the batch's
        send({"error": BROKEN})
    finally:
        _limit_time(0)


def _limit_time(seconds: float) -> None:
    """From now on, of this process's own time on a processor; without a limit where it is 0. Ends the process.

    Should the other side die while a parser waits for ever, this process ends too.
    """
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.alarm(math.ceil(seconds * PATIENCE) + 1 if seconds else 0)


def _limit_memory(memory_bytes: int) -> None:
    with suppress(ImportError, ValueError, OSError):  # systems without such limits are left with that of time
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
