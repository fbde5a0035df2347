"""Data folder to tokenised examples and validation rows: `python -m training.prepare [DATA]`."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import click
import numpy as np

from training.examples import Example, encode, window
from training.leaks import Leaks
from training.mixture import ADVERSARIAL, RECIPES, answer_corpus, mix
from training.perturb import swap_answer
from training.rows import Row, read_rows, write_rows

if TYPE_CHECKING:
    from tokenizers import Tokenizer

HELD_OUT = {ADVERSARIAL: 354, "squad": 400, "natural_questions_qed": 300}
"""Rows kept for choosing between checkpoints: the last ones of a file, so that they are of articles of their own."""
SHORT, LONG = 420, 900
"""Characters of a window. Half of the examples are short, so that more of them fit the time."""


@click.command()
@click.argument("data", type=click.Path(exists=True, file_okay=False, path_type=Path), default="../shared/data/train")
@click.option("--measured", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Sets to keep out.")
@click.option("--start", type=click.Path(exists=True, path_type=Path), default="../shared/reader-v0", show_default=True)
@click.option("--recipe", type=click.Choice(sorted(RECIPES)), default="cpu", show_default=True)
@click.option(
    "--epochs",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Mixtures, each with variants and windows of its own.",
)
@click.option("--keep", type=click.IntRange(1), help="Rows of the mixtures to keep, drawn at random; all without it.")
@click.option("--seed", default=20, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=".cache/training/data", show_default=True)
def main(
    data: Path, measured: Path | None, start: Path, recipe: str, epochs: int, keep: int | None, seed: int, out: Path
) -> None:
    """Read the files in DATA, hold out validation rows, mix, and tokenise with the tokenizer in the start folder."""
    from tokenizers import Tokenizer

    files = read_clean(data, measured or data.parent / "dev")
    learning, held_out = split(files)
    for name, rows in validation(held_out, seed).items():
        write_rows(out / "validation" / f"{name}.jsonl.gz", rows)
    mixed = [row for epoch in range(epochs) for row in mix(learning, RECIPES[recipe], seed + epoch)]
    if keep is not None:
        mixed = Random(seed).sample(mixed, min(keep, len(mixed)))
    tokenizer = Tokenizer.from_file(str(start / "tokenizer.json"))
    examples = tokenise(mixed, tokenizer, seed)
    save_examples(examples, out / "examples.safetensors")
    report: dict[str, object] = {
        "rows": len(mixed),
        "examples": len(examples),
        "word pieces": sum(len(e.pieces) for e in examples),
    }
    report |= {"unanswerable": sum(e.start == 0 for e in examples), "origins": Counter(row.origin for row in mixed)}
    (out / "report.json").write_text(json.dumps(report, indent=1) + "\n")
    click.echo(json.dumps(report, indent=1))


def read_clean(data: Path, measured: Path) -> dict[str, list[Row]]:
    """The rows of every file, without those that share a question or a run of words with what is measured."""
    files = {path.name.removesuffix(".jsonl.gz"): read_rows(path) for path in sorted(data.glob("*.jsonl.gz"))}
    sets = [path for path in sorted(measured.glob("*.jsonl.gz")) if "conversations" not in path.name]
    leaks = Leaks(row for path in sets for row in read_rows(path))
    clean = {name: [row for row in rows if row not in leaks] for name, rows in files.items()}
    for name, rows in files.items():
        click.echo(f"{name}: {len(rows)} rows, {len(rows) - len(clean[name])} dropped as measured elsewhere")
    return clean


def split(files: dict[str, list[Row]]) -> tuple[dict[str, list[Row]], dict[str, list[Row]]]:
    """What to learn from and what is held out; no passage is in both."""
    held_out = {name: files[name][-count:] for name, count in HELD_OUT.items() if name in files}
    passages = {row.passage for rows in held_out.values() for row in rows}
    learning = {name: [row for row in rows if row.passage not in passages] for name, rows in files.items()}
    kept = {name: {id(row) for row in rows} for name, rows in held_out.items()}
    return {name: [r for r in rows if id(r) not in kept.get(name, ())] for name, rows in learning.items()}, held_out


def validation(held_out: dict[str, list[Row]], seed: int) -> dict[str, list[Row]]:
    """The held-out rows by name, and the search questions once more with their answers swapped."""
    corpus = answer_corpus([row for rows in held_out.values() for row in rows])
    searched = held_out.get("natural_questions_qed", [])
    swapped = [other for row in searched if (other := swap_answer(row, Random(seed), corpus)) is not None]
    return {**held_out, "swapped": swapped} if swapped else dict(held_out)


def tokenise(rows: list[Row], tokenizer: Tokenizer, seed: int) -> list[Example]:
    """Windows of the rows as examples. Adversarial questions keep long ones, with all that might answer them."""
    random = Random(seed)
    windows = [window(row, LONG if row.origin == ADVERSARIAL else random.choice((SHORT, LONG)), random) for row in rows]
    return encode(windows, tokenizer)


def save_examples(examples: list[Example], path: Path) -> None:
    """As flat arrays: `pieces` of all examples in a row, `ends` where each ends, and the three positions of each."""
    from safetensors.numpy import save_file

    path.parent.mkdir(parents=True, exist_ok=True)
    numbers = np.array([(e.passage_at, e.start, e.end) for e in examples], dtype=np.int32).reshape(-1, 3)
    save_file(
        {
            "pieces": np.fromiter((p for e in examples for p in e.pieces), dtype=np.int32),
            "ends": np.cumsum([len(e.pieces) for e in examples]),
            "positions": numbers,
        },
        path,
    )


if __name__ == "__main__":
    main()
