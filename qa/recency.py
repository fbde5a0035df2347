"""Questions about now: newer evidence first, and a word where an answer rests on old articles. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from index.types import Hit
from qa.markup import day
from qa.types import Citation

MORE_CANDIDATES = 3
"""Times as many passages are searched for a question about now as are read: the newest may not be among the best."""
WEIGHT = 0.25
"""By how much the newest passage gains on one without a date: a tie-breaker among passages that fit about as well. More
does harm (`python -m benchmarks.recency`); what prefers newer answers is `qa.readers.disputes.newest_given`."""
HALVED_AFTER_DAYS = 30
OLD_AFTER_DAYS = 30
"""An answer is old if its newest article is older by more than this than the newest that matches, or than the day that
the question is asked as of."""
_NOW = re.compile(
    r"\b(?:now(?!\s+that\b)|nowadays|today|tonight|currently|current|latest|newest|most recent(?:ly)?|recently"
    r"|at the moment|at present|so far|as of|these days|up to date|still|this (?:week|month|year))\b",
    re.IGNORECASE,
)


def is_about_now(question: str) -> bool:
    """Whether the question's words ask for the newest state of things."""
    return _NOW.search(question) is not None


def newer_first(hits: Sequence[Hit], limit: int, weight: float = WEIGHT) -> tuple[Hit, ...]:
    """The best `limit`, where a passage's score grows by up to `weight` of itself the newer its article is.

    Newness counts from the newest of the hits, and halves every `HALVED_AFTER_DAYS`; one without a date has none.
    """
    newest = newest_of(hits)
    if newest is None:
        return tuple(hits[:limit])
    weighed = [replace(hit, score=hit.score * (1 + weight * _newness(hit.article.published, newest))) for hit in hits]
    return tuple(sorted(weighed, key=lambda hit: -hit.score)[:limit])


def newest_of(hits: Sequence[Hit]) -> date | None:
    """The day of the newest article; None where none has a date."""
    return max((hit.article.published for hit in hits if hit.article.published), default=None)


def staleness(citations: Sequence[Citation], hits: Sequence[Hit], as_of: date | None) -> str | None:
    """What to say of an answer about now whose articles are old; None where they are new, or have no dates."""
    cited = max((one.published for one in citations if one.published), default=None)
    newest = newest_of(hits)
    if cited is None or newest is None:
        return None
    if as_of and (as_of - cited).days > OLD_AFTER_DAYS:
        return f"This rests on old articles: the newest is of {day(cited)}, and you asked as of {day(as_of)}."
    if (newest - cited).days > OLD_AFTER_DAYS:
        return f"This rests on old articles: the newest is of {day(cited)}, and others that match of {day(newest)}."
    return None


def _newness(published: date | None, newest: date) -> float:
    return 0.0 if published is None else float(0.5 ** ((newest - published).days / HALVED_AFTER_DAYS))
