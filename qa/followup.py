"""From a follow-up to a question that stands alone, with no model: a few conservative rules. Pure.

A pronoun that nothing before it in its own question explains takes the last answer, where that is a name, or the topic
of the last question: "Who leads it?" becomes "Who leads the Haqqani Network?". "And in Syria?" asks the last question
again with the new name in the old one's place. A bare "Why?", and a question too thin to have a topic of its own
("How many were injured?"), are given the last question's words. Everything else is left exactly as it was asked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.question import MAX_CHARACTERS
from qa.types import Turn

_TURNS_LOOKED_AT = 6
_NAME_MAX_WORDS = 6
_THIN_MAX_WORDS = 2
_WORDS_BEFORE_PRONOUN = 2
_CARRIED_MAX_WORDS = 8

_STOP_WORD_LIST = """
    a about after again against all also am an and any are as at be because been before being best between both but by
    can cause caused come could did different do does doing done during each ever few for from get give go good had
    happen happened has have having he her here hers him his how i if in into is it its just kind know large like long
    look made main make many me mean more most much my name no not now of off often ok okay old on one ones only or
    other our out over own people please possible really said same say she should show so some start still such take
    tell than that the their theirs them then there these they thing things think this those through to too took true
    type types under until up us use used very want was way ways we well were what when where whether which while who
    whom whose why will with work would yes you your
"""
_STOP_WORDS = frozenset(_STOP_WORD_LIST.split())
_DATE_WORD_LIST = """
    january february march april may june july august september october november december
    monday tuesday wednesday thursday friday saturday sunday
"""
_DATE_WORDS = frozenset(_DATE_WORD_LIST.split())
_NAME = re.compile(r"\b[A-Z][\w&.-]*(?:(?: (?:of|the|of the|for|and|de|al|bin))? [A-Z0-9][\w&.-]*)*")
_WORD = re.compile(r"\w[\w'’.-]*\w|\w")  # noqa: RUF001 - both apostrophes are typed
_AUXILIARY = r"is|was|are|were|do|does|did|has|had|can|could|will|would|should"
_PRONOUN = re.compile(
    r"\b(?:(?P<owner>its|his|their|her(?= \w))|he|him|she|hers?|they|(?<!of )(?<!among )them"
    r"|it(?! (?:takes?|took|true|possible|likely|rains?|snows?)\b))\b",
    re.IGNORECASE,
)
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
_INTRODUCTION = re.compile(
    r"^(?:tell me (?:more )?about|(?:what|who)(?:'s| is| are| was| were)|describe|define) (?!the\b)(?P<topic>.+)", re.I
)


def rewrite(question: str, history: Sequence[Turn]) -> str:
    """The question with what it takes from the conversation put in; the very same text where it takes nothing."""
    last, topic = "", ""
    for turn in history[-_TURNS_LOOKED_AT:]:
        last = _stand_alone(turn.question, last, topic)
        topic = _next_topic(turn, last, topic)
    return _stand_alone(question, last, topic)


def _stand_alone(question: str, last: str, topic: str) -> str:
    completed = _complete(question, last, topic) if last else question
    return completed if len(completed) <= MAX_CHARACTERS else question


def _complete(question: str, last: str, topic: str) -> str:
    ellipsis = _ELLIPSIS.match(question)
    if ellipsis and not _ASKS.match(ellipsis["rest"]):
        return _ask_again(last, ellipsis)
    pronoun = _open_pronoun(question)
    if pronoun:
        return _put_in(question, pronoun, topic)
    if _POINTS_BACK.search(question) or _is_thin(question):
        return f"{question.rstrip(' ?.!')} ({' '.join(_meaning(last)[:_CARRIED_MAX_WORDS])})?"
    return question


def _next_topic(turn: Turn, asked: str, topic: str) -> str:
    """What the next pronoun stands for: the answer if it is a name, else what the question was about."""
    if turn.answer is not None and _is_name(turn.answer):
        return turn.answer.strip(" .,;")
    if topic and asked != turn.question:
        return topic
    introduced = _INTRODUCTION.match(asked)
    subject = introduced["topic"] if introduced else asked
    names = _names(subject)
    if names:
        return names[0].group()
    return topic if topic and not introduced else _longest_run(subject)


def _ask_again(last: str, ellipsis: re.Match[str]) -> str:
    new = ellipsis["new"].strip()
    preposition = re.compile(rf"\b(?:{ellipsis['preposition'] or 'in|of|for|at|from|about'}) (?:the )?$", re.IGNORECASE)
    names = _names(last)
    replaced = [name for name in names if preposition.search(last[: name.start()])][-1:] or names[-1:]
    if replaced and _names(f". {new}"):
        return last[: replaced[0].start()] + new + last[replaced[0].end() :]
    return f"{last.rstrip(' ?.!')}, {ellipsis['rest'].strip()}?"


def _open_pronoun(question: str) -> re.Match[str] | None:
    """The first pronoun, unless its own question seems to say before it whom or what it stands for."""
    pronoun = _PRONOUN.search(question)
    if pronoun is None:
        return None
    before = question[: pronoun.start()]
    allowed = 0 if pronoun["owner"] else _WORDS_BEFORE_PRONOUN
    return pronoun if len(_meaning(before)) <= allowed and not _names(before) else None


def _put_in(question: str, pronoun: re.Match[str], topic: str) -> str:
    ending = ("'" if topic.endswith("s") else "'s") if pronoun["owner"] else ""
    return question[: pronoun.start()] + topic + ending + question[pronoun.end() :]


def _is_thin(question: str) -> bool:
    return len(_meaning(question)) <= _THIN_MAX_WORDS and not _INTRODUCTION.match(question) and not _names(question)


def _is_name(answer: str) -> bool:
    words = answer.split()
    starts_like_one = bool(_names(answer)) or words[:1] in (["a"], ["an"], ["the"])
    return len(words) <= _NAME_MAX_WORDS and starts_like_one and not any(c.isdigit() for c in answer)


def _names(text: str) -> list[re.Match[str]]:
    """Runs of capitalised words, without the "Did" or "What" that opens a question, and without dates."""
    opening = re.match(r"\W*(\w+)", text)
    start = opening.end() if opening and opening[1].lower() in _STOP_WORDS else 0
    return [name for name in _NAME.finditer(text, start) if name.group().split()[0].lower() not in _DATE_WORDS]


def _meaning(text: str) -> list[str]:
    return [word for word in _WORD.findall(text) if word.lower() not in _STOP_WORDS]


def _longest_run(text: str) -> str:
    """The longest stretch of adjacent words that carry meaning, the first of equals; the text where none does."""
    runs: list[list[str]] = [[]]
    for word in _WORD.findall(text):
        if word.lower() in _STOP_WORDS:
            runs.append([])
        else:
            runs[-1].append(word)
    longest = max(runs, key=len)
    return " ".join(longest) or text.rstrip(" ?.!")
