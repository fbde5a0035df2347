"""The index on one machine: SQLite for the truth, FAISS and Tantivy to find things in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Self

import numpy as np

from index.errors import EmbedderMismatchError, ModelError, SourceError
from index.passages import embedded_text, split_article
from index.protocols import Change, Embedder, OnEmbedded, Vectors
from index.search import Fused, best_of_many, fuse
from index.storage.changes import Changes
from index.storage.rows import OnProgress, Rows
from index.storage.store import Store
from index.stored import StoredArticles
from index.types import EVERYTHING, Article, EmbedderIdentity, Filter, Hit, Passage

CANDIDATES = 100
"""Passages taken from each retriever before they are fused, at least."""
_ARTICLES_AT_ONCE = 32
_PASSAGES_AT_ONCE = 64
"""Embedded between two signs of life: some seconds. More at once take the same time for each."""


class LocalIndex(StoredArticles):
    """An index folder with the embedder that its vectors come from. See `ArticleIndex` for what it promises."""

    def __init__(self, store: Store, embedder: Embedder, *, word_weight: float = 1.0) -> None:
        super().__init__(store)
        self._embedder = embedder
        self._word_weight = word_weight

    @classmethod
    def open(cls, folder: Path, embedder: Embedder, *, word_weight: float = 1.0) -> Self:
        """Open an index that is there. In its searches a rank by words weighs `word_weight` times one by vectors.

        Raises IndexMissingError, NotAnIndexError, IndexFormatError, EmbedderMismatchError or StorageError.
        """
        return cls._checked(Store.open(folder), embedder, word_weight=word_weight)

    @classmethod
    def create_or_open(cls, folder: Path, embedder: Embedder, *, word_weight: float = 1.0) -> Self:
        """Open the index, or make an empty one in a folder that is new or empty. Raises as `open` does."""
        return cls._checked(Store.create_or_open(folder, embedder.identity), embedder, word_weight=word_weight)

    @classmethod
    def reembed(cls, folder: Path, embedder: Embedder, on_progress: OnProgress | None = None) -> Self:
        """Split and embed every stored article anew with another embedder, as one commit, and open the index.

        Searches go on meanwhile with the old vectors. `on_progress` takes the articles done and their total.
        """
        with closing(Store.open(folder)) as store, store.reading() as before, store.writing() as changes:
            _reembed(before, changes, embedder, on_progress)
        index = cls.open(folder, embedder)
        index.publish()
        return index

    def add(self, articles: Sequence[Article], *, on_embedded: OnEmbedded | None = None) -> list[Change]:
        if len({article.id for article in articles}) != len(articles):
            raise ValueError("an article's id may occur once in a batch")
        for article in articles:
            _check_characters(article)
        # Splitting and embedding take most of the time, so they are done before the write lock is taken.
        with self._store.reading() as rows:
            check_embedder(rows, self._embedder.identity)
            stored = rows.content_hashes([article.id for article in articles])
        changed = [article for article in articles if stored.get(article.id) != article.content_hash]
        if not changed:
            return ["unchanged" for _ in articles]
        made = prepared(changed, self._embedder, on_embedded)
        with self._store.writing() as changes:
            check_embedder(changes, self._embedder.identity)
            changes.find_copies()
            stored = changes.content_hashes([article.id for article in changed])
            outcome = {one[0].id: _put(changes, *one, stored.get(one[0].id)) for one in made}
        self._keep_up()
        return [outcome.get(article.id, "unchanged") for article in articles]

    def search(self, query: str, limit: int, where: Filter = EVERYTHING) -> list[Hit]:
        if limit < 1 or not query.strip():
            return []
        query = query.encode("utf-8", "replace").decode()  # half a character is not text to any library below
        vector = self._embedder.embed_query(query)
        with self._caches.reading() as (rows, view):
            check_embedder(rows, self._embedder.identity)
            if where != EVERYTHING:
                self._check_columns(rows)
            only = rows.matching(where)

            def ranked(candidates: int) -> tuple[list[Fused], bool]:
                words = view.words.search(query, candidates, only)
                near = view.vectors.search(vector, candidates, None if only is None else only.passages)
                more = max(len(words), len(near)) >= candidates
                return fuse(words, near, word_weight=self._word_weight), more

            best = best_of_many(ranked, rows.places, limit=limit, candidates=max(CANDIDATES, limit))
            found = rows.passages([one.number for one in best])
        return [Hit(*found[one.number], one.score, one.word_rank, one.vector_rank) for one in best]

    @classmethod
    def _checked(cls, store: Store, embedder: Embedder, *, word_weight: float) -> Self:
        try:
            with store.reading() as rows:
                check_embedder(rows, embedder.identity)
        except BaseException:
            store.close()
            raise
        return cls(store, embedder, word_weight=word_weight)


def _check_characters(article: Article) -> None:
    """Python's strings may hold halves of characters (lone surrogates), which no file and no model can take."""
    fields = (article.id, article.source, article.title, article.text, article.content_hash)
    others = (article.author, article.outlet, article.language)
    try:
        "".join((*fields, *(value or "" for value in others))).encode()
    except UnicodeEncodeError as error:
        raise SourceError(
            f"{article.source!r} holds half characters (lone surrogates): clean its text first."
        ) from error


