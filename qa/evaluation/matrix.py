"""`--matrix`: the same questions under every combination of some settings, ranked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import Any

from index.durable import remove_folder, replace_file
from index.errors import ConfigError
from qa.config import Config, load_config
from qa.evaluation.evaluate import evaluate
from qa.evaluation.journal import Journal
from qa.evaluation.metrics import NOTHING
from qa.evaluation.pairs import Dataset
from qa.evaluation.report import figures_json, write_report
from qa.evaluation.results import Evaluation

Cell = dict[str, Any]
SETTINGS: dict[str, type] = {
    "chat_model": str,
    "reader": str,
    "caution": str,
    "embedder": str,
    "passages": int,
    "word_weight": float,
    "passage_tokens": int,
}
"""What can vary, and of which type its values are."""
NO_CHAT_MODEL = "none"
"""As a chat model: the answers are quoted."""
_OF_THE_INDEX = ("embedder", "passage_tokens")
_INDEXES = ".indexes"
_MAX_NAME = 90


def parse_grid(axes: Sequence[str]) -> list[Cell]:
    """Every combination of axes such as `passages=4,8`. Raises ConfigError for what is no setting or has no value."""
    values: dict[str, list[Any]] = {}
    for axis in axes:
        name, _, listed = axis.partition("=")
        if name not in SETTINGS:
            raise ConfigError(f"--matrix knows no {name!r}; it varies {', '.join(SETTINGS)}.")
        try:
            found = [_value(name, value.strip()) for value in listed.split(",") if value.strip()]
        except ValueError as error:
            raise ConfigError(f"--matrix {axis}: {name} takes numbers.") from error
        if not found:
            raise ConfigError(f"--matrix {axis} names no value of {name}.")
        values[name] = list(dict.fromkeys([*values.get(name, ()), *found]))
    cells = [dict(zip(values, combination, strict=True)) for combination in product(*values.values())]
    for cell in cells:
        load_config(index="unused", **cell)  # a value that cannot be used is refused before hours of work
    return cells


def _value(name: str, text: str) -> Any:
    return None if name == "chat_model" and text == NO_CHAT_MODEL else SETTINGS[name](text)


def run_matrix(
    dataset: Dataset, cells: Sequence[Cell], folder: Path, *, config: Config, articles: Sequence[str] = (), **how: Any
) -> dict[str, Evaluation]:
    """An evaluation of each cell, by its name, each with its report in a folder of that name.

    Cells that share what an index depends on share the index. Takes what `evaluate` takes, and raises what it raises;
    and ConfigError where the present index would have to be made anew.
    """
    own_index = bool(articles or dataset.articles)
    if not own_index and any(name in cell for cell in cells for name in _OF_THE_INDEX):
        raise ConfigError(f"--matrix over {' or '.join(_OF_THE_INDEX)} makes indexes: it needs --articles.")
    how.pop("keep_index", None)
    for cell in cells:
        with Journal(folder / folder_name(cell)) as journal:
            journal.refuse_to_overwrite(resume=how.get("resume", False))
    _refuse_unusable([_configured(config, cell) for cell in cells])
    if not how.get("resume"):
        remove_folder(folder / _INDEXES)  # what was stopped before it asked anything may have had other articles
    found = {}
    for cell in cells:
        of_index = json.dumps([cell.get(name) for name in _OF_THE_INDEX])
        index = folder / _INDEXES / sha256(of_index.encode()).hexdigest()[:12] if own_index else None
        at = folder / folder_name(cell)
        evaluation = evaluate(
            dataset, config=_configured(config, cell), articles=articles, keep_index=index, folder=at, **how
        )
        write_report(evaluation, at)
        found[name_of(cell)] = evaluation
    remove_folder(folder / _INDEXES)
    return found


def _refuse_unusable(configs: Sequence[Config]) -> None:
    """Load each model once: one that cannot be had is told of before hours of work."""
    from qa.assemble import load_answerer

    for config in {(one.reader, one.chat_model, one.chat_url): one for one in configs}.values():
        load_answerer(config)


def _configured(config: Config, cell: Cell) -> Config:
    cell_config = replace(config, **cell)
    quoting = "chat_model" in cell and cell["chat_model"] is None
    return replace(cell_config, chat_url=None) if quoting else cell_config


def ranked(found: Mapping[str, Evaluation], metric: str) -> list[dict[str, Any]]:
    """The cells best first, each with its settings and figures; those where the metric has no value last."""

    def best_first(name: str) -> float:
        value = found[name].metrics.get(metric, NOTHING).value
        return float("inf") if value is None else -value

    return [
        {"name": name, "settings": json.loads(name), "metrics": figures_json(found[name].metrics)}
        for name in sorted(found, key=best_first)
    ]


def write_ranking(ranking: Sequence[Mapping[str, Any]], folder: Path) -> None:
    """Keep the ranking as `matrix.json`."""
    replace_file(folder / "matrix.json", json.dumps(ranking, indent=2).encode())


def name_of(cell: Cell) -> str:
    """What tells the cell from the others: its settings as JSON."""
    return json.dumps(cell)


def folder_name(cell: Cell) -> str:
    """The cell's settings in words that every file system takes; what would be too long ends with their hash."""
    words = "_".join(f"{name}-{value}" for name, value in cell.items())
    name = "".join(character if character.isalnum() or character in "-_." else "-" for character in words)
    digest = sha256(name_of(cell).encode()).hexdigest()[:8]
    return name if len(name) <= _MAX_NAME else f"{name[:_MAX_NAME]}-{digest}"  # or two models' paths begin alike
