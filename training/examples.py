"""Rows to what a model learns from: word pieces of question and passage, and where the answer stands in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING

from training.rows import Row, sentences

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

MAX_PIECES = 224
"""Word pieces of question and passage together, special tokens included."""
MAX_QUESTION_PIECES = 48


@dataclass(frozen=True, slots=True)
class Example:
    """`pieces` is [CLS] question [SEP] passage [SEP]; `passage_at` is where the passage begins in it.

    `start` and `end` (inclusive) are positions in `pieces`; both 0, the place of [CLS], where there is no answer.
    """

    pieces: tuple[int, ...]
    passage_at: int
    start: int
    end: int


def window(row: Row, max_characters: int, random: Random) -> Row:
    """A run of whole sentences of at most that length, around the answer where there is one, else anywhere.

    A single sentence that is longer stays whole: `encode` then drops the row if its answer is cut off.
    """
    if len(row.passage) <= max_characters:
        return row
    spans = sentences(row.passage)
    answer = row.answers[0] if row.answers else None
    needed = [
        number
        for number, (start, end) in enumerate(spans)
        if answer and start < answer[0] + len(answer[1]) and answer[0] < end
    ] or [random.randrange(len(spans))]
    first, last = needed[0], needed[-1]
    while True:
        sides = [first - 1] * (first > 0) + [last + 1] * (last + 1 < len(spans))
        fits = [
            n for n in sides if max(spans[last][1], spans[n][1]) - min(spans[first][0], spans[n][0]) <= max_characters
        ]
        if not fits:
            return _slice(row, spans[first][0], spans[last][1])
        side = random.choice(fits)
        first, last = min(first, side), max(last, side)


def _slice(row: Row, start: int, end: int) -> Row:
    inside = tuple((at - start, text) for at, text in row.answers if start <= at and at + len(text) <= end)
    return replace(row, passage=row.passage[start:end], answers=inside)


def encode(rows: Sequence[Row], tokenizer: Tokenizer) -> list[Example]:
    """Examples of the rows, without those whose answer does not fit. The first answer of a row is its label."""
    questions = [e.ids[:MAX_QUESTION_PIECES] for e in tokenizer.encode_batch([r.question for r in rows], False)]
    passages = tokenizer.encode_batch([row.passage for row in rows], add_special_tokens=False)
    cls, sep = (_special(tokenizer, name) for name in ("[CLS]", "[SEP]"))
    examples = []
    for row, question, passage in zip(rows, questions, passages, strict=True):
        opening = (cls, *question, sep)
        room = MAX_PIECES - len(opening) - 1
        span = _label(row, passage, room)
        if span is not None:
            pieces = (*opening, *passage.ids[:room], sep)
            at = [len(opening) + position for position in span] or [0, 0]
            examples.append(Example(pieces, len(opening), at[0], at[1]))
    return examples


def _special(tokenizer: Tokenizer, name: str) -> int:
    number: int | None = tokenizer.token_to_id(name)
    if number is None:
        raise ValueError(f"the tokenizer has no {name}; only BERT's word pieces are trained here")
    return number


def _label(row: Row, passage: Encoding, room: int) -> tuple[int, ...] | None:
    """First and last piece of the answer, nothing for no answer, None where the answer is beyond the room."""
    if not row.answers:
        return ()
    start, text = row.answers[0]
    first, last = passage.char_to_token(start), passage.char_to_token(start + len(text) - 1)
    return None if first is None or last is None or last >= room else (first, last)
