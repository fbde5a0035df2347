"""From a follow-up to a question that stands alone, without a chat model: a few rules and a few words. Pure.

A pronoun that nothing before it in its own question explains takes the person or the thing that the conversation last
spoke of (`referents`): "Who leads it?" becomes "Who leads the Haqqani Network?". "And in Syria?" asks the last question
again with the new name in the old one's place. What the question still lacks ("How many were injured?") is put after it
in brackets: the last answer that is a name, and words of the conversation, chosen by `carrying`. What was said
before the topic last changed is not looked at. Everything else is left exactly as it was asked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.followups.carrying import carried_words, on_topic, stem
from qa.followups.phrases import subject, without_brackets
from qa.followups.referents import Referents, after, name_in
from qa.question import MAX_CHARACTERS
from qa.types import Turn
from qa.wording import is_thin, left_out, meaning, names, open_pronoun, points_back

_TURNS_LOOKED_AT = 6
_BARE_MAX_WORDS = 1
_CARRIED_MAX_WORDS = 8


def rewrite(question: str, history: Sequence[Turn]) -> str:
    """The question with what it takes from the conversation put in; the very same text where it takes nothing."""
    history = on_topic(history)
    asked, known = _so_far(history)
    if not asked:
        return question
    last = asked[-1]
    completed = question
    if ellipsis := left_out(question):
        completed = _ask_again(asked, ellipsis)
        if not completed.startswith(without_brackets(last)) or ellipsis["preposition"]:
            return _bounded(completed, question)
    elif open_pronoun(question):
        completed = _put_in(question, known)
        if completed != question and known.latest == name_in(history[-1].answer):
            return _bounded(completed, question)
    elif points_back(question) and len(meaning(question)) <= _BARE_MAX_WORDS:
        completed = _with(question, meaning(last)[:_CARRIED_MAX_WORDS])
    carried = _lacking(completed, _put_after(question, completed, history, last, known))
    if not carried and not meaning(completed):
        carried = tuple(meaning(last)[:_CARRIED_MAX_WORDS])
    return _bounded(_with(completed, carried), question)


def _put_after(question: str, completed: str, history: Sequence[Turn], last: str, known: Referents) -> tuple[str, ...]:
    """Beside a name that was put in, the thing asked about; else what is likely, after the last name answered."""
    pronoun = open_pronoun(question)
    referent = known.of(pronoun.group()) if pronoun and completed != question else ""
    of_many_words = " " in referent.removeprefix("the ")
    if names(referent) and (of_many_words or referent != known.thing):
        return tuple(meaning(known.thing))
    carried = carried_words(question, history, last)
    answered = [name_in(turn.answer) for turn in history]
    name = known.latest if known.latest == answered[-1] else known.thing
    if carried and not pronoun and not left_out(question) and name in answered:
        return (*meaning(name), *carried)
    return carried


def last_question(history: Sequence[Turn]) -> str:
    """The conversation's last question, made to stand alone; empty where there was none."""
    asked, _ = _so_far(history)
    return asked[-1] if asked else ""


def _so_far(history: Sequence[Turn]) -> tuple[list[str], Referents]:
    """The last questions, each made to stand alone, and what pronouns may stand for."""
    asked: list[str] = []
    known = Referents()
    for turn in history[-_TURNS_LOOKED_AT:]:
        asked.append(_stand_alone(turn.question, asked, known))
        known = after(turn, asked[-1], known)
    return asked, known


def _stand_alone(question: str, asked: Sequence[str], known: Referents) -> str:
    """As later questions take it up: by rules alone, so that no guess rests on a guess."""
    if not asked:
        return question
    completed = question
    if ellipsis := left_out(question):
        completed = _ask_again(asked, ellipsis)
    elif open_pronoun(question):
        completed = _put_in(question, known)
    elif points_back(question) or is_thin(question):
        words = (*meaning(known.thing), *meaning(without_brackets(asked[-1])))
        completed = _with(question, _lacking(question, words)[:_CARRIED_MAX_WORDS])
    return _bounded(completed, question)


def _with(question: str, words: Sequence[str]) -> str:
    """The words in brackets after the question, or with those that stand there."""
    if not words:
        return question
    bare = question.rstrip(" ?.!")
    return f"{bare[:-1]} {' '.join(words)})?" if bare.endswith(")") else f"{bare} ({' '.join(words)})?"


def only_put_after(question: str, completed: str) -> bool:
    """Whether the completed question is the one asked, with words in brackets after it."""
    bare = question.rstrip(" ?.!")
    opened = bare[:-1] if bare.endswith(")") else f"{bare} ("
    return completed != question and completed.startswith(opened) and completed.endswith(")?")


def _lacking(question: str, words: Sequence[str]) -> tuple[str, ...]:
    """The words that the question does not have, each once."""
    own = {stem(word) for word in meaning(question)}
    first: dict[str, str] = {}
    for word in words:
        first.setdefault(stem(word), word)
    return tuple(word for one, word in first.items() if one not in own)


def _bounded(completed: str, question: str) -> str:
    return completed if len(completed) <= MAX_CHARACTERS else question


def _ask_again(asked: Sequence[str], ellipsis: re.Match[str]) -> str:
    """The last question with the new name in the old one's place, or "the men's race" in that of "the women's race"."""
    last, new = without_brackets(asked[-1]), ellipsis["new"].strip()
    if names(f". {new}"):
        preposition = re.compile(rf"\b(?:{ellipsis['preposition'] or 'in|of|for|at|from|about'}) (?:the )?$", re.I)
        old = names(last)
        if replaced := [name for name in old if preposition.search(last[: name.start()])][-1:] or old[-1:]:
            return last[: replaced[0].start()] + new + last[replaced[0].end() :] + "?"
    elif new.lower().startswith("the "):
        for question in map(without_brackets, reversed(asked)):
            thing = subject(question).thing
            if thing.startswith("the ") and thing.rpartition(" ")[2] == new.rpartition(" ")[2]:
                return f"{question.replace(thing, new)}?"
    if not ellipsis["preposition"]:
        return f"{last}, {ellipsis['rest'].strip()}?"
    elsewhere = re.sub(rf"\b{ellipsis['preposition']} the [\w -]+$", "", last, flags=re.I).rstrip()
    return f"{elsewhere} {ellipsis['rest'].strip()}?"


def _put_in(question: str, known: Referents) -> str:
    """The question with the first pronoun's referent in its place, and so for another pronoun of another one."""
    pronoun = open_pronoun(question)
    if not pronoun or not (referent := known.of(pronoun.group())):
        return question
    ending = ("'" if referent.endswith("s") else "'s") if pronoun["owner"] else ""
    rest = question[pronoun.end() :]
    if (other := open_pronoun(rest)) and known.of(other.group()) != referent:
        rest = _put_in(rest, known)
    return question[: pronoun.start()] + referent + ending + rest
