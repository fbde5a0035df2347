"""A disk that forgets: replays recorded system calls, and gives what a power cut may leave of them.

It promises no more than POSIX does. Bytes last once their file was synced after they were written; a name lasts once
its folder was synced after it was given; of everything later, any part may be there: some sectors of some writes, some
of the names, and a file's length before its bytes. Real file systems are kinder.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from tests.faults.tracing import FOLDERS, OPENINGS, REMOVALS, RENAMES, SYNCS, WRITES, Call

SECTOR = 512


@dataclass(frozen=True, slots=True)
class Write:
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Resize:
    """A new length, or no less than that."""

    length: int
    at_least: bool = False


Change: TypeAlias = Write | Resize


@dataclass
class File:
    """Bytes that last, and what came since."""

    lasting: bytes = b""
    pending: list[Change] = field(default_factory=list)


@dataclass
class Folder:
    """The same for names. A change gives some names another file or none, all at once."""

    live: dict[str, Node] = field(default_factory=dict)
    lasting: dict[str, Node] = field(default_factory=dict)
    pending: list[Names] = field(default_factory=list)

    def change(self, names: Names) -> None:
        self.pending.append(names)
        self.live = _renamed(self.live, [names])


Node: TypeAlias = File | Folder
Names: TypeAlias = Mapping[str, Node | None]


@dataclass(frozen=True)
class Fate:
    """What remains of the bytes and of the names that were not synced."""

    bytes_left: Callable[[Sequence[Change]], Sequence[Change]]
    names_left: Callable[[Sequence[Names]], Sequence[Names]]


def torn(chance: random.Random) -> Fate:
    """Some sectors of what was written, in any order, and the first few changes of each folder's names."""
    share = chance.choice((0.1, 0.5, 0.9))
    return Fate(
        lambda changes: [part for change in changes for part in _sectors(change) if chance.random() < share],
        lambda changes: changes[: chance.randint(0, len(changes))],
    )


def _sectors(change: Change) -> Iterator[Change]:
    if isinstance(change, Resize):
        yield change
        return
    start, end = change.offset, change.offset + len(change.data)
    while start < end:
        stop = min(end, (start // SECTOR + 1) * SECTOR)
        yield Write(start, change.data[start - change.offset : stop - change.offset])
        start = stop


def _lengths(changes: Sequence[Change]) -> list[Change]:
    ends = [change.length if isinstance(change, Resize) else change.offset + len(change.data) for change in changes]
    return [Resize(max(ends), at_least=True)] if ends else []


FATES: Mapping[str, Fate] = {
    # As strict as it gets: what was not synced never was.
    "lost": Fate(lambda _: [], lambda _: []),
    # Names and lengths were quick, bytes were not: what a rename without an fsync leaves.
    "hollow": Fate(_lengths, lambda changes: changes),
    # Nothing is lost: what `kill -9` leaves.
    "kept": Fate(lambda changes: changes, lambda changes: changes),
}


class Disk:
    """What a recorded process has done so far beneath `root`, which was there and empty before."""

    def __init__(self, root: Path, trusts: Callable[[Call], bool] = lambda call: call.happened) -> None:
        """`trusts` says which fsyncs count; the negative control takes some away."""
        self._root = str(root)
        self._trusts = trusts
        self._top = Folder()
        self.acknowledged = 0

    def apply(self, call: Call) -> None:
        """Do what a call did."""
        if call.name == "write" and call.paths == ("",):
            self.acknowledged = int(call.data)
        elif not call.paths[0].endswith(" (deleted)"):
            self._apply(call)

    def _apply(self, call: Call) -> None:
        folder, name = self._parent(call.paths[0])
        if call.name in OPENINGS:
            if name not in folder.live:
                folder.change({name: File()})
            elif "O_TRUNC" in call.options:
                self._file(call).pending.append(Resize(0))
        elif call.name in FOLDERS:
            folder.change({name: Folder()})
        elif call.name in RENAMES:
            self._rename(call, folder, name)
        elif call.name in REMOVALS:
            folder.change({name: None})
        elif call.name in SYNCS:
            if self._trusts(call):
                _sync(self._node(call.paths[0]))
        else:
            change = Write(call.number, call.data) if call.name in WRITES else Resize(call.number)
            self._file(call).pending.append(change)

    def _rename(self, call: Call, folder: Folder, name: str) -> None:
        other, new_name = self._parent(call.paths[1])
        if other is not folder:
            raise ValueError(f"cannot replay a rename from folder to folder: {call}")
        folder.change({name: None, new_name: folder.live[name]})

    def image(self, fate: Fate, target: Path) -> None:
        """Write what a power cut now would leave into a new folder."""
        _write(self._top, fate, target)

    def _file(self, call: Call) -> File:
        node = self._node(call.paths[0])
        if not isinstance(node, File):
            raise TypeError(f"not a file: {call}")
        return node

    def _parent(self, path: str) -> tuple[Folder, str]:
        parent, name = os.path.split(path)
        node = self._node(parent) if path != self._root else self._top
        if not isinstance(node, Folder):
            raise TypeError(f"not a folder: {parent}")
        return node, name

    def _node(self, path: str) -> Node:
        node: Node = self._top
        for part in Path(path).relative_to(self._root).parts:
            if not isinstance(node, Folder):
                raise TypeError(f"not a folder: {path}")
            node = node.live[part]
        return node


def _sync(node: Node) -> None:
    if isinstance(node, File):
        node.lasting = _changed(node.lasting, node.pending)
    else:
        node.lasting = _renamed(node.lasting, node.pending)
    node.pending.clear()


def _write(folder: Folder, fate: Fate, target: Path) -> None:
    target.mkdir()
    left = fate.names_left(folder.pending)
    for name, node in _renamed(folder.lasting, left).items():
        if isinstance(node, Folder):
            _write(node, fate, target / name)
        else:
            data = _changed(node.lasting, fate.bytes_left(node.pending))
            (target / name).write_bytes(data)


def _changed(data: bytes, changes: Sequence[Change]) -> bytes:
    content = bytearray(data)
    for change in changes:
        if isinstance(change, Resize):
            length = max(len(content), change.length) if change.at_least else change.length
            content = content[:length] + bytes(length - len(content[:length]))
        else:
            content.extend(bytes(max(0, change.offset - len(content))))
            content[change.offset : change.offset + len(change.data)] = change.data
    return bytes(content)


def _renamed(names: Mapping[str, Node], changes: Sequence[Names]) -> dict[str, Node]:
    after: dict[str, Node | None] = dict(names)
    for change in changes:
        after |= change
    return {name: node for name, node in after.items() if node is not None}
