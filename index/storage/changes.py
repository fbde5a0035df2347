"""A write transaction: what is changed in the store, and counted up as one generation."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from index.protocols import Vectors
from index.storage import likeness
from index.storage.records import LISTED, SELECT_NUMBERS, article_hash, identity_settings, passage_hash
from index.storage.rows import Rows
from index.types import Article, EmbedderIdentity, Passage, Visit


class Changes(Rows):
    """A write transaction. Its generation is the next one; nothing is seen by others until it is committed."""

    def __init__(self, connection: sqlite3.Connection, folder: Path) -> None:
        super().__init__(connection, folder)
        self._changed = False

    def put(self, article: Article, passages: Sequence[Passage], vectors: Vectors) -> None:
        """Insert an article with its passages, in place of the one with its id if there is one."""
        self.remove(article.id)
        published = None if article.published is None else article.published.isoformat()
        values = (
            *(article.id, article.source, article.title, article.text, article.content_hash),
            *(published, article.author, article.outlet, article.language),
        )
        digest = article_hash(values)
        number = self._connection.execute(
            "INSERT INTO articles (id, source, title, text, content_hash, published, author, outlet, language,"
            " characters, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*values, len(article.text), digest),
        ).lastrowid
        self.stories.join(int(number or 0), article.id, article.text)
        self._insert_passages(int(number or 0), digest, passages, vectors)

    def find_copies(self) -> None:
        """Find near copies anew where they were found by another method, or never."""
        if self.meta.likeness != (present := likeness.method()):
            self.stories.begin_anew()
            self._set({"likeness": present})

    def remove(self, article_id: str) -> bool:
        """Remove an article and its passages; False where there is none."""
        row = self._select(SELECT_NUMBERS + LISTED, json.dumps([article_id])).fetchone()
        if row is None:
            return False
        self._changed = True
        self._connection.execute(
            "INSERT INTO removals SELECT number, ? FROM passages WHERE article = ?",
            (self.meta.generation + 1, row[0]),
        )
        self.stories.leave(row[0])
        self._connection.execute("DELETE FROM articles WHERE number = ?", row[:1])
        return True

    def remove_older(self, limit: date, at_most: int) -> int:
        """Remove articles that were published before a day; answers how many."""
        query = "SELECT id FROM articles WHERE published < ? LIMIT ?"
        old = self._select(query, limit.isoformat(), at_most).fetchall()
        return sum(self.remove(article_id) for (article_id,) in old)

    def remember(self, visits: Sequence[Visit]) -> None:
        """Keep visits, each in place of the one before. No search can see them, so the generation stays."""
        for visit in visits:
            row = (visit.url, visit.etag, visit.last_modified, json.dumps(visit.article_ids))
            self._connection.execute("INSERT OR REPLACE INTO visits VALUES (?, ?, ?, ?, ?)", (*row, article_hash(row)))

    def clear_passages(self, embedder: EmbedderIdentity) -> None:
        """Drop every passage and take on another embedder; caches of before are void."""
        self._changed = True
        self._connection.execute("DELETE FROM passages")
        self._connection.execute("DELETE FROM removals")
        self._set({"caches_since": str(self.meta.generation + 1), **identity_settings(embedder)})

    def give_passages(self, article_id: str, passages: Sequence[Passage], vectors: Vectors) -> None:
        """Insert the passages of an article that has none."""
        number, digest = self._select("SELECT number, hash FROM articles WHERE id = ?", article_id).fetchone()
        self._insert_passages(number, digest, passages, vectors)

    def drop_passages(self, article_id: str) -> None:
        """Leave an article without passages, until it is given others."""
        self._changed = True
        number = "(SELECT number FROM articles WHERE id = ?)"
        self._connection.execute(f"DELETE FROM passages WHERE article = {number}", (article_id,))  # noqa: S608

    def finish(self) -> None:
        """Count up the generation if anything changed."""
        if self._changed:
            self._set({"generation": str(self.meta.generation + 1)})

    def _insert_passages(self, article: int, digest: bytes, passages: Sequence[Passage], vectors: Vectors) -> None:
        self._changed = True
        # Numbers are given here, not by SQLite, because each row's hash covers its number. AUTOINCREMENT keeps the
        # highest that was ever given, and this transaction is the only writer.
        row = self._select("SELECT seq FROM sqlite_sequence WHERE name = 'passages'").fetchone()
        first = 1 + (row[0] if row else 0)
        rows = []
        for number, (passage, vector) in enumerate(zip(passages, vectors, strict=True), start=first):
            data = vector.astype("<f4").tobytes()
            fields = (number, article, passage.ordinal, passage.start, passage.end)
            rows.append((*fields, data, passage_hash(digest, fields, data)))
        self._connection.executemany("INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def _set(self, settings: Mapping[str, str]) -> None:
        self._connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", settings.items())
