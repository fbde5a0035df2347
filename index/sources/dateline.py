"""The day that stands in a line of its own above a text: `12 May 2023`, `Published: 2023-05-12`, `By Ann Bell, ...`.

Whole days only, in ISO 8601 or written out in English. What stands in a sentence is none.
"""

from __future__ import annotations

import re
from datetime import date

from index.sources.drafts import parse_date

MAX_CHARACTERS = 200
"""Of a paragraph that may be one."""

_MONTH = (
    "(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec)\b\.?"
)
_NUMBER = r"\d{1,2}(?:st|nd|rd|th)?"
_WRITTEN = rf"(?:[a-z]{{3,6}}day,? )?(?P<written>(?:{_NUMBER} {_MONTH}|{_MONTH} {_NUMBER}),? \d{{4}})"
_ISO = r"(?P<iso>\d{4}-\d\d-\d\d)(?:[t ]\d\d:\d\d\S*)?"
_LABEL = r"(?:(?:first )?(?:published|posted|released)(?: on)?:?|(?:publication )?date:) "
_NAME = r"[^\W\d_a-z][\w.'\u2019-]*"
_WRITER = rf"(?i:by) {_NAME}(?:,? (?:{_NAME}|and|&|de|del|der|di|for|la|of|the|van|von))*"
_BYLINE = re.compile(_WRITER)
_DATELINE = re.compile(rf"(?:(?i:{_LABEL})|{_WRITER}(?:,| [|·\u2013\u2014-])?(?: on)? )?(?i:{_WRITTEN}|{_ISO})")


def stated_day(text: str) -> date | None:
    """The day that the first paragraph states, or the second one under who wrote it; None where either says more.

    None, too, where other paragraphs are days, as in a diary.
    """
    paragraphs = text.strip().split("\n\n")
    is_signed = all(map(_BYLINE.fullmatch, _lines(paragraphs[0])))
    is_above = _day(paragraphs[0]) or (is_signed and _day("".join(paragraphs[1:2])))
    days = {day for one in paragraphs if (day := _day(one))} if is_above else set()
    return days.pop() if len(days) == 1 else None


def _day(paragraph: str) -> date | None:
    """The day in a paragraph of which every line is a day or says who wrote it."""
    found = [_DATELINE.fullmatch(line) or _BYLINE.fullmatch(line) for line in _lines(paragraph)]
    stated = [one for one in found if one and one.re is _DATELINE]
    return parse_date(stated[0]["iso"] or stated[0]["written"]) if stated and all(found) else None


def _lines(paragraph: str) -> list[str]:
    """Its lines, without marks of emphasis; none of one that is too long."""
    lines = paragraph.splitlines() if len(paragraph) <= MAX_CHARACTERS else []
    return [" ".join(line.split()).strip("*_ ") for line in lines] or [""]
