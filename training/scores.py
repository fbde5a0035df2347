"""How good a reader's spans are, by the definitions of SQuAD 1.1 and 2.0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qa.evaluation.answers import exact_match, f1
from training.rows import Row
from training.spans import Best


@dataclass(frozen=True, slots=True)
class Score:
    """Exact match and F1 in percent."""

    questions: int
    exact_match: float
    f1: float


def score(rows: Sequence[Row], best: Sequence[Best], threshold: float = float("-inf")) -> Score:
    """Of the spans whose margin is above the threshold; the others count as "no answer"."""
    answers = [one.text if one.margin > threshold else None for one in best]
    accepted = [[text for _, text in row.answers] for row in rows]
    pairs = list(zip(answers, accepted, strict=True))
    return Score(
        len(rows),
        round(100 * _mean([exact_match(*pair) for pair in pairs]), 2),
        round(100 * _mean([f1(*pair) for pair in pairs]), 2),
    )


def best_threshold(rows: Sequence[Row], best: Sequence[Best]) -> float:
    """The margin above which to answer, so that F1 over all rows is highest. For held-out rows only.

    The mean of the thresholds that come within 0.2 points of the highest, which one odd row does not move.
    """
    gains = [
        f1(one.text, [text for _, text in row.answers]) if row.answers else -1.0
        for row, one in zip(rows, best, strict=True)
    ]
    order = np.argsort([one.margin for one in best])[::-1]
    margins = np.array([best[n].margin for n in order])
    totals = np.cumsum(np.array(gains)[order])
    good = margins[totals >= totals.max() - 0.002 * len(rows)]
    return float(good.mean())


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
