"""Where questions come from, and where figures go: benchmarks/results/NAME.json, with the command and the machine."""

from __future__ import annotations

import gzip
import json
import os
import platform
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

RESULTS = Path(__file__).parent / "results"
SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"
_PACKAGES = ("faiss-cpu", "openvino", "sentence-transformers", "tantivy", "torch", "transformers")


def rows_of(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a packed JSONL file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def record(name: str, command: str, figures: dict[str, Any], *, whole: bool = True) -> None:
    """Print the figures and keep them; those of a run that was not `whole` are printed only."""
    if not whole:
        print(json.dumps(figures, indent=2))
        print(f"A part of the whole, and so not kept in benchmarks/results/{name}.json.")
        return
    result = {
        "command": command,
        "machine": {
            "processors": os.cpu_count(),
            "architecture": platform.machine(),
            "python": platform.python_version(),
            "load_average": round(os.getloadavg()[0], 1),
        },
        "packages": {package: version(package) for package in _PACKAGES},
        "figures": figures,
    }
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=2))


def percentiles(values_ms: list[float]) -> dict[str, float]:
    return {"median": round(float(np.median(values_ms)), 1), "p95": round(float(np.percentile(values_ms, 95)), 1)}


def interval(values: list[float]) -> dict[str, float]:
    """Mean with a 95% bootstrap interval over questions."""
    array = np.asarray(values, dtype=np.float64)
    draws = np.random.default_rng(0).choice(array, size=(2000, len(array))).mean(axis=1)
    low, high = np.percentile(draws, [2.5, 97.5])
    return {
        "value": round(float(array.mean()), 4),
        "low": round(float(low), 4),
        "high": round(float(high), 4),
        "n": len(array),
    }
