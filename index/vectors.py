"""The FAISS cache of the stored vectors: snapshots on disk, and what happened since in memory.

A snapshot is a folder `snapshots/<id>` with `vectors.faiss` and `manifest.json`; the file `CURRENT` names the one in
use. FAISS writes no checksums and never waits for the disk, so the manifest holds the SHA-256, the files are synced
here, and only bytes whose hash was checked are deserialised.
"""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index.durable import CacheMissingError, CacheUnusableError, remove_folder, replace_file, sync_folder, write_file
from index.protocols import Vectors
from index.records import Numbers
from index.rows import Rows

if TYPE_CHECKING:
    import faiss

FORMAT = 1
POINTER_NAME = "CURRENT"
FOLDER_NAME = "snapshots"
_INDEX_NAME = "vectors.faiss"
_MANIFEST_NAME = "manifest.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a snapshot holds: every passage up to `last_passage` that was there at `generation` of the store."""

    format: int
    store_id: str
    generation: int
    last_passage: int
    count: int
    dimension: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The vectors of one generation in an index that is never changed, so threads share it freely."""

    manifest: Manifest
    index: faiss.IndexIDMap2

    @classmethod
    def build(cls, rows: Rows) -> Snapshot:
        """Make one of the stored vectors; nothing is embedded."""
        import faiss

        numbers, vectors = rows.vectors()
        index = faiss.IndexIDMap2(faiss.IndexFlatIP(rows.meta.embedder.dimension))
        index.add_with_ids(vectors, numbers)
        last = int(numbers[-1]) if len(numbers) else 0
        meta = rows.meta
        manifest = Manifest(FORMAT, meta.store_id, meta.generation, last, len(numbers), meta.embedder.dimension, "")
        return cls(manifest, index)

    @classmethod
    def load(cls, folder: Path) -> Snapshot:
        """Read the current snapshot of an index folder. Raises CacheUnusableError, saying what is wrong with it."""
        if not (folder / FOLDER_NAME).exists():
            raise CacheMissingError("there is no vector snapshot yet")
        try:
            chosen = _chosen(folder)
            manifest = Manifest(**json.loads((chosen / _MANIFEST_NAME).read_bytes()))
            data = (chosen / _INDEX_NAME).read_bytes()
        except (OSError, ValueError, TypeError) as error:
            raise CacheUnusableError(f"the vector snapshot cannot be read ({error})") from error
        if manifest.format != FORMAT:
            raise CacheUnusableError(f"the vector snapshot has format {manifest.format}, not {FORMAT}")
        if hashlib.sha256(data).hexdigest() != manifest.sha256:
            raise CacheUnusableError(f"the hash of {chosen.name}/{_INDEX_NAME} is not the one that was written")
        return cls(manifest, _deserialised(data, manifest))

    def save(self, folder: Path) -> Snapshot:
        """Make this the current snapshot of an index folder and remove older ones. Needs the write lock."""
        import faiss

        data = faiss.serialize_index(self.index).data
        manifest = Manifest(**{**asdict(self.manifest), "sha256": hashlib.sha256(data).hexdigest()})
        parent = folder / FOLDER_NAME
        parent.mkdir(exist_ok=True)
        name = f"{manifest.generation:012d}-{uuid.uuid4().hex[:8]}"
        building = parent / f"{name}.tmp"
        try:
            building.mkdir()
            write_file(building / _INDEX_NAME, data)
            write_file(building / _MANIFEST_NAME, json.dumps(asdict(manifest), indent=1).encode())
            sync_folder(building)
            building.rename(parent / name)
            sync_folder(parent)
            replace_file(folder / POINTER_NAME, f"{name}\n".encode())
        except OSError:
            remove_folder(building)
            raise
        _remove_others(folder, name)
        return Snapshot(manifest, self.index)

    @staticmethod
    def version(folder: Path) -> bytes:
        """Bytes that change whenever another snapshot becomes the current one; empty where there is none."""
        try:
            return (folder / POINTER_NAME).read_bytes()
        except OSError:
            return b""

    def behind(self, rows: Rows) -> int:
        """How many passages came or went since."""
        return rows.passages_since(self.manifest.generation, self.manifest.last_passage)

    def check(self, rows: Rows) -> None:
        """Raise CacheUnusableError unless this snapshot, less what was removed since, is what the store holds."""
        manifest, meta = self.manifest, rows.meta
        if manifest.store_id != meta.store_id or manifest.dimension != meta.embedder.dimension:
            raise CacheUnusableError("the vector snapshot belongs to another index")
        if not meta.caches_since <= manifest.generation <= meta.generation:
            raise CacheUnusableError(f"the vector snapshot is of generation {manifest.generation}, which is void")
        removed = len(rows.removed_since(manifest.generation, manifest.last_passage))
        stored = rows.count_passages(manifest.last_passage)
        if manifest.count - removed != stored:
            raise CacheUnusableError(
                f"the vector snapshot holds {manifest.count - removed} passages, the store {stored}"
            )


@dataclass(frozen=True, slots=True)
class VectorView:
    """A snapshot, what was removed since, and what was added since: together one generation of the store."""

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


def _chosen(folder: Path) -> Path:
    try:
        name = (folder / POINTER_NAME).read_bytes().decode().strip()
    except FileNotFoundError:  # lost, or its writer was stopped before the first snapshot was named
        finished = [entry.name for entry in (folder / FOLDER_NAME).iterdir() if entry.suffix != ".tmp"]
        if not finished:
            raise CacheMissingError("there is no vector snapshot yet") from None
        name = max(finished)
    if not name or name != os.path.basename(name) or name.startswith("."):
        raise ValueError(f"{POINTER_NAME} holds no snapshot's name")
    return folder / FOLDER_NAME / name


def _deserialised(data: bytes, manifest: Manifest) -> faiss.IndexIDMap2:
    import faiss

    try:
        index = faiss.deserialize_index(np.frombuffer(data, dtype=np.uint8))
    except RuntimeError as error:
        raise CacheUnusableError(f"FAISS cannot read the vector snapshot ({error})") from error
    if not isinstance(index, faiss.IndexIDMap2) or (index.ntotal, index.d) != (manifest.count, manifest.dimension):
        raise CacheUnusableError("the vector snapshot is not what its manifest says")
    return index


def _remove_others(folder: Path, current: str) -> None:
    for entry in (folder / FOLDER_NAME).iterdir():
        if entry.name != current:
            remove_folder(entry)
    for left_over in folder.glob(f"{POINTER_NAME}.*.tmp"):
        left_over.unlink(missing_ok=True)
