"""What can be compared exactly between a claim and what it cites: numbers, names, negation and words. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

_UNITS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
# "One" and "zero" are seldom counts: "one of them", "ground zero".
_SMALL = {word: value for value, word in enumerate(_UNITS) if value > 1} | {
    word: 10 * ten for ten, word in enumerate(_TENS, start=2)
}
_SCALES = {
    "hundred": 10**2, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12,
    "k": 10**3, "m": 10**6, "mn": 10**6, "bn": 10**9, "tn": 10**12,
}  # fmt: skip
_SCALE = "|".join(sorted(_SCALES, key=len, reverse=True))
_DIGITS = re.compile(
    rf"(?<![\w.])(?P<whole>\d{{1,3}}(?:,\d{{3}})+|\d{{1,30}})(?P<part>\.\d{{1,30}})?"
    rf"(?:st|nd|rd|th)?(?:[\s-]?(?P<scale>{_SCALE})\b)?",
    re.IGNORECASE,
)
_SPELLED = re.compile(
    rf"\b(?:(?P<ten>{'|'.join(_TENS)})(?:[\s-](?P<unit>{'|'.join(_UNITS[1:10])}))?"
    rf"|(?P<small>{'|'.join(_UNITS[2:])})|(?P<a>an?|one)(?=\s(?:hundred|thousand|million|billion)))\b"
    rf"(?:[\s-](?P<scale>hundred|thousand|million|billion|trillion)\b)?",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"\b(?:about|around|roughly|approximately|nearly|almost|some|over|under|(?:more|less|fewer) than|at least|up to)"
    r"\s+[$€£]?$",
    re.IGNORECASE,
)
_MINUS = re.compile(r"(?:\bminus\s+|(?<![^\s(\[\"'$€£¥])(?<!\d\s)[-\u2212])[$€£¥]?$", re.IGNORECASE)
"""What makes a number negative; elsewhere, as in "5-10" and "2 -1", a hyphen joins or parts."""
_BELOW_ZERO = re.compile(r"\s?(?:°|degrees?)?(?:\s?(?:c|celsius|f|fahrenheit))?\s+below\s+zero\b", re.IGNORECASE)
_ROUNDING = Decimal("0.05")
WORD = re.compile(r"[^\W_]+(?:['’.&-][^\W_]+)*")  # noqa: RUF001 - both apostrophes are typed
_POSSESSIVE = re.compile(r"['’]s?$")  # noqa: RUF001
_NEGATION = re.compile(r"\b(?:not|no|never|none|nor|neither|cannot|without)\b|n['’]t\b", re.IGNORECASE)  # noqa: RUF001
_DENIED_WORDS = 6
_CLAUSE_END = re.compile(r"[.;:!?,]|\b(?:but|although)\b", re.IGNORECASE)
_CAPITAL = r"[A-Z0-9][\w.&-]*(?<!\.)"
_LINKS = frozenset("of the de von van".split())  # noqa: SIM905
_COMPOUND = re.compile(rf"{_CAPITAL}(?: (?:(?:{'|'.join(sorted(_LINKS))}) )*{_CAPITAL})+|\d+(?:[-/]\d+)+")
_PART = re.compile(r"[^\W_]+(?:[.&][^\W_]+)*")
_BETWEEN = 2
_OPENING = re.compile(r"(?:^|[.!?:]\s+)[\"'“‘(\[]*$")  # noqa: RUF001
_STOP_WORD_LIST = """
    a about after against all also although am among an and any are as at be because been before being between both
    but by can could did do does during each either for from had has have he her here hers him his how however i if in
    into is it its itself may might more most much must near of off on once only or other our out over own per said same
    she should since so some such than that the their them then there these they this those though through to too under
    until up upon us was we were what when where whether which while who whom whose why will with would yes you your not
    no never none nor neither cannot without according additionally
