"""What questions are made of: words that mean something, names, pronouns that point back. Pure."""

from __future__ import annotations

import re

from index.passages import sentences

_WORDS_BEFORE_PRONOUN = 2
_THIN_MAX_WORDS = 2
_STOP_WORD_LIST = """
    a about actually after again against all also am an and any are as at be because been before being best between
    both but by came can cause caused come comes coming cool could did different do does doing done during each else
    ever few for from gave get gets getting give given gives go goes going gone good got great had happen happened
    happening happens has have having he hear heard her here hers him his how i if in interesting into is it its
    just kind knew know known knows large like long look looking looks lot made main make makes many maybe me mean
    more most much my name need no not now of off often oh ok okay old on one ones only or other our out over own
    people please possible quite really said same say says seen she should show so some someone something sorry
    start still such sure take taken takes tell tells than thank thanks that the their theirs them then there these
    they thing things think thinks this those thought through to told too took true type types under until up us use
    used very want wanted wants was way ways we well went were what when where whether which while who whom whose
    why will with wonder wondering work would wow yeah yes you your
"""
_STOP_WORDS = frozenset(_STOP_WORD_LIST.split())
_IRREGULAR_LIST = """
    arise arisen arose awake awoke awoken beaten became become began begin begun bitten blown bound break breed bring
    broadcast broke broken brought build built burnt burst bought catch caught child children choose chose chosen cling
    clung creep crept dealt drank drawn dream dreamt drink drive driven drove drunk eaten fallen fight fling flown flung
    forbade forbid forbidden foresaw foresee foreseen forgave forget forgive forgiven forgot forgotten fought freeze
    froze frozen given grind ground grown heard hidden kneel knelt known knives leapt learnt lives meant mistake
    mistaken mistook overcame overcome oversaw oversee overseen overtake overtook people person proven ridden risen
    seeking seeks seek shake shaken shone shook shown shrank shrink shrunk slain sleep slept slide sling slung smelt
    sneak snuck sought speak speed spelt spend spent spill spilt spoil spoilt spoke spoken sprang spring sprung spun
    stand steal stick sting stink stole stolen stood stride strike string strive striven strode strove struck strung
    stuck stung stunk swear sweep swell swept swing swollen swore sworn swung taken taught teach teeth think thought
    threw throw thrown tooth tread trod trodden understand understood undertake undertaken undertook upheld uphold
    weave weep wept withdraw withdrawn withdrew withheld withhold withstand withstood woken woman women woven write
    written wrote
"""
IRREGULAR = frozenset(_IRREGULAR_LIST.split())
"""Words whose other forms no rule tells: "build" and "built", "woman" and "women". Those of five letters or more."""
_DATE_WORD_LIST = """
    january february march april may june july august september october november december
    monday tuesday wednesday thursday friday saturday sunday
"""
_DATE_WORDS = frozenset(_DATE_WORD_LIST.split())
_CONTRACTED = re.compile(r"(?:n['’]t|['’](?:m|ve|d|ll|re|s))$", re.IGNORECASE)  # noqa: RUF001 - both are typed
_REST = r"\w*(?:[&.-]+\w+)*(?:(?<=\.[A-Z])\.)?"
_NAME = re.compile(rf"\b[A-Z]{_REST}(?:\.?(?: (?:of|the|of the|for|and|de|al|bin))? [A-Z0-9]{_REST})*")
_OPENING = re.compile(r"\W*(\w+)")
_WORD = re.compile(r"\w[\w'’.-]*\w|\w")  # noqa: RUF001
_PRONOUN = re.compile(
    r"\b(?:(?P<owner>its|his|their|her(?= \w))|he|him|she|hers?|they|(?<!of )(?<!among )them"
    r"|it(?! (?:takes?|took|means?|true|possible|likely|rains?|snows?)\b))\b",
    re.IGNORECASE,
)
_AUXILIARY = r"is|was|are|were|do|does|did|has|had|can|could|will|would|should"
_POINTS_BACK = re.compile(
    rf"^(?:and|but|so)\b|\b(?:of|among) them\b|\b(?:{_AUXILIARY}) (?:this|that)\b"
    r"|\b(?:this|that|those|there)[\s?.!]*$",
    re.IGNORECASE,
)
_PREPOSITION = r"in|at|on|for|of|by|from|to|with|during|after|before"
_ASKS = re.compile(rf"^(?:(?:{_PREPOSITION}) )?(?:who|whom|whose|what|when|where|which|why|how|{_AUXILIARY})\b", re.I)
_ELLIPSIS = re.compile(
    rf"^(?:(?:and|but|so|ok|okay),? )?(?:(?:what|how) about|and|or|but) "
    rf"(?P<rest>(?:(?P<preposition>{_PREPOSITION}) )?(?P<new>[^?]+?))\s*\?*$",
    re.IGNORECASE,
)
_ASKS_ABOUT = re.compile(r"\b(?:who|whom|whose|what|when|where|which|why|how)\b", re.I)
_YES_NO_OR_CHOICE = re.compile(rf"^\W*(?:{_AUXILIARY}|have|may|might|must)\b|\bor\b", re.I)
_INTRODUCTION = re.compile(
    r"^(?:tell me (?:more )?about|(?:what|who)(?:'s| is| are| was| were)|describe|define) (?!the\b)(?P<topic>.+)", re.I
)


