"""The lines above a text that say who wrote it and when: `12 May 2023`, `Published: 2023-05-12`, `By Ann Bell, ...`.

Whole days only, in ISO 8601 or written out in English. What stands in a sentence is none, but for how a wire story
opens: `VELT, 12 May 2023 (Example Wire) - `.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from index.sources.drafts import Draft, parse_date

MAX_CHARACTERS = 200
"""Of a line that may be one."""

_MAX_LINES = 5
_MONTH = (
    "(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec)\b\.?"
)
_NUMBER = r"\d{1,2}(?:st|nd|rd|th)?"
_WRITTEN = rf"(?:[a-z]{{3,6}}day,? )?(?P<written>(?:{_NUMBER} {_MONTH}|{_MONTH} {_NUMBER}),? \d{{4}})"
_ISO = r"(?P<iso>\d{4}-\d\d-\d\d)(?:[t ]\d\d:\d\d\S*)?"
_LABEL = r"(?:(?:first )?(?:published|posted|released)(?: on)?:?|(?:publication )?date:) "
_NAME = r"[^\W\d_a-z][\w.'\u2019-]*"
_NAMES = rf"{_NAME}(?:,? (?:{_NAME}|and|&|de|del|der|di|for|la|of|the|van|von))*"
_OUTLET = (
    rf"(?:{_NAME} ){{1,4}}(?:Agency|Chronicle|Courier|Gazette|Guardian|Herald|Journal|Mail|News|Observer|Post|Press"
    r"|Review|Telegraph|Times|Tribune|Wire)"
)
"""Known by its last word: `Paris, 12 May 2023` is as likely where and when something happened."""
_WRITER = rf"(?i:by) (?P<author>{_NAMES})"
_TO_READ = r"(?:[ |\u00b7\u2013\u2014-]+\d+[ -]min(?:ute)?s? read)?"
_BYLINE = re.compile(_WRITER + _TO_READ)
_DATELINE = re.compile(
    rf"(?:(?i:{_LABEL})|(?:{_WRITER}|(?P<outlet>{_OUTLET}))(?:,| [|\u00b7\u2013\u2014-])?(?: on)? )?"
    rf"(?i:{_WRITTEN}|{_ISO}){_TO_READ}"
)
_WIRED = re.compile(
    rf"^[^\W\d_a-z](?:[^\W\d_a-z]|[.,' -]){{1,40}}, (?i:{_WRITTEN}|{_ISO}) "
    r"\((?P<outlet>[^()\n]{2,60})\) ?[-\u2013\u2014]",
    re.MULTILINE,
)
_SIGNED = re.compile(rf"(?P<author>.+), (?P<outlet>{_OUTLET})")
_GOES_ON = re.compile(r".*\b(?:a|an|and|at|before|after|by|for|from|in|of|on|since|the|to|until)", re.IGNORECASE)


def without_byline(draft: Draft) -> Draft:
    """What the lines above its text say is put into the fields that are empty, and those lines are left out.

    Nothing is done where other lines are days, as in a diary, and where nothing else is there.
    """
    text = draft.text.strip()
    lines, rest = split_byline(text)
    found = lines or [one for one in [_WIRED.match(text)] if one]
    days = {day for one in (*found, *_WIRED.finditer(text)) if (day := _day(one))}
    if not found or len(days) > 1:
        return draft
    author, outlet = (_stated(found, name) for name in ("author", "outlet"))
    if author and not outlet and (signed := _SIGNED.fullmatch(author)):
        author, outlet = signed["author"], signed["outlet"]
    return replace(
        draft,
        text=rest,
        published=draft.published or next(iter(days), None),
        author=draft.author or author,
        outlet=draft.outlet or outlet,
    )


def split_byline(text: str) -> tuple[list[re.Match[str]], str]:
    """The lines that open the text and say who wrote it or when, and what follows; none where one can't be sure."""
    lines = text.split("\n")
    found: list[re.Match[str]] = []
    last = 0
    for number, line in enumerate(lines):
        if not line.strip():
            continue
        if len(found) == _MAX_LINES or not (one := _match(line)):
            break
        found.append(one)
        last = number + 1
    rest = "\n".join(lines[last:])
    is_sure = _is_sure(found, rest) and len({*_days(found), *_days(filter(None, map(_match, set(lines[last:]))))}) < 2
    return (found, rest.strip()) if is_sure else ([], text)


def goes_on(line: str) -> bool:
    """Whether a line ends amid a sentence, so that a day under it is part of that."""
    return _GOES_ON.fullmatch(line) is not None


def _is_sure(found: list[re.Match[str]], rest: str) -> bool:
    """A blank line tells them from the text; without one, a day does, where a sentence begins under it."""
    if not found or not rest.strip():
        return False
    if not any(_days(found)):
        return rest.startswith("\n") and all(" " in one["author"] for one in found)
    return rest.startswith("\n") or not rest[0].islower()


def _match(line: str) -> re.Match[str] | None:
    """A line, without marks of emphasis, that says nothing but who wrote it, or the day."""
    if len(line) > MAX_CHARACTERS:
        return None
    plain = " ".join(line.split()).strip("*_ ")
    dated = _DATELINE.fullmatch(plain)
    return dated if dated and _day(dated) else _BYLINE.fullmatch(plain)


def _days(found: Iterator[re.Match[str]] | list[re.Match[str]]) -> Iterator[date]:
    return (day for one in found if (day := _day(one)))


def _day(one: re.Match[str]) -> date | None:
    stated = one.groupdict()
    return parse_date(stated.get("iso") or stated.get("written"))


def _stated(found: list[re.Match[str]], name: str) -> str | None:
    return next((stated for one in found if (stated := one.groupdict().get(name))), None)
