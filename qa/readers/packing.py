"""Weights in little more than a quarter of their size: int8 with a scale for every 32 of them, in safetensors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Weights = Mapping[str, npt.NDArray[Any]]

PACKED_FILE = "weights.int8.safetensors"
GROUP = 32
_SCALE = ".scale"
_LARGEST = 127
_FEWEST_ROWS = 3
"""A span head has two rows, which decide everything and weigh nothing: they stay as they are."""


def pack(weights: Weights) -> dict[str, npt.NDArray[Any]]:
    """Matrices as int8 and `NAME.scale`, symmetric in each group; biases and norms, which are few, as float32."""
    packed: dict[str, npt.NDArray[Any]] = {}
    for name, values in weights.items():
        if values.ndim != 2 or values.shape[0] < _FEWEST_ROWS:
            packed[name] = values.astype(np.float32)
            continue
        groups = _grouped(values.astype(np.float32))
        scale = np.abs(groups).max(axis=2, keepdims=True) / _LARGEST
        scale[scale == 0] = 1
        packed[name] = np.rint(groups / scale).astype(np.int8).reshape(values.shape)
        packed[name + _SCALE] = scale[:, :, 0]
    return packed


def unpack(packed: Weights) -> dict[str, npt.NDArray[np.float32]]:
    """The weights that `pack` took, each to within half a step of its group. Raises KeyError if a scale is missing."""
    return {
        name: (_grouped(values) * packed[name + _SCALE][:, :, None]).reshape(values.shape)
        if values.dtype == np.int8
        else values
        for name, values in packed.items()
        if not name.endswith(_SCALE)
    }


def _grouped(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Shape (rows, groups, weights of a group); a row that GROUP does not divide is one group."""
    rows, width = values.shape
    return values.reshape(rows, -1, GROUP if width % GROUP == 0 else width)
