"""Files, folders, archives, feeds and web pages in, articles out; a source that is none becomes a `Failure`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from index.sources.folders import source_files
from index.sources.kinds import KIND_BY_SUFFIX
from index.sources.reader import SourceReader, is_address
from index.sources.reading import MAX_FILE_BYTES
from index.sources.rows import count_rows
from index.types import Article, Failure

__all__ = ["SourceReader", "count_inputs", "read_source"]

_UNCOUNTED = {"json", "table", "parquet", "epub", "feed", "zip", "tar", "gzip", "bzip2"}
"""Kinds of which one file may hold any number of articles."""


def read_source(source: str) -> Iterator[Article | Failure]:
    """The articles of one file or folder. Never raises for what a source is or holds. See `SourceReader` for more."""
    with SourceReader() as reader:
        for found in reader.read(source):
            if isinstance(found, Article | Failure):
                yield found


def count_inputs(sources: Iterable[str]) -> int | None:
    """How many articles and failures the sources will give, at the least; None where counting would take long."""
    total = 0
    for source in sources:
        if source == "-" or is_address(source):
            return None
        for found in source_files(source):
            count = _count(found)
            if count is None:
                return None
            total += count
    return total


def _count(found: object) -> int | None:
    if not isinstance(found, Path):
        return 1
    kind = KIND_BY_SUFFIX.get(found.suffix.lower())
    if kind != "rows":
        return None if kind in _UNCOUNTED else 1
    try:
        if found.stat().st_size > MAX_FILE_BYTES:
            return None
        with found.open("rb") as stream:
            return count_rows(stream)
    except (OSError, ValueError):
        return 1
