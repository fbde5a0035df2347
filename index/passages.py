"""Articles cut into passages along sentences, and texts into sentences, with exact offsets. Pure.

Sentence ends come from `sentencex` (Wikimedia; MIT; compiled, 4 MB, no dependencies). On 51 sentence ends of news
English with the usual traps ("U.S.", "Jan. 6", "No. 10", initials, decimals, quotes), it found 50 with 4 false
ones; nupunkt 0.8 51 and 6, pysbd 0.3 50 and 5, syntok 1.4 47 and 10, blingfire 0.1.8 47 and 8. On 1,550 SQuAD
paragraphs nupunkt, tuned on law, ran on after plain words ("in the 19th century. Steam ..."), where sentencex
differs by keeping a bracket or quotation whole. Speed in MB/s: sentencex 19, nupunkt 2.5, blingfire 1.1 (99 MB
installed), syntok 0.3, pysbd 0.06. Hostile text takes sentencex quadratic time (4 s for 100,000 quotation marks that
are never closed), as it does nupunkt and pysbd: the window below bounds the cost of each character.

Passages do not overlap: a sentence is then read, scored and cited once, and nearly all answers lie within one
sentence. What a passage loses by the cut, its topic, the article's title gives back when it is embedded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from index.types import Article, Passage

CountTokens = Callable[[Sequence[str]], list[int]]
"""Word pieces of each text, without special tokens."""

SPECIAL_TOKENS = 2
"""What a model puts around a text, as in `[CLS] text [SEP]`."""

MAX_TITLE_BYTES = 160
"""Of a title in UTF-8, as it is embedded. No tokenizer makes more than one piece of a byte, so this bounds both."""

MIN_PASSAGE_TOKENS = 16
"""Room that a passage gets however long the title, so that splitting always ends."""

MAX_WORD_CHARACTERS = 100
"""Longer runs without a blank are not words; tokenizers count some of them as one unknown piece."""

_WINDOW_CHARACTERS = 4000
_PARAGRAPH_BREAK = re.compile(r"\n[^\S\n]*\n\s*")
_LIST_MARK = re.compile(r"[^\S\n]*(?:[-*\u2013\u2022\u2023]|\d{1,3}[.)])[^\S\n]+")
_LIST_ITEM = re.compile(rf"\n(?={_LIST_MARK.pattern})")
_WORD = re.compile(r"\S+")
_HEADING_CHARACTERS = 100
_NO_ABBREVIATIONS = {"May.": "Day.", "p.c.": "pct."}
"""What the library takes for an abbreviation within a sentence, and words of the same length that it doesn't."""
_ENDS_IN_ONE = re.compile(r"(?<![\w.])(?:May|p\.c)\.(?=\s+[\"'\u2018\u201c]?[^\W\d_a-z])")
"""Only before a capital: after the other words it cuts before a small letter, too."""


def sentences(text: str) -> list[tuple[int, int]]:
    """Start and end of each sentence, in order, without the blanks between; a heading or a list item counts as one.

    Every character that is not blank lies in exactly one sentence. Linear in the length of `text`.
    """
    cuts = [end for block in _blocks(text) for end in _sentence_ends(text, *block)]
    return [span for start, end in pairwise([0, *cuts]) if (span := _strip(text, start, end))]


def embedded_text(title: str, passage: Passage) -> str:
    """What the embedder is given for a passage: a title long past any headline is cut for it."""
    return _embedded_title(title) + passage.text


def split_article(article: Article, count_tokens: CountTokens, *, max_tokens: int) -> list[Passage]:
    """Passages that together hold every character of `article.text` that is not blank, in order, without overlap.

    Each ends at a sentence's end and, where that does not leave it half empty, at a paragraph's. Its
    `embedded_text` has at most `max_tokens` word pieces, special tokens included (or as many as an extreme title
    and MIN_PASSAGE_TOKENS need, if that is more). A longer sentence is cut between words, a longer word between
    characters.
    """
    spans = sentences(article.text)
    if not spans:
        return []
    title_tokens, *counts = count_tokens([_embedded_title(article.title), *_tiles(article.text, spans)])
    budget = max(max_tokens - SPECIAL_TOKENS - title_tokens, MIN_PASSAGE_TOKENS)
    whole = _sentence_units(article.text, spans, counts)
    units = list(_divide_long(article.text, whole, count_tokens, budget=budget))
    return [
        Passage(article.id, ordinal, start, end, article.text[start:end])
        for ordinal, (start, end) in enumerate(_pack(units, budget))
    ]


class _Unit(NamedTuple):
    """What is not divided further: a sentence, or a piece of one that is too long."""

    start: int
    end: int
    tokens: int
    opens_paragraph: bool


