"""What taking in sources would do, without doing it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from index.protocols import Change
from index.sources import SourceReader
from index.sources.columns import Columns
from index.sources.found import Opened
from index.sources.kinds import Kind
from index.types import Article, Failure, Note, Skipped

Hashes = Callable[[Sequence[str]], Mapping[str, str]]
"""The content hash of each of these articles that is stored."""


@dataclass(frozen=True, slots=True)
class Planned:
    """An article, what it was read as, and what adding it would do."""

    change: Change
    kind: Kind
    article: Article


@dataclass(frozen=True, slots=True)
class TableColumns:
    """Which columns of a table would be used."""

    source: str
    columns: Columns


Line = Planned | TableColumns | Failure | Skipped | Note


def plan(sources: Sequence[str], *, reader: SourceReader, stored: Hashes) -> Iterator[Line]:
    """Everything that the sources hold, in their order. Nothing is embedded, and nothing is written."""
    met: dict[str, str] = {}
    kind: Kind = "text"
    for source in sources:
        for found in reader.read(source):
            match found:
                case Opened(origin, kind, columns):
                    if columns:
                        yield TableColumns(origin, columns)
                case Article():
                    known = met.get(found.id) or stored([found.id]).get(found.id)
                    met[found.id] = found.content_hash
                    yield Planned(_change(known, found.content_hash), kind, found)
                case Failure() | Skipped() | Note():
                    yield found


def _change(known: str | None, found: str) -> Change:
    if known is None:
        return "added"
    return "unchanged" if known == found else "updated"
