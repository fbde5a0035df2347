"""Adapters of a tiny network: what they begin as, what training leaves of them, and what is shipped."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from safetensors.numpy import load_file

from qa.readers.packing import unpack_adapter
from qa.readers.second_look import changed
from training import adapter
from training.pack import pack_second_look

RANK = 32


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A network, and a reader of the same architecture."""
    from transformers import MPNetConfig, MPNetForQuestionAnswering

    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    config = MPNetConfig(vocab_size=50, **sizes)
    made = []
    for name in ("base", "reader"):
        made.append(tmp_path_factory.mktemp("adapter") / name)
        MPNetForQuestionAnswering(config).save_pretrained(made[-1])
        (made[-1] / "tokenizer.json").write_text("{}")
    return made[0], made[1]


@pytest.fixture(scope="module")
def checkpoint(folders: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    from transformers import AutoModelForQuestionAnswering

    base, reader = folders
    folder = tmp_path_factory.mktemp("checkpoint")
    adapter.adapted(AutoModelForQuestionAnswering.from_pretrained(base), RANK, reader).save_pretrained(folder)
    return folder


def learnt_names(weights: dict[str, np.ndarray]) -> list[str]:
    return [name for name in weights if "embeddings." not in name.replace("LayerNorm", "") and "relative" not in name]


def test_it_begins_at_the_reader_that_it_is_led_to(folders, checkpoint):
    reader, joined = load_file(folders[1] / "model.safetensors"), adapter.joined(checkpoint).state_dict()
    for name in learnt_names(reader):
        if "embeddings" not in name:
            assert np.allclose(joined[name].numpy(), reader[name], atol=1e-5), name


def test_without_one_it_begins_at_the_network_and_learns_a_part_of_it(folders):
    from transformers import AutoModelForQuestionAnswering

    network = AutoModelForQuestionAnswering.from_pretrained(folders[0])
    changed_network = adapter.adapted(network, 4)
    learns = [name for name, one in changed_network.named_parameters() if one.requires_grad]
    assert any("lora_A" in name for name in learns)
    assert any("qa_outputs" in name for name in learns)
    assert not any("word_embeddings" in name or name.endswith("base_layer.weight") for name in learns)


def test_what_is_shipped_makes_the_same_network(folders, checkpoint, tmp_path):
    size = pack_second_look(checkpoint, tmp_path, first_share=0.5, scale=0.9)
    assert size == sum(path.stat().st_size for path in tmp_path.iterdir())
    base = load_file(folders[0] / "model.safetensors")
    shipped = changed(base, unpack_adapter(load_file(tmp_path / "adapter.int4.safetensors")))
    joined = adapter.joined(checkpoint).state_dict()
    assert shipped.keys() == base.keys()
    for name, values in shipped.items():
        change = np.abs(joined[name].numpy() - base[name]).max()
        assert np.abs(values - joined[name].numpy()).max() <= 0.2 * change + 1e-6, name


def test_a_folder_without_an_adapter_gets_a_line(folders, tmp_path):
    result = CliRunner().invoke(adapter.main, [str(folders[0]), str(tmp_path / "out")])
    assert result.exit_code == 1
    assert "holds no adapter" in result.output


def test_an_adapter_without_its_network_gets_a_line(tmp_path):
    (tmp_path / "adapter_config.json").write_text("{}")
    result = CliRunner().invoke(adapter.main, [str(tmp_path), str(tmp_path / "out")])
    assert result.exit_code == 1
    assert "which is not there" in result.output.splitlines()[-1]
