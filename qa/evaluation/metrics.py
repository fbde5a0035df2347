"""Rows -> figures, each with the interval that it would fall in 95 times of 100 with other questions of the kind. Pure.

Intervals are percentile bootstraps over questions (Efron and Tibshirani, 1993). Where a metric is about answers given,
the questions that got one are resampled. A figure of no questions has no value, and of one question no interval.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from qa.evaluation.rows import RIGHT, Row

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
Statistic = Callable[..., Any]
RESAMPLES = 1000
_NUMBERS_AT_ONCE, _NUMBERS_KEPT = 500_000, 2_000_000
_SHARES = (50, 95, 99)
BINS = 10
"""Of confidence, equally wide, for the expected calibration error (Naeini and others, 2015)."""
MAX_SLICES = 20
_SLICED = ("exact_match", "f1", "recall@5", "citation_precision", "citation_recall", "refusal_recall")
_LEFT_TO_THE_MACHINE = ("latency_ms", "questions_per_second", "peak_memory_mb")


Slices = dict[str, dict[str, dict[str, "Figure"]]]
"""Figures by the slice's name, its value, and the metric."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A metric's value over `n` questions, with its 95% interval."""

    value: float | None
    low: float | None
    high: float | None
    n: int


NOTHING = Figure(None, None, None, 0)


def figures(rows: Sequence[Row]) -> dict[str, Figure]:
    """Every metric by its name, in the order of a report."""
    scores = _means(rows)

    def first(*names: str) -> dict[str, Figure]:
        return {name: scores.pop(name, NOTHING) for name in names}

    return (
        first("exact_match", "f1", "answer_recall", "rouge_l")
        | _answerable(rows)
        | _citation_precision(rows)
        | first("citation_recall")
        | _refusal(rows)
        | _trust(rows)
        | scores
        | _speed(rows)
    )


def slices(rows: Sequence[Row]) -> Slices:
    """The same for the rows of each value of each slice; a slice where all are alike is left out.

    Of a slice with more than MAX_SLICES values, the most frequent ones; of one with hardly two rows alike, none.
    """
    told: Slices = {}
    for name in dict.fromkeys(name for row in rows for name in row.slices):
        groups: defaultdict[str, list[Row]] = defaultdict(list)
        for row in rows:
            if name in row.slices:
                groups[row.slices[name]].append(row)
        if 1 < len(groups) <= max(MAX_SLICES, len(rows) // 2):
            common = Counter({value: len(group) for value, group in groups.items()}).most_common(MAX_SLICES)
            told[name] = {value: _sliced(groups[value]) for value, _ in common}
    return told


def depends_on_the_machine(name: str) -> bool:
    """Whether a metric measures speed or memory, which no two runs share."""
    return name.startswith(_LEFT_TO_THE_MACHINE)


def _sliced(rows: Sequence[Row]) -> dict[str, Figure]:
    found = _means(rows, only=_SLICED) | _citation_precision(rows) | _refusal(rows)
    return {name: found[name] for name in _SLICED if name in found and found[name].n}


def mean(values: Sequence[float]) -> Figure:
    """The average of one number a question."""
    return estimate([values], _mean)


def estimate(columns: Sequence[Sequence[float] | Floats], statistic: Statistic) -> Figure:
    """A statistic of equally long columns of numbers, one number a question, resampled together."""
    if not len(columns[0]):
        return NOTHING
    return _estimates(columns, lambda *data, axis: np.expand_dims(statistic(*data, axis=axis), 0))[0]


def _estimates(columns: Sequence[Sequence[float] | Floats], statistics: Statistic) -> list[Figure]:
    """The same for several, which one function gives along the first axis. The columns are not empty."""
    data = [np.asarray(column, dtype=np.float64) for column in columns]
    n, values = len(data[0]), statistics(*data, axis=-1).tolist()
    if n == 1:
        return [Figure(value, None, None, 1) for value in values]
    lows, highs = _intervals(data, statistics)
    return [Figure(value, low, high, n) for value, low, high in zip(values, lows, highs, strict=True)]


def _intervals(data: Sequence[Floats], statistics: Statistic) -> list[list[float]]:
    """What `scipy.stats.bootstrap` gives, without the seconds that its import and its checks take: lows, and highs."""
    drawn = [statistics(*(column[chosen] for column in data), axis=-1) for chosen in _resamples(len(data[0]))]
    bounds: list[list[float]] = np.percentile(np.concatenate(drawn, axis=-1), [2.5, 97.5], axis=-1).tolist()
    return bounds


def _resamples(n: int) -> Iterable[Places]:
    """Which of `n` questions each resample has, in batches; the same ones whenever it is asked."""
    return _kept_resamples(n) if n * RESAMPLES <= _NUMBERS_KEPT else _drawn_resamples(n)


@lru_cache(maxsize=4)
def _kept_resamples(n: int) -> tuple[Places, ...]:
    return tuple(_drawn_resamples(n))


def _drawn_resamples(n: int) -> Iterator[Places]:
    chance, at_once = np.random.default_rng(0), max(1, _NUMBERS_AT_ONCE // n)
    for start in range(0, RESAMPLES, at_once):
        yield chance.integers(0, n, size=(min(at_once, RESAMPLES - start), n))


def _mean(values: Floats, axis: int = -1) -> Any:
    return values.mean(axis=axis)


def _ratio(part: Floats, whole: Floats, axis: int = -1) -> Any:
    return part.sum(axis=axis) / whole.sum(axis=axis)


def _means(rows: Iterable[Row], only: Container[str] | None = None) -> dict[str, Figure]:
    columns: defaultdict[str, list[float]] = defaultdict(list)
    for row in rows:
        for name, score in row.scores.items():
            if only is None or name in only:
                columns[name].append(score)
    return {name: mean(values) for name, values in columns.items()}


def _answerable(rows: Sequence[Row]) -> dict[str, Figure]:
    answerable = [row for row in rows if row.expected]
    return {f"{name}_answerable": mean([row.scores[name] for row in answerable]) for name in ("exact_match", "f1")}


def _citation_precision(rows: Sequence[Row]) -> dict[str, Figure]:
    cited = [row for row in rows if row.expected and row.citations]
    held = [sum(citation["holds"] for citation in row.citations) for row in cited]
    return {"citation_precision": estimate([held, [len(row.citations) for row in cited]], _ratio)}


def _refusal(rows: Sequence[Row]) -> dict[str, Figure]:
    judged = [row for row in rows if row.expected is not None and row.error is None]
    return {
        "refusal_precision": mean([float(not row.expected) for row in judged if row.answer is None]),
        "refusal_recall": mean([float(row.answer is None) for row in judged if not row.expected]),
    }


def given(rows: Iterable[Row]) -> tuple[Floats, Floats]:
    """Of the judged answers that were given: the confidences, and 1.0 or 0.0 for right or wrong."""
    told = [
        (row.confidence, float(is_right(row))) for row in rows if row.answer is not None and row.expected is not None
    ]
    pairs = np.asarray(told, dtype=np.float64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def is_right(row: Row) -> bool:
    """Whether the answer counts as right where there is only right and wrong."""
    return bool(row.expected) and row.scores["f1"] >= RIGHT


def _trust(rows: Sequence[Row]) -> dict[str, Figure]:
    confidence, right = given(rows)
    judged = [row for row in rows if row.expected is not None]
    return {
        "coverage": mean([float(row.answer is not None) for row in judged]),
        "risk": mean(list(1 - right)),
        "risk_coverage_area": estimate([confidence, right], _risk_coverage_area),
        "ece": estimate([confidence, right], expected_calibration_error),
    }


def risk_coverage(confidence: Floats, right: Floats, axis: int = -1) -> Floats:
    """The risk (share that is wrong) among the 1, 2, ... most confident answers (El-Yaniv and Wiener, 2010)."""
    order = np.argsort(-confidence, axis=axis, kind="stable")
    wrong = 1 - np.take_along_axis(right, order, axis=axis)
    return np.cumsum(wrong, axis=axis) / np.arange(1, confidence.shape[axis] + 1)


def _risk_coverage_area(confidence: Floats, right: Floats, axis: int = -1) -> Any:
    return risk_coverage(confidence, right, axis).mean(axis=axis)


def bin_of(confidence: Floats) -> npt.NDArray[np.int64]:
    """Which of the BINS, from 0, each confidence falls into."""
    return np.minimum((confidence * BINS).astype(np.int64), BINS - 1)


def expected_calibration_error(confidence: Floats, right: Floats, axis: int = -1) -> Any:
    """How far, on average, the share of right answers is from the confidence that was told."""
    bins, gap = bin_of(confidence), right - confidence
    return sum(np.abs(np.where(bins == one, gap, 0).sum(axis=axis)) for one in range(BINS)) / confidence.shape[axis]


def _speed(rows: Sequence[Row]) -> dict[str, Figure]:
    asked = [row.timings_ms for row in rows if row.timings_ms]
    steps = list(dict.fromkeys(step for timings in asked for step in timings if step != "total"))
    told = _percentiles("latency_ms", [timings["total"] for timings in asked if "total" in timings])
    for step in steps:
        told |= _percentiles(f"latency_ms_{step}", [timings[step] for timings in asked if step in timings])
    ends: defaultdict[int, float] = defaultdict(float)
    for row in rows:
        ends[row.sitting] = max(ends[row.sitting], row.at_s)
    seconds = math.fsum(ends.values())
    rate = len(rows) / seconds if seconds else None
    memory = max((row.memory_mb for row in rows if row.memory_mb is not None), default=None)
    return told | {
        "questions_per_second": Figure(rate, None, None, len(rows)),
        "peak_memory_mb": Figure(memory, None, None, len(rows)),
    }


def _percentiles(name: str, values: Sequence[float]) -> dict[str, Figure]:
    names = [f"{name}_p{share}" for share in _SHARES]
    if not values:
        return dict.fromkeys(names, NOTHING)
    found = _estimates([values], lambda column, axis: np.percentile(column, _SHARES, axis=axis))
    return dict(zip(names, found, strict=True))
