"""What `qa evaluate` prints of a run, of a comparison and of a ranking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from qa.evaluation.compare import Comparison
from qa.evaluation.metrics import NOTHING
from qa.evaluation.results import Evaluation, shown, span
from qa.markup import plural

_HEADLINES = (
    "exact_match", "f1", "recall@1", "recall@5", "recall@20", "mrr", "citation_precision", "citation_recall",
    "refusal_precision", "refusal_recall", "risk_coverage_area", "ece", "latency_ms_p50", "latency_ms_p95",
    "questions_per_second", "peak_memory_mb",
)  # fmt: skip


def print_evaluation(out: Console, evaluation: Evaluation, folder: Path, comparison: Comparison | None) -> None:
    """The figures that come first, what changed since another run, and where the report is."""
    table = Table("metric", "value", "95% interval", "n", box=None, pad_edge=False)
    for name in _HEADLINES:
        figure = evaluation.metrics.get(name)
        if figure is not None and figure.value is not None:
            table.add_row(name, shown(figure.value), span(figure), f"{figure.n:,}")
    out.print(table)
    if comparison is not None:
        _print_comparison(out, comparison)
    out.print(f"\nReport: {folder / 'report.html'}")


def _print_comparison(out: Console, comparison: Comparison) -> None:
    table = Table("metric", "before", "now", "change", "95% interval", "p", box=None, pad_edge=False)
    for name, one in comparison.differences.items():
        if name in _HEADLINES:
            p = "" if one.p is None else f"{one.p:.4f}"
            table.add_row(name, shown(one.before), shown(one.after), f"{one.change:+.3f}", span(one), p)
    out.print(f"\nCompared: {plural(len(comparison.won), 'question')} won, {len(comparison.lost):,} lost")
    out.print(table)


def print_ranking(
    out: Console, best_first: Sequence[Mapping[str, Any]], found: Mapping[str, Evaluation], metric: str, folder: Path
) -> None:
    """The cells of a matrix, best first, and where their reports are."""
    table = Table("", *best_first[0]["settings"], metric, "95% interval", box=None, pad_edge=False)
    for place, cell in enumerate(best_first, start=1):
        figure = found[cell["name"]].metrics.get(metric, NOTHING)
        table.add_row(str(place), *map(str, cell["settings"].values()), shown(figure.value), span(figure))
    out.print(table)
    out.print(f"\nThe ranking: {folder / 'matrix.json'}; each one's report: {folder}/*/report.html", soft_wrap=True)
