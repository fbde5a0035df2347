"""Bring a reader's scores to the scale of another: `python -m training.scale FOLDER OTHER OUT`.

The product's margins (how much less sure an article may be that differs, say) are logits of the reader that they were
chosen with, and another one's spread differently. Multiplying all of a reader's logits changes no answer.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np

from training.average import WEIGHTS
from training.rows import Row, read_rows
from training.spans import SpanReader
from training.validate import DATA

HEAD = "qa_outputs."


def spread(folder: Path, rows: Sequence[Row]) -> float:
    """The standard deviation, in logits, of the best spans' scores over that of no answer."""
    return float(np.std([best.margin for best in SpanReader(folder).read(rows)]))


def scaled(folder: Path, factor: float, out: Path) -> None:
    """The reader in `out` with its start and end logits multiplied."""
    from safetensors.numpy import load_file, save_file

    shutil.copytree(folder, out, dirs_exist_ok=True)
    weights = load_file(folder / WEIGHTS)
    factors = {name: np.float32(factor if name.startswith(HEAD) else 1.0) for name in weights}
    save_file({name: factors[name] * values for name, values in weights.items()}, out / WEIGHTS, {"format": "pt"})


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("other", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@click.option("--rows", type=click.Path(exists=True, path_type=Path), default=DATA / "validation", show_default=True)
@click.option("--threads", default=2, show_default=True)
def main(folder: Path, other: Path, out: Path, rows: Path, threads: int) -> None:
    """Write FOLDER's reader to OUT with scores that spread as far as OTHER's on the held-out rows."""
    import torch

    torch.set_num_threads(threads)
    held_out = [row for path in sorted(rows.glob("*.jsonl.gz")) for row in read_rows(path)]
    factor = spread(other, held_out) / spread(folder, held_out)
    scaled(folder, factor, out)
    click.echo(f"{out}: logits times {factor:.3f}")


if __name__ == "__main__":
    main()
