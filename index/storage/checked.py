"""Rows of the store, each held against its hash as it is read."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from index.errors import DamageError
from index.storage.records import (
    LISTED,
    SELECT_ARTICLES,
    SELECT_PASSAGES,
    SELECT_VISITS,
    Meta,
    article_hash,
    passage_hash,
    passage_problems,
    read_date,
)
from index.storage.stories import Stories
from index.types import Article, EmbedderIdentity, Visit


class CheckedRows:
    """One transaction. What is not as it was written is never given, but raised as DamageError."""

    def __init__(self, connection: sqlite3.Connection, folder: Path) -> None:
        self._connection = connection
        self.folder = folder
        self.meta = self._read_meta()
        self.stories = Stories(connection, self._damaged)

    def check_columns(self) -> None:
        """Raise NotAnIndexError where a list or a filter could show or leave out what it should not.

        Both read columns and SQLite's own indexes without the rows' hashes; this reads every article once.
        """
        for problem in (*self._structural_problems(), *self._numeric_problems()):
            raise self._damaged(problem)
        for row in self._select(SELECT_ARTICLES):
            self._placed_article(row)

    def problems(self) -> Iterator[str]:
        """A line for everything in the store that is not as it was written."""
        yield from self._structural_problems()
        yield from self._numeric_problems()
        for (number,) in self._select("SELECT number FROM articles ORDER BY number").fetchall():
            try:
                article = self._article_numbered(number)
                passages = self._select(SELECT_PASSAGES + "WHERE p.article = ? ORDER BY p.ordinal", number).fetchall()
                for row in passages:
                    self._check_passage(row)
                yield from passage_problems(passages, article)
            except DamageError as error:
                yield error.what
        for row in self._select(SELECT_VISITS + "ORDER BY url").fetchall():
            try:
                self._checked_visit(row)
            except DamageError as error:
                yield error.what
        yield from self.stories.problems()

    def _structural_problems(self) -> Iterator[str]:
        for (line,) in self._select("PRAGMA integrity_check"):
            if line != "ok":
                yield f"SQLite reports: {line}"

    def _numeric_problems(self) -> Iterator[str]:
        # SQLite's length ends at a zero character.
        wrong = "SELECT id FROM articles WHERE characters <> length(text) AND instr(text, char(0)) = 0"
        for (article_id,) in self._select(wrong):
            yield f"the length of article {article_id!r} is not as it was written"
        for (number,) in self._select("SELECT passage FROM removals JOIN passages ON number = passage"):
            yield f"passage number {number} is there, and noted as removed"

    def _select(self, statement: str, *values: object) -> sqlite3.Cursor:
        return self._connection.execute(statement, values)

    def _read_meta(self) -> Meta:
        found: dict[str, str] = dict(self._select("SELECT key, value FROM meta"))
        try:
            embedder = EmbedderIdentity(
                found["embedder_name"],
                found["embedder_revision"],
                int(found["embedder_dimension"]),
                found["embedder_fingerprint"],
            )
            numbers = (int(found["generation"]), int(found["caches_since"]))
            return Meta(found["store_id"], *numbers, embedder, found.get("likeness", ""))
        except (KeyError, ValueError) as error:
            raise self._damaged(f"its own description lacks {error}") from error

    def _article_numbered(self, number: int) -> Article:
        row = self._select(SELECT_ARTICLES + "WHERE number = ?", number).fetchone()
        if row is None:
            raise self._damaged(f"article number {number} is missing")
        return self._checked_article(row)

    def _articles_numbered(self, numbers: Collection[int]) -> dict[int, Article]:
        """These articles with what they are copies of, by number."""
        listed = list(numbers)
        copies = self.stories.copies(listed)
        rows = self._select(SELECT_ARTICLES + "WHERE number IN " + LISTED, json.dumps(listed))
        found = {row[0]: replace(self._checked_article(row), copy_of=copies.get(row[0])) for row in rows}
        if lost := set(listed) - found.keys():
            raise self._damaged(f"article number {min(lost)} is missing")
        return found

    def _placed_article(self, row: tuple[Any, ...]) -> Article:
        """The article of a row with what it is a copy of."""
        return replace(self._checked_article(row), copy_of=self.stories.copies([row[0]]).get(row[0]))

    def _checked_article(self, row: tuple[object, ...]) -> Article:
        if row[-1] != article_hash(row[1:-1]):
            raise self._damaged(f"article {row[1]!r} is not as it was written")
        id_, source, title, text, content_hash, published, author, outlet, language = row[1:-1]
        return Article(id_, source, title, text, content_hash, read_date(published), author, outlet, language)  # type: ignore[arg-type]  # the hash vouches for them

    def _checked_visit(self, row: tuple[str, str | None, str | None, str, bytes]) -> Visit:
        url, etag, last_modified, article_ids, stored = row
        if stored != article_hash(row[:-1]):
            raise self._damaged(f"the visit to {url!r} is not as it was written")
        return Visit(url, etag, last_modified, tuple(json.loads(article_ids)))

    def _check_passage(self, row: tuple[object, ...]) -> None:
        number, article, ordinal, start, end, vector, stored, article_digest = row
        if stored != passage_hash(article_digest, (number, article, ordinal, start, end), vector):
            raise self._damaged(f"passage number {number} is not as it was written")

    def _damaged(self, what: str) -> DamageError:
        return DamageError(self.folder, what)
