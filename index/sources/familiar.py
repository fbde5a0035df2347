"""Files that were read before: where the bytes are the same, and the articles still so, nothing is parsed again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from index.protocols import VisitMemory
from index.sources.found import Found, Opened, Unchanged
from index.sources.kinds import Kind
from index.types import Article, Failure, Visit

_QUICK: set[Kind] = {"text", "rows", "json", "table"}
"""Reading one takes no longer than remembering it."""
_LEADING_ON: set[Kind] = {"feed", "sitemap"}
"""What they lead to may change while they do not."""
_PARSERS = ("article-qa", "lxml", "odfdo", "pypdf", "python-docx", "trafilatura")


@dataclass(slots=True)
class _Reading:
    """What a file gave while it was read."""

    hashes: dict[str, str] = field(default_factory=dict)
    kinds: set[Kind] = field(default_factory=set)
    failed: bool = False

    def note(self, found: Found) -> None:
        match found:
            case Article():
                self.hashes[found.id] = found.content_hash
            case Opened(_, kind):
                self.kinds.add(kind)
            case Failure():
                self.failed = True

    @property
    def is_worth_remembering(self) -> bool:
        """A file that failed in any part is read again, for the failure to be said again."""
        return bool(self.hashes) and not self.failed and not self.kinds & _LEADING_ON and not self.kinds <= _QUICK


class Familiar:
    """The files of one run. `columns` is what else their articles depend on."""

    def __init__(self, memory: VisitMemory, columns: Mapping[str, str]) -> None:
        self._memory = memory
        self._how = _digest([_way_of_reading(), *map(repr, sorted(columns.items()))])
        self._given: set[str] = set()

    def read(self, path: Path, origin: str, pieces: Iterator[Found]) -> Iterator[Found]:
        """`pieces`, which are read only if the file has changed; then a `Visit` to it. Raises OSError."""
        with path.open("rb") as file:
            state = f"{self._how} {hashlib.file_digest(file, 'sha256').hexdigest()}"
        if (seen := self._memory.visit(origin)) and seen.etag == state and self._is_as_left(seen):
            yield Unchanged(seen)
            return
        reading = _Reading()
        for found in pieces:
            reading.note(found)
            yield found
        self._given.update(reading.hashes)
        if reading.is_worth_remembering:
            yield Visit(origin, state, _digest(reading.hashes.values()), tuple(reading.hashes))

    def _is_as_left(self, seen: Visit) -> bool:
        """Another source may have given an article of the same id since, in this run or before."""
        stored = self._memory.content_hashes(seen.article_ids)
        hashes = (stored.get(article_id, "") for article_id in seen.article_ids)
        return self._given.isdisjoint(seen.article_ids) and seen.last_modified == _digest(hashes)


@cache
def _way_of_reading() -> str:
    """Changes with the code that reads, so that a newer version of it reads every file again."""
    index = Path(__file__).parents[1]
    code = [*sorted(index.glob("sources/*.py")), *index.glob("clean.py")]
    return _digest([*map(_version, _PARSERS), *(hashlib.sha256(file.read_bytes()).hexdigest() for file in code)])


def _version(package: str) -> str:
    with suppress(PackageNotFoundError):
        return version(package)
    return ""


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
