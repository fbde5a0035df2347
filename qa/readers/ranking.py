"""Putting spans of many passages in one order, and the same answer of several articles together. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from index.types import Hit
from qa.readers.calibration import Calibration, Signals
from qa.readers.spans import normalised, says
from qa.types import Quote

MAX_QUOTES = 8

_QUOTE_MARGIN = 4.0
"""A further article is quoted if its span is no further below the best: the same words may stand there by chance."""


_NAME_MARGIN = 1.0
"""Logits that a span with the whole of a name may lie below one with its beginning. It costs nothing where answers are
known (F1 72.3 of 989 questions that calibration is fitted on, with and without), and reads better."""
_NAMED = re.compile(r"\b[A-Z][\w'’-]*$")  # noqa: RUF001
_NAME_GOES_ON = re.compile(r" [A-Z][\w'’-]*")  # noqa: RUF001


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
        return self._quoted(one for one in self.candidates if one.span >= self.best.span - _QUOTE_MARGIN)

    @property
    def quotes_of_each(self) -> tuple[Quote, ...]:
        """The best span of each article, however unsure."""
        return self._quoted(self.candidates)

    @staticmethod
    def _quoted(candidates: Iterable[Candidate]) -> tuple[Quote, ...]:
        by_article: dict[str, Candidate] = {}
        for one in candidates:
            by_article.setdefault(one.hit.article.id, one)
        return tuple(Quote(one.hit, one.text, one.start) for one in list(by_article.values())[:MAX_QUOTES])


def retrieval_shares(hits: Sequence[Hit]) -> list[float]:
    """Each fused score over the best of the search: scores of different searches, or indexes, do not compare."""
    top = max((hit.score for hit in hits), default=0.0)
    return [_share(hit, top) for hit in hits]


def worth_reading(passage: str, share: float, best: Candidate | None, calibration: Calibration) -> bool:
    """Whether a passage that the search ranks lower could still hold a better answer, or says the best one too."""
    if best is None or says(passage, best.text):
        return True
    return calibration.span_ceiling + calibration.retrieval_weight * share >= best.value


def ranked(candidates: Iterable[Candidate]) -> list[RankedAnswer]:
    """The answers, best first: an answer is worth what its best span is worth."""
    groups: defaultdict[str, list[Candidate]] = defaultdict(list)
    for candidate in sorted(
        _with_whole_names(candidates), key=lambda one: (-one.value, one.hit.article.id, one.start, one.end)
    ):
        groups[normalised(candidate.text)].append(candidate)
    return [RankedAnswer(tuple(group)) for group in groups.values()]


def _with_whole_names(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The candidates, where one that ends within a name gives way to one with all of it that is about as sure."""
    found = {(one.hit.article.id, one.start, one.end): one for one in candidates}
    for key in sorted(found):
        one, longer = found[key], (*key[:2], _end_of_name(found[key]))
        if longer != key and longer in found and found[longer].span >= one.span - _NAME_MARGIN:
            span, value = max(found[longer].span, one.span), max(found[longer].value, one.value)
            found[longer] = replace(found[longer], span=span, value=value)
            del found[key]
    return list(found.values())


def _end_of_name(candidate: Candidate) -> int:
    """Where the name ends whose words the candidate ends with; its own end where that is no part of a name."""
    text, end = candidate.hit.article.text, candidate.end
    if not _NAMED.search(text, candidate.start, end):
        return end
    while following := _NAME_GOES_ON.match(text, end):
        end = following.end()
    return end


def signals(first: RankedAnswer, hits: Sequence[Hit]) -> Signals:
    """What speaks for the first answer of these hits."""
    top = max(hit.score for hit in hits)
    return Signals(span=first.best.span, retrieval=_share(first.best.hit, top))


def _share(hit: Hit, top: float) -> float:
    return max(0.0, hit.score / top) if top > 0 else 0.0
