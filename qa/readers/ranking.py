"""Putting spans of many passages in one order, and the same answer of several articles together. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index.types import Hit
from qa.readers.calibration import Signals
from qa.readers.spans import normalised
from qa.types import Quote

MAX_QUOTES = 5

_QUOTE_MARGIN = 4.0
"""A further article is quoted if its span is no further below the best: the same words may stand there by chance."""

_WIDEST_GAP = 20.0
_QUESTION_WORDS = (
    "a an and are as at be been by can could did do does for from had has have how in into is it its many much name "
    "of on or s than that the their them there they this to us was we were what when where which who whom whose why "
    "will with would you your"
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A tidied span of a hit: `hit.article.text[start:end]`, its score over no answer, and its value in the ranking."""

    hit: Hit
    start: int
    end: int
    span: float
    value: float

    @property
    def text(self) -> str:
        return self.hit.article.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class RankedAnswer:
    """One answer with every span that says it, best first."""

    candidates: tuple[Candidate, ...]

    @property
    def best(self) -> Candidate:
        return self.candidates[0]

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """The best span of each article that says so about as surely as the best one does."""
        sure = [one for one in self.candidates if one.span >= self.best.span - _QUOTE_MARGIN]
        by_article = {one.hit.article.id: one for one in reversed(sure)}
        chosen = [one for one in sure if by_article[one.hit.article.id] is one][:MAX_QUOTES]
        return tuple(Quote(one.hit, one.text, one.start) for one in chosen)


def retrieval_shares(hits: Sequence[Hit]) -> list[float]:
    """Each fused score over the best of the search: scores of different searches, or indexes, do not compare."""
    top = max((hit.score for hit in hits), default=0.0)
    return [max(0.0, hit.score / top) if top > 0 else 0.0 for hit in hits]


def ranked(candidates: Iterable[Candidate]) -> list[RankedAnswer]:
    """The answers, best first: an answer is worth what its best span is worth."""
    groups: defaultdict[str, list[Candidate]] = defaultdict(list)
    for candidate in sorted(candidates, key=lambda one: (-one.value, one.hit.article.id, one.start, one.end)):
        groups[normalised(candidate.text)].append(candidate)
    return [RankedAnswer(tuple(group)) for group in groups.values()]


def signals(question: str, answers: Sequence[RankedAnswer], top_score: float) -> Signals:
    """What speaks for the first of these answers. `top_score` is the best fused score of the search."""
    best = answers[0].best
    words = {word for word in re.findall(r"\w+", question.casefold()) if word not in _QUESTION_WORDS.split()}
    there = set(re.findall(r"\w+", f"{best.hit.article.title} {best.hit.passage.text}".casefold()))
    ranks = (best.hit.word_rank, best.hit.vector_rank)
    return Signals(
        span=best.span,
        retrieval=max(0.0, best.hit.score / top_score) if top_score > 0 else 0.0,
        gap=min(_WIDEST_GAP, best.value - max((one.best.value for one in _others(answers)), default=-_WIDEST_GAP * 10)),
        coverage=len(words & there) / len(words) if words else 1.0,
        mean_rank=sum(1 / rank for rank in ranks if rank) / len(ranks),
    )


def _others(answers: Sequence[RankedAnswer]) -> Iterable[RankedAnswer]:
    """Those that differ from the first by more than some words around it."""
    first = set(normalised(answers[0].best.text).split())
    for answer in answers[1:]:
        words = set(normalised(answer.best.text).split())
        if not (words <= first or first <= words):
            yield answer
