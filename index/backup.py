"""A whole index in one file, and back: while others read and write.

Only the store is copied; the caches are derived from it and built anew. What leaves and what comes in is checked row
by row first, so that a damaged index never takes the place of a good backup, nor a damaged backup that of an index.
"""

from __future__ import annotations

import os
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from glob import escape
from pathlib import Path

from index.caches.both import Caches
from index.durable import new_folder, remove_folder, replace_with
from index.errors import (
    DamageError,
    IndexLockedError,
    IndexMissingError,
    IndexNotEmptyError,
    NotAnIndexError,
    QaError,
    StorageError,
)
from index.storage.database import STORE_NAME, check_place, connect, disk_errors, translated
from index.storage.rows import OnProgress, copy_pages
from index.storage.schema import APPLICATION_ID
from index.storage.store import CACHE_NAMES, LOCK_NAME, STAGING_NAME, Store, refuse

_HEADER = b"SQLite format 3\0"
_ID_PLACE = 68
"""Of the application's id in the header of an SQLite file."""


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup file holds."""

    file: str
    articles: int
    passages: int
    bytes: int


def back_up(folder: Path, file: Path, on_progress: OnProgress | None = None) -> Backup:
    """Write the index as it is now into one file, whole or not at all; an older backup of that name is replaced.

    Readers and writers go on meanwhile. Raises as `Store.open` does, NotAnIndexError where the index is damaged or
    the file there is something else than a backup, and StorageError.
    """
    file = Path(os.path.abspath(file))
    _check_new_file(file, folder)
    _clear_up_beside(file)
    workplace = file.with_name(f".{file.name}.{uuid.uuid4().hex[:8]}.tmp")
    with staged(workplace) as staging, Store(staging).locked():
        fresh = staging / STORE_NAME
        with closing(Store.open(folder)) as store, store.reading() as rows, _opened(fresh) as target:
            rows.copy_to(target, on_progress)
        with _damage_said(f"The index in {folder} is damaged", "run `qa repair` first"):
            done = _checked(staging, file)
        with _opened(fresh) as target:
            target.execute("PRAGMA journal_mode = DELETE")
        with disk_errors(file.parent):
            replace_with(fresh, file)
    return done


def restore(file: Path, folder: Path, *, replace: bool = False, on_progress: OnProgress | None = None) -> Backup:
    """Let what a backup holds take the place of what an index holds, in one step; an older format is migrated.

    Readers go on, and see the old or the new one. Nothing is changed unless every hash in the backup is right. Where
    there are articles, or what there is cannot be read, IndexNotEmptyError is raised unless `replace`.
    """
    _check_backup(file)
    _refuse_to_lose(folder, replace=replace)
    with _locked_folder(folder), staged(folder / STAGING_NAME) as staging:
        with _damage_said(f"{file} is damaged", "nothing was changed; take another backup"):
            with _opened(file, "mode=ro") as source, _opened(staging / STORE_NAME) as target:
                copy_pages(source, target, on_progress)
            done = _checked(staging, file)
        put_in_place(staging / STORE_NAME, folder)
        drop_caches(folder)
    publish(folder)
    return done


def publish(folder: Path) -> None:
    """Build the caches of another store than before; should that fail, the next search does it."""
    with suppress(IndexLockedError, StorageError), closing(Store.open(folder)) as store:
        Caches(store).publish()


def put_in_place(fresh: Path, folder: Path) -> None:
    """Let a whole store take the place of a folder's own, in one step. Needs the write lock.

    It becomes another index of a later generation, so that no cache of before, on disk or in memory, passes for its.
    """
    present = folder / STORE_NAME
    with translated(folder):
        _make_another(fresh, later_than=_generation(present))
        if present.exists() and _overwritten(present, fresh):
            return
    # What is there is no database any more, so nobody reads it, and its log goes with it.
    with disk_errors(folder):
        for end in ("-wal", "-shm", "-journal"):
            present.with_name(f"{STORE_NAME}{end}").unlink(missing_ok=True)
        replace_with(fresh, present)


def drop_caches(folder: Path) -> None:
    """Remove what is derived from the store; whoever has it open goes on with what it holds. Needs the write lock."""
    for name in CACHE_NAMES:
        place = folder / name
        if place.is_dir():
            remove_folder(place)
        else:
            place.unlink(missing_ok=True)


@contextmanager
def _locked_folder(folder: Path) -> Iterator[None]:
    """Make the folder if there is none, and hold its lock; where no store comes of it, none of this stays."""
    with ExitStack() as stack:
        with disk_errors(folder):
            stack.enter_context(new_folder(folder))
        stack.enter_context(Store(folder).locked())
        try:
            yield
        except BaseException:
            if not (folder / STORE_NAME).exists():
                (folder / LOCK_NAME).unlink(missing_ok=True)  # who waits for it notices, and makes another
            raise


@contextmanager
def staged(staging: Path) -> Iterator[Path]:
    """An empty folder for as long as the block runs; what a killed run left in its place is removed."""
    remove_folder(staging)
    with disk_errors(staging.parent):
        staging.mkdir()
    try:
        yield staging
    finally:
        remove_folder(staging)


def _clear_up_beside(file: Path) -> None:
    """Remove what killed backups to this file left; one that is still at work holds its lock."""
    for left_over in file.parent.glob(f".{escape(file.name)}.*.tmp"):
        if not (left_over / LOCK_NAME).exists():  # another one has just made it, and is about to lock it
            continue
        with suppress(IndexLockedError, IndexMissingError, StorageError), Store(left_over).locked(timeout_s=0):
            remove_folder(left_over)


def _checked(staging: Path, file: Path) -> Backup:
    """What the store there holds, once every row of it has been checked; it is brought to the present format."""
    with closing(Store.open(staging)) as store, store.reading() as rows:
        if problem := next(rows.problems(), None):
            raise DamageError(staging, problem)
        size = (staging / STORE_NAME).stat().st_size
        return Backup(str(file), rows.count_articles(), rows.count_passages(), size)


@contextmanager
def _damage_said(damaged: str, advice: str) -> Iterator[None]:
    """Name what is damaged by its own name, not by that of the folder in which its copy was checked."""
    try:
        yield
    except NotAnIndexError as error:
        where = f" ({error.what})" if isinstance(error, DamageError) else ""
        raise NotAnIndexError(f"{damaged}{where}: {advice}.") from error


@contextmanager
def _opened(file: Path, access: str = "mode=rwc") -> Iterator[sqlite3.Connection]:
    with translated(file.parent), closing(sqlite3.connect(f"{file.resolve().as_uri()}?{access}", uri=True)) as opened:
        yield opened


def _overwritten(present: Path, fresh: Path) -> bool:
    """One transaction of SQLite's: readers see the old one until it is committed. False where it is no database."""
    try:
        with closing(connect(present.parent, "mode=rw")) as target, closing(sqlite3.connect(fresh)) as source:
            source.execute("PRAGMA journal_mode = WAL")
            copy_pages(source, target, None)
    except sqlite3.DatabaseError as error:
        if not getattr(error, "sqlite_errorname", "").startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
            raise
        return False
    return True


