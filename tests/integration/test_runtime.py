"""The runtime with a tiny network: what is kept, what is checked, and what happens when nothing can be kept."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from index.models.runtime import OpenVinoNetwork, TorchExport, TorchNetwork, cache_folder, compile_network

PROJECT = Path(__file__).resolve().parents[2]


def tiny_export(*, convertible: bool = True) -> TorchExport:
    import torch

    class Tiny(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            torch.manual_seed(0)
            self.embedding = torch.nn.Embedding(100, 8)
            self.linear = torch.nn.Linear(8, 3)

        def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            # A shape taken out of the graph is fixed by tracing, and so wrong for every other batch.
            length = ids.shape[1] if convertible else int(ids.shape[1])
            rows = torch.arange(length) if not convertible else torch.zeros(1, dtype=torch.int64)
            vectors = self.embedding(ids) * mask.unsqueeze(-1) + rows.sum()
            return self.linear(vectors), vectors.mean(1)

    return TorchExport(Tiny(), ("input_ids", "attention_mask"))


def batch(texts: int = 3, length: int = 7) -> dict[str, np.ndarray]:
    ids = np.random.default_rng(texts).integers(0, 100, (texts, length))
    return {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}


def not_again() -> TorchExport:
    raise AssertionError("an intact conversion was made again")


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    compile_network("tiny", tiny_export, tmp_path)
    return next((tmp_path / "networks").iterdir())


def test_it_computes_what_torch_computes(tmp_path):
    network = compile_network("tiny", tiny_export, tmp_path)
    assert isinstance(network, OpenVinoNetwork)
    for shape in ((1, 1), (3, 7), (8, 30)):
        for found, expected in zip(network(batch(*shape)), TorchNetwork(tiny_export())(batch(*shape)), strict=True):
            assert found == pytest.approx(expected, abs=1e-5)


def test_a_kept_network_is_used_again(kept):
    network = compile_network("tiny", not_again, kept.parent.parent)
    assert network(batch())[0].shape == (3, 7, 3)


def test_another_key_is_another_network(kept):
    with pytest.raises(AssertionError, match="made again"):
        compile_network("other", not_again, kept.parent.parent)


@pytest.mark.parametrize("file", ["model.bin", "model.xml", "manifest.json"])
@pytest.mark.parametrize("damage", ["flip", "cut", "remove", "empty"])
def test_a_damaged_network_is_made_again(kept, file, damage):
    path = kept / file
    content = bytearray(path.read_bytes())
    if damage == "flip":
        content[len(content) // 2] ^= 1
    path.write_bytes(content[: {"cut": -3, "empty": 0}.get(damage, len(content))])
    if damage == "remove":
        path.unlink()
    repaired = compile_network("tiny", tiny_export, kept.parent.parent)
    assert repaired(batch())[0] == pytest.approx(TorchNetwork(tiny_export())(batch())[0], abs=1e-5)
    compile_network("tiny", not_again, kept.parent.parent)
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]


def test_a_cache_that_cannot_be_written_costs_only_time(tmp_path):
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a folder")
    network = compile_network("tiny", tiny_export, in_the_way)
    assert network(batch())[0].shape == (3, 7, 3)


def test_what_converts_wrongly_runs_on_torch(tmp_path, caplog):
    network = compile_network("tiny", lambda: tiny_export(convertible=False), tmp_path)
    assert isinstance(network, TorchNetwork)
    assert "does not convert" in caplog.text
    assert not (tmp_path / "networks").exists()


def test_many_threads_get_their_own_answers(kept):
    network = compile_network("tiny", not_again, kept.parent.parent)
    batches = [batch(texts, 9) for texts in range(1, 40)]
    expected = [network(one)[0] for one in batches]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda one: network(one)[0], batches))
    for one, other in zip(found, expected, strict=True):
        assert one == pytest.approx(other, abs=1e-6)


def test_the_cache_is_where_the_environment_says(tmp_path, monkeypatch):
    monkeypatch.setenv("QA_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.delenv("QA_CACHE")
    assert cache_folder().name == "article-qa"


def test_a_warm_start_imports_no_torch_and_tells_nobody(embedder, tmp_path):
    embedder.embed_query("so that the network is kept")
    program = (
        "import sys; from index.models.embedding import load_embedder; load_embedder().embed_query('x');"
        "print(sorted({'torch', 'transformers', 'sentence_transformers', 'openvino_telemetry'} & set(sys.modules)))"
    )
    environment = {**os.environ, "HOME": str(tmp_path), "QA_CACHE": str(cache_folder())}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
    assert list(tmp_path.iterdir()) == []
