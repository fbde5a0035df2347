"""Weights in a quarter of their size: int8 with a scale for each row, in safetensors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Weights = Mapping[str, npt.NDArray[Any]]

PACKED_FILE = "weights.int8.safetensors"
_SCALE = ".scale"


def pack(weights: Weights) -> dict[str, npt.NDArray[Any]]:
    """Matrices as int8 and `NAME.scale`, symmetric for each row; vectors (biases, norms), which are few, as float32."""
    packed: dict[str, npt.NDArray[Any]] = {}
    for name, values in weights.items():
        if values.ndim != 2 or values.shape[0] <= 2:
            packed[name] = values.astype(np.float32)
            continue
        rows = values.astype(np.float32)
        scale = np.abs(rows).max(axis=1, keepdims=True) / 127
        scale[scale == 0] = 1
        packed[name] = np.clip(np.rint(rows / scale), -127, 127).astype(np.int8)
        packed[name + _SCALE] = scale.astype(np.float32)
    return packed


def unpack(packed: Weights) -> dict[str, npt.NDArray[np.float32]]:
    """The weights that `pack` took, each to within half a step of its row. Raises KeyError if a scale is missing."""
    return {
        name: values.astype(np.float32) * packed[name + _SCALE] if values.dtype == np.int8 else values
        for name, values in packed.items()
        if not name.endswith(_SCALE)
    }
