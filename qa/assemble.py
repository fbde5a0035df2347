"""The composition root: the only place that names concrete classes. To swap a model or a store, edit here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from qa.config import Config

_AT_URL = "the model at the chat URL"

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

    from index.beginning import NewIndex
    from index.fetching.fetch import Fetcher
    from index.local import LocalIndex
    from index.plan import Hashes
    from index.protocols import Embedder, VisitMemory
    from index.repair import RepairReport
    from index.sources import SourceReader
    from index.stored import StoredArticles
    from qa.chain import Rewriter
    from qa.readers import Reader
    from qa.readers.extractive import ExtractiveReader
    from qa.receipts import MadeWith, Model
    from qa.types import Answer


def load_embedder(config: Config) -> Embedder:
    """Raises ModelError."""
    from index.models import embedding
    from index.models.passage_size import ShortPassages

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


def begin_or_open_index(config: Config) -> LocalIndex | NewIndex:
    """The same for taking articles in: where there is no index yet, it is made when the first of them come."""
    from index.beginning import NewIndex
    from index.errors import IndexMissingError

    try:
        return open_index(config)
    except IndexMissingError:
        return NewIndex(lambda: create_or_open_index(config))


def open_articles(config: Config) -> StoredArticles:
    """The articles of the index that is there, for what neither adds nor searches: with no model, whichever it needs.

    Raises IndexMissingError, NotAnIndexError, IndexFormatError or StorageError.
    """
    from index.storage.store import Store
    from index.stored import StoredArticles

    return StoredArticles(Store.open(config.index))


def reembed_index(config: Config, on_progress: Callable[[int, int], None]) -> LocalIndex:
    """The index that is there, all its articles embedded anew with the configured embedder."""
    from index.local import LocalIndex

    return LocalIndex.reembed(config.index, load_embedder(config), on_progress)


def repair_index(config: Config, on_progress: Callable[[int, int], None]) -> RepairReport:
    """Make the index that is there sound again. Loads the embedder only if something must be embedded anew."""
    from index.repair import repair

    return repair(config.index, lambda: load_embedder(config), on_progress)


def open_sources(
    config: Config,
    *,
    columns: Mapping[str, str] | None = None,
    memory: VisitMemory | None = None,
    named: bool = True,
) -> SourceReader:
    """What reads files, folders and the web, with a fetcher for one round; `named` as there. Raises ConfigError."""
    from index.sources import SourceReader

    return SourceReader(columns=columns, fetcher=_fetcher(config), memory=memory, named=named)


@contextmanager
def stored_hashes(config: Config) -> Iterator[Hashes]:
    """Gives the content hash of each of some articles that is stored; none where there is no index. Loads no model."""
    from index.errors import IndexMissingError

    try:
        articles = open_articles(config)
    except IndexMissingError:
        yield lambda _: {}
        return
    with closing(articles):
        yield articles.content_hashes


def _fetcher(config: Config) -> Fetcher:
    from index.fetching.fetch import Fetcher, FetchPolicy

    return Fetcher(
        FetchPolicy(
            allow_private=config.allow_private, extra_ports=config.extra_ports, respect_robots=config.respect_robots
        )
    )


def load_reader(config: Config) -> ExtractiveReader:
    """The reader that quotes. Raises ModelError."""
    from qa.readers import extractive

    return extractive.load_reader(config.reader, config.caution)


def load_answerer(config: Config) -> Reader:
    """The reader that quotes or, where a chat model is configured, the one that has it write. Raises ModelError."""
    reader = load_reader(config)
    reader.begin()
    if not config.is_written:
        return reader
    from qa.readers.chat import ChatReader
    from qa.readers.chat_models import load_chat_model

    model = load_chat_model(config.chat_model, url=config.chat_url, timeout_s=config.chat_timeout_s)
    return ChatReader(
        model,
        reader,
        name=config.chat_model or _AT_URL,
        timeout_s=config.chat_timeout_s,
        passages=config.passages,
    )


def load_rewriter(config: Config) -> Rewriter:
    """What makes a follow-up stand alone: rules or, where a chat model is configured, that. Raises ModelError."""
    from qa.followups.rewriting import rewrite

    if not config.is_written:
        return rewrite
    from qa.followups.rephrasing import TIMEOUT_S, ChatRewriter
    from qa.readers.chat_models import load_chat_model

    timeout_s = min(TIMEOUT_S, config.chat_timeout_s)
    model = load_chat_model(config.chat_model, url=config.chat_url, timeout_s=timeout_s)
    return ChatRewriter(model, timeout_s=timeout_s)


def made_with(config: Config) -> MadeWith:
    """What the answers of these settings are made with, for their receipts. Raises ModelError."""
    from qa.receipts import MadeWith, Model

    reader = load_reader(config)
    return MadeWith(
        reader=Model(reader.name, reader.fingerprint),
        chat_model=_chat_model(config),
        passages=config.passages,
        word_weight=config.word_weight,
        caution=config.caution,
    )


def _chat_model(config: Config) -> Model | None:
    from qa.receipts import Model

    if not config.is_written:
        return None
    from qa.readers.chat_models import fingerprint

    weights = fingerprint(config.chat_model) if config.chat_url is None else None
    return Model(config.chat_model or _AT_URL, weights)


def open_chain(config: Config) -> Runnable[Any, Answer]:
    """The chain over the index that is there."""
    from qa.chain import answer_chain

    answerer = load_answerer(config)  # before the index: what is missing is said at once
    rewriter = load_rewriter(config)
    return answer_chain(open_index(config), answerer, passages=config.passages, rewriter=rewriter)
