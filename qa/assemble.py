"""The composition root: the only place that names concrete classes. To swap a model or a store, edit here."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from qa.config import Config

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

    from index.local import LocalIndex
    from index.protocols import Embedder
    from qa.readers import Reader
    from qa.types import Answer


def load_embedder(config: Config) -> Embedder:
    """Raises ModelError."""
    from index import embedding
    from index.passage_size import ShortPassages

    embedder = embedding.load_embedder(config.embedder)
    return embedder if config.passage_tokens is None else ShortPassages(embedder, config.passage_tokens)


def open_index(config: Config) -> LocalIndex:
    """The index that is there. Raises IndexMissingError, NotAnIndexError or EmbedderMismatchError, ModelError."""
    from index.local import LocalIndex

    return LocalIndex.open(config.index, load_embedder(config), word_weight=config.word_weight)


def create_or_open_index(config: Config) -> LocalIndex:
    """The index in that folder, made if there is none yet. Raises as `open_index` does, or StorageError."""
    from index.local import LocalIndex

    return LocalIndex.create_or_open(config.index, load_embedder(config), word_weight=config.word_weight)


def reembed_index(config: Config, on_progress: Callable[[int, int], None]) -> LocalIndex:
    """The index that is there, all its articles embedded anew with the configured embedder."""
    from index.local import LocalIndex

    return LocalIndex.reembed(config.index, load_embedder(config), on_progress)


def load_reader(config: Config) -> Reader:
    """Raises ModelError."""
    from qa.readers import extractive

    return extractive.load_reader(config.reader)


def open_chain(config: Config) -> Runnable[Any, Answer]:
    """The chain over the index that is there."""
    from qa.chain import answer_chain

    return answer_chain(open_index(config), load_reader(config), passages=config.passages)
