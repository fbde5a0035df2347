"""One call from questions to an Evaluation: an index, the chain over it, the answers, the figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from index.beginning import NewIndex
from index.durable import remove_folder
from index.errors import EvaluationError, ModelError
from qa.config import Config, load_config
from qa.evaluation.journal import Journal
from qa.evaluation.material import TEMPORARY, fill
from qa.evaluation.pairs import Dataset
from qa.evaluation.results import Evaluation, evaluation_of
from qa.evaluation.retrieval import RecordingSearch
from qa.evaluation.run import ArticleNames, Asker, Progress, Watch, ask_all

if TYPE_CHECKING:
    from index.protocols import ArticleIndex
    from qa.readers import Reader

THREADS = 2
_SHOWN = 3


def silent(progress: Progress) -> bool:  # noqa: ARG001
    """Watches a run, says nothing, and lets it go on."""
    return True


@dataclass(frozen=True, slots=True)
class Opened:
    """What is open already: used instead of what the settings name, and left open."""

    index: ArticleIndex
    answerer: Reader


def evaluate(
    dataset: Dataset,
    *,
    config: Config | None = None,
    articles: Sequence[str] = (),
    keep_index: Path | None = None,
    folder: Path | None = None,
    resume: bool = False,
    threads: int = THREADS,
    watch: Watch = silent,
    opened: Opened | None = None,
) -> Evaluation:
    """Ask every question of `dataset` as the chat would, and judge the answers.

    With `articles` (sources as `qa add` takes them), or where articles came along with the questions, these are asked,
    in an index that is thrown away afterwards; `keep_index` names a folder for it instead, and what that holds already
    is asked as well. Without either, the index of `config` is asked. Rows are kept in `folder` as they come; with
    `resume`, a run that was stopped there goes on. Where `watch` says stop, the figures are of what was answered.

    Raises EvaluationError for an empty dataset, a folder that holds another run, and with `resume` where the data, the
    index, a model or a setting has changed since; and what opening an index and loading models raise.
    """
    from qa.assemble import load_answerer

    config = config or load_config()
    if not dataset.pairs:
        raise EvaluationError("No question is left to ask: raise --limit or --sample.")
    with _folder(folder) as work, Journal(work) as journal:
        journal.refuse_to_overwrite(resume=resume)
        if not resume:
            remove_folder(work / TEMPORARY)
        own = bool(articles or dataset.articles)
        if own:
            config = replace(config, index=keep_index or work / TEMPORARY, index_is_default=False)
        answerer = opened.answerer if opened else load_answerer(config)  # first: what is missing is said at once
        with _index(config, None if own else opened, make=own) as begun:
            problems = fill(begun, config, articles, dataset, watch) if own else []
            if _is_empty(begun) and watch(Progress("articles", 0, 0)):
                remove_folder(work / TEMPORARY)
                because = f" ({problems[0]})" if problems else ""
                raise EvaluationError(f"There is no article to ask{because}: add some first.")
            index = begun.now() if isinstance(begun, NewIndex) else begun
            run = _Run(dataset, config, index, answerer, contents_count=own)
            rows = ask_all(dataset.pairs, run.asker, journal, fingerprint=run.fingerprint, threads=threads, watch=watch)
            evaluation = evaluation_of(rows, run.settings | {"threads": threads}, run.problems)
        remove_folder(work / TEMPORARY)
    told = [str(problem) for problem in dataset.problems]
    return evaluation.with_problems([*told, *problems])


@contextmanager
def _folder(folder: Path | None) -> Iterator[Path]:
    if folder is not None:
        yield folder
        return
    with TemporaryDirectory(prefix="qa-evaluate-") as made:
        yield Path(made)


def _index(config: Config, opened: Opened | None, *, make: bool) -> AbstractContextManager[ArticleIndex | NewIndex]:
    from qa.assemble import begin_or_open_index, open_index

    if opened is not None:
        return nullcontext(opened.index)
    return closing(begin_or_open_index(config) if make else open_index(config))


def _is_empty(index: ArticleIndex | NewIndex) -> bool:
    return not index.is_there if isinstance(index, NewIndex) else index.info().articles == 0


class _Run:
    """What is asked of what: the asker, what the answers depend on, and what a report says of it."""

    def __init__(
        self, dataset: Dataset, config: Config, index: ArticleIndex, answerer: Reader, *, contents_count: bool
    ) -> None:
        from qa.assemble import load_rewriter
        from qa.chain import answer_chain

        info, names = index.info(), ArticleNames(index.articles())
        rewriter = load_rewriter(config)
        chain = answer_chain(RecordingSearch(index), answerer, passages=config.passages, rewriter=rewriter)
        self.asker = Asker(chain, names)
        self.fingerprint = {
            "the data": dataset.digest,
            "the index": _contents(index, names) if contents_count else f"{info.generation} {_listing(names)}",
            "the embedding model": f"{info.embedder.revision} {info.embedder.fingerprint}",
            "the reader": f"{_model_digest(config.reader)} {config.caution}",
            "the chat model": f"{config.chat_model} {config.chat_url} {config.chat_timeout_s}"
            if config.is_written
            else "",
            "passages": f"{config.passages} {config.word_weight} {config.passage_tokens}",
        }
        self.settings: dict[str, Any] = {
            "data": dataset.name,
            "questions": len(dataset.pairs),
            "articles": info.articles,
            "passages_in_index": info.passages,
            "chat_model": config.chat_model or config.chat_url,
            "reader": config.reader,
            "caution": config.caution,
            "embedder": config.embedder,
            "passages": config.passages,
            "word_weight": config.word_weight,
            "passage_tokens": config.passage_tokens,
            "fingerprint": self.fingerprint,
        }
        self.problems = _unknown_gold(names.missing(dataset.pairs))


def _unknown_gold(missing: Sequence[str]) -> list[str]:
    if not missing:
        return []
    shown = ", ".join(missing[:_SHOWN]) + (", ..." if len(missing) > _SHOWN else "")
    return [f"{len(missing)} of the right articles are not in the index, and so count as not found: {shown}"]


def _listing(names: ArticleNames) -> str:
    return _digest(f"{one.id} {one.title} {one.characters} {one.published}" for one in names.by_id.values())


def _contents(index: ArticleIndex, names: ArticleNames) -> str:
    return _digest(f"{one} {index.article(one).content_hash}" for one in names.by_id)


def _digest(lines: Iterator[str]) -> str:
    return sha256("\n".join(sorted(lines)).encode("utf-8", "surrogatepass")).hexdigest()


def _model_digest(name: str) -> str:
    """What decides what a reading model answers; of a model that is not in a folder here, its name."""
    from qa.readers.extractive import load_reader

    try:
        return load_reader(name).digest
    except ModelError:
        return name
