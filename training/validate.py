"""Score a reader on the rows held out by `training.prepare`: `python -m training.validate FOLDER...`."""

from __future__ import annotations

from pathlib import Path

import click

from training.mixture import ADVERSARIAL
from training.rows import read_rows
from training.scores import best_threshold, score
from training.spans import SpanReader

DATA = Path(".cache/training/data")


def validate(folder: Path, rows_folder: Path) -> dict[str, float]:
    """F1 of the best span by validation set; of the adversarial one also with refusals, and its best threshold."""
    reader = SpanReader(folder)
    figures: dict[str, float] = {}
    for path in sorted(rows_folder.glob("*.jsonl.gz")):
        rows = read_rows(path)
        best = reader.read(rows)
        name = path.name.removesuffix(".jsonl.gz")
        if name == ADVERSARIAL:
            threshold = best_threshold(rows, best)
            figures["threshold"] = round(threshold, 3)
            figures["with refusals"] = score(rows, best, threshold).f1
            figures["with refusals at 0"] = score(rows, best, 0.0).f1
        told = [(row, one) for row, one in zip(rows, best, strict=True) if row.answerable]
        figures[name] = score([row for row, _ in told], [one for _, one in told]).f1
    return figures


@click.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--rows", type=click.Path(exists=True, path_type=Path), default=DATA / "validation", show_default=True)
@click.option("--threads", default=2, show_default=True)
def main(folders: tuple[Path, ...], rows: Path, threads: int) -> None:
    """Print the held-out F1 of the readers in these folders."""
    import torch

    torch.set_num_threads(threads)
    for folder in folders:
        figures = validate(folder, rows)
        click.echo(f"{folder}: " + ", ".join(f"{name} {value}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
