"""The truth: articles, passages and vectors in one SQLite file.

A transaction is the only commit point of the index. Everything else in the folder (FAISS, Tantivy) is derived from
this file and may be lost. Rows are never changed in place: a changed article is removed and inserted anew, and the
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

from index.changes import Changes
from index.durable import make_folder
from index.errors import (
    IndexFormatError,
    IndexLockedError,
    IndexMissingError,
    NotAnIndexError,
    QaError,
    StorageError,
)
from index.records import identity_settings
from index.rows import Rows
from index.types import EmbedderIdentity

STORE_NAME = "store.db"
LOCK_NAME = "write.lock"
STAGING_NAME = "restoring"
QUARANTINE_NAME = "quarantine"
CACHE_NAMES = ("snapshots", "CURRENT", "words", "words.tmp")
APPLICATION_ID = 0x51614178
"""In the file's header, so that another program's database is not taken for ours ("QaAx")."""
LOCK_TIMEOUT_S = 5.0

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
        """CREATE TABLE articles (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            source TEXT NOT NULL,
            title TEXT NOT NULL,
            text TEXT NOT NULL,
            content_hash TEXT NOT NULL,
            published TEXT,
            author TEXT,
            outlet TEXT,
            language TEXT,
            characters INTEGER NOT NULL,
            hash BLOB NOT NULL
        ) STRICT""",
        """CREATE TABLE passages (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            article INTEGER NOT NULL REFERENCES articles (number) ON DELETE CASCADE,
            ordinal INTEGER NOT NULL,
            start INTEGER NOT NULL,
            end INTEGER NOT NULL,
            vector BLOB NOT NULL,
            hash BLOB NOT NULL
        ) STRICT""",
        "CREATE INDEX passages_of_article ON passages (article)",
        # What the caches must forget: small (two numbers a passage), so it is kept until every passage is made anew.
        "CREATE TABLE removals (passage INTEGER PRIMARY KEY, generation INTEGER NOT NULL) STRICT",
        "CREATE INDEX removals_by_generation ON removals (generation)",
        "INSERT INTO meta VALUES ('generation', '0'), ('caches_since', '0')",
    ),
    (
        """CREATE TABLE visits (
            url TEXT PRIMARY KEY,
            etag TEXT,
            last_modified TEXT,
            article_ids TEXT NOT NULL,
            hash BLOB NOT NULL
        ) STRICT""",
    ),
    (
        # `id` is here again so that the row's hash vouches for it.
        """CREATE TABLE stories (
            article INTEGER PRIMARY KEY REFERENCES articles (number) ON DELETE CASCADE,
            id TEXT NOT NULL,
            story INTEGER NOT NULL,
            bands BLOB NOT NULL,
            hash BLOB NOT NULL
        ) STRICT""",
        "CREATE INDEX articles_of_story ON stories (story)",
        # What a story's first article may be found by; that article's row in `stories` vouches for it.
        """CREATE TABLE bands (
            band INTEGER NOT NULL,
            story INTEGER NOT NULL,
            PRIMARY KEY (band, story)
        ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX bands_of_story ON bands (story)",
    ),
)
"""Step n takes the schema from version n to n + 1. Steps are only ever added."""


