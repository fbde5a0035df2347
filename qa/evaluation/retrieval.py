"""How well the index found the right article: of the words alone, of the vectors alone, and of both fused.

The chain searches as it always does; `RecordingSearch` only asks for more hits than the chain reads, and remembers
them. A ranking counts passages. The first passage of a right article is relevant, further ones of the same article are
not, so recall@8 says whether a reader of 8 passages could have seen it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from index.protocols import PassageSearch
from index.types import EVERYTHING, ArticleSummary, Filter, Hit

if TYPE_CHECKING:
    from ir_measures import Measure

DEPTH = 50
"""Hits remembered for each question: no more than each retriever gives to be fused, so asking for them moves none. A
right passage below them adds less than 0.02 to any figure, and reading a hundred costs 2% of a question's time."""
RETRIEVERS = {"": "both fused", "words_": "words alone", "vectors_": "vectors alone"}
"""What a metric's name begins with, and the ranking that it is of."""
_found: ContextVar[list[Hit] | None] = ContextVar("found", default=None)


@dataclass(frozen=True, slots=True)
class Gold:
    """What is right: articles, each by its id, with its relevance, and the text that the right passage shares."""

    articles: Mapping[str, int] = field(default_factory=dict)
    passage: str | None = None
    """None where any passage of the articles is right."""
    any_of: Mapping[str, str] = field(default_factory=dict)
    """From the ids of several articles, any of which will do, to the name that `articles` has for them all."""

    def __bool__(self) -> bool:
        return bool(self.articles or self.passage)

    def key(self, hit: Hit) -> str | None:
        """Which of the right things this hit is; None where it is none."""
        if self.passage is not None and not _overlaps(hit, self.passage):
            return None
        return self.right(hit.article.id) if self.articles else ""

    def right(self, article_id: str) -> str | None:
        """Which of the right articles this one is, or stands for; None where it is none."""
        return article_id if article_id in self.articles else self.any_of.get(article_id)

    @property
    def relevance(self) -> dict[str, int]:
        return dict(self.articles) or {"": 1}


def _overlaps(hit: Hit, text: str) -> bool:
    start = hit.article.text.find(text)
    return start >= 0 and start < hit.passage.end and hit.passage.start < start + len(text)


class RecordingSearch:
    """Searches an index, and remembers what was found for whoever asked in this context."""

    def __init__(self, index: PassageSearch) -> None:
        self._index = index

    def search(self, query: str, limit: int, where: Filter = EVERYTHING) -> list[Hit]:
        found = _found.get()
        if found is None:
            return self._index.search(query, limit, where)
        hits = self._index.search(query, max(limit, DEPTH), where)
        found.extend(hits)
        return hits[:limit]

    def articles(self) -> list[ArticleSummary]:
        return self._index.articles()


@contextmanager
def recorded() -> Iterator[list[Hit]]:
    """Gives a list that fills with what the searches inside find, in this thread's context."""
    hits: list[Hit] = []
    token = _found.set(hits)
    try:
        yield hits
    finally:
        _found.reset(token)


def retrieval_scores(gold: Gold, hits: Sequence[Hit]) -> dict[str, float]:
    """Each measure of each retriever for one question, by name: `recall@5`, `words_recall@5`, `vectors_mrr`, ..."""
    import ir_measures

    names_of = {key: f"right {number}" for number, key in enumerate(gold.relevance)}
    qrels = [
        ir_measures.Qrel(retriever, names_of[key], grade)
        for retriever in RETRIEVERS
        for key, grade in gold.relevance.items()
    ]
    run = [
        ir_measures.ScoredDoc(retriever, names_of.get(key, key), float(-place))
        for retriever in RETRIEVERS
        for place, key in enumerate(_keys(gold, _ranking(retriever, hits)))
    ]
    names = {measure: name for name, measure in measures().items()}
    scores = {f"{retriever}{name}": 0.0 for retriever in RETRIEVERS for name in names.values()}
    # What found nothing at all has no line in the run, and stays at 0.
    for one in ir_measures.iter_calc(list(names), qrels, run) if run else ():
        scores[f"{one.query_id}{names[one.measure]}"] = float(one.value)
    return scores


def measures() -> dict[str, Measure]:
    """Our names for the measures of `ir_measures`, which takes them from trec_eval."""
    from ir_measures import AP, RR, P, R, nDCG

    return {
        **{f"recall@{k}": R @ k for k in (1, 5, 20)},
        **{f"precision@{k}": P @ k for k in (1, 5)},
        "mrr": RR,
        "ndcg@10": nDCG @ 10,
        "map": AP,
    }


def _ranking(retriever: str, hits: Sequence[Hit]) -> list[Hit]:
    match retriever:
        case "words_":
            return sorted((hit for hit in hits if hit.word_rank), key=lambda hit: hit.word_rank or 0)
        case "vectors_":
            return sorted((hit for hit in hits if hit.vector_rank), key=lambda hit: hit.vector_rank or 0)
        case _:
            return list(hits)


def _keys(gold: Gold, ranking: Sequence[Hit]) -> list[str]:
    """A name for each hit, unique within the ranking; a right thing's own key where it comes first."""
    keys: dict[str, None] = {}
    for place, hit in enumerate(ranking):
        key = gold.key(hit)
        keys[f"other {place}" if key is None or key in keys else key] = None
    return list(keys)
