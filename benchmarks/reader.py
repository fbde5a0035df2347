"""The reader alone, on questions with their own passages: python -m benchmarks.reader [FOLDER...]

SQuAD 2.0 with its unanswerable questions at the reader's own threshold (in `article_qa.json` of its folder, or
`--threshold`), never one fitted here; what the best one would have given is shown beside it, named as such. SQuAD 1.1,
Natural Questions (QED) and nq_swap have an answer each: the best span counts. A passage longer than the reader reads at
once is read in overlapping windows. nq_swap's answers were exchanged in the passage, so only reading finds them.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import Any

import click

from benchmarks.record import SHARED_DATA, record
from training.rows import Row, read_rows
from training.scores import best_threshold, score
from training.spans import Best, SpanReader

DEV = SHARED_DATA / "dev"
ANSWERABLE = ("squad_v1.1", "natural_questions_qed", "nq_swap")


@click.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--limit", default=0, help="Questions of each set, drawn at random; 0 for all.")
@click.option("--seed", default=7, show_default=True)
@click.option("--threshold", "thresholds", type=float, multiple=True, help="One for each folder, in their order.")
@click.option("--keep/--no-keep", default=True, help="Write benchmarks/results/reader.json.")
def main(folders: tuple[Path, ...], limit: int, seed: int, thresholds: tuple[float, ...], keep: bool) -> None:
    """Measure the readers in these Hugging Face folders."""
    measured = {}
    for number, folder in enumerate(folders):
        threshold = thresholds[number] if number < len(thresholds) else own_threshold(folder)
        measured[folder.name] = measure(SpanReader(folder), threshold, limit, seed)
        click.echo(json.dumps({folder.name: measured[folder.name]}, indent=1))
    if keep:
        record("reader", command(folders, limit, seed, thresholds), measured)


def own_threshold(folder: Path) -> float:
    """The margin above which the reader answers, as its folder says; 0, where it was trained to be, if it does not."""
    path = folder / "article_qa.json"
    return float(json.loads(path.read_text(encoding="utf-8"))["threshold"]) if path.exists() else 0.0


def measure(reader: SpanReader, threshold: float, limit: int, seed: int) -> dict[str, Any]:
    """Exact match and F1, in percent, on every set."""
    rows = sample("squad_v2", limit, seed)
    figures: dict[str, Any] = {"squad_v2": squad_v2(rows, reader.read(rows), threshold)}
    for name in ANSWERABLE:
        rows = sample(name, limit, seed)
        figures[name] = asdict(score(rows, reader.read(rows)))
    return figures


def sample(name: str, limit: int, seed: int) -> list[Row]:
    """That many rows of a set, drawn without looking; all of them for 0."""
    rows = read_rows(DEV / f"{name}.jsonl.gz")
    return Random(seed).sample(rows, min(limit, len(rows))) if limit else rows


def squad_v2(rows: list[Row], best: list[Best], threshold: float) -> dict[str, Any]:
    """Overall, answerable and unanswerable at the threshold; overall at the threshold that suits these rows best."""
    pairs = list(zip(rows, best, strict=True))
    figures: dict[str, Any] = {"threshold": threshold, "overall": asdict(score(rows, best, threshold))}
    for name, answerable in (("answerable", True), ("unanswerable", False)):
        part = [pair for pair in pairs if pair[0].answerable is answerable]
        figures[name] = asdict(score([row for row, _ in part], [one for _, one in part], threshold))
    told = [pair for pair in pairs if pair[0].answerable]
    figures["answerable_best_span"] = asdict(score([row for row, _ in told], [one for _, one in told]))
    fitted = best_threshold(rows, best)
    figures["not_a_result_threshold_fitted_here"] = {"threshold": round(fitted, 3), **asdict(score(rows, best, fitted))}
    return figures


def command(folders: tuple[Path, ...], limit: int, seed: int, thresholds: tuple[float, ...]) -> str:
    """The command line that gives these figures again."""
    options = [f"--limit {limit} --seed {seed}"] if limit else []
    options += [f"--threshold {threshold}" for threshold in thresholds]
    return " ".join(["python -m benchmarks.reader", *map(str, folders), *options])


if __name__ == "__main__":
    main()