Prepared = tuple[Article, list[Passage], Vectors]


def prepared(articles: Sequence[Article], embedder: Embedder, on_embedded: OnEmbedded | None = None) -> list[Prepared]:
    """Articles with their passages and the vectors of these. Many passages are embedded in several steps."""
    split = [split_article(article, embedder.count_tokens, max_tokens=embedder.max_tokens) for article in articles]
    texts = [
        embedded_text(article.title, passage)
        for article, passages in zip(articles, split, strict=True)
        for passage in passages
    ]
    vectors = _embedded(texts, embedder, on_embedded)
    ends = np.cumsum([len(passages) for passages in split])[:-1]
    return list(zip(articles, split, np.split(vectors, ends), strict=True))


def _embedded(texts: Sequence[str], embedder: Embedder, on_embedded: OnEmbedded | None) -> Vectors:
    steps = []
    for start in range(0, len(texts), _PASSAGES_AT_ONCE):
        step = texts[start : start + _PASSAGES_AT_ONCE]
        if on_embedded and start:
            on_embedded(start, len(texts))
        steps.append(_checked_vectors(embedder.embed_passages(step), len(step), embedder.identity))
    return np.concatenate(steps) if steps else np.empty((0, 0), dtype=np.float32)


def _checked_vectors(vectors: Vectors, count: int, identity: EmbedderIdentity) -> Vectors:
    """A vector that is wrong would spoil every ranking, and nobody would see why."""
    lengths = np.linalg.norm(vectors, axis=-1) if vectors.shape == (count, identity.dimension) else np.zeros(1)
    if not np.all(np.abs(lengths - 1) < 1e-3):
        raise ModelError(f"The embedder {identity.name} gives no unit vectors: choose another embedding model.")
    return vectors


def _put(
    changes: Changes, article: Article, passages: Sequence[Passage], vectors: Vectors, stored_hash: str | None
) -> Change:
    if stored_hash == article.content_hash:  # another process took it in meanwhile
        return "unchanged"
    changes.put(article, passages, vectors)
    return "added" if stored_hash is None else "updated"


def _reembed(before: Rows, changes: Changes, embedder: Embedder, on_progress: OnProgress | None) -> None:
    changes.clear_passages(embedder.identity)
    done, total = 0, changes.count_articles()
    for batch in _batches(before.articles(), _ARTICLES_AT_ONCE):
        for article, passages, vectors in prepared(batch, embedder):
            changes.give_passages(article.id, passages, vectors)
        done += len(batch)
        if on_progress:
            on_progress(done, total)


def _batches(articles: Iterator[Article], size: int) -> Iterator[list[Article]]:
    while batch := list(islice(articles, size)):
        yield batch


def check_embedder(rows: Rows, present: EmbedderIdentity) -> None:
    """Two embedders are the same if their vectors compare; the name may be another way to the same model."""
    stored = rows.meta.embedder
    comparable = (stored.revision, stored.dimension, stored.fingerprint)
    if comparable != (present.revision, present.dimension, present.fingerprint):
        raise EmbedderMismatchError(
            f"The index in {rows.folder} holds vectors of {stored.name} ({stored.revision[:12]}), not of {present.name}"
            f" ({present.revision[:12]}): use that model, or run `qa add --index {rows.folder} --re-embed`."
        )
