"""What `qa verify` says about the caches; the rows of the store are checked where they are read (`storage.rows`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from index.caches.lexical import WordIndex
from index.caches.vectors import Snapshot
from index.durable import CacheMissingError, CacheUnusableError
from index.protocols import Vectors
from index.storage.records import Numbers
from index.storage.rows import Rows


def cache_problems(folder: Path, rows: Rows, *, rows_are_sound: bool = False) -> Iterator[str]:
    """A line for each cache on disk that is damaged or does not fit the store. A missing one is no problem.

    `rows_are_sound` says that every row of the store was checked in this transaction.
    """
    checks: tuple[Callable[[], None], ...] = (
        lambda: WordIndex.load(folder).check(rows),
        lambda: _check_vectors(folder, rows, rows_are_sound=rows_are_sound),
    )
    for check in checks:
        try:
            check()
        except CacheMissingError:
            continue
        except CacheUnusableError as error:
            yield f"{folder}: {error}; the next search rebuilds it"


def _check_vectors(folder: Path, rows: Rows, *, rows_are_sound: bool) -> None:
    """Beyond hash and counts, every vector in the snapshot must be the one that is stored."""
    snapshot = Snapshot.load(folder)
    snapshot.check(rows)
    for numbers, vectors in rows.vector_batches(checked=not rows_are_sound):
        held = numbers <= snapshot.manifest.last_passage
        if (wrong := _first_other(snapshot, numbers[held], vectors[held])) is not None:
            raise CacheUnusableError(f"the vector snapshot has another vector for passage number {wrong}")


def _first_other(snapshot: Snapshot, numbers: Numbers, vectors: Vectors) -> int | None:
    """The first of these passages that is not in the snapshot, or has another vector there."""
    try:
        same = (snapshot.index.reconstruct_batch(numbers) == vectors).all(axis=1)
    except RuntimeError:  # one of them is not there
        import faiss

        same = np.isin(numbers, faiss.vector_to_array(snapshot.index.id_map))
    return None if same.all() else int(numbers[~same][0])