def _embedded_title(title: str) -> str:
    encoded = title.encode("utf-8", "replace")
    if len(encoded) > MAX_TITLE_BYTES:
        title = encoded[:MAX_TITLE_BYTES].decode("utf-8", "ignore")
        title = title.rpartition(" ")[0] or title
    return f"{title}\n" if title else ""


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Paragraphs and list items: no sentence crosses from one to the next."""
    cuts = sorted({match.end() for rule in (_PARAGRAPH_BREAK, _LIST_ITEM) for match in rule.finditer(text)})
    return pairwise([0, *cuts, len(text)])


def _sentence_ends(text: str, start: int, end: int) -> Iterator[int]:
    """The ends of the sentences of a block, found within a window that moves from the last sure end to the next."""
    if mark := _LIST_MARK.match(text, start, end):
        start = mark.end()
    while end - start > _WINDOW_CHARACTERS:
        found = list(_library_ends(text, start, start + _WINDOW_CHARACTERS))[:-1]
        yield from found
        start = found[-1] if found else _window_end(text, start)
        if not found:
            yield start
    yield from _library_ends(text, start, end)
    yield end


def _window_end(text: str, start: int) -> int:
    """Where to cut a sentence that fills a window: after its last blank, or anywhere when it has none."""
    stop = start + _WINDOW_CHARACTERS
    return max(text.rfind(" ", start, stop), text.rfind("\n", start, stop)) + 1 or stop


def _library_ends(text: str, start: int, end: int) -> Iterator[int]:
    from sentencex import get_sentence_boundaries  # type: ignore[import-untyped]

    block = text[start:end].encode("utf-8", "replace").decode()  # a lone surrogate becomes "?", one for one
    block = _ENDS_IN_ONE.sub(lambda found: _NO_ABBREVIATIONS[found[0]], block)
    for boundary in get_sentence_boundaries("en", block):
        yield start + int(boundary["end_index"])


def _strip(text: str, start: int, end: int) -> tuple[int, int] | None:
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    end -= len(piece) - len(piece.rstrip())
    return (start, end) if start < end else None


def _tiles(text: str, spans: Sequence[tuple[int, int]]) -> list[str]:
    """Each sentence with the blanks after it: some tokenizers count those too."""
    ends = [start for start, _ in spans[1:]] + [spans[-1][1]]
    return [text[start:end] for (start, _), end in zip(spans, ends, strict=True)]


def _sentence_units(text: str, spans: Sequence[tuple[int, int]], counts: Sequence[int]) -> list[_Unit]:
    units: list[_Unit] = []
    after_heading = False
    previous_end = 0
    for (start, end), tokens in zip(spans, counts, strict=True):
        new_paragraph = not units or text.count("\n", previous_end, start) > 1
        units.append(_Unit(start, end, tokens, new_paragraph and not after_heading))
        after_heading = new_paragraph and end - start <= _HEADING_CHARACTERS and text[end - 1].isalnum()
        previous_end = end
    return units


def _divide_long(text: str, units: Sequence[_Unit], count_tokens: CountTokens, *, budget: int) -> Iterator[_Unit]:
    """The units, those that are too long for one passage replaced by their words."""
    words = {unit: _words(text, unit) for unit in units if unit.tokens > budget or _has_long_word(text, unit)}
    counts = iter(count_tokens([text[start:end] for spans in words.values() for start, end in spans]) if words else ())
    for unit in units:
        if unit not in words:
            yield unit
            continue
        opens_paragraph = unit.opens_paragraph
        for start, end in words[unit]:
            for piece in _word_units(text, start, end, tokens=next(counts), budget=budget):
                yield piece._replace(opens_paragraph=opens_paragraph)
                opens_paragraph = False


def _has_long_word(text: str, unit: _Unit) -> bool:
    return any(len(word) > MAX_WORD_CHARACTERS for word in text[unit.start : unit.end].split())


def _words(text: str, unit: _Unit) -> list[tuple[int, int]]:
    return [match.span() for match in _WORD.finditer(text, unit.start, unit.end)]


def _word_units(text: str, start: int, end: int, *, tokens: int, budget: int) -> Iterator[_Unit]:
    """A word, or its pieces if it is too long: these count as their bytes, which no tokenizer exceeds on joining."""
    max_bytes = min(budget, MAX_WORD_CHARACTERS)
    if _bytes(text[start:end]) <= max_bytes:
        yield _Unit(start, end, tokens, False)
        return
    step = max_bytes // 4  # a character has at most four bytes
    for cut in range(start, end, step):
        stop = min(cut + step, end)
        yield _Unit(cut, stop, _bytes(text[cut:stop]), False)


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _pack(units: Sequence[_Unit], budget: int) -> Iterator[tuple[int, int]]:
    """Start and end of each passage: as many units as fit, but a paragraph that does not fit opens a new one."""
    start, end, used = units[0].start, units[0].start, 0
    for unit, paragraph_tokens in zip(units, _paragraph_tokens(units), strict=True):
        paragraph_overflows = unit.opens_paragraph and used + paragraph_tokens > budget
        if used and (used + unit.tokens > budget or (paragraph_overflows and 2 * used >= budget)):
            yield start, end
            start, used = unit.start, 0
        end, used = unit.end, used + unit.tokens
    yield start, end


def _paragraph_tokens(units: Sequence[_Unit]) -> list[int]:
    """For each unit, the word pieces from it to the end of its paragraph."""
    totals: list[int] = []
    total = 0
    for unit in reversed(units):
        total += unit.tokens
        totals.append(total)
        total = 0 if unit.opens_paragraph else total
    return totals[::-1]
