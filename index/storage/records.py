"""How articles and passages look as rows: their columns, their hashes, and the way back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from index.types import Article, EmbedderIdentity, Filter, Passage

Numbers = npt.NDArray[np.int64]
"""The numbers that the store gives to passages or to articles."""


@dataclass(frozen=True, slots=True)
class Meta:
    """The store's own facts. Caches of a generation before `caches_since` hold nothing of use."""

    store_id: str
    generation: int
    caches_since: int
    embedder: EmbedderIdentity
    likeness: str
    """How the stories were found; empty where they have not been yet."""

    @property
    def moment(self) -> tuple[str, int]:
        """What two states of a store never share; another store may come to the same generation."""
        return self.store_id, self.generation


@dataclass(frozen=True, slots=True)
class Matching:
    """The articles and the passages that a filter leaves, by number."""

    articles: Numbers
    passages: Numbers


@dataclass(frozen=True, slots=True)
class PassageWords:
    """What the word index takes in of a passage."""

    number: int
    article: int
    title: str
    text: str


SELECT_ARTICLES = (
    "SELECT number, id, source, title, text, content_hash, published, author, outlet, language, hash FROM articles "
)
SELECT_PASSAGES = """
    SELECT p.number, p.article, p.ordinal, p.start, p.end, p.vector, p.hash, a.hash
    FROM passages p JOIN articles a ON a.number = p.article
"""
SELECT_VISITS = "SELECT url, etag, last_modified, article_ids, hash FROM visits "
SELECT_NUMBERS = "SELECT number, id FROM articles WHERE id IN "
SELECT_HASHES = "SELECT id, content_hash FROM articles WHERE id IN "
SELECT_LENGTHS = "SELECT id, characters FROM articles WHERE id IN "
SELECT_NUMBERS_OF = "SELECT number FROM passages WHERE article IN "
SELECT_PLACES = "SELECT number, article FROM passages WHERE number IN "
LISTED = "(SELECT value FROM json_each(?))"
MATCHING_ARTICLES = """
    SELECT number FROM articles WHERE
        (:ids IS NULL OR id IN (SELECT value FROM json_each(:ids)))
        AND (:outlets IS NULL OR outlet IN (SELECT value FROM json_each(:outlets)))
        AND (:authors IS NULL OR author IN (SELECT value FROM json_each(:authors)))
        AND (:languages IS NULL OR language IN (SELECT value FROM json_each(:languages)))
        AND (:since IS NULL OR published >= :since)
        AND (:until IS NULL OR published <= :until)
"""


def filter_values(where: Filter) -> dict[str, str | None]:
    """A filter as the values of MATCHING_ARTICLES."""
    lists = {"ids": where.article_ids, "outlets": where.outlets, "authors": where.authors, "languages": where.languages}
    days = {"since": where.since, "until": where.until}
    values = {name: json.dumps(entries) if entries else None for name, entries in lists.items()}
    return values | {name: day.isoformat() if day else None for name, day in days.items()}


def identity_settings(embedder: EmbedderIdentity) -> dict[str, str]:
    """An embedder's identity as the store's settings."""
    return {
        "embedder_name": embedder.name,
        "embedder_revision": embedder.revision,
        "embedder_dimension": str(embedder.dimension),
        "embedder_fingerprint": embedder.fingerprint,
    }


def article_hash(fields: Sequence[object]) -> bytes:
    """Of an article's columns, from its id to its language, or of a visit's."""
    # A flipped bit can turn a text into bytes, which no JSON has: any other form of it is a wrong hash.
    return hashlib.blake2b(_as_json(fields).encode(), digest_size=16).digest()


def passage_hash(article_digest: object, fields: Sequence[object], vector: object) -> bytes:
    """Covers the article's hash too: a passage is a slice of exactly that text. The fields are whole numbers."""
    # Their JSON is what Python writes for a list of them, in a third of the time; any other value is a wrong hash.
    digest = hashlib.blake2b(str(list(fields)).encode(errors="replace"), digest_size=16)
    for part in (article_digest, vector):
        digest.update(part if isinstance(part, bytes) else b"")
    return digest.digest()


_as_json = json.JSONEncoder(default=repr).encode
"""Made once: a search checks some hundreds of hashes."""


def passage_of(row: tuple[object, ...], article: Article) -> Passage:
    """The passage of a checked row of SELECT_PASSAGES."""
    ordinal, start, end = (int(value) for value in row[2:5])  # type: ignore[call-overload]  # STRICT integers
    return Passage(article.id, ordinal, start, end, article.text[start:end])


def passage_problems(rows: Sequence[tuple[Any, ...]], article: Article) -> Iterator[str]:
    """A line for each way in which rows of one article that are as they were written are wrong all the same."""
    lengths = np.linalg.norm([np.frombuffer(row[5], dtype="<f4") for row in rows], axis=1) if rows else ()
    for row, length in zip(rows, lengths, strict=True):
        name = f"passage number {row[0]} of article {article.id!r}"
        if not 0 <= row[3] < row[4] <= len(article.text):
            yield f"{name} lies outside its text"
        if not 0.99 < length < 1.01:
            yield f"the vector of {name} has length {length:.3f} instead of 1"


def read_date(text: object) -> date | None:
    """A date as it is stored."""
    return None if text is None else date.fromisoformat(str(text))
