"""`--fail-under f1=0.7,refusal_precision=0.8`: what the figures must reach."""

from __future__ import annotations

import math
from collections.abc import Mapping

from index.errors import ConfigError
from qa.evaluation.metrics import Figure, depends_on_the_machine, figures
from qa.evaluation.retrieval import RETRIEVERS, measures

_LOWER_IS_BETTER = frozenset(["risk", "risk_coverage_area", "ece"])


def parse_floors(text: str) -> dict[str, float]:
    """Metric and floor, of as many as the text names. Raises ConfigError for what is no metric or no number."""
    floors = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, floor = part.partition("=")
        if name.strip() not in metric_names():
            raise ConfigError(f"{name.strip()!r} is no metric with a floor; there are {', '.join(metric_names())}.")
        try:
            number = float(floor)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise ConfigError(f"{part!r} is not METRIC=NUMBER.")
        if not 0 <= number <= 1:
            raise ConfigError(f"{part!r} can't be reached: a figure is from 0 to 1, so that 70% is 0.7.")
        floors[name.strip()] = number
    return floors


def metric_names() -> list[str]:
    """The metrics of quality of which more is better."""
    names = [*figures([]), *(f"{retriever}{name}" for retriever in RETRIEVERS for name in measures())]
    return [name for name in names if name not in _LOWER_IS_BETTER and not depends_on_the_machine(name)]


def below(found: Mapping[str, Figure], floors: Mapping[str, float]) -> list[str]:
    """A line for each floor that is not reached, or whose metric has no value here."""
    told = []
    for name, floor in floors.items():
        value = found[name].value if name in found else None
        if value is None:
            told.append(f"{name} has no value: no question here is of that kind")
        elif value < floor:
            told.append(f"{name} is {value:.4f}, under {floor:g}")
    return told
