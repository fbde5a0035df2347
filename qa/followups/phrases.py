"""What a question is about: a name, or the words after "the" as they stand there. Pure, and without a parser."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from qa.wording import introduced, is_empty, names, open_pronoun, runs

_PERSON_WORDS = 2
_BRACKETS = re.compile(r" \([^()]*\)$")
_ROLE = re.compile(
    r"^(?:(?:and|but|so),? )?(?:who|what)(?:'s| is| are| was| were) (?:the|an?) (?P<role>.+?)(?: of (?P<owner>.+))?$",
    re.I,
)
_THE = re.compile(r"\bthe (?=\w)", re.I)
_WORD = re.compile(r"\w[\w'’.&-]*\w|\w")  # noqa: RUF001 - both apostrophes are typed
_VERB_COMES = re.compile(r"\b(?:do|does|did)(?: \w+ (?:at|from|in|of))? $", re.I)
_PARTICIPLE_COMES = re.compile(r"\b(?:is|was|are|were) $", re.I)
_PARTICIPLE = re.compile(r"(?:\w+ed|born|bought|built|drawn|found|held|hit|lost|sold|sunk|torn|won|written)$")
_NO_VERB = frozenset("a an and as at by for from in into of on or that the to when where which who with".split())  # noqa: SIM905
_PLACED = re.compile(r" (?:of (?:the )?|(?:in|at|on) (?:the )?(?=[A-Z]))(?=\w)")
_OWNS = re.compile(r"['’]s\b")  # noqa: RUF001
_AFTER_PREPOSITION = re.compile(r"\b(?:the|of|in|at|on|from|by|to|for) $", re.I)
_GROUP = re.compile(
    r"^(?:the|an?) |\b(?:agency|airlines?|army|association|authority|bank|club|commission|committee|company|corporation"
    r"|council|court|federation|foundation|government|group|inc|institute|ltd|ministry|network|organi[sz]ation|party"
    r"|plc|police|society|union|university)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Subject:
    """The first thing and the first person that a question speaks of; empty where there is none."""

    thing: str
    person: str
    is_certain: bool
    """Whether the thing has a name or "the" before it, so that it takes the place of the one before."""


def is_group(name: str) -> bool:
    """Whether it looks like the name of a group of people, and not of one."""
    return _GROUP.search(name) is not None


def subject(question: str) -> Subject:
    """Of "Who is the head of Kestrel?" it is Kestrel, and of "When was the Teslin dam built?" the Teslin dam."""
    text = without_brackets(question)
    role, introduction = _ROLE.match(text), introduced(text)
    if introduction and open_pronoun(introduction):
        introduction = ""
    elif role and not names(role["role"]):
        introduction = role["owner"] or ""
    found = [*_phrases(text if introduction is None else introduction, is_nominal=introduction is not None)]
    persons = [phrase for phrase, may_be_person in found if may_be_person]
    things = [phrase for phrase, _ in found if phrase not in persons[:1]]
    person = persons[0] if persons else ""
    if things:
        return Subject(things[0], person, is_certain=True)
    return Subject(person or longest_run(introduction or text), person, is_certain=bool(introduction))


def without_brackets(question: str) -> str:
    """The question without the words that were put after it, and without its mark."""
    return _BRACKETS.sub("", question.rstrip(" ?.!")).rstrip(" ?.!")


def longest_run(text: str) -> str:
    """The longest stretch of adjacent words that carry meaning, the last of equals; the text where none does."""
    longest = max(reversed(runs(text)), key=len, default=[])
    return " ".join(longest) or text.rstrip(" ?.!")


def _phrases(text: str, *, is_nominal: bool) -> Iterator[tuple[str, bool]]:
    """In order, each with whether it may be a person's name; a text that is nominal has no verb."""
    end = 0
    ends = {name.start(): name.end() for name in names(text)}
    for place in sorted({*ends, *(match.start() for match in _THE.finditer(text))}):
        if place < end:
            continue
        is_name = place in ends
        end = ends[place] if is_name else _with_place(text, _end(text, place, ends), ends)
        if is_name and is_nominal and text[end : end + 1] == " ":
            end = max([end, *(word.end() for word in _adjacent(text, end + 1))])
        if end > place:
            phrase = text[place:end].rstrip(".")
            yield phrase, is_name and _may_be_person(phrase, text[:place], text[end:])


def _may_be_person(name: str, before: str, after: str) -> bool:
    is_placed = _AFTER_PREPOSITION.search(before) or _OWNS.match(after)
    return len(name.split()) >= _PERSON_WORDS and not is_placed and not is_group(name)


def _end(text: str, place: int, ends: Mapping[int, int]) -> int:
    """Where the phrase ends whose "the" stands there: before the verb, so far as that can be told; `place` if none is.

    `ends` has where names end, by where they start.
    """
    start = place + len("the ")
    if " " in text[start : ends.get(start, start)]:
        return ends[start]
    words = _adjacent(text, start)
    if not words:
        return place
    following = _WORD.match(text, words[-1].end() + 1)
    has_verb = following is None or following[0].lower() in _NO_VERB
    if _VERB_COMES.search(text[:place]):
        words_before = [one for one, after in pairwise(words) if one[0][0].islower() and after[0][0].isupper()]
        if words_before:  # "the update crash Windows": the verb stands before its object
            words, has_verb = words[: words.index(words_before[0]) + 1], True
    else:
        has_verb = has_verb and bool(_PARTICIPLE_COMES.search(text[:place]) and _PARTICIPLE.match(words[-1][0]))
    return words[-2 if has_verb and len(words) > 1 else -1].end()


def _adjacent(text: str, start: int) -> list[re.Match[str]]:
    """The words from there on that carry meaning and stand beside one another."""
    words: list[re.Match[str]] = []
    for word in _WORD.finditer(text, start):
        if is_empty(word[0]) or (words and text[words[-1].end() : word.start()] != " "):
            break
        words.append(word)
    return words


def _with_place(text: str, end: int, ends: Mapping[int, int]) -> int:
    """Further, where "of Skarholm" or "in Norway" follows."""
    while place := _PLACED.match(text, end):
        words = _adjacent(text, place.end())
        end = ends.get(place.end(), words[-1].end() if words else place.start())
        if end == place.start():
            break
    return end
