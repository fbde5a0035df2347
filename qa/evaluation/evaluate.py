"""One call from questions to an Evaluation: an index, the chain over it, the answers, the figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from index.durable import remove_folder
from index.errors import EvaluationError, ModelError
from qa.config import Config, load_config
from qa.evaluation.journal import Journal
from qa.evaluation.pairs import Dataset
from qa.evaluation.results import Evaluation, evaluation_of
from qa.evaluation.retrieval import RecordingIndex
from qa.evaluation.run import ArticleNames, Asker, OnProgress, ask_all

if TYPE_CHECKING:
    from index.local import LocalIndex

THREADS = 2
_ARTICLES_AT_ONCE = 64
_TEMPORARY_INDEX = ".index"
_SHOWN = 3


def silent(done: int, total: int) -> None:
    """Takes progress and says nothing."""


def evaluate(
    dataset: Dataset,
    *,
    config: Config | None = None,
    articles: Sequence[str] = (),
    keep_index: Path | None = None,
    folder: Path | None = None,
    resume: bool = False,
    threads: int = THREADS,
    on_progress: OnProgress = silent,
) -> Evaluation:
    """Ask every question of `dataset` as the chat would, and judge the answers.

    With `articles` (sources as `qa add` takes them), or where articles came along with the questions, these are asked,
    in an index that is thrown away afterwards; `keep_index` names a folder for it instead, and what that holds already
    is asked as well. Without either, the index of `config` is asked. Rows are kept in `folder` as they come; with
    `resume`, a run that was stopped there goes on.

    Raises EvaluationError for an empty dataset, a folder that holds another run, and with `resume` where the data, the
    index, a model or a setting has changed since; and what opening an index and loading models raise.
    """
    config = config or load_config()
    if not dataset.pairs:
        raise EvaluationError("No question is left to ask: raise --limit or --sample.")
    with _folder(folder) as work, Journal(work) as journal:
        if not resume:
            journal.refuse_to_overwrite()
            remove_folder(work / _TEMPORARY_INDEX)
        temporary = bool(articles or dataset.articles)
        if temporary:
            config = _with_index(config, keep_index or work / _TEMPORARY_INDEX)
        index, problems = _filled(config, articles, dataset) if temporary else _opened(config)
        with closing(index):
            evaluation = _run(
                dataset, config, index, journal, temporary=temporary, threads=threads, on_progress=on_progress
            )
        remove_folder(work / _TEMPORARY_INDEX)
    told = [str(problem) for problem in dataset.problems]
    return evaluation.with_problems([*told, *problems])


@contextmanager
def _folder(folder: Path | None) -> Iterator[Path]:
    if folder is not None:
        yield folder
        return
    with TemporaryDirectory(prefix="qa-evaluate-") as made:
        yield Path(made)


def _with_index(config: Config, folder: Path) -> Config:
    return replace(config, index=folder, index_is_default=False)


def _opened(config: Config) -> tuple[LocalIndex, list[str]]:
    from qa.assemble import open_index

    return open_index(config), []


def _filled(config: Config, sources: Sequence[str], dataset: Dataset) -> tuple[LocalIndex, list[str]]:
    from qa.assemble import create_or_open_index

    index = create_or_open_index(config)
    wanted = {article.id for article in dataset.articles}
    problems = []
    if sources:
        from index.ingest import ingest

        report = ingest(index, list(sources))
        wanted |= {*report.added, *report.updated, *report.unchanged}
        problems = [f"{failure.source}: {failure.reason}" for failure in report.failed]
    for start in range(0, len(dataset.articles), _ARTICLES_AT_ONCE):
        index.add(dataset.articles[start : start + _ARTICLES_AT_ONCE])
    if config.index.name == _TEMPORARY_INDEX:
        # A run that was stopped may have left articles whose sources are gone by now.
        index.remove([article.id for article in index.articles() if article.id not in wanted])
    index.publish()
    return index, problems


def _run(
    dataset: Dataset,
    config: Config,
    index: LocalIndex,
    journal: Journal,
    *,
    temporary: bool,
    threads: int,
    on_progress: OnProgress,
) -> Evaluation:
    from qa.assemble import load_reader
    from qa.chain import answer_chain

    info, names = index.info(), ArticleNames(index.articles())
    fingerprint = {
        "the data": dataset.digest,
        "the index": _contents(index, names) if temporary else f"{info.generation} {_listing(names)}",
        "the embedding model": f"{info.embedder.revision} {info.embedder.fingerprint}",
        "the reader": f"{_model_digest(config.reader)} {config.caution}",
        "passages": f"{config.passages} {config.word_weight} {config.passage_tokens}",
    }
    asker = Asker(answer_chain(RecordingIndex(index), load_reader(config), passages=config.passages), names)
    rows = ask_all(dataset.pairs, asker, journal, fingerprint=fingerprint, threads=threads, on_progress=on_progress)
    settings: dict[str, Any] = {
        "data": dataset.name,
        "questions": len(dataset.pairs),
        "articles": info.articles,
        "passages_in_index": info.passages,
        "reader": config.reader,
        "caution": config.caution,
        "embedder": config.embedder,
        "passages": config.passages,
        "word_weight": config.word_weight,
        "passage_tokens": config.passage_tokens,
        "threads": threads,
        "fingerprint": fingerprint,
    }
    return evaluation_of(rows, settings, _unknown_gold(names.missing(dataset.pairs)))


def _unknown_gold(missing: Sequence[str]) -> list[str]:
    if not missing:
        return []
    shown = ", ".join(missing[:_SHOWN]) + (", ..." if len(missing) > _SHOWN else "")
    return [f"{len(missing)} of the right articles are not in the index, and so count as not found: {shown}"]


def _listing(names: ArticleNames) -> str:
    return _digest(f"{one.id} {one.title} {one.characters} {one.published}" for one in names.by_id.values())


def _contents(index: LocalIndex, names: ArticleNames) -> str:
    return _digest(f"{one} {index.article(one).content_hash}" for one in names.by_id)


def _digest(lines: Iterator[str]) -> str:
    return sha256("\n".join(sorted(lines)).encode("utf-8", "surrogatepass")).hexdigest()


def _model_digest(name: str) -> str:
    """What decides what a reading model answers; of a model that is not in a folder here, its name."""
    from index.model_files import ModelFiles, find_model
    from qa.readers import extractive

    try:
        if name == extractive.EMBEDDED:
            files = ModelFiles(name, name, Path(extractive.__file__).parent / name)
        else:
            files = find_model(name)
    except ModelError:
        return name
    return f"{files.fingerprint} {files.settings_hash}"
