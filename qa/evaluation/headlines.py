"""The figures that come first, in words for people: the report and the page show them alike. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from qa.evaluation.metrics import Figure
from qa.evaluation.rows import Row

Unit = Literal["share", "ms"]
_LONG_MS = 10_000
Tone = Literal["good", "middling", "bad", "quiet"]

TONES: dict[str, Tone] = {
    "right": "good",
    "rightly refused": "good",
    "partly right": "middling",
    "wrong citation": "bad",
    "wrong answer": "bad",
    "should have refused": "bad",
    "should have answered": "bad",
    "not found": "bad",
    "failed": "bad",
    "not judged": "quiet",
}
"""Every outcome, the best first, and how it is to be taken."""

OUTCOME_MEANINGS: dict[str, str] = {
    "right": "an accepted answer, and a citation that holds one",
    "rightly refused": "nothing answers it, and no answer was given",
    "partly right": "some words of an accepted answer",
    "wrong citation": "some words of an accepted answer, and no citation that holds it",
    "wrong answer": "none of the words of an accepted answer",
    "should have refused": "an answer where nothing answers it",
    "should have answered": "the right article was read, and no answer was given",
    "not found": "the right article was not among what was read",
    "failed": "the question could not be asked",
    "not judged": "no answer is known",
}

PLOT_MEANINGS: dict[str, str] = {
    "Risk and coverage": "If only the most confident answers were given: how many of them would be wrong.",
    "Reliability": "How many answers are right at each confidence. On the dotted line, confidence is honest.",
    "Latency": "How long the questions took.",
}


@dataclass(frozen=True, slots=True)
class Headline:
    """A figure as a card shows it."""

    metric: str
    label: str
    meaning: str
    value: str
    interval: str


_LABELS: tuple[tuple[str, str, str, Unit], ...] = (
    ("exact_match", "Exactly right", "answers as accepted, and refusals where nothing answers", "share"),
    ("f1", "F1", "the same, and part of the credit for part of the words", "share"),
    ("recall@1", "Right article first", "of the search's ranking", "share"),
    ("recall@5", "Right article in five", "of the search's ranking", "share"),
    ("citation_precision", "Citations that hold", "cited sentences with an accepted answer in them", "share"),
    ("citation_recall", "Right articles cited", "of all that should be", "share"),
    ("refusal_precision", "Refusals that are right", "refused, and nothing answers it", "share"),
    ("refusal_recall", "Unanswerable refused", "of the questions that nothing answers", "share"),
    ("ece", "Confidence is off by", "from the share of right answers, on average", "share"),
    ("latency_ms_p50", "Median time", "for a question, with all its steps", "ms"),
    ("latency_ms_p95", "Slow questions", "one in twenty takes longer", "ms"),
)


def headlines(metrics: Mapping[str, Figure]) -> list[Headline]:
    """The cards, without figures that have no value."""
    told = []
    for metric, label, meaning, unit in _LABELS:
        figure = metrics.get(metric)
        if figure is not None and figure.value is not None:
            told.append(Headline(metric, label, meaning, *_in_words(figure, unit)))
    return told


def _in_words(figure: Figure, unit: Unit) -> tuple[str, str]:
    """A figure and its interval: shares as percentages, times in seconds where they are long, else in milliseconds."""
    if unit == "share":
        return _with_interval(figure, lambda value: f"{100 * value:.1f}", "%")
    if (figure.value or 0.0) < _LONG_MS:
        return _with_interval(figure, lambda value: f"{value:,.0f}", " ms")
    return _with_interval(figure, lambda value: f"{value / 1000:,.1f}", " s")


def _with_interval(figure: Figure, number: Callable[[float], str], unit: str) -> tuple[str, str]:
    value = f"{number(figure.value or 0.0)}{unit}"
    if figure.low is None or figure.high is None:
        return value, ""
    return value, f"{number(figure.low)}–{number(figure.high)}{unit}"  # noqa: RUF001


def outcome_counts(rows: Iterable[Row]) -> dict[str, int]:
    """How many questions had which outcome, the best first."""
    counts = Counter(row.outcome for row in rows)
    return {outcome: counts[outcome] for outcome in TONES if counts[outcome]}
