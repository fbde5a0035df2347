"""What `qa verify` says about the caches; the rows of the store are checked where they are read (`storage.rows`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeVar

import numpy as np

from index.caches.lexical import WordIndex
from index.caches.vectors import Snapshot
from index.durable import CacheMissingError, CacheUnusableError
from index.protocols import Vectors
from index.storage.records import Numbers
from index.storage.rows import Rows

Cache = TypeVar("Cache", WordIndex, Snapshot)


@dataclass(frozen=True, slots=True)
class LoadedCaches:
    """The caches as they are on disk, or what is wrong with one. A missing one is None, and no problem.

    Load them before the transaction begins that they are checked against: another process may publish at any time, and
    caches of a later generation than the transaction's fit it as little as damaged ones.
    """

    folder: Path
    words: WordIndex | CacheUnusableError | None
    vectors: Snapshot | CacheUnusableError | None

    @classmethod
    def load(cls, folder: Path) -> Self:
        return cls(folder, _loaded(WordIndex, folder), _loaded(Snapshot, folder))

    def problems(self, rows: Rows, *, rows_are_sound: bool = False) -> Iterator[str]:
        """A line for each that is damaged or does not fit the store.

        `rows_are_sound` says that every row of the store was checked in this transaction.
        """
        for check in (self._check_words, self._check_vectors):
            try:
                check(rows, rows_are_sound)
            except CacheUnusableError as error:
                yield f"{self.folder}: {error}; the next search rebuilds it"

    def _check_words(self, rows: Rows, _: bool) -> None:
        if words := _usable(self.words):
            words.check(rows)

    def _check_vectors(self, rows: Rows, rows_are_sound: bool) -> None:
        """Beyond hash and counts, every vector in the snapshot must be the one that is stored."""
        if not (snapshot := _usable(self.vectors)):
            return
        snapshot.check(rows)
        for numbers, vectors in rows.vector_batches(checked=not rows_are_sound):
            held = numbers <= snapshot.manifest.last_passage
            if (wrong := _first_other(snapshot, numbers[held], vectors[held])) is not None:
                raise CacheUnusableError(f"the vector snapshot has another vector for passage number {wrong}")


def _loaded(kind: type[Cache], folder: Path) -> Cache | CacheUnusableError | None:
    while True:
        version = kind.version(folder)
        try:
            return kind.load(folder)
        except CacheMissingError:
            return None
        except CacheUnusableError as error:
            if kind.version(folder) == version:  # else another process has just put a newer one in its place
                return error


def _usable(cache: Cache | CacheUnusableError | None) -> Cache | None:
    if isinstance(cache, CacheUnusableError):
        raise cache
    return cache


def _first_other(snapshot: Snapshot, numbers: Numbers, vectors: Vectors) -> int | None:
    """The first of these passages that is not in the snapshot, or has another vector there."""
    try:
        same = (snapshot.index.reconstruct_batch(numbers) == vectors).all(axis=1)
    except RuntimeError:  # one of them is not there
        import faiss

        same = np.isin(numbers, faiss.vector_to_array(snapshot.index.id_map))
    return None if same.all() else int(numbers[~same][0])
