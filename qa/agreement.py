"""Do two short answers say the same, or something else? Pure.

"5,900" and "about 5,914", "March 4" and "4 March 2024", "Biden" and "President Joe Biden" are one answer written in two
ways. Two numbers of one unit, two days or two names that cannot both be right differ. Anything else is not comparable:
nothing is said of it, since to call what agrees a disagreement is worse than to overlook one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from qa.days import Day, days_in
from qa.facts import Number, folded, initials, is_negated, numbers, words

Relation = Literal["agree", "differ", "apart"]
Kind = Literal["number", "day", "name", "words"]

_CURRENCIES = {
    "dollar": "$ dollar usd aud cad nzd",
    "euro": "€ euro eur",
    "pound": "£ pound gbp sterling",
    "yen": "¥ yen jpy",
    "yuan": "¥ yuan renminbi rmb cny",
    "crown": "crown kr krona kronor krone kroner koruna sek nok dkk czk isk",
    "rupee": "₹ rupee inr",
    "rouble": "₽ rouble ruble rub",
    "franc": "franc chf",
    "real": "r$ reais brl",
    "lira": "₺ lira lire",
    "zloty": "zloty złoty zlotys pln",
    "won": "₩ krw",
    "shekel": "₪ shekel ils",
    "hryvnia": "₴ hryvnia uah",
    "naira": "₦ naira ngn",
    "rand": "rand zar",
    "peso": "peso mxn",
    "riyal": "riyal rial sar",
} | {word: word for word in "shilling dirham dinar baht rupiah ringgit forint taka".split()}  # noqa: SIM905
_MONEY_WORDS = "|".join(word for spelled in _CURRENCIES.values() for word in spelled.split() if word.isalpha())
_MONEY = re.compile(rf"\br\$|[$€£¥₹₽₺₩₪₴₦]|(?:(?<=\d )|(?<=illion ))won\b|\b(?:{_MONEY_WORDS})(?=s?\b)", re.IGNORECASE)
"""Won is money after a number only: who won?"""
_UNITS = {
    "percent": "% percent percentage",
    "metre": "metre meter m",
    "km": "km kilometre kilometer",
    "mile": "mile",
    "foot": "foot feet ft",
    "kg": "kg kilogram kilo",
    "tonne": "tonne ton",
    "pound": "pound lb",
    "celsius": "°c c celsius",
    "fahrenheit": "°f f fahrenheit",
} | {word: word for word in "second minute hour day week month year decade century degree".split()}  # noqa: SIM905
_UNIT_OF = {word: unit for unit, spelled in _UNITS.items() for word in spelled.split()}
_UNIT = re.compile(r"%|°[cf]|per\s+cent|(?!(?<=\d)m\b)[a-z]+", re.IGNORECASE)
"""The m of "5m" is no unit: it may as well stand for millions."""
_COUNTED = "|".join(["person", "man", "woman", "child", *(word for word in _UNIT_OF if len(word) > 2)])
_ONE = re.compile(rf"(?<!\w-)(?<!\bno )\b[Oo]ne(?= (?:{_COUNTED})\b)")
"""One is a count before what is counted; elsewhere it may be "one of them", or a name's: "One Day"."""
_AT_LEAST = re.compile(r"\b(?:over|more than|at least|above|exceed\w*|upwards? of|past)\b", re.IGNORECASE)
_AT_MOST = re.compile(r"\b(?:under|less than|fewer than|at most|up to|below|nearly|almost|barely)\b", re.IGNORECASE)
HEDGE = re.compile(
    r"\b(?:about|around|roughly|approximately|some|nearly|almost|barely|over|above|past|under|below|up to"
    r"|at (?:least|most)|(?:more|less|fewer) than)\s+[$€£]?$",
    re.IGNORECASE,
)
"""What stands before a number that is not meant exactly."""
_OTHER_PLACE = frozenset("south north east west central new equatorial papua".split())  # noqa: SIM905
"""Words that make another place of a place: South Sudan is not Sudan."""
_CLOSE = Decimal("0.1")
"""How far above "more than 5,000" a number may be, as a share, to be what was meant."""
_USA = re.compile(
    r"\b(?:United States(?: of America)?|(?:(?<!\w )|(?<=\bthe )|(?<=\bin ))America|U\.S(?:\.A)?\.?|USA?)(?!\.?\w)"
)
"""The one name that is written in ways of which no rule tells; nor is South America meant, or the word "us"."""
_POINT = re.compile(r"\d\.\d")
_SHARED = 0.5
_TITLES = frozenset("mr mrs ms dr sir president minister prime king queen general professor chief senator pope".split())  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class Said:
    """What there is to compare in an answer."""

    kind: Kind
    words: frozenset[str]
    numbers: frozenset[Number]
    days: frozenset[Day]
    unit: str
    currencies: frozenset[str]
    initials: frozenset[str]
    text: str


