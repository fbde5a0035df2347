"""What the other articles say to the question: the same as the answer, or something else. Pure.

Of each article, its best span is its opinion, if the reader is nearly as sure of it as of the answer and the passage is
about what the question asks about. An opinion that agrees with the answer supports it; what differs is a rival.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from index.types import Hit
from qa.agreement import HEDGE, compare
from qa.facts import names, stems
from qa.readers.ranking import MAX_QUOTES, Candidate, RankedAnswer
from qa.types import Citation, Quote, Reading, Rival

MAX_RIVALS = 3
_SEVERAL = 3
"""Words of a question, of which one alone, such as "people", does not tell what it is about."""


@dataclass(frozen=True, slots=True)
class Margins:
    """How far an opinion may be from the answer, to count. Chosen by `python -m benchmarks.disagreement --fit`."""

    agrees: float = 4.0
    """Logits by which its span may be below the answer's, where it agrees."""
    differs: float = 5.0
    """The same, where it differs: on training data, it found 29 of 35, and one where there was none in 115."""
    least: float = -1.0
    """Logits by which the span of what differs must be above no answer; below zero, it may be that much below."""
    covers: float = 0.8
    """The share of the words that the question and the answer's passage share that its passage must have, too."""


MARGINS = Margins()
ABOUT_NOW = Margins(differs=7.0, covers=0.5)
"""For questions about now, of which newer articles tell in fewer words what older ones explained: see
`python -m benchmarks.recency`."""


def weighed(
    reading: Reading,
    question: str,
    answers: Sequence[RankedAnswer],
    confidence: Callable[[RankedAnswer], float],
    margins: Margins = MARGINS,
) -> Reading:
    """The reading with a quote of every article that agrees, and with the rivals, the surest first.

    `answers` are all that the reader found, best first: the reading gives the first. A refusal stays as it is. Beside
    rivals the answer, too, has the words that say that its number is not exact.
    """
    if reading.text is None or not answers:
        return reading
    first, agreeing = answers[0].best, list(reading.quotes)
    said = hedged(first)
    rivals: list[list[Candidate]] = []
    for one in map(hedged, opinions(answers)):
        if any(quote.hit.article.id == one.hit.article.id for quote in agreeing):
            continue
        relation = compare(said.text, one.text)
        if relation == "agree" and one.span >= first.span - margins.agrees:
            agreeing.append(Quote(one.hit, one.text, one.start))
        elif relation == "differ" and _is_rival(one, first, question, margins):
            _join(rivals, one)
    groups = [RankedAnswer(tuple(group)) for group in rivals[:MAX_RIVALS]]
    told = tuple(Rival(group.best.text, confidence(group), group.quotes_of_each) for group in groups)
    if told:  # beside "more than 27,000", "24,500" would look exact where the article says "about"
        reading, agreeing[0] = replace(reading, text=said.text), Quote(said.hit, said.text, said.start)
    return replace(reading, quotes=_ordered(agreeing)[:MAX_QUOTES], rivals=told)


def newest_given(reading: Reading, least: float) -> Reading:
    """The reading that gives the rival with the newest article, if that is newer and as probable as `least`.

    Of an article without a date nothing is newer.
    """
    given = _newest(reading.quotes)
    newer = [one for one in reading.rivals if one.confidence >= least and given < _newest(one.quotes) < date.max]
    if reading.text is None or not newer:
        return reading
    chosen = max(newer, key=lambda one: _newest(one.quotes))
    was = Rival(reading.text, reading.confidence, reading.quotes)
    rivals = (was, *(one for one in reading.rivals if one is not chosen))
    return replace(reading, text=chosen.text, confidence=chosen.confidence, quotes=chosen.quotes, rivals=rivals)


def _newest(quotes: Sequence[Quote]) -> date:
    """The day of the newest article; the end of time where none has a date."""
    return max((one.hit.article.published for one in quotes if one.hit.article.published), default=date.max)


def _ordered(quotes: Sequence[Quote]) -> tuple[Quote, ...]:
    """The one that the answer is taken from; then, since all say the same, the newest first."""
    return (*quotes[:1], *sorted(quotes[1:], key=lambda quote: -(quote.hit.article.published or date.min).toordinal()))


def opinions(answers: Sequence[RankedAnswer]) -> list[Candidate]:
    """The best span of each article but the first answer's own, the surest first."""
    best: dict[str, Candidate] = {}
    for candidate in sorted((one for answer in answers for one in answer.candidates), key=lambda one: -one.value):
        best.setdefault(candidate.hit.article.id, candidate)
    best.pop(answers[0].best.hit.article.id, None)
    return list(best.values())


def is_about(question: str, first: Hit, other: Hit, covers: float = MARGINS.covers) -> bool:
    """Whether a passage is about what the question and the answer's passage are about."""
    named = _names_in(question, first) <= _names_in(question, other)
    return named and likeness(question, first, other) >= covers


def matching(question: str, citations: Sequence[Citation], hits: Sequence[Hit]) -> list[Hit]:
    """The hits about what the question about now and what is cited are about: a search gives others, too."""
    cited = {one.article_id for one in citations}
    first = next((hit for hit in hits if hit.article.id in cited), None)
    return [hit for hit in hits if first and is_about(question, first, hit, ABOUT_NOW.covers)]


def likeness(question: str, first: Hit, other: Hit) -> float:
    """Of the question's words that the answer's passage or its title has, the share that the other's has, too.

    One word of several, if it is no name, tells of nothing: the share is 0, then.
    """
    asked = stems(question)
    shared = asked & _words_of(first)
    if len(shared) == 1 and len(asked) >= _SEVERAL and not _names_in(question, first):
        return 0.0
    return len(shared & _words_of(other)) / len(shared) if shared else 1.0


def _is_rival(one: Candidate, first: Candidate, question: str, margins: Margins) -> bool:
    """Whether it is sure enough, and enough about the same, to be shown beside the answer."""
    sure = one.span >= max(margins.least, first.span - margins.differs)
    return sure and is_about(question, first.hit, one.hit, margins.covers)


def hedged(candidate: Candidate) -> Candidate:
    """The span with the words before it that say that its number is not exact: "at least 12"."""
    before = HEDGE.search(candidate.hit.article.text, max(0, candidate.start - 25), candidate.start)
    return replace(candidate, start=before.start()) if before else candidate


def _join(groups: list[list[Candidate]], candidate: Candidate) -> None:
    for group in groups:
        if compare(group[0].text, candidate.text) == "agree":
            group.append(candidate)
            return
    groups.append([candidate])


def _words_of(hit: Hit) -> frozenset[str]:
    return stems(hit.article.title) | stems(hit.passage.text)


def _names_in(question: str, hit: Hit) -> frozenset[str]:
    """The names of the question that the article has anywhere."""
    text = f"{hit.article.title} {hit.article.text}".casefold()
    return frozenset(name for name in names(question) if name in text)