"""
_HEDGES = frozenset("above almost approximately around barely below fewer least less nearly past roughly".split())  # noqa: SIM905
_STOP_WORDS = frozenset(_STOP_WORD_LIST.split())


@dataclass(frozen=True, slots=True)
class Number:
    """A quantity, year or day; `about` where the text says that it is rounded."""

    value: Decimal
    about: bool = False

    def is_in(self, others: frozenset[Number]) -> bool:
        """Whether one of the others is this number, or, if this one is rounded, close to it."""
        slack = abs(self.value) * _ROUNDING if self.about else Decimal(0)
        return any(abs(other.value - self.value) <= slack for other in others)


def numbers(text: str) -> frozenset[Number]:
    """Every number, in digits or spelled: "3,000", "2.5 million", "twenty-one", "50th", each part of "24-10"."""
    text = unicodedata.normalize("NFKC", text)
    found = [_of_digits(match) for match in _DIGITS.finditer(text)]
    found += [_of_words(match) for match in _SPELLED.finditer(text)]
    return frozenset(number for number in found if number is not None)


def _of_digits(match: re.Match[str]) -> Number | None:
    try:
        value = Decimal(match["whole"].replace(",", "") + (match["part"] or ""))
    except InvalidOperation:  # digits of scripts that Decimal does not read
        return None
    return _number(match, value)


def _of_words(match: re.Match[str]) -> Number:
    unit = _UNITS.index(match["unit"].lower()) if match["unit"] else 0
    return _number(match, Decimal(1 if match["a"] else _SMALL[(match["ten"] or match["small"]).lower()] + unit))


def _number(match: re.Match[str], value: Decimal) -> Number:
    """What the text says there: the value with its scale and sign, and whether it is rounded."""
    text, start = match.string, match.start()
    minus = _MINUS.search(text, max(0, start - 10), start)
    begins = minus.start() if minus else start
    sign = -1 if minus or _BELOW_ZERO.match(text, match.end()) else 1
    about = _ABOUT.search(text, max(0, begins - 20), begins) is not None
    return Number((sign * value * _SCALES.get((match["scale"] or "").lower(), 1)).normalize(), about)


def says(text: str, answer: str) -> bool:
    """Whether a text has every word and number of a short answer; "at least" and its like may be lacking."""
    there, spelled = numbers(text), {word for word in words(answer) if not word.isdecimal()}
    return spelled - _HEDGES <= words(text) and all(number.is_in(there) for number in numbers(answer))


def names(text: str) -> frozenset[str]:
    """The words of names, months and weekdays, folded; the word that opens a sentence is not taken for one."""
    found = set()
    for match in WORD.finditer(text):
        word = match.group()
        opens = _OPENING.search(text[max(0, match.start() - 8) : match.start()]) is not None
        if word[0].isupper() and folded(word) not in _STOP_WORDS and not (opens and word[1:].islower()):
            found.add(folded(word))
    return frozenset(found)


def words(text: str) -> frozenset[str]:
    """The words that carry meaning, folded; a compound counts as itself and as its parts."""
    found = set()
    for match in WORD.finditer(text):
        whole = folded(match.group())
        found |= {whole, *(part for part in re.split(r"[.&-]", whole) if part)}
    return frozenset(found - _STOP_WORDS)


def stems(text: str) -> frozenset[str]:
    """The words without their endings, roughly: "controls" and "controlled" share theirs."""
    return frozenset(map(stem, words(text)))


def stem(word: str) -> str:
    """A folded word without its ending."""
    return word[:5] if len(word) > 5 else word.removesuffix("s")


def initials(text: str) -> frozenset[str]:
    """What the runs of capitalised words abbreviate to: "un" of "United Nations"."""
    runs = re.findall(r"\b[A-Z]\w*(?:\s+(?:(?:of|the|and|for)\s+)*[A-Z]\w*)+", text)
    letters = [[word[0] for word in run.split() if word[0].isupper()] for run in runs]
    return frozenset(
        "".join(run[start:end]).casefold()
        for run in (letters_of[:12] for letters_of in letters)
        for start in range(len(run))
        for end in range(start + 2, len(run) + 1)
    )


def compounds(text: str) -> list[tuple[str, ...]]:
    """The names of several words, folded, and numbers in or joined to them: "Saturn V", "June 1978", "8-4-4".

    A capitalised word of little meaning that opens one is left out: "The Saturn V".
    """
    found = []
    for match in _COMPOUND.finditer(_plain(text)):
        parts = _parts(match.group())
        while parts and parts[0] in _STOP_WORDS:
            parts.pop(0)
        if len(parts) > 1:
            found.append(tuple(parts))
    return found


def has_compound(text: str, compound: tuple[str, ...]) -> bool:
    """Whether its words stand in the text in this order, with few others between them."""
    there = _parts(_plain(text))
    for first in (at for at, word in enumerate(there) if word == compound[0]):
        nearby = iter(there[first + 1 : first + len(compound) + _BETWEEN])
        if all(word in nearby for word in compound[1:]):
            return True
    return False


def _parts(text: str) -> list[str]:
    return [part for part in map(folded, _PART.findall(text)) if part not in _LINKS]


def _plain(text: str) -> str:
    """Without accents, and every dash a hyphen."""
    text = re.sub(r"[\u2010-\u2015]", "-", unicodedata.normalize("NFKD", text))
    return re.sub(r"[^\x00-\x7f]", lambda found: "" if unicodedata.combining(found[0]) else found[0], text)


def denied(text: str) -> frozenset[str]:
    """The stems of what is denied: of the words after each negation, up to the end of its clause."""
    found: frozenset[str] = frozenset()
    for match in _NEGATION.finditer(text):
        clause = _CLAUSE_END.split(text[match.end() :], maxsplit=1)[0]
        found |= stems(" ".join(WORD.findall(clause)[:_DENIED_WORDS]))
    return found


def is_negated(text: str) -> bool:
    """Whether something is denied in so many words."""
    return _NEGATION.search(text) is not None


def folded(text: str) -> str:
    """A word, or a text, without case, accents and a possessive ending."""
    return _plain(_POSSESSIVE.sub("", text)).casefold()
