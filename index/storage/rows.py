"""What the store is asked within one transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from index.protocols import Vectors
from index.storage.checked import CheckedRows
from index.storage.records import (
    LISTED,
    MATCHING_ARTICLES,
    SELECT_ARTICLES,
    SELECT_HASHES,
    SELECT_LENGTHS,
    SELECT_NUMBERS,
    SELECT_NUMBERS_OF,
    SELECT_PASSAGES,
    SELECT_PLACES,
    SELECT_VISITS,
    Matching,
    Numbers,
    PassageWords,
    filter_values,
    passage_of,
    read_date,
)
from index.types import EVERYTHING, Article, ArticleSummary, Filter, Passage, Visit

OnProgress = Callable[[int, int], None]
"""Takes how much is done, and the total."""

_PAGES_AT_ONCE = 2_000
_VECTORS_AT_ONCE = 2_000


class Rows(CheckedRows):
    """The store as of one generation."""

    def content_hashes(self, article_ids: Sequence[str]) -> dict[str, str]:
        """The content hash of each of these articles that is stored."""
        return dict(self._select(SELECT_HASHES + LISTED, json.dumps(article_ids)))

    def characters(self, article_ids: Sequence[str]) -> dict[str, int]:
        """How long each of these articles is that is stored."""
        return dict(self._select(SELECT_LENGTHS + LISTED, json.dumps(article_ids)))

    def article(self, article_id: str) -> Article | None:
        row = self._select(SELECT_ARTICLES + "WHERE id IN " + LISTED, json.dumps([article_id])).fetchone()
        return None if row is None else self._placed_article(row)

    def articles(self) -> Iterator[Article]:
        """Every article in the order of arrival; one in memory at a time."""
        for row in self._select(SELECT_ARTICLES + "ORDER BY number"):
            yield self._placed_article(row)

    def copies(self, article_ids: Sequence[str]) -> dict[str, str]:
        """For each of these articles that is a near copy, the id of the first of its kind."""
        ids = dict(self._select(SELECT_NUMBERS + LISTED, json.dumps(article_ids)))
        return {ids[number]: first for number, first in self.stories.copies(list(ids)).items()}

    def summaries(self) -> list[ArticleSummary]:
        """Newest first, undated ones last, then by title."""
        rows = self._select(
            """SELECT number, id, source, title, published, author, outlet, language, characters,
                      (SELECT count(*) FROM passages WHERE article = articles.number)
               FROM articles ORDER BY published IS NULL, published DESC, title, id"""
        )
        copies = self.stories.all_copies()
        try:
            values = [(*row[1:4], read_date(row[4]), *row[5:], copies.get(row[0])) for row in rows]
        except ValueError as error:
            raise self._damaged(f"a date is none: {error}") from error
        return [ArticleSummary(*each) for each in values]

    def count_articles(self) -> int:
        return int(self._select("SELECT count(*) FROM articles").fetchone()[0])

    def count_passages(self, through: int | None = None) -> int:
        """How many passages there are, of those with a number up to `through` where it is given."""
        # Without a condition SQLite counts in its smallest index; with one it walks through every row, vectors and all.
        count = int(self._select("SELECT count(*) FROM passages").fetchone()[0])
        return count if through is None else count - self._count_after(through)

    def _count_after(self, number: int) -> int:
        if number < 1:
            return self.count_passages()
        return int(self._select("SELECT count(*) FROM passages WHERE number > ?", number).fetchone()[0])

    def removed_since(self, generation: int, through: int) -> Numbers:
        """Passages that went after `generation`, of those with a number up to `through`, in ascending order."""
        rows = self._select(
            "SELECT passage FROM removals WHERE generation > ? AND passage <= ? ORDER BY passage", generation, through
        )
        return _numbers(rows)

    def passages_since(self, generation: int, last_passage: int) -> int:
        """How many passages came or went, at most, since a cache was written that holds all up to `last_passage`.

        Told by their numbers, at no cost; 0 only if none did.
        """
        (last,) = self._select("SELECT max(number) FROM passages").fetchone()
        return max(0, (last or 0) - last_passage) + len(self.removed_since(generation, last_passage))

    def matching(self, where: Filter) -> Matching | None:
        """What a filter leaves; None where it leaves everything. A date bound leaves out what has no date."""
        if where == EVERYTHING:
            return None
        values = filter_values(where)
        articles = _numbers(self._connection.execute(MATCHING_ARTICLES, values))
        passages = self._select(SELECT_NUMBERS_OF + LISTED, json.dumps(articles.tolist()))
        return Matching(articles, _numbers(passages))

    def passages(self, numbers: Sequence[int]) -> dict[int, tuple[Passage, Article]]:
        """These passages with their articles, by number; an article is read once and shared."""
        rows = self._select(SELECT_PASSAGES + "WHERE p.number IN " + LISTED, json.dumps(list(numbers))).fetchall()
        articles = self._articles_numbered({row[1] for row in rows})
        found = {}
        for row in rows:
            self._check_passage(row)
            article = articles[row[1]]
            found[row[0]] = (passage_of(row, article), article)
        if lost := set(numbers) - found.keys():
            raise self._damaged(f"passage number {min(lost)} is missing")
        return found

    def places(self, numbers: Sequence[int]) -> dict[int, tuple[int, int]]:
        """For each of these passages the number of its article and of that article's story."""
        articles = dict(self._select(SELECT_PLACES + LISTED, json.dumps(list(numbers))))
        stories = self.stories.of(list(set(articles.values())))
        return {number: (article, stories.get(article, article)) for number, article in articles.items()}

    def spans(self, article_id: str) -> list[tuple[int, int]]:
        """Start and end of each of an article's passages, in order."""
        query = (
            "SELECT start, end FROM passages WHERE article = (SELECT number FROM articles WHERE id = ?) ORDER BY start"
        )
        return self._select(query, article_id).fetchall()

    def words(self, after: int = 0) -> Iterator[PassageWords]:
        """Passages with a number above `after`, in ascending order, for the word index."""
        number, article = 0, None
        for row in self._select(SELECT_PASSAGES + "WHERE p.number > ? ORDER BY p.number", after):
            self._check_passage(row)
            if article is None or number != row[1]:
                number, article = row[1], self._article_numbered(row[1])
            yield PassageWords(row[0], number, article.title, passage_of(row, article).text)

    def vectors(self, after: int = 0) -> tuple[Numbers, Vectors]:
        """The numbers of passages above `after`, ascending, and their vectors, one a row."""
        batches = list(self.vector_batches(after))
        if not batches:
            return np.empty(0, dtype=np.int64), np.empty((0, self.meta.embedder.dimension), dtype=np.float32)
        return np.concatenate([numbers for numbers, _ in batches]), np.concatenate([vectors for _, vectors in batches])

    def vector_batches(self, after: int = 0, *, checked: bool = True) -> Iterator[tuple[Numbers, Vectors]]:
        """The same a few thousand at a time: together they take as much memory as all that is in a FAISS index.

        Only who has checked every row in this transaction already may have them unchecked.
        """
        left = self._count_after(after)
        rows = self._select(SELECT_PASSAGES + "WHERE p.number > ? ORDER BY p.number", after)
        while batch := rows.fetchmany(_VECTORS_AT_ONCE):
            for row in batch if checked else ():
                self._check_passage(row)
            left -= len(batch)
            vectors = np.frombuffer(b"".join(row[5] for row in batch), dtype="<f4")
            yield np.array([row[0] for row in batch], dtype=np.int64), vectors.reshape(len(batch), -1)
        if left:
            raise self._damaged("passages have lost their article")

    def visit(self, url: str) -> Visit | None:
        """The last visit to an address, as long as every article that it gave is still there."""
        row = self._select(SELECT_VISITS + "WHERE url IN " + LISTED, json.dumps([url])).fetchone()
        if row is None:
            return None
        visit = self._checked_visit(row)
        return visit if len(self.content_hashes(visit.article_ids)) == len(visit.article_ids) else None

    def copy_to(self, target: sqlite3.Connection, on_progress: OnProgress | None) -> None:
        """Copy the whole database as it is in this transaction; writers go on meanwhile."""
        copy_pages(self._connection, target, on_progress)


def _numbers(rows: sqlite3.Cursor) -> Numbers:
    return np.fromiter((number for (number,) in rows), dtype=np.int64)


def copy_pages(source: sqlite3.Connection, target: sqlite3.Connection, on_progress: OnProgress | None) -> None:
    """Copy a whole database as of one moment, as one transaction of the target."""

    def report(_: int, remaining: int, total: int) -> None:
        if on_progress:
            on_progress(total - remaining, total)

    source.backup(target, pages=_PAGES_AT_ONCE, progress=report)
