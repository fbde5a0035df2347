"""What `qa verify` says about the caches; the store's own rows are checked where they are read (index/rows.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from index.durable import CacheMissingError, CacheUnusableError
from index.lexical import WordIndex
from index.rows import Rows
from index.vectors import Snapshot


def cache_problems(folder: Path, rows: Rows) -> Iterator[str]:
    """A line for each cache on disk that is damaged or does not fit the store. A missing one is no problem."""
    checks: tuple[Callable[[Path, Rows], None], ...] = (_check_words, _check_vectors)
    for check in checks:
        try:
            check(folder, rows)
        except CacheMissingError:
            continue
        except CacheUnusableError as error:
            yield f"{folder}: {error}; the next search rebuilds it"


def _check_words(folder: Path, rows: Rows) -> None:
    WordIndex.load(folder).check(rows)


def _check_vectors(folder: Path, rows: Rows) -> None:
    """Beyond hash and counts, every vector in the snapshot must be the one that is stored."""
    snapshot = Snapshot.load(folder)
    snapshot.check(rows)
    for number, vector in (pair for batch in rows.vector_batches() for pair in zip(*batch, strict=True)):
        if number <= snapshot.manifest.last_passage:
            try:
                same = np.array_equal(snapshot.index.reconstruct(int(number)), vector)
            except RuntimeError:
                same = False
            if not same:
                raise CacheUnusableError(f"the vector snapshot has another vector for passage number {number}")
