"""A small true embedder, for tests of storage that need vectors and no meaning, and articles to store."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np

from index.passages import split_article
from index.protocols import Vectors
from index.storage.store import Store
from index.types import Article, EmbedderIdentity


@dataclass(frozen=True)
class HashingEmbedder:
    """Adds up a fixed direction for each word: texts that share words are near each other."""

    dimension: int = 16
    revision: str = "1"
    name: str = "hashing"
    weights: str = "a"
    max_tokens: int = 24

    @property
    def identity(self) -> EmbedderIdentity:
        return EmbedderIdentity(
            self.name, self.revision, self.dimension, hashlib.sha256(self.weights.encode()).hexdigest()
        )

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(_words(text)) for text in texts]

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return (
            np.stack([self.embed_query(text) for text in texts]) if texts else np.empty((0, self.dimension), np.float32)
        )

    def embed_query(self, text: str) -> Vectors:
        vector = np.sum([_direction(self.weights, self.dimension, word) for word in [*_words(text), "#"]], axis=0)
        return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


@lru_cache(maxsize=10_000)
def _direction(weights: str, dimension: int, word: str) -> Vectors:
    seed = int.from_bytes(hashlib.sha256(f"{weights} {word}".encode("utf-8", "replace")).digest()[:8], "big")
    return np.random.default_rng(seed).standard_normal(dimension).astype(np.float32)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def stored_article(
    name: str,
    text: str = "",
    *,
    title: str = "",
    published: date | None = None,
    outlet: str | None = None,
    author: str | None = None,
    language: str | None = None,
) -> Article:
    """An article with the id `name`, about `name` if nothing else is said."""
    text = text or f"This article is about {name}. It has a second sentence about {name} too."
    title = title or f"On {name}"
    content = hashlib.sha256(repr((title, text, published, outlet, author, language)).encode()).hexdigest()
    return Article(name, f"https://wire.example/{name}", title, text, content, published, author, outlet, language)


def put(store: Store, *articles: Article) -> None:
    """Store articles in one transaction, with their passages and the vectors of these."""
    embedder = HashingEmbedder()
    with store.writing() as changes:
        for article in articles:
            passages = split_article(article, embedder.count_tokens, max_tokens=embedder.max_tokens)
            changes.put(article, passages, embedder.embed_passages([passage.text for passage in passages]))
