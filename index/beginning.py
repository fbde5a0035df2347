"""An index that begins with its first articles, so that a run which finds none leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from index.local import LocalIndex
from index.protocols import Change, OnEmbedded
from index.types import Article, Visit


class NewIndex:
    """Takes articles in (`ArticleSink`, `VisitMemory`). `make` makes the index, or opens what another process made."""

    def __init__(self, make: Callable[[], LocalIndex]) -> None:
        self._make = make
        self._index: LocalIndex | None = None

    @property
    def is_there(self) -> bool:
        return self._index is not None

    def now(self) -> LocalIndex:
        """The index, made at the latest now."""
        self._index = self._index or self._make()
        return self._index

    def add(self, articles: Sequence[Article], *, on_embedded: OnEmbedded | None = None) -> list[Change]:
        return self.now().add(articles, on_embedded=on_embedded)

    def publish(self) -> None:
        if self._index:
            self._index.publish()

    def store_id(self) -> str:
        return self._index.store_id() if self._index else ""

    def copies(self, article_ids: Sequence[str]) -> dict[str, str]:
        return self._index.copies(article_ids) if self._index else {}

    def content_hashes(self, article_ids: Sequence[str]) -> dict[str, str]:
        return self._index.content_hashes(article_ids) if self._index else {}

    def characters(self, article_ids: Sequence[str]) -> dict[str, int]:
        return self._index.characters(article_ids) if self._index else {}

    def article(self, article_id: str) -> Article:
        return self.now().article(article_id)

    def visit(self, url: str) -> Visit | None:
        return self._index.visit(url) if self._index else None

    def remember(self, visits: Sequence[Visit]) -> None:
        if self._index:
            self._index.remember(visits)

    def close(self) -> None:
        if self._index:
            self._index.close()
