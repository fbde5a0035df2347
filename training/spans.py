"""A reader's best span for each question, one scale for all passages: the span's score less the no-answer score."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from training.rows import Row

if TYPE_CHECKING:
    from index.runtime import Network, TorchExport

Floats = npt.NDArray[np.float32]
MAX_PIECES = 256
"""Word pieces of question and passage that are read at once; a longer passage is read in overlapping windows."""
STRIDE = 96
"""Word pieces that neighbouring windows share."""
MAX_ANSWER_PIECES = 30
BATCH_PIECES = 4_096


@dataclass(frozen=True, slots=True)
class Best:
    """The best span of a passage. The higher the `margin`, the more the reader prefers it to "no answer"."""

    text: str
    margin: float


@dataclass(frozen=True, slots=True)
class _Window:
    row: int
    pieces: list[int]
    types: list[int]
    offsets: list[tuple[int, int]]
    passage: npt.NDArray[np.bool_]


def best_spans(start: Floats, end: Floats, passage: npt.NDArray[np.bool_]) -> tuple[Floats, npt.NDArray[np.int64]]:
    """For logits of shape (texts, word pieces): the margin of the best span, and its first and last piece.

    A span lies where `passage` is True, has at most `MAX_ANSWER_PIECES`, and is set against [CLS], at position 0.
    """
    starts, ends = np.where(passage, start, -1e9), np.where(passage, end, -1e9)
    texts, length = start.shape
    best, where = np.full(texts, -np.inf, dtype=np.float32), np.zeros((texts, 2), dtype=np.int64)
    for extra in range(min(MAX_ANSWER_PIECES, length)):
        scores = starts[:, : length - extra] + ends[:, extra:]
        first = scores.argmax(axis=1)
        score = scores[np.arange(texts), first]
        better = score > best
        best[better] = score[better]
        where[better] = np.stack([first, first + extra], axis=1)[better]
    return best - (start[:, 0] + end[:, 0]), where


class SpanReader:
    """A Hugging Face question-answering folder, run as the product runs its networks."""

    def __init__(self, folder: Path, threads: int | None = None) -> None:
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._network = _compile(folder, threads)

    def read(self, rows: Sequence[Row]) -> list[Best]:
        """The best span of each row's passage, over all windows of it."""
        found: list[Best | None] = [None] * len(rows)
        for batch in _batches(sorted(self._windows(rows), key=lambda window: len(window.pieces))):
            for window, margin, (first, last) in self._scored(batch):
                so_far = found[window.row]
                if so_far is None or margin > so_far.margin:
                    passage = rows[window.row].passage
                    text = passage[window.offsets[first][0] : window.offsets[last][1]]
                    found[window.row] = Best(text, float(margin))
        return [best or Best("", float("-inf")) for best in found]

    def _windows(self, rows: Sequence[Row]) -> Iterator[_Window]:
        self._tokenizer.enable_truncation(MAX_PIECES, stride=STRIDE, strategy="only_second")
        for number, row in enumerate(rows):
            encoding = self._tokenizer.encode(row.question, row.passage)
            for part in (encoding, *encoding.overflowing):
                passage = np.array([sequence == 1 for sequence in part.sequence_ids])
                yield _Window(number, part.ids, part.type_ids, part.offsets, passage)

    def _scored(self, batch: list[_Window]) -> Iterator[tuple[_Window, np.float32, npt.NDArray[np.int64]]]:
        shape = (len(batch), max(len(window.pieces) for window in batch))
        ids, mask, types = (np.zeros(shape, dtype=np.int64) for _ in range(3))
        passage = np.zeros(shape, dtype=np.bool_)
        for line, window in enumerate(batch):
            length = len(window.pieces)
            ids[line, :length], types[line, :length], mask[line, :length] = window.pieces, window.types, 1
            passage[line, :length] = window.passage
        start, end = self._network({"input_ids": ids, "attention_mask": mask, "token_type_ids": types})
        yield from zip(batch, *best_spans(start, end, passage), strict=True)


def _batches(windows: Sequence[_Window]) -> Iterator[list[_Window]]:
    batch: list[_Window] = []
    for window in windows:
        if batch and len(window.pieces) * (len(batch) + 1) > BATCH_PIECES:
            yield batch
            batch = []
        batch.append(window)
    if batch:
        yield batch


def _compile(folder: Path, threads: int | None) -> Network:
    from index.runtime import TorchNetwork, compile_network

    if threads is not None:
        import torch

        torch.set_num_threads(threads)
        return TorchNetwork(_export(folder))
    key = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(folder.glob("*.safetensors")))).hexdigest()
    return compile_network(f"training spans {key}", lambda: _export(folder))


def _export(folder: Path) -> TorchExport:
    import torch
    from transformers import AutoModelForQuestionAnswering

    from index.runtime import TorchExport

    class Logits(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = AutoModelForQuestionAnswering.from_pretrained(folder, dtype=torch.float32)

        def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> Any:
            output = self.model(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)
            return output.start_logits, output.end_logits

    return TorchExport(Logits().eval(), ("input_ids", "attention_mask", "token_type_ids"))
