"""A question-answering model out of its folder, packed or as the Hugging Face libraries write it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.models.files import ModelFiles, loading, sha256
from index.models.runtime import BATCH_INPUTS, TorchExport
from qa.readers.packing import PACKED_FILE, unpack

if TYPE_CHECKING:
    import torch


def reader_key(files: ModelFiles) -> str:
    """What decides what the network computes: its weights and its architecture."""
    return f"reader {files.fingerprint} {sha256(files.folder / 'config.json')}"


def export_reader(files: ModelFiles) -> TorchExport:
    """The network, giving start and end scores of shape (windows, word pieces). Raises ModelError."""
    import torch

    with loading(f"The reader {files.name}"):
        model = _packed(files) if (files.folder / PACKED_FILE).is_file() else _published(files)

    class Spans(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *tensors: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            found = self.model(**dict(zip(inputs, tensors, strict=True)))
            return found.start_logits, found.end_logits

    types = int(files.settings("config.json").get("type_vocab_size") or 0)
    inputs = BATCH_INPUTS if types > 1 else BATCH_INPUTS[:2]
    return TorchExport(Spans(), inputs)


def _packed(files: ModelFiles) -> torch.nn.Module:
    import torch
    from safetensors.numpy import load_file
    from transformers import AutoConfig, AutoModelForQuestionAnswering

    config = AutoConfig.from_pretrained(str(files.folder), local_files_only=True, trust_remote_code=False)
    model: torch.nn.Module = AutoModelForQuestionAnswering.from_config(  # type: ignore[no-untyped-call]
        config, dtype=torch.float32
    )
    weights = unpack(load_file(files.folder / PACKED_FILE))
    model.load_state_dict({name: torch.from_numpy(values) for name, values in weights.items()}, strict=True)
    return model


def _published(files: ModelFiles) -> torch.nn.Module:
    import torch
    from transformers import AutoModelForQuestionAnswering

    model: torch.nn.Module = AutoModelForQuestionAnswering.from_pretrained(
        str(files.folder),
        local_files_only=True,
        trust_remote_code=False,
        use_safetensors=True,
        dtype=torch.float32,
    )
    return model
