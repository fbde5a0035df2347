"""Files of questions that came through the page: whoever sent them is not trusted, and does not know the server."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from tempfile import TemporaryDirectory

from index.errors import EvaluationError
from qa.evaluation.datasets import read_pairs
from qa.evaluation.formats import NAME_THE_FORMAT
from qa.evaluation.pairs import Dataset

UPLOADED = [".jsonl", ".ndjson", ".csv", ".tsv", ".json", ".gz"]
_BLOCK = 1 << 16
MAX_BYTES = 10_000_000
"""Of a file, unpacked."""

MAX_QUESTIONS = 5_000
"""That one evaluation on the page asks."""


def read_upload(path: Path) -> Dataset:
    """The questions of an uploaded file. Raises EvaluationError, in words for somebody without a command line."""
    with TemporaryDirectory(prefix="qa-upload-") as folder:
        file = Path(folder) / ((path.stem if _packed(path) else path.name) or "questions")
        _unpack(path, file)
        try:
            return read_pairs(file)
        except EvaluationError as error:
            told = str(error).replace(f"{folder}/", "").replace(NAME_THE_FORMAT, "")
            raise EvaluationError(told) from error


def _unpack(path: Path, into: Path) -> None:
    """Copy the file, unpacked if it is packed. Raises EvaluationError for one that is too long or damaged."""
    left = MAX_BYTES
    try:
        with gzip.open(path) if _packed(path) else path.open("rb") as source, into.open("wb") as target:
            while block := source.read(_BLOCK):
                left -= len(block)
                if left < 0:
                    raise EvaluationError(
                        f"{path.name} is too long for the page, which takes {MAX_BYTES // 1_000_000} MB, unpacked: "
                        "use `qa evaluate` on the command line."
                    )
                target.write(block)
    except (OSError, EOFError, zlib.error) as error:
        raise EvaluationError(f"{path.name} cannot be read: it is damaged, or not what its name says.") from error


def _packed(path: Path) -> bool:
    return path.suffix.lower() == ".gz"
