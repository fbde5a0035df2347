"""Finding the best spans in a reader's scores, and tidying them into words that a person would quote. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.float32]

MAX_SPAN_TOKENS = 30

_IMPOSSIBLE = np.float32(-1e9)
_OPENING, _CLOSING = "([{“‘«", ")]}”’»"  # noqa: RUF001
_LEADING_MARKS = ".,;:!?…–—/|*_#>·•" + _CLOSING + "\"'"  # noqa: RUF001
_TRAILING_MARKS = ",;:!?…–—-/|*_#<·•" + _OPENING + "\"'."  # noqa: RUF001
_LEADING_WORDS = frozenset("and or but nor that which who of is was were are be been than as".split())  # noqa: SIM905
_TRAILING_WORDS = _LEADING_WORDS | frozenset(
    "the a an in on at by for to from with into has have had its their".split()  # noqa: SIM905
)
_ABBREVIATION = re.compile(r"(?:\b\w\.)*\b(?:\w|Inc|Corp|Co|Ltd|Jr|Sr|Dr|Mr|Mrs|Ms|St|No|a\.m|p\.m)\.$")
_AMOUNT = re.compile(
    r"(?:(?:US|AU|C|HK)?[$€£¥₹]\s?)?(?<![\w.,])\d[\d,.]*(?<=\d)"
    r"(?:\s?%|[\s-](?:percent|per cent|hundred|thousand|million|billion|trillion)\b)?",
    re.IGNORECASE,
)
_COUNT = r"(?:\d[\d.,]*(?<=\d)|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
_UNITS = (
    ("years?", "months?", "weeks?", "days?", "hours?|hrs?", "minutes?|mins?", "seconds?|secs?"),
    ("feet|foot|ft", "inch(?:es)?"),
    ("stone", "pounds?|lbs?", "ounces?|oz"),
)
"""What an amount of several parts is counted in, each kind from the largest down: no other order makes one amount."""
_IN_PARTS = tuple(
    re.compile(
        rf"(?<![\w.,-])(?={_COUNT}\b)"
        + "".join(rf"(?:(?:,?\sand\s|,?\s)?\b({_COUNT}[\s-](?:{unit})\b))?" for unit in kind),
        re.IGNORECASE,
    )
    for kind in _UNITS
)
_MONTH = "January|February|March|April|May|June|July|August|September|October|November|December"
_DATE = re.compile(
    rf"\b(?:\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?)?(?P<month>{_MONTH})\b"
    r"(?:\s+\d{1,2}(?:st|nd|rd|th)?(?![\d,]*\d))?(?:,?\s+[12]\d{3}\b)?"
)
_MARK_CHARACTERS = 5
"""Of the mark that an item begins with, which may be the end of a span in the middle."""
_PARTING = re.compile(r"\n\n| \| |\n[^\S\n]*(?:[-*\u2013\u2022]|\d{1,3}[.)])\s")
_ITEM = re.compile(r"\d{1,3}[.)](?=\s)")
_FIRST_WORD = re.compile(r"[^\W_]+(?=\s)")
_LAST_WORD = re.compile(r"(?<=\s)[^\W_]+$")


@dataclass(frozen=True, slots=True)
class Span:
    """From token `first` to token `last`, both included; a higher `score` is likelier than no answer."""

    first: int
    last: int
    score: float


def best_spans(start: Scores, end: Scores, first: int, last: int, limit: int) -> list[Span]:
    """The best spans between tokens `first` and `last` (included), best first, at most MAX_SPAN_TOKENS long each.

    `start` and `end` hold a score for each token; the sum of both at token 0 is the score of no answer, and is taken
    off, which is what makes scores of different passages comparable.
    """
    if last < first:
        return []
    starts = start[first : last + 1]
    ends = np.full(len(starts) + MAX_SPAN_TOKENS - 1, _IMPOSSIBLE, dtype=np.float32)
    ends[: len(starts)] = end[first : last + 1]
    scores = starts[:, None] + np.lib.stride_tricks.sliding_window_view(ends, MAX_SPAN_TOKENS)
    flat = scores.ravel() - np.float32(start[0] + end[0])
    best = np.argpartition(-flat, limit)[:limit] if limit < flat.size else np.arange(flat.size)
    best = best[np.lexsort((best, -flat[best]))]
    rows, widths = np.divmod(best[flat[best] > _IMPOSSIBLE / 2], MAX_SPAN_TOKENS)
    return [
        Span(first + int(row), first + int(row + width), float(flat[row * MAX_SPAN_TOKENS + width]))
        for row, width in zip(rows, widths, strict=True)
    ]


def tidy(text: str, start: int, end: int, *, whole_date: bool = False) -> tuple[int, int] | None:
    """The span of `text` grown to whole words, amounts and dates, without dangling marks and small words at its edges.

    A year, or a day, grows to its date only for `whole_date`: it may be all that is asked for. None if nothing is left
    that says anything.
    """
    while start > 0 and _within_word(text, start):
        start -= 1
    while end < len(text) and _within_word(text, end):
        end += 1
    while start < end:
        trimmed = _trim_words(text, *_trim_marks(text, start, end))
        if trimmed == (start, end):
            break
        start, end = trimmed
    start, end = _grown(text, start, end, whole_date=whole_date)
    says_something = any(character.isalnum() for character in text[start:end])
    return (start, end) if says_something and not _numbers_item(text, start, end) else None


def is_parted(text: str, start: int, end: int) -> bool:
    """Whether it goes on from a heading, a cell or an item of a list into what follows, which nobody says in one."""
    parting = _PARTING.search(text, start, end + _MARK_CHARACTERS)
    if parting and parting.start() < end:
        return True
    line = text.rfind("\n", 0, start) + 1
    return "\n" in text[start:end] and " | " in text[line : start + text[start:].find("\n")]


def _numbers_item(text: str, start: int, end: int) -> bool:
    """Whether it is but the number of a list's item."""
    line = text.rfind("\n", 0, start) + 1
    return not text[line:start].strip() and (item := _ITEM.match(text, start)) is not None and item.end() >= end


