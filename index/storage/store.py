"""The truth: articles, passages and vectors in one SQLite file.

A transaction is the only commit point of the index. Everything else in the folder (FAISS, Tantivy) is derived from
this file and may be lost. Articles are never changed in place: a changed one is removed and inserted anew, and the
numbers of articles and passages are never given twice, so a cache's entry means one thing for ever.
"""

from __future__ import annotations

import sqlite3
import threading
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NoReturn

from filelock import FileLock, Timeout

from index.durable import make_folder
from index.errors import (
    DamageError,
    IndexFormatError,
    IndexLockedError,
    IndexMissingError,
    NotAnIndexError,
    StorageError,
)
from index.storage.changes import Changes
from index.storage.database import (
    STORE_NAME,
    connect,
    disk_errors,
    file_there,
    has_unmerged_commits,
    needs_write_access,
    translated,
)
from index.storage.records import identity_settings
from index.storage.rows import Rows
from index.storage.schema import APPLICATION_ID, MIGRATIONS, present_version
from index.types import EmbedderIdentity

LOCK_NAME = "write.lock"
STAGING_NAME = "restoring"
QUARANTINE_NAME = "quarantine"
CACHE_NAMES = ("snapshots", "CURRENT", "words", "words.tmp")
LOCK_TIMEOUT_S = 5.0

_Connected = tuple[sqlite3.Connection, tuple[int, int] | None]
"""A connection with the file that it is to, as `file_there` tells it; None for one that is not used again."""


