"""What larger readers say of every example, kept beside it: `python -m training.label OUT TEACHER...`.

`training.train --examples OUT` learns from them, too. They are made once and learnt from in any number of epochs.
Stop it at any moment; the same command goes on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
import numpy.typing as npt

from index.models.batching import batches_by_length
from training.batches import BARRED, Examples

BATCH_PIECES = 4_096
BLOCK = 4_000
"""Examples that are scored and kept together: what is lost by a stop is less than a block."""

Scores = npt.NDArray[np.float16]


def label(models: Sequence[Any], examples: Examples, numbers: range) -> Scores:
    """Start and end scores of these examples, of shape (2, their word pieces one after another).

    They are log-probabilities over where an answer may stand, and the mean of those of all the models.
    """
    import torch

    device = next(models[0].parameters()).device
    lengths = [examples.lengths[number] for number in numbers]
    places = np.cumsum([0, *lengths])
    scores = np.zeros((2, places[-1]), dtype=np.float16)
    for rows in batches_by_length(lengths, BATCH_PIECES):
        batch = examples.batch([numbers[at] for at in rows])
        inputs = {name: torch.from_numpy(values).to(device) for name, values in batch.inputs.items()}
        barred = ~torch.from_numpy(batch.spans).to(device)
        with torch.inference_mode(), torch.autocast(device.type, dtype=torch.bfloat16):
            said = [model(**inputs) for model in models]
        for side, name in enumerate(("start_logits", "end_logits")):
            shares = [getattr(one, name).float().masked_fill(barred, BARRED).log_softmax(-1) for one in said]
            for at, row in zip(rows, torch.stack(shares).mean(0).cpu().numpy(), strict=True):
                scores[side, places[at] : places[at + 1]] = row[: lengths[at]]
    return scores


def label_all(models: Sequence[Any], source: Path, out: Path) -> None:
    """The examples in `source` with the models' scores, as `out`; blocks made of the same are kept."""
    from safetensors.numpy import load_file, save_file

    examples = Examples(source)
    asked = hashlib.sha256("\n".join(model.name_or_path for model in models).encode() + source.read_bytes())
    blocks = out.with_suffix(f".{asked.hexdigest()[:16]}.blocks")
    blocks.mkdir(parents=True, exist_ok=True)
    paths = []
    with click.progressbar(range(0, len(examples), BLOCK), label="Scoring") as starts:
        for at in starts:
            paths.append(blocks / f"{at:08d}.safetensors")
            if not paths[-1].exists():
                scores = label(models, examples, range(at, min(at + BLOCK, len(examples))))
                unfinished = paths[-1].with_suffix(".new")
                save_file({"taught": scores}, unfinished)
                unfinished.replace(paths[-1])
    taught = np.concatenate([load_file(path)["taught"] for path in paths], axis=1)
    save_file({**load_file(source), "taught": taught}, out)


@click.command()
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("teachers", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--examples", type=click.Path(exists=True, path_type=Path), required=True, help="From training.prepare.")
@click.option("--threads", default=2, show_default=True)
def main(out: Path, teachers: tuple[Path, ...], examples: Path, threads: int) -> None:
    """Write the examples to OUT with what the readers in the folders TEACHER say; all of one set of word pieces."""
    import torch
    from transformers import AutoModelForQuestionAnswering

    torch.set_num_threads(threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    models = [AutoModelForQuestionAnswering.from_pretrained(one, dtype=torch.float32) for one in teachers]
    for model in models:
        _as_bfloat16(model.to(device).eval())
    label_all(models, examples, out)


def _as_bfloat16(model: Any) -> None:
    """Its matrices as bfloat16 once, where autocast would make them so for every batch."""
    import torch

    for module in model.modules():
        if isinstance(module, torch.nn.Linear):
            module.to(torch.bfloat16)


if __name__ == "__main__":
    main()
