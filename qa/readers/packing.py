"""Weights in safetensors, in a quarter of their size or an eighth: int8 or int4 with a scale for every 32 of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Weights = Mapping[str, npt.NDArray[Any]]

PACKED_FILE = "weights.int8.safetensors"
ADAPTER_FILE = "adapter.int4.safetensors"
GROUP = 32
_SCALE = ".scale"
_LARGEST = 127
_LARGEST_HALF = 7
_OFFSET = 8
"""Added to what is kept in four bits, which have no sign."""
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


def pack_adapter(adapter: Weights) -> dict[str, npt.NDArray[Any]]:
    """Factors, whose names end with `.A` or `.B`, as int4, two in a byte, with `NAME.scale`; the rest as float16.

    Raises ValueError for a factor whose rows GROUP does not divide.
    """
    packed: dict[str, npt.NDArray[Any]] = {}
    for name, values in adapter.items():
        if not name.endswith((".A", ".B")):
            packed[name] = values.astype(np.float16)
            continue
        if values.shape[1] % GROUP:
            raise ValueError(f"{name} has rows of {values.shape[1]}, which {GROUP} does not divide")
        groups = _grouped(values.astype(np.float32))
        scale = (np.abs(groups).max(axis=2, keepdims=True) / _LARGEST_HALF).astype(np.float16)
        scale[scale == 0] = 1
        steps = np.clip(np.rint(groups / scale), -_LARGEST_HALF, _LARGEST_HALF).astype(np.int8) + _OFFSET
        pairs = steps.astype(np.uint8).reshape(values.shape[0], -1, 2)
        packed[name] = pairs[:, :, 0] | pairs[:, :, 1] << 4
        packed[name + _SCALE] = scale[:, :, 0]
    return packed


def unpack_adapter(packed: Weights) -> dict[str, npt.NDArray[np.float32]]:
    """What `pack_adapter` took, each factor's weight to within half a step. Raises KeyError if a scale is missing."""
    adapter: dict[str, npt.NDArray[np.float32]] = {}
    for name, values in packed.items():
        if name.endswith(_SCALE):
            continue
        if values.dtype != np.uint8:
            adapter[name] = values.astype(np.float32)
            continue
        steps = np.stack([values & 15, values >> 4], axis=-1).reshape(values.shape[0], -1).astype(np.float32) - _OFFSET
        scale = packed[name + _SCALE].astype(np.float32)
        adapter[name] = (_grouped(steps) * scale[:, :, None]).reshape(steps.shape)
    return adapter


def _grouped(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Shape (rows, groups, weights of a group); a row that GROUP does not divide is one group."""
    rows, width = values.shape
    return values.reshape(rows, -1, GROUP if width % GROUP == 0 else width)
