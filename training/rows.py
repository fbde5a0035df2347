"""A labelled question about a passage, read from the data folder and checked."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Row:
    """A question, a passage and the spans that answer it; no spans mean that the passage does not say.

    `start` of a span counts characters of `passage`, and `passage[start:start + len(text)] == text`.
    """

    id: str
    origin: str
    title: str
    passage: str
    question: str
    answers: tuple[tuple[int, str], ...]

    @property
    def answerable(self) -> bool:
        return bool(self.answers)


def read_rows(path: Path) -> list[Row]:
    """Every row of a gzipped JSON-lines file. Raises ValueError where a span is not where the row says."""
    return list(_rows(path))


def _rows(path: Path) -> Iterator[Row]:
    origin = path.name.removesuffix(".jsonl.gz")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            fields = json.loads(line)
            spans = zip(fields["answers"]["answer_start"], fields["answers"]["text"], strict=True)
            row = Row(
                fields["id"],
                origin,
                fields["title"],
                fields["context"],
                fields["question"],
                tuple(dict.fromkeys(spans)),
            )
            check(row)
            yield row


def check(row: Row) -> None:
    """Raise ValueError where a span is not where the row says it is."""
    for start, text in row.answers:
        if not text or row.passage[start : start + len(text)] != text:
            raise ValueError(f"{row.origin} {row.id}: the span {text!r} is not at {start} of its passage")


def write_rows(path: Path, rows: list[Row]) -> None:
    """Write what `read_rows` reads. The origin is kept in the id, since one file holds one origin."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as out:
        for row in rows:
            answers = {"text": [text for _, text in row.answers], "answer_start": [start for start, _ in row.answers]}
            fields = {"id": row.id, "title": row.title, "context": row.passage, "question": row.question}
            out.write(json.dumps({**fields, "answers": answers, "is_impossible": not row.answers}) + "\n")


def letters(text: str) -> str:
    """Lower-cased letters and digits alone: what stays the same through tokenising and lower-casing."""
    return "".join(character for character in text.lower() if character.isalnum())


def sentences(text: str) -> list[tuple[int, int]]:
    """The sentences' spans, which together cover the text. Rough: an initial or abbreviation may end one early."""
    ends = [
        match.end() for match in re.finditer(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]*[A-Z0-9])| [.!?] (?=[a-z\"'])", text)
    ]
    bounds = [0, *ends, len(text)]
    return [(start, end) for start, end in pairwise(bounds) if start < end]
