"""The CPU runtime of transformer networks: OpenVINO where a network converts, torch where it does not.

Converting needs torch and takes seconds, so it happens once: the converted network is kept in the user's cache
folder under a key of its weights and of the program versions that made it. Later starts import neither torch nor
transformers.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import json
import logging
import os
import shutil
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from index.models.files import first_line

if TYPE_CHECKING:
    import openvino
    import torch

logger = logging.getLogger(__name__)

BATCH_INPUTS = ("input_ids", "attention_mask", "token_type_ids")
Batch = Mapping[str, npt.NDArray[np.int64]]
"""All of `BATCH_INPUTS`, each of shape (texts, word pieces), padded on the right."""

Floats = npt.NDArray[np.float32]
Precision = Literal["float32", "native"]
"""`native` computes in bfloat16 where the processor has it, which takes about half the time, else in float32."""

_FORMAT = 1
_PRECISION = "INFERENCE_PRECISION_HINT"
_IR_FILES = ("model.xml", "model.bin")
_TOLERANCE = 2e-3
"""The most that a converted network's outputs, which are of the order of one to ten, may differ from torch's."""


class Network(Protocol):
    """A compiled transformer. Safe to call from many threads."""

    def __call__(self, batch: Batch) -> tuple[Floats, ...]:
        """The network's outputs in order; inputs that it has no use for are left out."""


@dataclass(frozen=True)
class TorchExport:
    """A network as it came from its library.

    `module` takes the tensors that `inputs` names, in that order, and gives a tuple of tensors.
    """

    module: torch.nn.Module
    inputs: tuple[str, ...]


def cache_folder() -> Path:
    """Where converted networks are kept: `QA_CACHE`, else the platform's user cache folder."""
    import platformdirs

    if chosen := os.environ.get("QA_CACHE"):
        return Path(os.path.expanduser(chosen))
    return Path(platformdirs.user_cache_path("article-qa", appauthor=False))


def compile_network(
    key: str,
    export: Callable[[], TorchExport],
    folder: Path | None = None,
    *,
    precision: Precision = "float32",
    half: bool = False,
) -> Network:
    """Compile the network that `key` stands for, calling `export` only if no intact conversion of it is kept.

    `key` says which weights and which computation; the versions of the libraries that convert are added to it here.
    With `half`, weights are kept as float16, in half the space. A cache that cannot be written costs time, never the
    answer.
    """
    kept_in = (folder or cache_folder()) / "networks" / _versioned(key)
    intact = _read_intact(kept_in)
    if intact is not None:
        return OpenVinoNetwork(intact, precision)
    exported = export()
    try:
        model = convert(exported)
    except Exception as error:  # the converter's failures have no common base class; torch computes the same
        logger.warning("This model does not convert to OpenVINO and runs on torch, slower: %s", first_line(error))
        return TorchNetwork(exported)
    return OpenVinoNetwork(_keep(model, kept_in, half=half), precision)


class OpenVinoNetwork:
    """A converted network.

    One inference uses all cores, so callers take turns: two at once would only share them.
    """

    def __init__(self, model: openvino.Model, precision: Precision = "float32") -> None:
        core = _openvino().Core()
        bfloat16 = precision == "native" and "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        compiled = core.compile_model(model, "CPU", _cpu_settings() | ({_PRECISION: "bf16"} if bfloat16 else {}))
        self._inputs = [port.any_name for port in compiled.inputs]
        self._outputs = list(compiled.outputs)
        self._request = compiled.create_infer_request()
        self._turn = threading.Lock()

    def __call__(self, batch: Batch) -> tuple[Floats, ...]:
        feed = {name: batch[name] for name in self._inputs}
        with self._turn:
            result = self._request.infer(feed, share_inputs=True)
            return tuple(np.array(result[port], dtype=np.float32) for port in self._outputs)


class TorchNetwork:
    """The same computation on torch, for networks that do not convert and for comparison."""

    def __init__(self, exported: TorchExport) -> None:
        self._exported = exported

    def __call__(self, batch: Batch) -> tuple[Floats, ...]:
        import torch

        with torch.inference_mode():
            tensors = [torch.from_numpy(batch[name]) for name in self._exported.inputs]
            return tuple(output.float().numpy() for output in self._exported.module(*tensors))