def _make_another(fresh: Path, *, later_than: int) -> None:
    with closing(sqlite3.connect(fresh)) as connection, connection:
        (generation,) = connection.execute("SELECT value FROM meta WHERE key = 'generation'").fetchone()
        later = str(1 + max(later_than, int(generation)))
        settings = {"store_id": uuid.uuid4().hex, "generation": later, "caches_since": later}
        connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", settings.items())
        connection.execute("DELETE FROM removals")


def _generation(present: Path) -> int:
    """Of the store that is there; 0 where it cannot be told."""
    try:
        with closing(connect(present.parent, "mode=rw")) as connection:
            (found,) = connection.execute("SELECT value FROM meta WHERE key = 'generation'").fetchone()
            return int(found)
    except (sqlite3.Error, TypeError, ValueError):
        return 0


def _check_new_file(file: Path, folder: Path) -> None:
    check_place(file, folder)
    if os.path.lexists(file) and not _is_ours(file):
        raise NotAnIndexError(f"{file} is something else than a backup: choose another name.")


def _check_backup(file: Path) -> None:
    if file.is_dir():
        raise NotAnIndexError(f"{file} is a folder: name the file that `qa backup` wrote.")
    if not _is_ours(file):
        what = "is no backup of an index" if file.exists() else "does not exist"
        raise NotAnIndexError(f"{file} {what}: name the file that `qa backup` wrote.")


def _is_ours(file: Path) -> bool:
    try:
        with file.open("rb") as stream:
            header = stream.read(_ID_PLACE + 4)
    except OSError:
        return False
    return header.startswith(_HEADER) and header[_ID_PLACE:] == APPLICATION_ID.to_bytes(4, "big")


def _refuse_to_lose(folder: Path, *, replace: bool) -> None:
    """Raises IndexNotEmptyError unless nothing would be lost, and NotAnIndexError where something else is there."""
    if not (folder / STORE_NAME).is_file():
        with suppress(IndexMissingError):
            refuse(folder)
        return
    if replace:
        return
    try:
        with closing(Store.open(folder)) as store, store.reading() as rows:
            held = f"holds articles ({rows.count_articles():,})" if rows.count_articles() else ""
    except IndexMissingError:
        return
    except QaError:
        held = "cannot be used (see `qa verify`)"
    if held:
        raise IndexNotEmptyError(f"The index in {folder} {held}: with --replace, the backup takes its place.")
