"""Connections to a store, and the errors of SQLite and of the disk as ours, with what to do."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.errors import DamageError, IndexLockedError, QaError, StorageError

STORE_NAME = "store.db"


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
        return DamageError(folder, str(error))
    if name.startswith("SQLITE_FULL"):
        return StorageError(f"The disk of {folder} is full: nothing was changed; free some space and try again.")
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return StorageError(f"No access to the store in {folder}: nothing was changed; check its permissions.")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return IndexLockedError(f"Another process is writing to {folder}: wait for it to finish, then try again.")
    return StorageError(f"The store in {folder} cannot be used ({error}): nothing was changed; check the disk.")


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


def file_there(folder: Path) -> tuple[int, int] | None:
    """Which file is a folder's store now; None where there is none. A connection stays with the one that it opened."""
    try:
        status = os.stat(folder / STORE_NAME)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def needs_write_access(error: sqlite3.OperationalError) -> bool:
    """Whether that is all that stands in the way."""
    return error.sqlite_errorname.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM"))


def has_unmerged_commits(folder: Path) -> bool:
    """Whether the store's file alone is not the whole truth."""
    log = folder / f"{STORE_NAME}-wal"
    return log.exists() and log.stat().st_size > 0


@contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """Turn the system's errors into ours, with what to do."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"Cannot use the folder {folder} ({error.strerror}): nothing was changed; check the folder."
        ) from error


def check_place(file: Path, folder: Path) -> None:
    """Raise StorageError unless a file of what the index in `folder` holds can be made there, outside of it."""
    place = file.absolute()
    if not place.parent.is_dir():
        raise StorageError(f"There is no folder {place.parent}: make it first.")
    if place.is_dir():
        raise StorageError(f"{place} is a folder: name a file.")
    if folder.resolve() in place.resolve().parents:
        raise StorageError(f"{place} lies in the index itself: choose another folder.")
