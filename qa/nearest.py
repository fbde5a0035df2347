"""What a refusal shows instead of an answer: the nearest passages, each where it has most of what was asked. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.caches.terms import analyser, query_terms
from index.passages import sentences
from index.types import Hit
from qa.markup import in_a_row
from qa.types import Answer

MAX_SHOWN = 3
MAX_CHARACTERS = 240


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A part of a hit's passage: whole sentences, unless one alone is longer than MAX_CHARACTERS."""

    hit: Hit
    start: int
    end: int
    """Like `start`, of the article's text."""

    @property
    def text(self) -> str:
        """As it stands in the article."""
        first = self.hit.passage.start
        return self.hit.passage.text[self.start - first : self.end - first]

    @property
    def shown(self) -> str:
        """On one line, with dots where the passage has more."""
        passage = self.hit.passage
        before, after = passage.text[: self.start - passage.start], passage.text[self.end - passage.start :]
        return f"{'…' if before.strip() else ''}{in_a_row(self.text)}{'…' if after.strip() else ''}"


def nearest(answer: Answer) -> list[Excerpt]:
    """Of the first few passages, without those of a copy of what is among them already."""
    first: dict[str, str] = {}
    own = [hit for hit in answer.nearest if first.setdefault(hit.article.story, hit.article.id) == hit.article.id]
    return [excerpt(answer.standalone_question, hit) for hit in own[:MAX_SHOWN]]


def excerpt(question: str, hit: Hit) -> Excerpt:
    """The sentence that has most of the question's words, with those around it for which there is room."""
    text, asked = hit.passage.text, set(query_terms(question))
    parts = list(_parts(text)) or [(0, 0)]
    first = last = max(range(len(parts)), key=lambda at: len(asked & set(analyser().analyze(text[slice(*parts[at])]))))
    while True:
        if last + 1 < len(parts) and _fits(parts, first, last + 1):
            last += 1
        elif first > 0 and _fits(parts, first - 1, last):
            first -= 1
        else:
            break
    start, end = parts[first][0], parts[last][1]
    return Excerpt(hit, hit.passage.start + start, hit.passage.start + _cut(text, start, end))


def _parts(text: str) -> Iterator[tuple[int, int]]:
    """The sentences; of one that is too long, as a table may be, the lines."""
    for start, end in sentences(text):
        if end - start <= MAX_CHARACTERS:
            yield start, end
            continue
        for line in text[start:end].splitlines(keepends=True):
            yield start, start + len(line.rstrip())
            start += len(line)


def _fits(parts: Sequence[tuple[int, int]], first: int, last: int) -> bool:
    return parts[last][1] - parts[first][0] <= MAX_CHARACTERS


def _cut(text: str, start: int, end: int) -> int:
    """The end, or, where that is too far, the last one before it of a word."""
    if end - start <= MAX_CHARACTERS:
        return end
    blank = text.rfind(" ", start + 1, start + MAX_CHARACTERS)
    return blank if blank > 0 else start + MAX_CHARACTERS
