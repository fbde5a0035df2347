"""What can be done with the articles of an index without its embedder: everything but adding and searching."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path

from index.caches.both import Caches
from index.caches.verify import LoadedCaches
from index.errors import ArticleMissingError, IndexLockedError, NotAnIndexError, StorageError
from index.storage.rows import Rows
from index.storage.store import Store
from index.types import Article, ArticleSummary, IndexInfo, Visit

log = logging.getLogger(__name__)

_REMOVED_AT_ONCE = 500


class StoredArticles:
    """The articles of an index folder. See `ArticleIndex` for what it promises."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._caches = Caches(store)
        self._checked_moment: tuple[str, int] | None = None

    def remove(self, article_ids: Sequence[str]) -> None:
        with self._store.writing() as changes:
            for article_id in dict.fromkeys(article_ids):
                if not changes.remove(article_id):
                    raise _missing(article_id)
        self._keep_up()

    def remove_older(self, limit: date) -> int:
        """Remove the articles that were published before a day, some at a time, so that others can write in between.

        Which they are is asked anew each time: others may have removed or changed them. Answers how many went.
        """
        with self._store.reading() as rows:
            self._check_columns(rows)
        removed, last = 0, _REMOVED_AT_ONCE
        while last == _REMOVED_AT_ONCE:
            with self._store.writing() as changes:
                last = changes.remove_older(limit, _REMOVED_AT_ONCE)
            removed += last
        self._keep_up()
        return removed

    def store_id(self) -> str:
        """Which store it is: another one once a backup was restored, or a damaged one made sound."""
        with self._store.reading() as rows:
            return rows.meta.store_id

    def publish(self) -> None:
        with suppress(IndexLockedError):  # all is stored; whoever writes now, or the next search, does the rest
            self._caches.publish()

    def article(self, article_id: str) -> Article:
        with self._store.reading() as rows:
            article = rows.article(article_id)
        if article is None:
            raise _missing(article_id)
        return article

    def articles(self) -> list[ArticleSummary]:
        with self._store.reading() as rows:
            self._check_columns(rows)
            return rows.summaries()

    def visit(self, url: str) -> Visit | None:
        """See `VisitMemory`."""
        with self._store.reading() as rows:
            return rows.visit(url)

    def remember(self, visits: Sequence[Visit]) -> None:
        """See `VisitMemory`."""
        with self._store.writing() as changes:
            changes.remember(visits)

    def content_hashes(self, article_ids: Sequence[str]) -> dict[str, str]:
        """The content hash of each of these articles that is there: what adding them would change."""
        with self._store.reading() as rows:
            return rows.content_hashes(article_ids)

    def characters(self, article_ids: Sequence[str]) -> dict[str, int]:
        """See `VisitMemory`."""
        with self._store.reading() as rows:
            return rows.characters(article_ids)

    def copies(self, article_ids: Sequence[str]) -> dict[str, str]:
        with self._store.reading() as rows:
            return rows.copies(article_ids)

    def info(self) -> IndexInfo:
        folder = self._store.folder
        with self._store.reading() as rows:
            meta, articles, passages = rows.meta, rows.count_articles(), rows.count_passages()
        # Not by Path.rglob, which stumbles over a folder that goes meanwhile.
        size = sum(_bytes(Path(parent, name)) for parent, _, names in os.walk(folder) for name in names)
        return IndexInfo(str(folder), meta.generation, articles, passages, meta.embedder, size)

    def verify(self) -> list[str]:
        problems: list[str] = []
        caches = LoadedCaches.load(self._store.folder)
        try:
            with self._store.reading() as rows:
                problems.extend(rows.problems())
                problems.extend(caches.problems(rows, rows_are_sound=not problems))
        except NotAnIndexError as error:  # so damaged that SQLite itself stops
            problems.append(str(error))
        return list(dict.fromkeys(problems))

    def close(self) -> None:
        self._store.close()

    def _check_columns(self, rows: Rows) -> None:
        """Once for each generation: some 0.6 s of one processor for 10,000 articles with 100,000 passages."""
        if self._checked_moment != rows.meta.moment:
            rows.check_columns()
            self._checked_moment = rows.meta.moment

    def _keep_up(self) -> None:
        """After a commit: what goes wrong with the caches now must not look as if the commit had failed."""
        try:
            self._caches.publish(fully=False)
        except (IndexLockedError, StorageError) as error:
            log.warning("the articles are stored, but the caches are behind: %s", error)


def _missing(article_id: str) -> ArticleMissingError:
    return ArticleMissingError(f"There is no article {article_id!r}: `qa list` shows those that there are.")


def _bytes(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except FileNotFoundError:  # a snapshot was replaced meanwhile
        return 0
