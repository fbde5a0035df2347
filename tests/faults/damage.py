"""Damage (faults 8 and 9): a bit flipped or an end lost in any file of an index, and what it does to the answers."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from index.errors import QaError
from index.local import LocalIndex
from index.types import EVERYTHING, Article, Filter, Visit
from tests.doubles_index import HashingEmbedder, stored_article

EMBEDDER = HashingEmbedder()
QUESTIONS = ("about kept 3", "second sentence", "this article about kept 17", "Long")
FILTERS = (
    EVERYTHING,
    Filter(outlets=("Wire",)),
    Filter(since=date(2023, 3, 1)),
    Filter(article_ids=("kept 4", "long")),
)
Wound = Callable[[bytearray, random.Random], None]


def flip(data: bytearray, chance: random.Random) -> None:
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def truncate(data: bytearray, chance: random.Random) -> None:
    del data[chance.randrange(len(data)) :]


WOUNDS: Mapping[str, Wound] = {"bits flipped": flip, "files cut short": truncate}


SILENT = "changed, and not even `verify` names it"
CHANGED_BUT_NAMED = "changed, and named by `verify` alone"
OUTCOMES = ("the same, named", "the same, harmless", "refused", CHANGED_BUT_NAMED, SILENT)


@dataclass(frozen=True)
class Damage:
    """What a wound came to: `answers` are "the same", "refused" with an error, or "changed"."""

    file: str
    answers: str
    named: bool
    """By `verify`, or by the error."""
    detail: str = ""

    @property
    def outcome(self) -> str:
        """One of OUTCOMES."""
        if self.answers == "changed":
            return CHANGED_BUT_NAMED if self.named else SILENT
        return self.answers if self.answers == "refused" else f"the same, {'named' if self.named else 'harmless'}"


def filled(folder: Path) -> Path:
    """An index with every kind of row and file in it: published, changed since, and closed."""
    with closing(LocalIndex.create_or_open(folder, EMBEDDER)) as index:
        index.add([_article(number) for number in range(20)])
        index.add([stored_article("long", "A long article about many things. " * 400, title="Long")])
        index.publish()
        index.remove(["kept 7"])
        index.add([_article(21)])
        index.remember([Visit("https://wire.example/a", '"etag"', None, ("kept 4",))])
    return folder


def _article(number: int) -> Article:
    outlet = "Wire" if number % 3 else "Post"
    return stored_article(f"kept {number}", outlet=outlet, author="A. Writer", published=date(2023, 1 + number % 12, 1))


def answers(folder: Path) -> list[object]:
    """Whatever a person can ask of an index."""
    with closing(LocalIndex.open(folder, EMBEDDER)) as index:
        found: list[object] = [index.search(question, 5, where) for question in QUESTIONS for where in FILTERS]
        found += [index.articles(), [index.article(summary.id) for summary in index.articles()]]
        return [*found, index.info().passages]


def damages(kind: str, folder: Path, scratch: Path, count: int, *, pattern: str = "*") -> Iterator[Damage]:
    """Wound a copy of the index `count` times, each file that fits the pattern in its turn, and ask."""
    chance = random.Random(f"{kind} {pattern}")
    expected = (answers(folder), answers(_without_caches(folder, scratch / "rebuilt")))
    files = sorted(path.relative_to(folder) for path in folder.rglob(pattern) if path.is_file() and path.stat().st_size)
    for number in range(count):
        copy, file = scratch / "copy", files[number % len(files)]
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(folder, copy)
        data = bytearray((copy / file).read_bytes())
        WOUNDS[kind](data, chance)
        (copy / file).write_bytes(data)
        yield _outcome(copy, str(file), expected)


def _without_caches(folder: Path, copy: Path) -> Path:
    """What a rebuilt cache answers: of words, it counts fewer removed ones, so that ranks may differ a little."""
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy)
    shutil.rmtree(copy / "words")
    shutil.rmtree(copy / "snapshots")
    return copy


def _outcome(folder: Path, file: str, expected: tuple[list[object], list[object]]) -> Damage:
    named = _verified(folder)
    try:
        found = answers(folder)
    except QaError as error:
        return Damage(file, "refused", named=True, detail=str(error))
    if found in expected:
        return Damage(file, "the same", bool(named), named)
    return Damage(file, "changed", bool(named), named or _difference(found, expected[0]))


def _verified(folder: Path) -> str:
    try:
        with closing(LocalIndex.open(folder, EMBEDDER)) as index:
            return "; ".join(index.verify())
    except QaError as error:
        return str(error)


def _difference(found: list[object], expected: list[object]) -> str:
    return next(f"{one} instead of {other}"[:500] for one, other in zip(found, expected, strict=True) if one != other)
