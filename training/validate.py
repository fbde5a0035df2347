"""Score a reader on the rows held out by `training.prepare`: `python -m training.validate FOLDER...`."""

from __future__ import annotations

from pathlib import Path

import click

from training.mixture import ADVERSARIAL
from training.rows import read_rows
from training.scores import best_threshold, score
from training.spans import SpanReader


def validate(folder: Path, rows_folder: Path, threads: int | None) -> dict[str, float]:
    """F1 by validation set; for the adversarial one at its best threshold, on both halves, and that threshold."""
    reader = SpanReader(folder, threads)
    figures: dict[str, float] = {}
    for path in sorted(rows_folder.glob("*.jsonl.gz")):
        rows = read_rows(path)
        best = reader.read(rows)
        name = path.name.removesuffix(".jsonl.gz")
        if name == ADVERSARIAL:
            threshold = best_threshold(rows, best)
            figures["threshold"] = round(threshold, 3)
            figures["adversarial"] = score(rows, best, threshold).f1
            figures["adversarial at 0"] = score(rows, best, 0.0).f1
        told = [(row, one) for row, one in zip(rows, best, strict=True) if row.answerable]
        figures[f"{name} answerable"] = score([row for row, _ in told], [one for _, one in told]).f1
    return figures


@click.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--rows", type=click.Path(exists=True, path_type=Path), default=".cache/training/data/validation")
@click.option("--threads", type=int, help="Read with torch on so many threads, without converting the network first.")
def main(folders: tuple[Path, ...], rows: Path, threads: int | None) -> None:
    for folder in folders:
        figures = validate(folder, rows, threads)
        click.echo(f"{folder}: " + ", ".join(f"{name} {value}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
