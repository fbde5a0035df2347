from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from qa.readers.packing import GROUP, pack, unpack
from training.pack import pack_folder, unpack_folder


@pytest.mark.parametrize("shape", [(5, 384), (3, 1536), (7, 10), (4, 33)])
def test_weights_come_back_to_within_half_a_step(shape):
    weights = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    weights[1] *= 1000
    packed = pack({"w": weights})
    assert packed["w"].dtype == np.int8
    width = GROUP if shape[1] % GROUP == 0 else shape[1]
    half_steps = np.repeat(packed["w.scale"], width, axis=1) / 2
    assert (np.abs(unpack(packed)["w"] - weights) <= half_steps * 1.001).all()


def test_rows_of_nothing_stay_so():
    assert not unpack(pack({"w": np.zeros((4, 64), np.float32)}))["w"].any()


def test_what_is_small_or_half_precise_is_kept_as_float32():
    weights = {"bias": np.ones(9, np.float16), "qa_outputs.weight": np.full((2, 384), 0.1, np.float16)}
    unpacked = unpack(pack(weights))
    for name, values in weights.items():
        assert unpacked[name].dtype == np.float32
        assert (unpacked[name] == values.astype(np.float32)).all()


def test_a_missing_scale_is_an_error():
    packed = pack({"w": np.ones((4, 64), np.float32)})
    del packed["w.scale"]
    with pytest.raises(KeyError):
        unpack(packed)


def test_an_unpacked_reader_packs_to_the_same_bytes_again(tmp_path):
    shipped = Path(__file__).parents[2] / "qa" / "readers" / "embedded"
    unpack_folder(shipped, tmp_path / "unpacked")
    pack_folder(tmp_path / "unpacked", tmp_path / "packed")
    first, again = (load_file(folder / "weights.int8.safetensors") for folder in (shipped, tmp_path / "packed"))
    assert first.keys() == again.keys()
    assert all(np.array_equal(first[name], again[name]) for name in first if first[name].dtype == np.int8)
    for name in ("config.json", "tokenizer.json"):
        assert (tmp_path / "packed" / name).read_bytes() == (shipped / name).read_bytes()
