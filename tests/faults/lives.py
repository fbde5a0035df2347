"""What a writer does in its life, step by step, and what must be there after any end of it.

    python -m tests.faults.lives FOLDER LIFE

lives in a process of its own, and prints the number of each step once it is acknowledged. Because lives are data, what
an index must hold after any number of steps is known without asking it.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from index.backup import back_up, restore
from index.errors import QaError, StorageError
from index.local import LocalIndex
from index.types import Article
from tests.doubles_index import HashingEmbedder, stored_article

EMBEDDER = HashingEmbedder()
State = Mapping[str, Article]


@dataclass(frozen=True)
class Step:
    """One thing to do; an addition is of `names` as of `version`, in one batch."""

    action: str
    names: tuple[str, ...] = ()
    version: int = 0

    def articles(self) -> list[Article]:
        return [_article(name, self.version) for name in self.names]


def _article(name: str, version: int) -> Article:
    text = f"This article is about {name}. It was written {version} times. " + f"Filling of {name}. " * (version % 7)
    return stored_article(name, text, title=f"On {name}")


def add(*names: str, version: int = 1) -> Step:
    return Step("add", names, version)


def remove(*names: str) -> Step:
    return Step("remove", names)


PUBLISH, REOPEN, BACK_UP = Step("publish"), Step("reopen"), Step("back up")
START = (add(*(f"kept {number}" for number in range(6))), PUBLISH)
"""What lives other than the whole one find when they begin."""
LIVES: Mapping[str, tuple[Step, ...]] = {
    "start": START,
    "first build": (add("a", "b"), PUBLISH),
    # Everything that a writer does, in little.
    "whole": (
        *(add("a", "b"), add("c"), PUBLISH, remove("a"), add("b", "d", version=2), PUBLISH, REOPEN),
        *(add("e", version=3), remove("b", "c"), PUBLISH, add("a", version=5), REOPEN, add("f")),
    ),
    "adding": (add("a", "b"), add("c"), add("d", "e", version=6), add("a", "f", version=2)),
    "removing": (remove("kept 0"), remove("kept 1", "kept 2"), add("kept 1"), remove("kept 3"), remove("kept 1")),
    "publishing": (PUBLISH, add("a"), PUBLISH, remove("kept 0"), PUBLISH),
    "backing up": (add("a"), BACK_UP, remove("kept 0"), add("b", version=2), BACK_UP),
}


def state_after(steps: Sequence[Step], before: State | None = None) -> dict[str, Article]:
    """What an index holds after these steps: the model that every index is compared with."""
    state = dict(before or {})
    for step in steps:
        if step.action == "add":
            state |= {article.id: article for article in step.articles()}
        elif step.action == "remove":
            state = {name: article for name, article in state.items() if name not in step.names}
    return state


def live(folder: Path, steps: Sequence[Step]) -> Iterator[int]:
    """Do these steps; give the number of each once it is done."""
    index = LocalIndex.create_or_open(folder, EMBEDDER)
    try:
        for number, step in enumerate(steps, start=1):
            index = _done(index, folder, step)
            yield number
    finally:
        index.close()


def _done(index: LocalIndex, folder: Path, step: Step) -> LocalIndex:
    match step.action:
        case "add":
            index.add(step.articles())
        case "remove":
            index.remove(step.names)
        case "publish":
            index.publish()
        case "reopen":
            index.close()
            return LocalIndex.open(folder, EMBEDDER)
        case "back up":
            back_up(folder, _backup_of(folder))
    return index


def _backup_of(folder: Path) -> Path:
    return folder.with_name("backup.db")


@dataclass(frozen=True)
class Verdict:
    """How far INV holds: a line for each loss of what was acknowledged, and for everything else that is wrong."""

    losses: tuple[str, ...] = ()
    complaints: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        return not (self.losses or self.complaints)


def judged(folder: Path, steps: Sequence[Step], acknowledged: int, before: State | None = None) -> Verdict:
    """INV after `acknowledged` of these steps and an unknown part of the next one.

    The index must hold exactly what these steps leave, or what they and the one that was cut short leave; every
    article must be found, `verify` be content, and the next writer go ahead.
    """
    allowed = [state_after(steps[:end], before) for end in (acknowledged, acknowledged + 1)]
    try:
        opening = LocalIndex.open if allowed[0] else LocalIndex.create_or_open
        with closing(opening(folder, EMBEDDER)) as index:
            verdict = _judged(index, allowed)
        backups = [end for end, step in enumerate(steps[: acknowledged + 1]) if step == BACK_UP]
        if not verdict.sound or not any(end < acknowledged for end in backups):
            return verdict
        return _judged_backup(folder, [state_after(steps[:end], before) for end in backups[-2:]])
    except QaError as error:
        return Verdict(losses=(f"{type(error).__name__}: {error}",))


def _judged_backup(folder: Path, allowed: Sequence[State]) -> Verdict:
    """A backup that was acknowledged stays, until the next one is whole."""
    restored = folder.with_name("restored")
    restore(_backup_of(folder), restored)
    with closing(LocalIndex.open(restored, EMBEDDER)) as index:
        return _judged(index, allowed)


def _judged(index: LocalIndex, allowed: Sequence[State]) -> Verdict:
    complaints = index.verify()
    there = {summary.id: _alone(index.article(summary.id)) for summary in index.articles()}
    if there not in allowed:
        return Verdict((f"there are {_shown(there)} instead of {' or '.join(map(_shown, allowed))}",))
    found = {hit.article.id: _alone(hit.article) for hit in index.search("what is this article about", 100)}
    if found != there:
        return Verdict((f"of {_shown(there)} a search finds {_shown(found)}",))
    index.add([_article("afterwards", 1)])
    if "afterwards" not in {hit.article.id for hit in index.search("afterwards", 100)}:
        complaints.append("an article that was added afterwards is not found")
    return Verdict(complaints=(*complaints, *index.verify()))


def _alone(article: Article) -> Article:
    """The article without what others are to it."""
    return replace(article, copy_of=None)


def _shown(state: State) -> str:
    return str(sorted(f"{name} ({article.content_hash[:4]})" for name, article in state.items()))


class _Errors(io.TextIOBase):
    """Standard error by a system call that no test lets fail: what goes wrong elsewhere can still be said."""

    def write(self, text: str) -> int:
        os.writev(2, [text.encode()])
        return len(text)


def main() -> int:
    folder, name = sys.argv[1:]
    sys.stderr = _Errors()
    try:
        for number in live(Path(folder), LIVES[name]):
            _acknowledge(number)
    except QaError as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return 1
    return 0


def _acknowledge(number: int) -> None:
    """By one call of `write`, which may be the one that a test lets fail: then nobody has heard it."""
    try:
        os.write(1, f"{number}\n".encode())
    except OSError as error:
        raise StorageError(f"cannot acknowledge step {number} ({error})") from error


if __name__ == "__main__":
    sys.exit(main())
