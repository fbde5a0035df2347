"""Whom and what the pronouns of a follow-up may stand for, after each turn of a conversation. Pure.

The question word tells what an answer is: of "Who" a person, unless it looks like a group ("the Haqqani Network"), of
"What" and "Which" anything, of others nothing that a pronoun takes. "He" and "she" take a person. "It" takes a thing:
what was asked about ("the Teslin dam"), unless the answer is one. "They" takes whichever came last.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from qa.followups.phrases import is_group, subject, without_brackets
from qa.types import Turn
from qa.wording import introduced, names, open_pronoun

_NAME_MAX_WORDS = 6
_OF_PERSONS = frozenset({"he", "she", "him", "his", "her", "hers"})
_OF_THINGS = frozenset({"it", "its"})
_OPENS = r"^\W*(?:(?:and|but|so|at|by|for|from|in|of|on|to|with),? )*"
_ASKS_WHO = re.compile(rf"{_OPENS}(?:who|whom|whose)\b", re.IGNORECASE)
_ASKS_WHAT = re.compile(rf"{_OPENS}(?:what|which)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Referents:
    """Each empty where there is none."""

    person: str = ""
    thing: str = ""
    latest: str = ""

    def of(self, pronoun: str) -> str:
        """What the pronoun stands for; empty where that is not known."""
        if pronoun.lower() in _OF_PERSONS:
            return self.person
        return self.thing if pronoun.lower() in _OF_THINGS else self.latest


def after(turn: Turn, asked: str, before: Referents) -> Referents:
    """What a turn leaves; `asked` is its question, made to stand alone."""
    known, name = _of_question(turn.question, asked, before), name_in(turn.answer)
    if introduced(without_brackets(asked)) in (known.person, known.thing):
        return known  # "Who is Rolf Steiner?" and "What is mpox?" are answered by what they are
    if _ASKS_WHO.match(asked) and not is_group(name):
        # Where the answer is no name, whoever it is has none yet, and is not the one before.
        return Referents(name, known.thing or name, name or known.latest)
    if name and _ASKS_WHO.match(asked):
        return Referents(known.person, name, name)
    if name and _ASKS_WHAT.match(asked):
        return Referents(known.person if is_group(name) else name, name, name)
    return known


def _of_question(question: str, asked: str, before: Referents) -> Referents:
    pronoun = open_pronoun(question)
    own = subject(question if pronoun else asked)
    goes_on = before.thing and (not own.is_certain or (pronoun and pronoun.group().lower() not in _OF_PERSONS))
    person, thing = own.person or before.person, before.thing if goes_on else own.thing
    latest = thing if thing != before.thing else own.person or before.latest
    return Referents(person, thing, latest)


def name_in(answer: str | None) -> str:
    """An answer that is a name, and nothing else; empty where it is none."""
    words = (answer or "").split()
    starts_like_one = bool(names(answer or "")) or words[:1] in (["a"], ["an"], ["the"])
    if not starts_like_one or len(words) > _NAME_MAX_WORDS or any(character.isdigit() for character in answer or ""):
        return ""
    return (answer or "").strip(" .,;")