def meaning(text: str) -> list[str]:
    """The words that say what a text is about, in order."""
    return [word for word in _WORD.findall(text) if not is_empty(word)]


def is_empty(word: str) -> bool:
    """Whether it is one of those that any question may have, contracted or not."""
    return word.lower() in _STOP_WORDS or _CONTRACTED.sub("", word.lower()) in _STOP_WORDS


def runs(text: str) -> list[list[str]]:
    """The stretches of adjacent words that mean something."""
    found: list[list[str]] = [[]]
    for word in _WORD.findall(text):
        if is_empty(word):
            found.append([])
        else:
            found[-1].append(word)
    return [run for run in found if run]


def names(text: str) -> list[re.Match[str]]:
    """Runs of capitalised words of one sentence, without the "Did" or "What" that opens it, and without dates."""
    runs = (run for start, end in sentences(text) for run in _NAME.finditer(text, _opened(text, start, end), end))
    return [run for run in runs if _is_name(run.group().split())]


def _opened(text: str, start: int, end: int) -> int:
    """Where a sentence's first word ends that any sentence may have; its start where it has none."""
    opening = _OPENING.match(text, start, end)
    return opening.end() if opening and is_empty(opening[1]) else start


def _is_name(words: list[str]) -> bool:
    return words[0].lower() not in _DATE_WORDS and not all(map(is_empty, words))


def is_open(question: str) -> bool:
    """Whether it asks for something that it does not name itself, as yes-or-no questions and choices do."""
    return _ASKS_ABOUT.search(question) is not None and _YES_NO_OR_CHOICE.search(question) is None


def open_pronoun(question: str) -> re.Match[str] | None:
    """The first pronoun, unless its own question seems to say before it whom or what it stands for."""
    pronoun = _PRONOUN.search(question)
    if pronoun is None:
        return None
    before = question[: pronoun.start()]
    allowed = 0 if pronoun["owner"] else _WORDS_BEFORE_PRONOUN
    return pronoun if len(meaning(before)) <= allowed and not names(before) else None


def introduced(question: str) -> str | None:
    """The topic of "What is ...?" and "Tell me about ..."; None where a question introduces none."""
    introduction = _INTRODUCTION.match(question)
    return introduction["topic"] if introduction else None


def left_out(question: str) -> re.Match[str] | None:
    """ "And in Syria?", with its parts `rest`, `preposition` and `new`; None where a question asks for itself."""
    ellipsis = _ELLIPSIS.match(question)
    return ellipsis if ellipsis and not _ASKS.match(ellipsis["rest"]) else None


def points_back(question: str) -> bool:
    """Whether it says "and", "of them" or "there" of something before it."""
    return _POINTS_BACK.search(question) is not None


def is_thin(question: str) -> bool:
    """Whether it has too few words to have a subject of its own."""
    return len(meaning(question)) <= _THIN_MAX_WORDS and not introduced(question) and not names(question)
