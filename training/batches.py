"""Batches of examples of similar length, in an order that follows from the seed alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import click
import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]
BARRED = -1e4
"""The score of a word piece where no answer may stand."""
POOL = 640
"""Examples sorted by length together: enough for little padding, few enough to stay mixed."""


@dataclass(frozen=True, slots=True)
class Batch:
    """All of shape (examples, word pieces) but `start` and `end`, which are of shape (examples,).

    `spans` is True where an answer may begin or end: in the passage, and at [CLS] for "no answer". `taught` are a
    teacher's start and end scores, of shape (2, examples, word pieces), where `training.label` made some.
    """

    pieces: Numbers
    types: Numbers
    attention: Numbers
    spans: npt.NDArray[np.bool_]
    start: Numbers
    end: Numbers
    taught: npt.NDArray[np.float32] | None = None

    @property
    def inputs(self) -> dict[str, Numbers]:
        """What a model is called with."""
        return {"input_ids": self.pieces, "token_type_ids": self.types, "attention_mask": self.attention}


class Examples:
    """The tokenised examples of files that `training.prepare` or `training.label` wrote, one after another.

    Raises click.ClickException for a file that holds none, and where only some have a teacher's scores.
    """

    def __init__(self, *paths: Path) -> None:
        files = [_arrays(path) for path in paths]
        self._pieces = np.concatenate([one["pieces"] for one in files])
        self._positions = np.concatenate([one["positions"] for one in files])
        before = np.cumsum([0, *(len(one["pieces"]) for one in files)])
        self._ends = np.concatenate([one["ends"] + at for one, at in zip(files, before, strict=False)])
        self._starts = np.concatenate([[0], self._ends[:-1]])
        taught = [one["taught"] for one in files if "taught" in one]
        if 0 < len(taught) < len(files):
            raise click.ClickException("Only some of these files have a teacher's scores. Run training.label on all.")
        self._taught: npt.NDArray[np.float16] | None = np.concatenate(taught, axis=1) if taught else None
        self.lengths: list[int] = (self._ends - self._starts).tolist()

    def __len__(self) -> int:
        return len(self._ends)

    def batch(self, numbers: list[int]) -> Batch:
        """The examples of these numbers, padded to the longest with 0, which is [PAD]."""
        rows = [self._pieces[self._starts[n] : self._ends[n]] for n in numbers]
        length = np.array([len(row) for row in rows])[:, None]
        at, start, end = self._positions[numbers].astype(np.int64).T
        pieces = np.zeros((len(rows), int(length.max())), dtype=np.int64)
        for line, row in zip(pieces, rows, strict=True):
            line[: len(row)] = row
        place = np.arange(pieces.shape[1])[None, :]
        passage = (place >= at[:, None]) & (place < length - 1)
        types = (place >= at[:, None]) & (place < length)
        attention = (place < length).astype(np.int64)
        taught = None
        if self._taught is not None:
            taught = np.zeros((2, *pieces.shape), dtype=np.float32)
            for at_line, n in enumerate(numbers):
                taught[:, at_line, : self.lengths[n]] = self._taught[:, self._starts[n] : self._ends[n]]
        return Batch(pieces, types.astype(np.int64), attention, passage | (place == 0), start, end, taught)


def _arrays(path: Path) -> dict[str, npt.NDArray[Any]]:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        arrays: dict[str, npt.NDArray[Any]] = load_file(path)
    except (SafetensorError, FileNotFoundError):
        arrays = {}
    if not {"pieces", "positions", "ends"} <= arrays.keys():
        raise click.ClickException(f"{path} holds no examples. Make some with: python -m training.prepare")
    return arrays


def plan(lengths: list[int], max_pieces: int, epochs: int, seed: int) -> list[list[int]]:
    """The examples' numbers, batch by batch, for all epochs. A batch with its padding has at most `max_pieces`."""
    random = Random(seed)
    batches: list[list[int]] = []
    for _ in range(epochs):
        order = random.sample(range(len(lengths)), len(lengths))
        for at in range(0, len(order), POOL):
            pool = list(_cut(sorted(order[at : at + POOL], key=lambda n: lengths[n]), lengths, max_pieces))
            batches += random.sample(pool, len(pool))
    return batches


def _cut(numbers: list[int], lengths: list[int], max_pieces: int) -> Iterator[list[int]]:
    batch: list[int] = []
    for number in numbers:
        if batch and lengths[number] * (len(batch) + 1) > max_pieces:
            yield batch
            batch = []
        batch.append(number)
    if batch:
        yield batch
