"""Simulated power cuts (fault 5): what a writer did is recorded, and every beginning of it is opened as a disk."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.faults.disk import FATES, Disk, torn
from tests.faults.lives import LIVES, Verdict, judged
from tests.faults.tracing import Call, child_command, record

TORN = "torn"
NO_SYNC = ("fsync,fdatasync:retval=0",)
"""For the recorder: the system says that it synced, and did not."""
Trusts = Callable[[Call], bool]
DISTRUSTED: Mapping[str, Trusts] = {
    "the store's log": lambda call: not call.paths[0].endswith("store.db-wal"),
    "the store": lambda call: not call.paths[0].endswith("store.db"),
    "the index folder": lambda call: not call.paths[0].endswith("index"),
    "the folder above": lambda call: "index" in call.paths[0],
}
"""Single fsyncs that an acknowledged article depends on: without any one of them, something must be lost."""


@dataclass(frozen=True)
class Recording:
    """What a life did to the disk, beneath a folder that is gone."""

    life: str
    root: Path
    calls: tuple[Call, ...]


@dataclass(frozen=True)
class Cut:
    """The power went after so many calls; `fate` says what was left, and the verdict what became of it."""

    calls: int
    fate: str
    acknowledged: int
    verdict: Verdict


def recording(life: str, *, inject: Sequence[str] = ()) -> Recording:
    with tempfile.TemporaryDirectory(prefix="power-") as name:
        root = Path(name)
        return Recording(life, root, tuple(record(child_command(root / "index", life), root, inject=inject)))


def cuts(
    recorded: Recording, *, every: int = 1, fates: Sequence[str] = (*FATES, TORN), trusts: Trusts | None = None
) -> Iterator[Cut]:
    """Cut the power after one in `every` calls, with each of these fates of what was not synced."""
    disk = Disk(recorded.root, trusts) if trusts else Disk(recorded.root)
    for count, call in enumerate(recorded.calls, start=1):
        disk.apply(call)
        if count % every == 0:
            for fate in fates:
                yield Cut(count, fate, disk.acknowledged, _after(disk, recorded.life, fate, seed=f"{count}"))


def _after(disk: Disk, life: str, fate: str, seed: str) -> Verdict:
    with tempfile.TemporaryDirectory(prefix="cut-") as scratch:
        image = Path(scratch) / "disk"
        disk.image(FATES[fate] if fate in FATES else torn(random.Random(seed)), image)
        return judged(image / "index", LIVES[life], disk.acknowledged)
