"""The vectors of one generation of the store: a snapshot, less what was removed since, with what was added since."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from index.caches.vectors import Snapshot
from index.protocols import Vectors
from index.storage.records import Numbers
from index.storage.rows import Rows


@dataclass(frozen=True, slots=True)
class VectorView:
    """Never changed, so threads share it."""

    snapshot: Snapshot
    removed: Numbers
    fresh: Numbers
    fresh_vectors: Vectors

    @classmethod
    def at(cls, snapshot: Snapshot, rows: Rows) -> VectorView:
        manifest = snapshot.manifest
        removed = rows.removed_since(manifest.generation, manifest.last_passage)
        return cls(snapshot, removed, *rows.vectors(after=manifest.last_passage))

    def search(self, query: Vectors, limit: int, only: Numbers | None = None) -> list[int]:
        """The numbers of the passages nearest to a unit vector of shape (dimension,), of `only` where it is given."""
        numbers, scores = self._of_snapshot(query, limit, only)
        keep = np.ones(len(self.fresh), dtype=np.bool_) if only is None else np.isin(self.fresh, only)
        numbers = np.concatenate([numbers, self.fresh[keep]])
        scores = np.concatenate([scores, self.fresh_vectors[keep] @ query])
        return [int(number) for number in numbers[np.lexsort((numbers, -scores))][:limit]]

    def _of_snapshot(self, query: Vectors, limit: int, only: Numbers | None) -> tuple[Numbers, Vectors]:
        import faiss

        parameters = faiss.SearchParameters()
        if only is not None:
            # What a filter leaves is in the store, so nothing removed is among it.
            parameters.sel = faiss.IDSelectorBatch(np.ascontiguousarray(only, dtype=np.int64))
        elif len(self.removed):
            gone = faiss.IDSelectorBatch(self.removed)
            parameters.sel = faiss.IDSelectorNot(gone)
        wanted = min(limit, self.snapshot.manifest.count)
        if wanted < 1:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        scores, numbers = self.snapshot.index.search(query.reshape(1, -1), wanted, params=parameters)
        found = numbers[0] >= 0
        return numbers[0][found], scores[0][found]