class Store:
    """One index folder's database: read from any number of threads, written by one process at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._idle: list[_Connected] = []
        self._guard = threading.Lock()
        self._closed = False

    @classmethod
    def open(cls, folder: Path) -> Store:
        """Open what is there. Raises IndexMissingError, NotAnIndexError, IndexFormatError or StorageError."""
        with disk_errors(folder):
            is_there = (folder / STORE_NAME).is_file()
        if not is_there:
            refuse(folder)
        store = cls(folder)
        try:
            store._prepare()
        except BaseException:
            store.close()
            raise
        return store

    @classmethod
    def create_or_open(cls, folder: Path, embedder: EmbedderIdentity) -> Store:
        """Open the index, or make one for this embedder in a folder that is new or empty."""
        try:
            return cls.open(folder)
        except IndexMissingError:
            with disk_errors(folder):
                make_folder(folder)
        store = cls(folder)
        try:
            store._migrate(embedder)
        finally:
            store.close()
        return cls.open(folder)

    @contextmanager
    def reading(self) -> Iterator[Rows]:
        """One read transaction: everything read through it is of one generation."""
        with self._connection() as connection:
            connection.execute("BEGIN")
            yield Rows(connection, self.folder)
            connection.execute("COMMIT")

    @contextmanager
    def writing(self, timeout_s: float = LOCK_TIMEOUT_S) -> Iterator[Changes]:
        """One write transaction, committed when the block ends and undone when it raises."""
        with self.locked(timeout_s), self._connection(writes=True) as connection:
            connection.execute("BEGIN IMMEDIATE")
            changes = Changes(connection, self.folder)
            yield changes
            changes.finish()
            connection.execute("COMMIT")

    @contextmanager
    def locked(self, timeout_s: float = LOCK_TIMEOUT_S) -> Iterator[None]:
        """Hold the folder's write lock. The system frees it when its holder dies, however that happens."""
        if not self.folder.is_dir():  # FileLock would make it
            refuse(self.folder)
        lock = FileLock(self.folder / LOCK_NAME)
        try:
            lock.acquire(timeout=timeout_s)
        except Timeout as error:
            raise IndexLockedError(
                f"Another process is writing to {self.folder}: wait for it to finish, then try again."
            ) from error
        except OSError as error:
            raise StorageError(
                f"Cannot write to {self.folder} ({error.strerror}): nothing was changed; check its permissions."
            ) from error
        try:
            yield
        finally:
            lock.release()

    def close(self) -> None:
        with self._guard:
            self._closed, idle, self._idle = True, self._idle, []
        for connection, _ in idle:
            connection.close()

    @contextmanager
    def _connection(self, *, writes: bool = False) -> Iterator[sqlite3.Connection]:
        """Lend a connection; one that met any error is closed, which undoes its transaction, and not used again."""
        with translated(self.folder):
            connection, file = self._take(writes=writes)
            sound = False
            try:
                yield connection
                sound = True
            finally:
                with self._guard:
                    if keep := sound and file is not None and not self._closed:
                        self._idle.append((connection, file))
                if not keep:
                    connection.close()

    def _take(self, *, writes: bool) -> _Connected:
        """A connection to the store that is there now: in one that was deleted or replaced, a commit would be lost."""
        present = file_there(self.folder)
        with self._guard:
            if self._closed:
                raise StorageError(f"The index in {self.folder} was closed: open it again.")
            used, self._idle = self._idle, [one for one in self._idle if one[1] == present]
            if self._idle:
                return self._idle.pop()
        for connection, _ in used:
            connection.close()
        if present is None:
            refuse(self.folder)
        if used:
            Store.open(self.folder).close()  # another store: may it be used?
        try:
            return connect(self.folder, "mode=rw"), present
        except sqlite3.OperationalError as error:
            if writes or not needs_write_access(error) or has_unmerged_commits(self.folder):
                raise
            # WAL wants to create files beside the store even to read. Where that is forbidden and nothing is left to
            # merge, the file alone is the whole truth; opened for one read only, as another user may yet write to it.
            return connect(self.folder, "immutable=1"), None

    def _prepare(self) -> None:
        """Check that this is an index that can be used, and bring an older one up to date."""
        version = self._version()
        if version is None:
            refuse(self.folder)
        if version > len(MIGRATIONS):
            raise IndexFormatError(
                f"The index in {self.folder} has format {version}, and this program knows formats up to"
                f" {len(MIGRATIONS)}: use a newer version of the program."
            )
        if version < len(MIGRATIONS):
            self._migrate(None)
        with self.reading():
            pass

    def _version(self) -> int | None:
        """The schema's version; None where making the index was cut short, so that nothing is in it."""
        with self._connection() as connection:
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            if application == APPLICATION_ID:
                row = connection.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone()
                if row is None or not row[0].isdecimal():
                    raise DamageError(self.folder, "its version is gone")
                return int(row[0])
            if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                return None
        raise NotAnIndexError(f"{self.folder / STORE_NAME} is not an index of this program: choose another folder.")

    def _migrate(self, new_for: EmbedderIdentity | None) -> None:
        """Bring the schema to the present version as one commit; from nothing at all where `new_for` is given."""
        if new_for:
            with translated(self.folder), self.locked(), closing(connect(self.folder, "mode=rwc")) as connection:
                (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
                if mode != "wal":  # SQLite goes on without where it could not write
                    raise StorageError(f"Cannot make an index in {self.folder}: check the disk, then try again.")
        with self.locked(), self._connection(writes=True) as connection:
            connection.execute("BEGIN IMMEDIATE")
            version = present_version(connection)
            for step in MIGRATIONS[version:]:
                for statement in step:
                    connection.execute(statement)
            settings = {"schema_version": str(len(MIGRATIONS))}
            if new_for and version == 0:
                settings |= {"store_id": uuid.uuid4().hex, **identity_settings(new_for)}
            connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", settings.items())
            Changes(connection, self.folder).find_copies()
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute("COMMIT")


def refuse(folder: Path) -> NoReturn:
    """Say why a folder without a usable store cannot be opened."""
    if folder.exists() and not folder.is_dir():
        raise NotAnIndexError(f"{folder} is a file: name the folder of an index.")
    ours = (
        LOCK_NAME,
        STAGING_NAME,
        QUARANTINE_NAME,
        *CACHE_NAMES,
        *(f"{STORE_NAME}{end}" for end in ("", "-wal", "-shm", "-journal")),
    )
    with disk_errors(folder), suppress(FileNotFoundError):
        if others := sorted(entry.name for entry in folder.iterdir() if entry.name not in ours):
            raise NotAnIndexError(f"{folder} holds other files ({others[0]}) and no index: choose another folder.")
        if any((folder / name).exists() for name in CACHE_NAMES) and not (folder / STORE_NAME).exists():
            raise IndexMissingError(
                f"The index in {folder} has lost its {STORE_NAME}, which held everything: restore a backup with"
                f" `qa restore --index {folder} FILE`, or add the articles again."
            )
    raise IndexMissingError(f"No index in {folder}: add articles first with `qa add --index {folder} SOURCE`.")