def compare(one: str, other: str) -> Relation:
    """How two answers to the same question stand to each other. Symmetric; every answer agrees with itself."""
    a, b = said(one), said(other)
    if "words" in (a.kind, b.kind) and is_negated(one) != is_negated(other):
        return "apart"
    if a.words == b.words and a.numbers == b.numbers and a.days == b.days:
        return "differ" if _other_money(a, b) else "agree"
    if a.words & b.words and frozenset() < a.words ^ b.words <= _OTHER_PLACE:
        return "apart"
    if a.kind != b.kind:
        return "agree" if _names_agree(a, b) and "words" in (a.kind, b.kind) else "apart"
    match a.kind:
        case "number":
            return _numbers_compared(a, b)
        case "day":
            return _days_compared(a, b)
        case "name":
            return "agree" if _names_agree(a, b) else "differ"
        case "words":
            return "agree" if _names_agree(a, b) else "apart"


@lru_cache(maxsize=4096)
def said(answer: str) -> Said:
    """What an answer says, taken apart."""
    answer = _USA.sub("USA", answer)
    days, rest = days_in(answer)
    rest = _ONE.sub("1", rest)
    found = numbers(rest)
    kind: Kind = "day" if days else "number" if found else "name" if _is_name(answer) else "words"
    spelled = words(answer) - _TITLES
    spelled |= {word.replace(".", "") for word in spelled}  # U.K.
    return Said(kind, spelled, found, days, _unit_of(rest), _currencies(rest), initials(answer), answer)


def _numbers_compared(a: Said, b: Said) -> Relation:
    same_unit = a.unit == b.unit or bool(a.currencies and b.currencies)
    if a.unit and b.unit and not same_unit:
        return "apart"
    fewer, more = sorted((a, b), key=lambda one: len(one.numbers))
    if not _other_money(a, b) and all(
        any(_close(one, fewer.text, other, more.text) for other in more.numbers) for one in fewer.numbers
    ):
        return "agree"
    # Lists and ranges of other lengths are other things, not other values of the same.
    return "differ" if same_unit and len(a.numbers) == len(b.numbers) else "apart"


def _close(one: Number, text: str, other: Number, other_text: str) -> bool:
    if one.value == other.value or one.is_in(frozenset({other})) or other.is_in(frozenset({one})):
        return True
    if _rounds_to(one.value, other.value, other_text) or _rounds_to(other.value, one.value, text):
        return True
    return _bounds(one.value, text, other.value) or _bounds(other.value, other_text, one.value)


def _rounds_to(exact: Decimal, rounded: Decimal, text: str) -> bool:
    """Whether `rounded` is `exact` written with fewer digits, two at the least.

    What lies half way, such as 24,500, is itself a round number and another one than 25,000; but 1.25 is 1.3.
    """
    exponent = rounded.normalize().as_tuple().exponent
    if not exact or not isinstance(exponent, int):
        return False
    apart, step = 2 * abs(exact - rounded), Decimal(10) ** min(exponent, exact.adjusted() - 1)
    return apart < step or (apart == step and _POINT.search(text) is not None)


def _bounds(bound: Decimal, text: str, value: Decimal) -> bool:
    """Whether `value` is what "more than" or "less than" `bound` may have meant."""
    slack = abs(bound) * _CLOSE
    if _AT_LEAST.search(text) and bound <= value <= bound + slack:
        return True
    return _AT_MOST.search(text) is not None and bound - slack <= value <= bound


def _days_compared(a: Said, b: Said) -> Relation:
    if any(mine.fits(theirs) and mine.shares(theirs) for mine in a.days for theirs in b.days):
        return "agree"
    single = len(a.days) == len(b.days) == 1
    return "differ" if single and next(iter(a.days)).excludes(next(iter(b.days))) else "apart"


def _unit_of(text: str) -> str:
    if any(found.lower() != "pound" for found in _MONEY.findall(text)):  # a pound may be a weight
        return "money"
    for word in _UNIT.findall(text):
        spelled = "".join(word.lower().split())
        if unit := _UNIT_OF.get(spelled) or _UNIT_OF.get(spelled.removesuffix("s")):
            return unit
    return ""


def _currencies(text: str) -> frozenset[str]:
    """What money it may be: a sign can stand for several."""
    found = {word.lower() for word in _MONEY.findall(text)}
    return frozenset(one for one, spelled in _CURRENCIES.items() if found & {one, *spelled.split()})


def _other_money(a: Said, b: Said) -> bool:
    return bool(a.currencies and b.currencies) and not a.currencies & b.currencies


def _is_name(answer: str) -> bool:
    """Whether most of its words that carry meaning are written as names are."""
    spelled = [word for word in re.findall(r"[^\W\d_][\w'’.&-]*", answer) if words(word)]  # noqa: RUF001
    return bool(spelled) and 2 * sum(word[0].isupper() for word in spelled) > len(spelled)


def _names_agree(a: Said, b: Said) -> bool:
    """One is the other with more said of it, its initials, or most of the words of both are the same."""
    if not a.words or not b.words:
        return folded(a.text) == folded(b.text)
    if a.words <= b.words or b.words <= a.words:
        return True
    if a.words & b.initials or b.words & a.initials:
        return True
    return 2 * len(a.words & b.words) / (len(a.words) + len(b.words)) > _SHARED
