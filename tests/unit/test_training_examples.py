import dataclasses
from pathlib import Path
from random import Random

import click
import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

from training.batches import Examples, plan
from training.examples import MAX_PIECES, encode, window
from training.prepare import save_examples
from training.rows import Row

SENTENCES = [f"Sentence number {number} speaks of things. " for number in range(40)]
PASSAGE = "".join(SENTENCES)
ANSWER = "number 20"
ROW = Row("1", "squad", "", PASSAGE, "Which one?", ((PASSAGE.index(ANSWER), ANSWER),))


def _tokenizer() -> Tokenizer:
    words = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "sentence",
        "number",
        "speaks",
        "of",
        "things",
        ".",
        "which",
        "one",
        "?",
    ]
    words += [str(digit) for digit in range(41)]
    tokenizer = Tokenizer(WordPiece({word: place for place, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.normalizer = BertNormalizer()
    tokenizer.pre_tokenizer = BertPreTokenizer()
    return tokenizer


@pytest.mark.parametrize("seed", range(20))
def test_a_window_is_whole_sentences_around_the_answer(seed: int) -> None:
    cut = window(ROW, 300, Random(seed))
    start, text = cut.answers[0]
    assert cut.passage[start : start + len(text)] == text == ANSWER
    assert 250 < len(cut.passage) <= 300
    assert cut.passage in PASSAGE
    assert cut.passage.startswith("Sentence")


def test_a_window_of_an_unanswerable_row_has_no_answer() -> None:
    cut = window(dataclasses.replace(ROW, answers=()), 300, Random(0))
    assert not cut.answerable
    assert len(cut.passage) <= 300


def test_a_short_passage_is_its_own_window() -> None:
    assert window(ROW, 10_000, Random(0)) is ROW


def test_an_example_points_at_its_answer() -> None:
    tokenizer = _tokenizer()
    [example] = encode([window(ROW, 300, Random(0))], tokenizer)
    words = [tokenizer.id_to_token(piece) for piece in example.pieces[example.start : example.end + 1]]
    assert words == ["number", "20"]
    opening = [tokenizer.id_to_token(piece) for piece in example.pieces[: example.passage_at]]
    assert opening == ["[CLS]", "which", "one", "?", "[SEP]"]


def test_an_answer_beyond_the_room_is_dropped_and_no_answer_is_at_cls() -> None:
    far = dataclasses.replace(ROW, answers=((PASSAGE.index("number 39"), "number 39"),))
    silent = dataclasses.replace(ROW, answers=())
    [example] = encode([far, silent], _tokenizer())
    assert (example.start, example.end) == (0, 0)
    assert len(example.pieces) == MAX_PIECES


def test_batches_hold_what_was_saved(tmp_path: Path) -> None:
    rows = [window(ROW, size, Random(size)) for size in (60, 300, 120)]
    made = encode([*rows, dataclasses.replace(rows[0], answers=())], _tokenizer())
    save_examples(made, tmp_path / "examples.safetensors")
    examples = Examples(tmp_path / "examples.safetensors")
    batch = examples.batch([1, 3])
    long, silent = made[1], made[3]
    assert batch.pieces.shape == (2, len(long.pieces))
    assert batch.pieces[0].tolist() == list(long.pieces)
    assert batch.attention.sum(axis=1).tolist() == [len(long.pieces), len(silent.pieces)]
    assert (batch.start.tolist(), batch.end.tolist()) == ([long.start, 0], [long.end, 0])
    assert batch.spans[0].nonzero()[0].tolist() == [0, *range(long.passage_at, len(long.pieces) - 1)]
    assert batch.types[1].sum() == len(silent.pieces) - silent.passage_at


def test_files_are_read_as_one(tmp_path: Path) -> None:
    made = encode([window(ROW, size, Random(size)) for size in (60, 300, 120)], _tokenizer())
    parts = [tmp_path / "one.safetensors", tmp_path / "two.safetensors"]
    save_examples(made[:1], parts[0])
    save_examples(made[1:], parts[1])
    save_examples(made, tmp_path / "all.safetensors")
    together, whole = Examples(*parts), Examples(tmp_path / "all.safetensors")
    assert together.lengths == whole.lengths
    mine, theirs = together.batch([2, 0, 1]), whole.batch([2, 0, 1])
    assert (mine.pieces == theirs.pieces).all()
    assert mine.start.tolist() == theirs.start.tolist()


@pytest.mark.parametrize("content", [None, b"", b"no tensors", b"\x02\x00\x00\x00\x00\x00\x00\x00{}"])
def test_a_file_without_examples_is_said_to_hold_none(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "other.safetensors").write_bytes(content)
    with pytest.raises(click.ClickException, match=r"other\.safetensors holds no examples"):
        Examples(tmp_path / "other.safetensors")


def test_a_plan_holds_every_example_once_an_epoch_within_the_limit() -> None:
    lengths = [Random(number).randrange(20, 224) for number in range(1_500)]
    batches = plan(lengths, 2_000, 2, seed=3)
    assert sorted(number for batch in batches for number in batch) == sorted([*range(1_500)] * 2)
    assert all(max(lengths[n] for n in batch) * len(batch) <= 2_000 for batch in batches)
    assert batches == plan(lengths, 2_000, 2, seed=3)
    assert batches != plan(lengths, 2_000, 2, seed=4)