def available_cores() -> int:
    """The cores that this process may use, which in a container are fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _cpu_settings() -> dict[str, Any]:
    # Threads are not pinned to cores: measured beside other work, pinned ones wait for the core that is busy.
    return {
        _PRECISION: "f32",
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": available_cores(),
        "ENABLE_CPU_PINNING": False,
    }


def _versioned(key: str) -> str:
    versions = [importlib.metadata.version(name) for name in ("openvino", "torch", "transformers")]
    return hashlib.sha256("\n".join([str(_FORMAT), key, *versions]).encode()).hexdigest()[:32]


def convert(exported: TorchExport) -> openvino.Model:
    """Trace and convert, then compare with torch on another shape: what a trace fixed by mistake shows there.

    Raises RuntimeError if they differ, and whatever the converter raises.
    """
    import torch

    openvino = _openvino()
    example = _example(2, 16)
    with _quietly(), torch.no_grad():
        tensors = tuple(torch.from_numpy(example[name]) for name in exported.inputs)
        model = openvino.convert_model(exported.module.eval(), example_input=tensors)
    for port, name in zip(model.inputs, exported.inputs, strict=True):
        port.get_tensor().set_names({name})
    probe = _example(3, 23)
    compiled = openvino.Core().compile_model(model, "CPU", _cpu_settings())
    converted = compiled({name: probe[name] for name in exported.inputs}).values()
    for found, expected in zip(converted, TorchNetwork(exported)(probe), strict=True):
        difference = float(np.abs(found - expected).max())
        if not difference < _TOLERANCE:
            raise RuntimeError(f"the converted network's outputs differ from torch's by {difference:.2g}")
    return model


def _example(texts: int, length: int) -> dict[str, npt.NDArray[np.int64]]:
    ids = np.arange(texts * length, dtype=np.int64).reshape(texts, length) % 90 + 5
    mask = np.ones_like(ids)
    mask[-1, length // 2 :] = 0
    return dict(zip(BATCH_INPUTS, (ids, mask, np.zeros_like(ids)), strict=True))


def _keep(model: openvino.Model, folder: Path, *, half: bool) -> openvino.Model:
    """Write the network beside its final place and rename it there, whole; answers with what was written.

    Where nothing can be written, the answer is `model` itself, and the next start converts again.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=folder.parent) as private:
            written = Path(private) / "network"
            _write(model, written, half=half)
            intact = _read_intact(written)
            shutil.rmtree(folder, ignore_errors=True)
            with suppress(OSError):  # another process was quicker, which is as good
                written.rename(folder)
    except (OSError, RuntimeError) as error:  # OpenVINO reports a full disk as RuntimeError
        logger.info("The converted network is not kept in %s: %s", folder.parent, first_line(error))
        return model
    return model if intact is None else intact


def _write(model: openvino.Model, folder: Path, *, half: bool) -> None:
    folder.mkdir()
    _openvino().save_model(model, folder / "model.xml", compress_to_fp16=half)
    hashes = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in _IR_FILES}
    (folder / "manifest.json").write_text(json.dumps({"format": _FORMAT, "sha256": hashes}), encoding="utf-8")


def _read_intact(folder: Path) -> openvino.Model | None:
    """The kept network, if every byte is as it was written: those that were hashed are those that are read."""
    try:
        manifest = json.loads((folder / "manifest.json").read_bytes())
        contents = {name: (folder / name).read_bytes() for name in _IR_FILES}
    except (OSError, ValueError):
        return None
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in contents.items()}
    if manifest != {"format": _FORMAT, "sha256": hashes}:
        return None
    return _openvino().Core().read_model(*(contents[name] for name in _IR_FILES))


def _openvino() -> ModuleType:
    """OpenVINO without its telemetry, which reports every import to the vendor unless that package is missing."""
    telemetry = "openvino_telemetry"
    if "openvino" in sys.modules or telemetry in sys.modules:
        return importlib.import_module("openvino")
    sys.modules[telemetry] = None  # type: ignore[assignment]  # makes an import of it fail, as if it were missing
    try:
        return importlib.import_module("openvino")
    finally:
        del sys.modules[telemetry]


@contextmanager
def _quietly() -> Iterator[None]:
    """Tracing warns of every branch that it fixes (the comparison decides); the converter takes over the root log."""
    level, handlers = logging.root.level, logging.root.handlers[:]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            logging.root.setLevel(level)
            logging.root.handlers[:] = handlers
