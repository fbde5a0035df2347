"""What an evaluation found, as typed values, a pandas frame, and a table in a notebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from html import escape
from typing import TYPE_CHECKING, Any

from qa.evaluation.headlines import headlines, outcome_counts
from qa.evaluation.metrics import Figure, Slices, figures, slices
from qa.evaluation.rows import Row
from qa.markup import plural

if TYPE_CHECKING:
    import pandas as pd  # type: ignore[import-untyped]

    from qa.evaluation.compare import Difference


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The figures and the rows that they are made of."""

    metrics: Mapping[str, Figure]
    slices: Slices
    rows: tuple[Row, ...]
    config: Mapping[str, Any]
    """What was asked of what, with which models."""
    problems: tuple[str, ...] = ()
    """Input that could not be used, a line each."""

    def frame(self) -> pd.DataFrame:
        """A line for each question, indexed by its id: what was expected and answered, each score, each slice."""
        import pandas as pd

        lines = [
            {**asdict(row), **row.scores, **{f"slice: {name}": of for name, of in row.slices.items()}}
            for row in self.rows
        ]
        return pd.DataFrame(lines).drop(columns=["scores", "slices"]).set_index("id")

    def with_problems(self, problems: Sequence[str]) -> Evaluation:
        return replace(self, problems=(*problems, *self.problems))

    def _repr_html_(self) -> str:
        """For a notebook: what came of the questions, the headlines in words, and behind a click every figure."""
        counts = ", ".join(f"{count:,} {outcome}" for outcome, count in outcome_counts(self.rows).items())
        told = [(one.label, one.value, one.interval, one.meaning) for one in headlines(self.metrics)]
        every = [
            (name, shown(figure.value), span(figure), f"n {figure.n:,}")
            for name, figure in self.metrics.items()
            if figure.value is not None
        ]
        return (
            f"<p><b>{plural(len(self.rows), 'question')}</b>: {escape(counts)}</p>{_table(told)}"
            f"<details><summary>All figures, with 95% intervals</summary>{_table(every)}</details>"
        )


def _table(lines: Sequence[Sequence[str]]) -> str:
    rows = (
        "<tr><th scope='row' style='text-align: left'>{}</th><td style='text-align: right'>{}</td>"
        "<td style='text-align: right'>{}</td><td style='text-align: left'>{}</td></tr>".format(*map(escape, line))
        for line in lines
    )
    return f"<table><tbody>{''.join(rows)}</tbody></table>"


def evaluation_of(rows: Sequence[Row], config: Mapping[str, Any], problems: Sequence[str] = ()) -> Evaluation:
    """The Evaluation of rows: nothing in it depends on anything else."""
    return Evaluation(figures(rows), slices(rows), tuple(rows), config, tuple(problems))


def shown(value: float | None) -> str:
    """A number as a person reads it: three decimals below 10, else one."""
    if value is None:
        return "–"  # noqa: RUF001
    return f"{value:.3f}" if abs(value) < 10 else f"{value:,.1f}"


def span(figure: Figure | Difference) -> str:
    """The interval of a figure or of a difference; empty where there is none."""
    return "" if figure.low is None else f"{shown(figure.low)} – {shown(figure.high)}"  # noqa: RUF001
