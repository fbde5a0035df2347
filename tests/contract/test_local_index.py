from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from index.local import LocalIndex
from index.protocols import Embedder
from tests.contract.article_index import ArticleIndexContract
from tests.contract.linked_copies import LinkedCopiesContract
from tests.doubles_index import HashingEmbedder


class LocalIndexFixtures:
    @pytest.fixture
    def index(self, tmp_path: Path, embedder: Embedder) -> Iterator[LocalIndex]:
        with closing(LocalIndex.create_or_open(tmp_path / "index", embedder)) as index:
            yield index

    @pytest.fixture
    def reopen(self, tmp_path: Path, embedder: Embedder) -> Iterator[Callable[[], LocalIndex]]:
        with ExitStack() as opened:
            yield lambda: opened.enter_context(closing(LocalIndex.open(tmp_path / "index", embedder)))


class TestLocalIndex(LocalIndexFixtures, ArticleIndexContract):
    pass


class TestLinkedCopies(LocalIndexFixtures, LinkedCopiesContract):
    @pytest.fixture
    def embedder(self) -> Embedder:
        """A quick one: a thousand articles are added."""
        return HashingEmbedder()
