"""Asking every question of a dataset: the chain that the chat uses, its index, and a journal of the answers."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from itertools import islice
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal

from index.errors import QuestionError
from index.types import ArticleSummary
from qa.evaluation.journal import Journal
from qa.evaluation.pairs import Dataset, Pair
from qa.evaluation.retrieval import Gold, recorded
from qa.evaluation.rows import Row, answered, failed

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

    from qa.types import Answer


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: how many of its articles are in the index, or how many of its questions are answered."""

    of: Literal["articles", "questions"]
    done: int
    total: int | None
    """None where it is not known."""


Watch = Callable[[Progress], bool]
"""Is told how far a run is, and says whether it is to go on."""


def selected(dataset: Dataset, *, sample: int | None = None, seed: int = 0, limit: int | None = None) -> Dataset:
    """A random sample of the questions, in their order, and of these the first `limit`; the articles all stay."""
    pairs: Sequence[Pair] = dataset.pairs
    if sample is not None and sample < len(pairs):
        chosen = sorted(random.Random(seed).sample(range(len(pairs)), sample))  # noqa: S311 - nothing secret
        pairs = [pairs[number] for number in chosen]
    return replace(dataset, pairs=tuple(pairs[:limit]))


class ArticleNames:
    """Finds articles by what a question's author may call them.

    That is an article's id, its source, the end of the source's path, or a part of it: a folder, an archive, or a book
    or a table whose chapters or rows the articles are.
    """

    def __init__(self, articles: Sequence[ArticleSummary]) -> None:
        self.by_id = {article.id: article for article in articles}
        self._ids: dict[str, list[str]] = {}
        for article in articles:
            self._ids.setdefault(article.source.rsplit("/", 1)[-1], []).append(article.id)
        self._ids |= {article.source: [article.id] for article in articles} | {one: [one] for one in self.by_id}
        self._paths = {article.id: _parts(article.source) for article in articles}

    def gold(self, pair: Pair) -> Gold:
        """The pair's right articles. What is not in the index stays as it is, and can't be found."""
        articles: dict[str, int] = {}
        any_of: dict[str, str] = {}
        for name, grade in pair.gold.items():
            match self._named(name):
                case [only]:
                    articles[only] = grade
                case ids:
                    articles[name] = grade
                    any_of |= dict.fromkeys(ids, name)
        return Gold(articles, pair.passage, any_of)

    def missing(self, pairs: Sequence[Pair]) -> list[str]:
        """Right articles that are not in the index, by the name that they were given."""
        return sorted({name for pair in pairs for name in pair.gold if not self._named(name)})

    def _named(self, name: str) -> list[str]:
        """The ids of the articles of that name."""
        if name not in self._ids:
            part = _parts(name.removeprefix("./"))
            self._ids[name] = [one for one, path in self._paths.items() if part in path] if part != "//" else []
        return self._ids[name]


def _parts(source: str) -> str:
    """A path in one form, so that a part of it that has whole names is a part of the text."""
    return f"/{source.replace('#', '/').strip('/')}/"


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks one question and judges the answer. Safe to use from many threads."""

    chain: Runnable[Any, Answer]
    names: ArticleNames

    def ask(self, pair: Pair) -> Row:
        gold = self.names.gold(pair)
        asked = {"question": pair.question, "history": pair.history}
        try:
            if not gold:
                return answered(pair, gold, self.chain.invoke(asked), (), self.names.by_id)
            with recorded() as hits:
                answer = self.chain.invoke(asked)
            return answered(pair, gold, answer, hits, self.names.by_id)
        except QuestionError as error:
            return failed(pair, gold, error, self.names.by_id)


def ask_all(
    pairs: Sequence[Pair], asker: Asker, journal: Journal, *, fingerprint: Mapping[str, str], threads: int = 1,
    watch: Watch,
) -> list[Row]:  # fmt: skip
    """A row for each pair, in their order; those that the journal holds from before are not asked again.

    When `watch` says that it is not to go on, what is under way is finished, and the rest have no row.

    Raises EvaluationError if the journal belongs to another run, and whatever the chain raises but for QuestionError.
    """
    rows = {row.id: row for row in journal.begin(fingerprint)}
    sitting = max((row.sitting for row in rows.values()), default=0) + 1
    go_on = watch(Progress("questions", len(rows), len(pairs)))
    start = perf_counter()
    for row in _in_threads(asker.ask, [pair for pair in pairs if pair.id not in rows] if go_on else [], threads):
        kept = replace(row, sitting=sitting, at_s=round(perf_counter() - start, 3), memory_mb=_peak_memory_mb())
        journal.append(kept)
        rows[kept.id] = kept
        if not watch(Progress("questions", len(rows), len(pairs))):
            break
    in_order = [rows[pair.id] for pair in pairs if pair.id in rows]
    journal.finish(in_order)
    return in_order


def _in_threads(ask: Callable[[Pair], Row], pairs: Sequence[Pair], threads: int) -> Iterator[Row]:
    """Rows as they are done. At most two questions a thread are under way, so that memory stays flat."""
    if threads == 1:
        yield from map(ask, pairs)
        return
    remaining = iter(pairs)
    with ThreadPoolExecutor(threads, thread_name_prefix="evaluate") as pool:
        try:
            under_way: set[Future[Row]] = {pool.submit(ask, pair) for pair in islice(remaining, 2 * threads)}
            while under_way:
                done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                under_way |= {pool.submit(ask, pair) for pair in islice(remaining, len(done))}
                yield from (future.result() for future in done)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _peak_memory_mb() -> float | None:
    try:
        import resource
    except ImportError:  # not on this system
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1 << 20 if sys.platform == "darwin" else 1 << 10), 1)
