"""The index that a run asks: the one that is there, or one of its own with the articles that the run is about."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from index.beginning import NewIndex
from index.ingest import Progress as Ingested
from index.ingest import ingest
from index.protocols import ArticleIndex
from index.types import IngestReport
from qa.config import Config
from qa.evaluation.pairs import Dataset
from qa.evaluation.run import Progress, Watch

TEMPORARY = ".index"
"""The folder, in that of the run, of an index that is thrown away afterwards."""
_ARTICLES_AT_ONCE = 64


def fill(
    index: ArticleIndex | NewIndex, config: Config, sources: Sequence[str], dataset: Dataset, watch: Watch
) -> list[str]:
    """Put in the articles of the sources, and those that came along with the questions until `watch` says stop.

    Gives a line for each source that failed.
    """
    report = _ingested(index, config, sources, watch) if sources else IngestReport()
    for start in range(0, len(dataset.articles), _ARTICLES_AT_ONCE):
        if not watch(Progress("articles", start, len(dataset.articles))):
            break
        index.add(dataset.articles[start : start + _ARTICLES_AT_ONCE])
    if Path(config.index).name == TEMPORARY and not isinstance(index, NewIndex):
        # A run that was stopped may have left articles whose sources are gone by now.
        wanted = {*report.added, *report.updated, *report.unchanged, *(article.id for article in dataset.articles)}
        index.remove([article.id for article in index.articles() if article.id not in wanted])
    index.publish()
    return [f"{failure.source}: {failure.reason}" for failure in report.failed]


def _ingested(index: ArticleIndex | NewIndex, config: Config, sources: Sequence[str], watch: Watch) -> IngestReport:
    from qa.assemble import open_sources

    def told(progress: Ingested) -> None:
        watch(Progress("articles", progress.done, progress.total))

    with closing(open_sources(config)) as reader:
        return ingest(index, list(sources), reader=reader, on_progress=told)
