"""The FAISS cache of the stored vectors: snapshots on disk.

A snapshot is a folder `snapshots/<id>` with `vectors.bin` and `manifest.json`; the file `CURRENT` names the one in use.
`vectors.bin` is a row of numbers and vectors, from which FAISS' index is made when it is read: FAISS' own files have no
checksums, are not synced, and can be written only out of an index that is whole in memory. So whoever adds articles
writes a snapshot a few thousand vectors at a time. Only bytes whose SHA-256 is that of the manifest are used.
"""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index.durable import (
    CacheMissingError,
    CacheOutdatedError,
    CacheUnusableError,
    remove_folder,
    replace_file,
    sync_folder,
    write_file,
)
from index.protocols import Vectors
from index.storage.records import Meta, Numbers
from index.storage.rows import Rows

if TYPE_CHECKING:
    import faiss

FORMAT = 2
POINTER_NAME = "CURRENT"
FOLDER_NAME = "snapshots"
_VECTORS_NAME = "vectors.bin"
_MANIFEST_NAME = "manifest.json"
_RECORDS_AT_ONCE = 2_000


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
        self.check_origin(rows.meta)
        left = self.count - len(rows.removed_since(self.generation, self.last_passage))
        stored = rows.count_passages(self.last_passage)
        if left != stored:
            raise CacheUnusableError(f"the vector snapshot holds {left} passages, the store {stored}")

    def check_origin(self, meta: Meta) -> None:
        """The part of this that costs nothing: raise CacheUnusableError where it is no earlier state of the store."""
        if self.store_id != meta.store_id:
            raise CacheUnusableError("the vector snapshot belongs to another index")
        if not meta.caches_since <= self.generation <= meta.generation:
            outdated = CacheOutdatedError if self.generation < meta.caches_since else CacheUnusableError
            raise outdated(f"the vector snapshot is of generation {self.generation}, which is void")
        if self.dimension != meta.embedder.dimension:
            raise CacheUnusableError("the vector snapshot has vectors of another dimension")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The vectors of one generation in an index that is never changed, so threads share it freely."""

    manifest: Manifest
    index: faiss.IndexIDMap2

    @classmethod
    def build(cls, rows: Rows) -> Snapshot:
        """Make one of the stored vectors that is on no disk; nothing is embedded."""
        numbers, vectors = rows.vectors()
        return cls(_manifest(rows.meta, numbers, ""), _indexed(numbers, vectors))

    @classmethod
    def load(cls, folder: Path) -> Snapshot:
        """Read the current snapshot of an index folder. Raises CacheUnusableError, saying what is wrong with it."""
        with _reading():
            chosen = _chosen(folder)
            manifest = Manifest.read(chosen)
            numbers, vectors, sha256 = _read(chosen / _VECTORS_NAME, manifest)
        if sha256 != manifest.sha256:
            raise CacheUnusableError(f"the hash of {chosen.name}/{_VECTORS_NAME} is not the one that was written")
        return cls(manifest, _indexed(numbers, vectors))

    @staticmethod
    def write(folder: Path, rows: Rows) -> Manifest:
        """Make the stored vectors the current snapshot of an index folder and remove older ones. Needs the write lock.

        A few thousand vectors are in memory at a time.
        """
        parent = folder / FOLDER_NAME
        parent.mkdir(exist_ok=True)
        name = f"{rows.meta.generation:012d}-{uuid.uuid4().hex[:8]}"
        building = parent / f"{name}.tmp"
        try:
            building.mkdir()
            manifest = _manifest(rows.meta, *_written(rows, building / _VECTORS_NAME))
            write_file(building / _MANIFEST_NAME, json.dumps(asdict(manifest), indent=1).encode())
            sync_folder(building)
            building.rename(parent / name)
            sync_folder(parent)
            replace_file(folder / POINTER_NAME, f"{name}\n".encode())
        except BaseException:
            remove_folder(building)
            raise
        _remove_others(folder, name)
        return manifest

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


def _manifest(meta: Meta, numbers: Numbers, sha256: str) -> Manifest:
    last = int(numbers[-1]) if len(numbers) else 0
    return Manifest(FORMAT, meta.store_id, meta.generation, last, len(numbers), meta.embedder.dimension, sha256)


def _record(dimension: int) -> np.dtype[np.void]:
    """A passage in `vectors.bin`."""
    return np.dtype([("number", "<i8"), ("vector", "<f4", (dimension,))])


def _written(rows: Rows, path: Path) -> tuple[Numbers, str]:
    """Write the stored vectors to a new file and wait for the disk. Answers their numbers and the file's hash."""
    digest, written = hashlib.sha256(), [np.empty(0, dtype=np.int64)]
    with path.open("xb") as file:
        for numbers, vectors in rows.vector_batches():
            records = np.empty(len(numbers), dtype=_record(rows.meta.embedder.dimension))
            records["number"], records["vector"] = numbers, vectors
            data = records.tobytes()
            digest.update(data)
            file.write(data)
            written.append(numbers)
        file.flush()
        os.fsync(file.fileno())
    return np.concatenate(written), digest.hexdigest()


def _read(path: Path, manifest: Manifest) -> tuple[Numbers, Vectors, str]:
    """Numbers, vectors and hash of a file of as many records as its manifest says; else raises ValueError."""
    record, digest = _record(manifest.dimension), hashlib.sha256()
    if path.stat().st_size != manifest.count * record.itemsize:
        raise ValueError(f"{path.name} is not as long as its manifest says")
    numbers = np.empty(manifest.count, dtype=np.int64)
    vectors = np.empty((manifest.count, manifest.dimension), dtype=np.float32)
    with path.open("rb") as file:
        for start in range(0, manifest.count, _RECORDS_AT_ONCE):
            data = file.read(_RECORDS_AT_ONCE * record.itemsize)
            digest.update(data)
            records = np.frombuffer(data, dtype=record)
            numbers[start : start + len(records)] = records["number"]
            vectors[start : start + len(records)] = records["vector"]
    return numbers, vectors, digest.hexdigest()


def _indexed(numbers: Numbers, vectors: Vectors) -> faiss.IndexIDMap2:
    import faiss

    index = faiss.IndexIDMap2(faiss.IndexFlatIP(vectors.shape[1]))
    index.add_with_ids(vectors, numbers)
    return index


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        name = Path(error.filename).name if error.filename else "a file"
        raise CacheUnusableError(f"the vector snapshot cannot be read ({name}: {error.strerror})") from error
    except (ValueError, TypeError) as error:
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


def _remove_others(folder: Path, current: str) -> None:
    for entry in (folder / FOLDER_NAME).iterdir():
        if entry.name != current:
            remove_folder(entry)
    for left_over in folder.glob(f"{POINTER_NAME}.*.tmp"):
        left_over.unlink(missing_ok=True)
