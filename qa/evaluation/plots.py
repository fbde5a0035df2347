"""The report's plots as SVG, drawn from numbers alone: no text of an article ever reaches them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qa.evaluation.metrics import BINS, Floats, bin_of, given, risk_coverage
from qa.evaluation.rows import Row

_WIDTH, _HEIGHT = 420, 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 20, 14, 44
_MAX_POINTS = 400
_TICKS = 5
_BARS = 30


@dataclass(frozen=True, slots=True)
class _Axes:
    """From the numbers of a plot to its picture elements; both axes begin at 0."""

    x_max: float
    y_max: float

    def x(self, value: float) -> float:
        return round(_LEFT + value / self.x_max * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(self, value: float) -> float:
        return round(_HEIGHT - _BOTTOM - value / self.y_max * (_HEIGHT - _TOP - _BOTTOM), 1)

    def frame(self, x_label: str, y_label: str) -> str:
        parts, under = [], _HEIGHT - _BOTTOM + 16
        for step in range(_TICKS + 1):
            x, y = self.x_max * step / _TICKS, self.y_max * step / _TICKS
            parts += [
                f'<line class="grid" x1="{self.x(0)}" x2="{self.x(self.x_max)}" y1="{self.y(y)}" y2="{self.y(y)}"/>',
                f'<text class="tick" x="{self.x(x)}" y="{under}" text-anchor="middle">{_tick(x)}</text>',
                f'<text class="tick" x="{_LEFT - 6}" y="{self.y(y) + 4}" text-anchor="end">{_tick(y)}</text>',
            ]
        middle = (_TOP + _HEIGHT - _BOTTOM) / 2
        parts += [
            f'<text class="label" x="{(_LEFT + _WIDTH) / 2}" y="{_HEIGHT - 8}" text-anchor="middle">{x_label}</text>',
            f'<text class="label" x="12" y="{middle}" text-anchor="middle" transform="rotate(-90 12 {middle})">'
            f"{y_label}</text>",
        ]
        return "".join(parts)

    def line(self, points: Sequence[tuple[float, float]], name: str) -> str:
        path = " ".join(f"{self.x(x)},{self.y(y)}" for x, y in points)
        return f'<polyline class="{name}" points="{path}"/>'

    def bar(self, start: float, end: float, height: float, hint: str) -> str:
        x, y = self.x(start), self.y(height)
        size = f'width="{max(self.x(end) - x - 1, 0.5):.1f}" height="{self.y(0) - y:.1f}"'
        return f'<rect class="bar" x="{x}" y="{y}" {size}><title>{hint}</title></rect>'


def risk_coverage_svg(rows: Sequence[Row]) -> str:
    """The share of wrong answers over the share of questions answered, from the most confident answers on."""
    return risk_coverage_plot(*given(rows), sum(row.expected is not None for row in rows))


def risk_coverage_plot(confidence: Floats, right: Floats, judged: int) -> str:
    """The same of the answers given to `judged` questions: how sure each was, and 1.0 where it is right, else 0.0."""
    if not len(confidence):
        return ""
    risks = risk_coverage(confidence, right)
    axes = _Axes(1.0, _ceiling(float(risks.max())))
    shown = np.unique(np.linspace(0, len(risks) - 1, min(len(risks), _MAX_POINTS)).astype(int))
    points = [((place + 1) / judged, float(risks[place])) for place in shown]
    return _svg(axes.frame("share of questions answered", "share of these answers wrong") + axes.line(points, "curve"))


def reliability_svg(rows: Sequence[Row]) -> str:
    """The share of right answers over the confidence that was told; on the diagonal where the two agree."""
    return reliability_plot(*given(rows))


def reliability_plot(confidence: Floats, right: Floats) -> str:
    """The same of answers: how sure each was, and 1.0 where it is right, else 0.0."""
    if not len(confidence):
        return ""
    axes, bins = _Axes(1.0, 1.0), bin_of(confidence)
    bars = "".join(
        axes.bar(one / BINS, (one + 1) / BINS, float(right[bins == one].mean()), f"{(bins == one).sum()} answers")
        for one in range(BINS)
        if (bins == one).any()
    )
    frame = axes.frame("confidence", "share of answers right")
    return _svg(frame + bars + axes.line([(0, 0), (1, 1)], "ideal"))


def latency_svg(rows: Sequence[Row]) -> str:
    """How many questions took how long, in milliseconds; the slowest in a hundred are in the last bar."""
    times = np.asarray([row.timings_ms["total"] for row in rows if "total" in row.timings_ms])
    if not len(times):
        return ""
    end = _round_up(max(float(np.percentile(times, 99)), 1.0))
    counts, edges = np.histogram(np.minimum(times, end), bins=_BARS, range=(0, end))
    axes = _Axes(end, _round_up_count(float(counts.max())))
    drawn = "".join(
        axes.bar(edges[one], edges[one + 1], int(counts[one]), f"{counts[one]} questions from {edges[one]:.0f} ms")
        for one in range(_BARS)
        if counts[one]
    )
    return _svg(axes.frame("milliseconds", "questions") + drawn)


def _tick(value: float) -> str:
    """Never as a power of ten: what is a hundred or more is whole."""
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"


def _round_up(value: float) -> float:
    """The next number whose fifths are round."""
    power = 10.0 ** np.floor(np.log10(value))
    return float(next(limit for limit in (1, 1.5, 2, 2.5, 3, 4, 5, 7.5, 10) if value <= limit * power) * power)


def _round_up_count(count: float) -> float:
    """The same with whole fifths: nothing happened one and a half times."""
    return 10.0 if 5 < count <= 10 else _round_up(max(count, 5.0))


def _ceiling(value: float) -> float:
    return next(limit for limit in (0.1, 0.25, 0.5, 1.0) if value <= limit)


def _svg(content: str) -> str:
    return f'<svg class="plot" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">{content}</svg>'
