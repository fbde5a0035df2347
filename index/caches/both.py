"""Both caches together: loaded, checked against the store, and brought to exactly one generation for a search."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from index.caches.lexical import WordIndex
from index.caches.vector_view import VectorView
from index.caches.vectors import Manifest, Snapshot
from index.caches.word_view import WordView
from index.durable import CacheMissingError, CacheOutdatedError, CacheUnusableError
from index.errors import IndexLockedError, StorageError
from index.memory import give_back
from index.storage.rows import Rows
from index.storage.store import Store

log = logging.getLogger(__name__)

PENDING_WORDS = 500
"""Passages that the word index may be behind before `add` brings it up to date: scoring them is plain Python."""
PENDING_VECTORS = 2_000
"""The same for the vectors, at least."""
SMALL_SNAPSHOT = 20_000
"""Passages up to which `publish` always writes a snapshot that is behind: some 30 MB."""
SNAPSHOT_SHARE = 0.05
"""Of a larger snapshot, this share may have changed: searching it in memory costs less than writing everything."""

Base = TypeVar("Base", WordIndex, Snapshot)


@dataclass(frozen=True, slots=True)
class View:
    """Everything that a search needs, as of one generation. Never changed, so threads share it."""

    moment: tuple[str, int]
    words: WordView
    vectors: VectorView


class Caches:
    """The caches of one index folder, as this process holds them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._guard = threading.Lock()
        self._view: View | None = None
        self._words = _Loaded(store.folder, WordIndex)
        self._vectors = _Loaded(store.folder, Snapshot)

    @contextmanager
    def reading(self) -> Iterator[tuple[Rows, View]]:
        """The store and the caches at the same generation, the newest one."""
        with ExitStack() as transaction:
            rows = transaction.enter_context(self._store.reading())
            view = self._view
            if view is None or view.moment != rows.meta.moment:
                transaction.close()
                rows, view = self._refreshed(transaction)
            yield rows, view

    def publish(self, *, fully: bool = True) -> None:
        """Write what the caches on disk lack. Where not `fully`, only if searches would become slow."""
        with self._store.locked(), ExitStack() as transaction:
            with self._guard:
                self._words.load()
                rows = transaction.enter_context(self._store.reading())
                words = self._words.usable(rows)
            self._publish(rows, words, self._on_disk(rows, fully=fully), fully=fully)

    def _on_disk(self, rows: Rows, *, fully: bool) -> Manifest | None:
        """What the vector snapshot on disk says of itself, if it fits the store: who only writes never loads it.

        Where not `fully`, its passages are not counted: while articles are added, one batch after another.
        """
        try:
            manifest = Manifest.load(self._store.folder)
            manifest.check(rows) if fully else manifest.check_origin(rows.meta)
        except CacheMissingError:
            return None
        except CacheUnusableError as error:
            _log_rebuilding(self._store.folder, error)
            return None
        return manifest

    def _load(self, transaction: ExitStack) -> Rows:
        """Load what is new on disk, then enter a new read transaction.

        In this order: whatever generation the caches hold, the transaction sees that one or a later one, because
        nothing is published before it is committed.
        """
        self._words.load()
        self._vectors.load()
        return transaction.enter_context(self._store.reading())

    def _publish(self, rows: Rows, words: WordIndex | None, vectors: Manifest | None, *, fully: bool) -> None:
        folder = self._store.folder
        try:
            if words is None or words.behind(rows) > (0 if fully else PENDING_WORDS):
                WordIndex.update(folder, rows, words)
                give_back()
            if vectors is None or vectors.behind(rows) > _bearable(vectors.count, fully=fully):
                Snapshot.write(folder, rows)
                give_back()
        except (OSError, ValueError) as error:  # Tantivy reports a full disk as a ValueError
            raise StorageError(f"Cannot write to {folder} ({error}): the articles are safe; check the disk.") from error

    def _refreshed(self, transaction: ExitStack) -> tuple[Rows, View]:
        """Enter a new read transaction, and take or make the view of its generation."""
        with self._guard:
            rows = self._load(transaction)
            if self._view is None or self._view.moment != rows.meta.moment:
                if not (self._words.usable(rows) and self._vectors.usable(rows)):
                    transaction.close()
                    rows = self._repaired(transaction)
                self._view = self._view_at(rows)
            return rows, self._view

    def _repaired(self, transaction: ExitStack) -> Rows:
        """Write what is missing or wrong on disk anew, if this process may; else searches use memory."""
        try:
            with self._store.locked(timeout_s=0), ExitStack() as latest:
                rows = self._load(latest)
                snapshot = self._vectors.usable(rows)
                self._publish(rows, self._words.usable(rows), snapshot.manifest if snapshot else None, fully=True)
        except (IndexLockedError, StorageError) as error:
            log.info("the caches are built in memory: %s", error)
        return self._load(transaction)

    def _view_at(self, rows: Rows) -> View:
        words = self._words.usable(rows) or self._words.keep(WordIndex.build(rows))
        snapshot = self._vectors.usable(rows) or self._vectors.keep(Snapshot.build(rows))
        return View(rows.meta.moment, WordView.at(words, rows), VectorView.at(snapshot, rows))


class _Loaded(Generic[Base]):
    """One cache as it was last loaded, loaded again only when what is on disk has changed."""

    def __init__(self, folder: Path, kind: type[Base]) -> None:
        self._folder = folder
        self._kind: type[Base] = kind
        self._version: bytes | None = None
        self._base: Base | None = None

    def load(self) -> None:
        version = self._kind.version(self._folder)
        if version == self._version:
            return
        self._version, self._base = version, None
        self._attempt(self._load)

    def usable(self, rows: Rows) -> Base | None:
        """What is loaded, if it fits the store; None and a line in the log where it does not."""
        self._attempt(lambda: self._fitting(rows))
        return self._base

    def keep(self, built: Base) -> Base:
        """Use what was built in memory until something else is on disk."""
        self._base = built
        return built

    def _load(self) -> None:
        self._base = self._kind.load(self._folder)

    def _fitting(self, rows: Rows) -> None:
        if self._base is not None:
            self._base.check(rows)

    def _attempt(self, step: Callable[[], None]) -> None:
        try:
            step()
        except CacheMissingError:
            self._base = None
        except CacheUnusableError as error:
            _log_rebuilding(self._folder, error)
            self._base = None


def _log_rebuilding(folder: Path, error: CacheUnusableError) -> None:
    level = logging.INFO if isinstance(error, CacheOutdatedError) else logging.WARNING
    log.log(level, "%s: %s; it is rebuilt from the stored articles", folder, error)


def _bearable(count: int, *, fully: bool) -> float:
    if fully:
        return 0 if count <= SMALL_SNAPSHOT else count * SNAPSHOT_SHARE
    return max(PENDING_VECTORS, count * SNAPSHOT_SHARE)