class Store:
    """One index folder's database: read from any number of threads, written by one process at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._idle: list[sqlite3.Connection] = []
        self._guard = threading.Lock()
        self._closed = False

    @classmethod
    def open(cls, folder: Path) -> Store:
        """Open what is there. Raises IndexMissingError, NotAnIndexError, IndexFormatError or StorageError."""
        if not (folder / STORE_NAME).is_file():
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
        lock = FileLock(self.folder / LOCK_NAME)
        try:
            lock.acquire(timeout=timeout_s)
        except Timeout as error:
            raise IndexLockedError(
                f"another process is writing to {self.folder}: wait for it to finish, then try again"
            ) from error
        except OSError as error:
            raise StorageError(
                f"cannot write to {self.folder} ({error.strerror}): the index was not changed"
            ) from error
        try:
            yield
        finally:
            lock.release()

    def close(self) -> None:
        with self._guard:
            self._closed, idle, self._idle = True, self._idle, []
        for connection in idle:
            connection.close()

    @contextmanager
    def _connection(self, *, writes: bool = False) -> Iterator[sqlite3.Connection]:
        """Lend a connection; one that met any error is closed, which undoes its transaction, and not used again."""
        with translated(self.folder):
            connection, reusable = self._take(writes=writes)
            sound = False
            try:
                yield connection
                sound = True
            finally:
                with self._guard:
                    if keep := sound and reusable and not self._closed:
                        self._idle.append(connection)
                if not keep:
                    connection.close()

    def _take(self, *, writes: bool) -> tuple[sqlite3.Connection, bool]:
        with self._guard:
            if self._closed:
                raise StorageError(f"the index in {self.folder} was closed")
            if self._idle:
                return self._idle.pop(), True
        try:
            return connect(self.folder, "mode=rw"), True
        except sqlite3.OperationalError as error:
            if writes or not _needs_write_access(error) or _has_unmerged_commits(self.folder):
                raise
            # WAL wants to create files beside the store even to read. Where that is forbidden and nothing is left to
            # merge, the file alone is the whole truth; opened for one read only, as another user may yet write to it.
            return connect(self.folder, "immutable=1"), False

    def _prepare(self) -> None:
        """Check that this is an index that can be used, and bring an older one up to date."""
        version = self._version()
        if version is None:
            refuse(self.folder)
        if version > len(MIGRATIONS):
            raise IndexFormatError(
                f"the index in {self.folder} has format {version}, and this program knows formats up to"
                f" {len(MIGRATIONS)}: use a newer version of the program"
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
                if row is not None and row[0].isdecimal():
                    return int(row[0])
            elif not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                return None
        raise NotAnIndexError(f"{self.folder / STORE_NAME} is not an index of this program: choose another folder")

    def _migrate(self, new_for: EmbedderIdentity | None) -> None:
        """Bring the schema to the present version as one commit; from nothing at all where `new_for` is given."""
        if new_for:
            with translated(self.folder), self.locked(), closing(connect(self.folder, "mode=rwc")) as connection:
                (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
                if mode != "wal":  # SQLite goes on without where it could not write
                    raise StorageError(f"cannot make an index in {self.folder}: check the disk, then try again")
        with self.locked(), self._connection(writes=True) as connection:
            connection.execute("BEGIN IMMEDIATE")
            version = _present_version(connection)
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


@contextmanager
def translated(folder: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours, with what to do."""
    try:
        yield
    except (sqlite3.Error, UnicodeDecodeError) as error:  # the latter where the schema itself is no longer text
        raise _translation(error, folder) from error


def _translation(error: Exception, folder: Path) -> QaError:
    # An error without a code is the binding's own: text in the file that is no longer text.
    name = getattr(error, "sqlite_errorname", "SQLITE_CORRUPT")
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return NotAnIndexError(f"the store in {folder} is damaged ({error}): run `qa repair`, or restore a backup")
    if name.startswith("SQLITE_FULL"):
        return StorageError(f"the disk of {folder} is full: nothing was changed; free some space and try again")
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return StorageError(f"cannot write to {folder}: nothing was changed; check the folder's permissions")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return IndexLockedError(f"another process is writing to {folder}: wait for it to finish, then try again")
    return StorageError(f"the store in {folder} cannot be used ({error}): nothing was changed; check the disk")


def connect(folder: Path, access: str) -> sqlite3.Connection:
    """A connection to a folder's store, "mode=rw" or as SQLite's addresses say, that waits for the disk."""
    connection = sqlite3.connect(
        f"{(folder / STORE_NAME).resolve().as_uri()}?{access}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        # The header is read lazily: the last line makes a file that cannot be read fail here.
        for pragma in ("synchronous = FULL", "foreign_keys = ON", "trusted_schema = OFF", "schema_version"):
            connection.execute(f"PRAGMA {pragma}").fetchall()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _needs_write_access(error: sqlite3.OperationalError) -> bool:
    return error.sqlite_errorname.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM"))


def _has_unmerged_commits(folder: Path) -> bool:
    log = folder / f"{STORE_NAME}-wal"
    return log.exists() and log.stat().st_size > 0


def _present_version(connection: sqlite3.Connection) -> int:
    """Asked again inside the transaction: another process may have made or migrated the index meanwhile."""
    if not connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'meta'").fetchone()[0]:
        return 0
    (version,) = connection.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone()
    return int(version)


def refuse(folder: Path) -> NoReturn:
    """Say why a folder without a usable store cannot be opened."""
    if folder.exists() and not folder.is_dir():
        raise NotAnIndexError(f"{folder} is a file: name the folder of an index")
    ours = (
        LOCK_NAME,
        STAGING_NAME,
        QUARANTINE_NAME,
        *CACHE_NAMES,
        *(f"{STORE_NAME}{end}" for end in ("", "-wal", "-shm", "-journal")),
    )
    with suppress(FileNotFoundError), disk_errors(folder):
        if others := sorted(entry.name for entry in folder.iterdir() if entry.name not in ours):
            raise NotAnIndexError(f"{folder} holds other files ({others[0]}) and no index: choose another folder")
    raise IndexMissingError(f"no index in {folder}: add articles first with `qa add --index {folder} SOURCE`")


@contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """Turn the system's errors into ours, with what to do; that a file is missing is for the caller."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StorageError(f"cannot use the folder {folder} ({error.strerror}): nothing was changed") from error
