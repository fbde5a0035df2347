"""The seams of the index: what an embedder and an index promise. Both have a contract suite in tests/contract."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from index.types import EVERYTHING, Article, ArticleSummary, EmbedderIdentity, Filter, Hit, IndexInfo, Visit

Vectors = npt.NDArray[np.float32]
Change = Literal["added", "updated", "unchanged"]
OnEmbedded = Callable[[int, int], None]
"""Takes how many passages of a batch are embedded, and how many it has."""


class Embedder(Protocol):
    """Turns texts into unit vectors whose inner product is their similarity."""

    @property
    def identity(self) -> EmbedderIdentity: ...

    @property
    def max_tokens(self) -> int:
        """The most word pieces a text may have, special tokens included; what is longer would be cut."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Word pieces of each text, without special tokens and without truncation."""

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimension), float32, rows of length 1, in the order of `texts`."""

    def embed_query(self, text: str) -> Vectors:
        """Shape (dimension,), float32, length 1."""


class ArticleSink(Protocol):
    """What takes articles in. One process writes at a time."""

    def add(self, articles: Sequence[Article], *, on_embedded: OnEmbedded | None = None) -> list[Change]:
        """Take in a batch as one commit, replacing articles with the same id; an unchanged one costs nothing.

        When it returns, the batch is durable. When it raises, nothing of the batch is in the index.
        An id may occur once in a batch. Answers one `Change` for each article, in order. A batch that takes long, as a
        book does, tells `on_embedded` now and then how far it is.
        """

    def publish(self) -> None:
        """Bring the caches up to the last commit. Searches are right without it, only slower."""

    def copies(self, article_ids: Sequence[str]) -> dict[str, str]:
        """For each of these articles that is a near copy of another one, the id of that one: the first taken in."""


class PassageSearch(Protocol):
    """Ranked passages out: all that answering a question needs of an index. Safe from many threads."""

    def search(self, query: str, limit: int, where: Filter = EVERYTHING) -> list[Hit]:
        """The best passages by words and by vectors, fused, best first; never more than `limit`.

        Of many copies of one text, all but three articles come after whatever else there is.
        The query is words, never a query language. One call sees one generation of the index.
        """

    def articles(self) -> list[ArticleSummary]:
        """Every article, newest first, undated ones last, then by title."""


class ArticleIndex(ArticleSink, PassageSearch, Protocol):
    """Articles in, ranked passages out. Reading is safe from many threads."""

    def remove(self, article_ids: Sequence[str]) -> None:
        """Remove articles as one commit. Raises ArticleMissingError, having changed nothing, if one is not there."""

    def article(self, article_id: str) -> Article:
        """Raises ArticleMissingError."""

    def info(self) -> IndexInfo: ...

    def verify(self) -> list[str]:
        """Check every hash and every count. A line for each problem found; empty when all is well."""

    def close(self) -> None: ...


class VisitMemory(Protocol):
    """Remembers which pages and files have been read, so that only what has changed is read again."""

    def content_hashes(self, article_ids: Sequence[str]) -> dict[str, str]:
        """The content hash of each of these articles that is there."""

    def characters(self, article_ids: Sequence[str]) -> dict[str, int]:
        """How long each of these articles is that is there."""

    def visit(self, url: str) -> Visit | None:
        """The last visit to an address or a file; None without one, or where an article that it gave has gone since."""

    def remember(self, visits: Sequence[Visit]) -> None:
        """Keep these visits as one commit, each in place of the one before. Their articles must be in the index."""
