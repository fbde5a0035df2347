"""The days, months, years and parts of them that a text names. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SEASONS = {"spring": (3, 4, 5), "summer": (6, 7, 8), "autumn|fall": (9, 10, 11), "winter": (12, 1, 2)}
_PARTS = {
    "early(?: in)?|(?:beginning|start) of": (range(1, 5), range(1, 11)),
    "mid|middle": (range(5, 9), range(11, 21)),
    "late(?: in)?|end of": (range(9, 13), range(21, 32)),
    "first half|h1": (range(1, 7), range(1, 16)),
    "second half|h2": (range(7, 13), range(16, 32)),
    "first quarter|q1": (range(1, 4), ()),
    "second quarter|q2": (range(4, 7), ()),
    "third quarter|q3": (range(7, 10), ()),
    "(?:fourth|last) quarter|q4": (range(10, 13), ()),
} | {season: (months, ()) for season, months in _SEASONS.items()}
"""The months of a year, and the days of a month, that its parts have. Things can "start in 2025" at any time of it."""
_PART = rf"\b(?P<part>{'|'.join(_PARTS)})(?:[\s-]+(?:of|the))*[\s-]+"
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_YEAR = r"(?P<year>1[0-9]{3}|20[0-9]{2})"
_NUMBERED = r"(?P<day>[12][0-9]|3[01]|0?[1-9])(?:st|nd|rd|th)?"
_DAYS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b{_YEAR}-(?P<number>0[1-9]|1[0-2])-{_NUMBERED}\b",
        rf"\b{_NUMBERED}(?: of)? {_MONTH},?(?: {_YEAR}\b)?",
        rf"\b{_MONTH} {_NUMBERED}\b(?:,? {_YEAR}\b)?",
        rf"(?:{_PART})?\b{_MONTH},?(?: of)? {_YEAR}\b",
        rf"(?:{_PART}|(?<![\d,.$€£-])){_YEAR}(?![\d,.%-]*\d|%|\s*(?:million|billion|people|tonnes|km|miles))\b",
        rf"\b(?<!\w ){_MONTH}(?! \w)",
    )
)


@dataclass(frozen=True, slots=True)
class Day:
    """A day, month, year or part of one, as far as the text says which: the months and days that it may be."""

    years: frozenset[int] = frozenset()
    months: frozenset[int] = frozenset()
    days: frozenset[int] = frozenset()
    season: bool = False

    def fits(self, other: Day) -> bool:
        """Whether nothing that both say speaks against their being the same. "May 2024" fits "2024"."""
        return not any(mine.isdisjoint(theirs) for mine, theirs in self._shared(other))

    def shares(self, other: Day) -> bool:
        """Whether both say a year, a month or a day."""
        return bool(self._shared(other))

    def excludes(self, other: Day) -> bool:
        """Whether both cannot be right. In the south a spring has other months, so that no month excludes it."""
        if self.season != other.season:
            return not replace(self, months=frozenset()).fits(other)
        return not self.fits(other)

    def _shared(self, other: Day) -> list[tuple[frozenset[int], frozenset[int]]]:
        pairs = ((self.years, other.years), (self.months, other.months), (self.days, other.days))
        return [(mine, theirs) for mine, theirs in pairs if mine and theirs]


def days_in(text: str) -> tuple[frozenset[Day], str]:
    """The days, and the text without them."""
    found = []
    for pattern in _DAYS:
        found += [_day(match.groupdict()) for match in pattern.finditer(text)]
        text = pattern.sub(" ", text)
    return frozenset(found), text


def _day(said: dict[str, str | None]) -> Day:
    part, month, number = said.get("part"), said.get("month"), said.get("number")
    spelled = next((spelled for spelled in _PARTS if part and re.fullmatch(spelled, part, re.IGNORECASE)), "")
    months, days = (frozenset(one) for one in _PARTS.get(spelled, ((), ())))
    if month or number:
        months = frozenset({_MONTHS.index(month[:3].lower()) + 1 if month else int(number or 0)})
    else:
        days = frozenset()
    if day := said.get("day"):
        days = frozenset({int(day)})
    year = said.get("year")
    return Day(frozenset({int(year)} if year else ()), months, days, spelled in _SEASONS)