def _grown(text: str, start: int, end: int, *, whole_date: bool) -> tuple[int, int]:
    """A span that begins or ends within an amount, or within a date whose month it names, with the rest of it."""
    for first, last in _amounts(text):
        if first < end and start < last:
            start, end = min(start, first), max(end, last)
    for date in _dates(text):
        touched = whole_date and date.start() < end and start < date.end()
        if touched or (start <= date.start("month") and date.end("month") <= end):
            start, end = min(start, date.start()), max(end, date.end())
    return start, end


@lru_cache(maxsize=64)  # of a passage, many spans are tidied
def _amounts(text: str) -> tuple[tuple[int, int], ...]:
    in_parts = (match for kind in _IN_PARTS for match in kind.finditer(text) if _has_parts(match))
    return tuple(match.span() for match in (*_AMOUNT.finditer(text), *in_parts))


def _has_parts(amount: re.Match[str]) -> bool:
    return sum(part is not None for part in amount.groups()) > 1


@lru_cache(maxsize=64)
def _dates(text: str) -> tuple[re.Match[str], ...]:
    return tuple(_DATE.finditer(text))


def normalised(answer: str) -> str:
    """What two answers share when a person would call them the same: case, articles, marks and spaces set aside."""
    words = re.findall(r"\w+", answer.casefold())
    return " ".join(word for word in words if word not in ("the", "a", "an")) or answer.casefold()


def says(text: str, answer: str) -> bool:
    """Whether the text has the answer's words, as `normalised` has them, in a row."""
    return f" {normalised(answer)} " in f" {normalised(text)} "


def _within_word(text: str, position: int) -> bool:
    """Whether `position` would cut a word or a number in two."""
    before, after = text[position - 1], text[position]
    if before >= "⺀" or after >= "⺀":  # scripts that put no spaces between words
        return False
    if before.isalnum() and after.isalnum():
        return True
    return _is_decimal_mark(text, position - 1) or _is_decimal_mark(text, position)


def _is_decimal_mark(text: str, position: int) -> bool:
    around = text[max(0, position - 1) : position + 2]
    return len(around) == 3 and around[1] in ".,:" and around[0].isdigit() and around[2].isdigit()


def _trim_marks(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and (text[start].isspace() or _dangles_before(text[start:end])):
        start += 1
    while start < end and (text[end - 1].isspace() or _dangles_after(text[start:end])):
        end -= 1
    return start, end


def _dangles_before(span: str) -> bool:
    mark = span[0]
    if mark in _OPENING:
        return _CLOSING[_OPENING.index(mark)] not in span
    if mark in "\"'":
        return span.count(mark) % 2 == 1
    if mark == "." and span[1:2].isdigit():
        return False
    return mark in _LEADING_MARKS or (mark == "-" and not span[1:2].isdigit())


def _dangles_after(span: str) -> bool:
    mark = span[-1]
    if mark in _CLOSING:
        return _OPENING[_CLOSING.index(mark)] not in span
    if mark in "\"'":
        return span.count(mark) % 2 == 1
    if mark == ".":
        return not _ABBREVIATION.search(span)
    return mark in _TRAILING_MARKS


def _trim_words(text: str, start: int, end: int) -> tuple[int, int]:
    """Only words in lower case: `The Who` and `IT` are names."""
    leading, trailing = _FIRST_WORD.match(text, start, end), _LAST_WORD.search(text[start:end])
    if leading and leading.group() in _LEADING_WORDS:
        start = leading.end()
    elif trailing and trailing.group() in _TRAILING_WORDS:
        end = start + trailing.start()
    return start, end
