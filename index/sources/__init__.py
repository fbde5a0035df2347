"""Files and folders in, articles out; a source that is none becomes a `Failure` with the reason."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from index.errors import SourceError
from index.sources.folders import left_out_failure, walk
from index.sources.html import read_html
from index.sources.kinds import HEAD_BYTES, KIND_BY_SUFFIX, Kind, kind_of
from index.sources.markdown import read_markdown
from index.sources.reading import MAX_FILE_BYTES
from index.sources.rows import count_rows, read_rows
from index.sources.text import read_text
from index.types import Article, Failure

__all__ = ["count_inputs", "read_source"]

Reader = Callable[[BinaryIO, str], Iterator[Article | Failure]]
"""Reads a seekable stream of bytes that was found at a place. Raises SourceError when it holds no article."""

READERS: dict[Kind, Reader] = {
    "text": read_text,
    "markdown": read_markdown,
    "html": read_html,
    "rows": read_rows,
}

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://|(?:data|javascript|mailto|file):", re.IGNORECASE)


def read_source(source: str) -> Iterator[Article | Failure]:
    """The articles of a file, or of a folder and its subfolders. Never raises for what a source is or holds."""
    if _ADDRESS.match(source):
        yield Failure(source, "web pages cannot be fetched: save the page as an .html file and add that")
        return
    found_any = False
    for found in _read_folder(source) if os.path.isdir(source) else _read_file(Path(source)):
        found_any = True
        yield found
    if not found_any:
        yield Failure(_printable(Path(source)), "there are no articles in it")


def count_inputs(sources: Iterable[str]) -> int | None:
    """How many articles and failures the sources will give, at the least; None where counting would take long."""
    counts = [_count(path) for source in sources for path in _files(source)]
    return None if None in counts else sum(count or 0 for count in counts)


def _read_folder(folder: str) -> Iterator[Article | Failure]:
    left_out = Counter[str]()
    for found in walk(Path(folder), left_out):
        yield from [found] if isinstance(found, Failure) else _read_file(found)
    if failure := left_out_failure(folder, left_out):
        yield failure


def _read_file(path: Path) -> Iterator[Article | Failure]:
    origin = _printable(path)
    try:
        if not path.is_file():
            raise SourceError("it is not a file" if path.exists() else "it does not exist")
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
            stream.seek(0)
            yield from READERS[kind_of(head, path.name)](stream, _printable(Path(os.path.realpath(path))))
    except SourceError as error:
        yield Failure(origin, str(error))
    except OSError as error:
        yield Failure(origin, f"it cannot be read: {error.strerror}")
    except ValueError:  # what the system says of a NUL in a path
        yield Failure(origin, "it is not a path")


def _printable(path: Path) -> str:
    """A name whose bytes are not UTF-8 would fit neither into the store nor onto a terminal."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _files(source: str) -> Iterator[Path | Failure]:
    if os.path.isdir(source):
        yield from walk(Path(source))
    else:
        yield Path(source)


def _count(found: Path | Failure) -> int | None:
    if isinstance(found, Failure) or KIND_BY_SUFFIX.get(found.suffix.lower()) != "rows":
        return 1
    try:
        if found.stat().st_size > MAX_FILE_BYTES:
            return None
        with found.open("rb") as stream:
            return count_rows(stream)
    except (OSError, ValueError):
        return 1
