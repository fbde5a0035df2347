"""Real kills (faults 1 to 4): a writer dies by `kill -9` at a system call that strace saw it make."""

from __future__ import annotations

import re
import shutil
import signal
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.faults.lives import LIVES, START, Verdict, judged, live, state_after
from tests.faults.tracing import Call, child_command, record, tampered

FIRST_BUILD = "first build"
KILLED = (FIRST_BUILD, "adding", "removing", "publishing", "backing up")
"""The lives that are cut short; each begins with an index that is there, but for the first build."""
_RANDOM = re.compile(r"\.tmp\w{6}$|[0-9a-f]{32}|(?<=snapshots/)\d{12}-[0-9a-f]{8}")


@dataclass(frozen=True, order=True)
class Point:
    """The `turn`th call of this name in any thread, or of those that name `path` beneath the index folder."""

    name: str
    turn: int
    path: str | None = None


@dataclass(frozen=True)
class Kill:
    """What a kill came to. `place` is the call and the file that it died at; None where it lived to its end."""

    point: Point
    place: str | None
    acknowledged: int
    verdict: Verdict


def made_start(folder: Path) -> Path:
    """An index for lives to begin with."""
    for _ in live(folder, START):
        pass
    return folder


def prepared(life: str, start: Path, scratch: Path) -> Path:
    """A fresh folder for a life to be spent in."""
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    if life != FIRST_BUILD:
        shutil.copytree(start, scratch / "index")
    return scratch / "index"


def seen(life: str, start: Path, scratch: Path) -> list[Call]:
    """What an undisturbed life does to the disk."""
    folder = prepared(life, start, scratch)
    return record(child_command(folder, life), scratch)


def points(calls: Sequence[Call], folder: Path) -> list[Point]:
    """A point for every call that writes, as far as strace can be told to meet it.

    strace counts in each thread by itself, and the first thread to come so far dies: a call before which another
    thread has come further can only be met by the file that it names, if that is no random name.
    """
    furthest: dict[str, Counter[str]] = defaultdict(Counter)
    named: Counter[tuple[str, str, str]] = Counter()
    found = set()
    for call in calls:
        path = call.paths[-1]
        named[call.thread, call.name, path] += 1
        others = (count[call.name] for thread, count in furthest.items() if thread != call.thread)
        if max(others, default=0) < call.turn:
            found.add(Point(call.name, call.turn))
        elif place(path, folder) == _within(path, folder):
            found.add(Point(call.name, named[call.thread, call.name, path], _within(path, folder)))
        furthest[call.thread][call.name] = call.turn
    return sorted(found, key=str)


def _within(path: str, folder: Path) -> str:
    return path.removeprefix(str(folder)).lstrip("/")


def place(path: str, folder: Path) -> str:
    """A file's name within the index, without its random part."""
    return _RANDOM.sub("*", _within(path, folder)) if path.startswith(str(folder)) else "(an acknowledgement)"


def kill(life: str, point: Point, start: Path, scratch: Path) -> Kill:
    """Kill a life at a point, and judge what it left."""
    folder = prepared(life, start, scratch)
    path = None if point.path is None else folder / point.path
    run = tampered(child_command(folder, life), f"{point.name}:signal=KILL:when={point.turn}", path=path)
    if run.status not in (0, -signal.SIGKILL):
        raise RuntimeError(f"killed at {point}, it failed: {run.errors}")
    before = None if life == FIRST_BUILD else state_after(START)
    verdict = judged(folder, LIVES[life], len(run.lines), before)
    died = [f"{call.name} {place(call.paths[-1], folder)}" for call in run.interrupted if call.name == point.name]
    return Kill(point, (died or [point.name])[0] if run.status else None, len(run.lines), verdict)


def kills(life: str, root: Path, *, every: int = 1) -> Iterator[Kill]:
    """Kill a life at one in `every` of its points, each time from the start; `root` is an empty folder."""
    start, scratch = made_start(root / "start"), root / "scratch"
    found = points(seen(life, start, scratch), scratch / "index")
    for point in found[every // 2 :: every]:
        yield kill(life, point, start, scratch)
