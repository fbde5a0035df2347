"""Two runs over the same questions: what changed, and how likely it is that nothing did."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from index.errors import EvaluationError
from qa.evaluation.metrics import Floats, mean
from qa.evaluation.pairs import Pair
from qa.evaluation.rows import Row, history_of, key_of

_PERMUTATIONS = 9999


@dataclass(frozen=True, slots=True)
class Difference:
    """A metric's mean change from the other run to this one, over `n` questions that both have.

    `low` and `high` are the 95% bootstrap interval; `p` is the two-sided p-value of a paired permutation test.
    """

    before: float
    after: float
    change: float
    low: float | None
    high: float | None
    p: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """This run against another one."""

    differences: dict[str, Difference]
    won: list[str]
    """The ids of the questions with a higher F1 now (of those without answers: recall@5), in order."""
    lost: list[str]
    only_before: int
    only_now: int


def comparable(pairs: Sequence[Pair], before: Sequence[Row]) -> bool:
    """Whether `compare` will find any of these questions: to be known before they are all asked."""
    asked = {row.key for row in before}
    return any(key_of(pair.id, pair.question, history_of(pair)) in asked for pair in pairs)


def compare(now: Sequence[Row], before: Sequence[Row]) -> Comparison:
    """Pair the rows that ask the same question under the same id. Raises EvaluationError if there is none."""
    earlier = {row.key: row for row in before}
    pairs = [(row, earlier[row.key]) for row in now if row.key in earlier]
    if not pairs:
        raise EvaluationError("The two reports have no question in common: compare runs over the same questions.")
    names = dict.fromkeys(name for row, _ in pairs for name in row.scores)
    differences = {}
    for name in names:
        both = [(new.scores[name], old.scores[name]) for new, old in pairs if name in new.scores and name in old.scores]
        if both:
            differences[name] = difference(np.array([one[0] for one in both]), np.array([one[1] for one in both]))
    return Comparison(
        differences,
        won=[new.id for new, old in pairs if _score(new) > _score(old)],
        lost=[new.id for new, old in pairs if _score(new) < _score(old)],
        only_before=len(before) - len(pairs),
        only_now=len(now) - len(pairs),
    )


def difference(after: Floats, before: Floats) -> Difference:
    """The Difference of two equally long columns, one number a question."""
    figure = mean(list(after - before))
    return Difference(
        before=float(before.mean()),
        after=float(after.mean()),
        change=figure.value or 0.0,
        low=figure.low,
        high=figure.high,
        p=_p_value(after, before),
        n=figure.n,
    )


def _p_value(after: Floats, before: Floats) -> float | None:
    from scipy.stats import permutation_test  # type: ignore[import-untyped]

    if np.array_equal(after, before):
        return 1.0
    if len(after) == 1:
        return None

    def change(one: Floats, other: Floats, axis: int) -> Any:
        return (one - other).mean(axis=axis)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = permutation_test(
            (after, before), change, permutation_type="samples", vectorized=True, n_resamples=_PERMUTATIONS,
            batch=max(1, 500_000 // len(after)), rng=np.random.default_rng(0),
        )  # fmt: skip
    return float(found.pvalue)


def _score(row: Row) -> float:
    return row.scores.get("f1", row.scores.get("recall@5", 0.0))
