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
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
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
_BYTES_AT_ONCE = 1 << 20


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

    @classmethod
    def load(cls, folder: Path) -> Manifest:
        """Of the current snapshot of an index folder. Raises CacheUnusableError, saying what is wrong."""
        with _reading():
            return cls.read(_chosen(folder))

    @classmethod
    def read(cls, chosen: Path) -> Manifest:
        """Of the snapshot in this folder of its own."""
        manifest = cls(**json.loads((chosen / _MANIFEST_NAME).read_bytes()))
        if manifest.format != FORMAT:
            raise CacheUnusableError(f"the vector snapshot has format {manifest.format}, not {FORMAT}")
        return manifest

    def behind(self, rows: Rows) -> int:
        """How many passages came or went since."""
        return rows.passages_since(self.generation, self.last_passage)

    def check(self, rows: Rows) -> None:
        """Raise CacheUnusableError unless the snapshot, less what was removed since, is what the store holds."""
        meta = rows.meta
        if self.store_id != meta.store_id or self.dimension != meta.embedder.dimension:
            raise CacheUnusableError("the vector snapshot belongs to another index")
        if not meta.caches_since <= self.generation <= meta.generation:
            raise CacheUnusableError(f"the vector snapshot is of generation {self.generation}, which is void")
        left = self.count - len(rows.removed_since(self.generation, self.last_passage))
        stored = rows.count_passages(self.last_passage)
        if left != stored:
            raise CacheUnusableError(f"the vector snapshot holds {left} passages, the store {stored}")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The vectors of one generation in an index that is never changed, so threads share it freely."""

    manifest: Manifest
    index: faiss.IndexIDMap2

    @classmethod
    def build(cls, rows: Rows) -> Snapshot:
        """Make one of the stored vectors; nothing is embedded."""
        import faiss

        index = faiss.IndexIDMap2(faiss.IndexFlatIP(rows.meta.embedder.dimension))
        last = 0
        for numbers, vectors in rows.vector_batches():
            index.add_with_ids(vectors, numbers)
            last = int(numbers[-1])
        meta = rows.meta
        manifest = Manifest(FORMAT, meta.store_id, meta.generation, last, index.ntotal, meta.embedder.dimension, "")
        return cls(manifest, index)

    @classmethod
    def load(cls, folder: Path) -> Snapshot:
        """Read the current snapshot of an index folder. Raises CacheUnusableError, saying what is wrong with it."""
        with _reading():
            chosen = _chosen(folder)
            manifest = Manifest.read(chosen)
            data = (chosen / _INDEX_NAME).read_bytes()
        if hashlib.sha256(data).hexdigest() != manifest.sha256:
            raise CacheUnusableError(f"the hash of {chosen.name}/{_INDEX_NAME} is not the one that was written")
        return cls(manifest, _deserialised(data, manifest))

    def save(self, folder: Path) -> Snapshot:
        """Make this the current snapshot of an index folder and remove older ones. Needs the write lock."""
        parent = folder / FOLDER_NAME
        parent.mkdir(exist_ok=True)
        name = f"{self.manifest.generation:012d}-{uuid.uuid4().hex[:8]}"
        building = parent / f"{name}.tmp"
        try:
            building.mkdir()
            manifest = replace(self.manifest, sha256=_written(self.index, building / _INDEX_NAME))
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

    def check(self, rows: Rows) -> None:
        """Raise CacheUnusableError unless this snapshot, less what was removed since, is what the store holds."""
        self.manifest.check(rows)


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


def _written(index: faiss.IndexIDMap2, path: Path) -> str:
    """Write an index to a new file and wait for the disk, without a second copy of it in memory. Answers its hash."""
    import faiss

    digest = hashlib.sha256()
    with path.open("xb") as file:

        def write(data: bytes) -> int:
            digest.update(data)
            return file.write(data)

        writer = faiss.PyCallbackIOWriter(write, _BYTES_AT_ONCE)  # type: ignore[attr-defined]  # not in its stubs
        faiss.write_index(index, writer)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, TypeError) as error:
        raise CacheUnusableError(f"the vector snapshot cannot be read ({error})") from error


def _chosen(folder: Path) -> Path:
    if not (folder / FOLDER_NAME).exists():
        raise CacheMissingError("there is no vector snapshot yet")
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
