"""Passages shorter than the embedder could read: less around each answer, and more of them."""

from __future__ import annotations

from collections.abc import Sequence

from index.protocols import Embedder, Vectors
from index.types import EmbedderIdentity


class ShortPassages:
    """An embedder that claims to read less than it can, and so decides where articles are split."""

    def __init__(self, embedder: Embedder, max_tokens: int) -> None:
        self._embedder = embedder
        self._max_tokens = max_tokens

    @property
    def identity(self) -> EmbedderIdentity:
        return self._embedder.identity

    @property
    def max_tokens(self) -> int:
        return min(self._max_tokens, self._embedder.max_tokens)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._embedder.count_tokens(texts)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return self._embedder.embed_passages(texts)

    def embed_query(self, text: str) -> Vectors:
        return self._embedder.embed_query(text)
