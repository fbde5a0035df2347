"""A checkpoint's best span for each question, read as the product reads a passage, on torch and in large batches.

The product converts a network before it reads; for a checkpoint that is read once that takes longer than reading.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index.models.batching import batches_by_length, pad
from qa.readers.spans import best_spans, tidy
from training.rows import Row

if TYPE_CHECKING:
    from tokenizers import Encoding

    from index.models.runtime import Batch, Floats

MAX_PIECES = 384
STRIDE = 128
BATCH_PIECES = 4_096


@dataclass(frozen=True, slots=True)
class Best:
    """The best span of a passage, tidied. The higher the `margin`, the more the reader prefers it to "no answer"."""

    text: str
    margin: float


NOTHING = Best("", float("-inf"))


class SpanReader:
    """A Hugging Face question-answering folder with word pieces in tokenizer.json."""

    def __init__(self, folder: Path) -> None:
        import torch
        from tokenizers import Tokenizer
        from transformers import AutoModelForQuestionAnswering

        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_PIECES, stride=STRIDE, strategy="only_second")
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        model = AutoModelForQuestionAnswering.from_pretrained(folder, dtype=torch.float32)
        self._model = model.to(self._device).eval()

    def read(self, rows: Sequence[Row]) -> list[Best]:
        """The best span of each row's passage, over all windows of it."""
        found = [NOTHING] * len(rows)
        encodings = self._tokenizer.encode_batch([(row.question, row.passage) for row in rows])
        windows = [(number, part) for number, whole in enumerate(encodings) for part in (whole, *whole.overflowing)]
        for batch in batches_by_length([len(window) for _, window in windows], BATCH_PIECES):
            starts, ends = self._logits(pad([windows[at][1] for at in batch], 0))
            for at, start, end in zip(batch, starts, ends, strict=True):
                number, window = windows[at]
                best = _best(rows[number].passage, window, start, end)
                found[number] = max(found[number], best, key=lambda one: one.margin)
        return found

    def _logits(self, batch: Batch) -> tuple[Floats, Floats]:
        import torch

        with torch.inference_mode():
            output = self._model(**{name: torch.from_numpy(part).to(self._device) for name, part in batch.items()})
        return output.start_logits.float().cpu().numpy(), output.end_logits.float().cpu().numpy()


def _best(passage: str, window: Encoding, start: Floats, end: Floats) -> Best:
    tokens = np.flatnonzero(np.array([part == 1 for part in window.sequence_ids]))
    if not len(tokens):
        return NOTHING
    [span] = best_spans(start, end, int(tokens[0]), int(tokens[-1]), 1)
    edges = tidy(passage, window.offsets[span.first][0], window.offsets[span.last][1])
    return Best(passage[slice(*edges)] if edges else "", span.score)
