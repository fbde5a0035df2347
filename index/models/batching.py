"""Tokenised texts in padded batches of like length: pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from index.models.runtime import BATCH_INPUTS, Batch

if TYPE_CHECKING:
    from tokenizers import Encoding


def batches_by_length(lengths: Sequence[int], most_tokens: int) -> list[list[int]]:
    """Row numbers in batches, longest rows first; a batch has at most `most_tokens` once padded, or is one row."""
    batches: list[list[int]] = []
    for row in sorted(range(len(lengths)), key=lambda row: -lengths[row]):
        if batches and (len(batches[-1]) + 1) * lengths[batches[-1][0]] <= most_tokens:
            batches[-1].append(row)
        else:
            batches.append([row])
    return batches


def pad(encodings: Sequence[Encoding], padding_id: int) -> Batch:
    """The encodings as arrays of shape (texts, longest), padded on the right."""
    shape = (len(encodings), max(len(encoding) for encoding in encodings))
    ids = np.full(shape, padding_id, dtype=np.int64)
    mask, types = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    for row, encoding in enumerate(encodings):
        ids[row, : len(encoding)] = encoding.ids
        mask[row, : len(encoding)] = 1
        types[row, : len(encoding)] = encoding.type_ids
    return dict(zip(BATCH_INPUTS, (ids, mask, types), strict=True))
