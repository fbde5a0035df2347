"""Which files have changed since they were last looked at, by their size and times. Nothing is opened."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from index.sources.folders import is_pattern, source_files
from index.sources.reader import is_address

Stamp = tuple[int, int, int]
"""A file's time of writing and of any change in nanoseconds, and its size.

The second tells a file that took the name of another one with its time and size, or that may be read by now.
"""


class Watch:
    """Remembers what files looked like when they were last taken."""

    def __init__(self, sources: Sequence[str]) -> None:
        self._addresses = [source for source in sources if is_address(source)]
        self._places = [source for source in sources if not is_address(source)]
        self._taken: dict[str, Stamp] = {}
        self._seen: dict[str, Stamp] = {}
        self._due: dict[str, Stamp] = {}
        self._is_first = True
        self._store_id = ""

    def missing(self) -> list[str]:
        """The files and folders that are not there; what fits a pattern may come later."""
        return [place for place in self._places if not os.path.lexists(place) and not is_pattern(place)]

    def due(self, store_id: str = "") -> list[str]:
        """Every address, and each file that is new or changed and has not changed since the last look.

        So a file that is being written is left alone until it is whole; the first look finds every file. What is due
        stays so until it is `taken`; another store than before has taken nothing, as after a restore.
        """
        if self._store_id not in {"", store_id}:
            self._taken = {}
        self._store_id = store_id
        stamps = {path: stamp for place in self._places for path, stamp in _stamps(place)}
        self._due = {
            path: stamp
            for path, stamp in stamps.items()
            if self._taken.get(path) != stamp and (self._is_first or self._seen.get(path) == stamp)
        }
        self._taken = {path: stamp for path, stamp in self._taken.items() if path in stamps}
        self._seen, self._is_first = stamps, False
        return [*self._due, *self._addresses]

    def taken(self) -> None:
        """What was due at the last look is taken in."""
        self._taken |= self._due


def _stamps(place: str) -> Iterator[tuple[str, Stamp]]:
    for path in source_files(place):
        if isinstance(path, Path) and (stamp := _stamp(path)):
            yield str(path), stamp


def _stamp(path: Path) -> Stamp | None:
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size
