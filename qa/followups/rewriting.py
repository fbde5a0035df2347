"""From a follow-up to a question that stands alone, without a chat model: a few rules and a few words. Pure.

A pronoun that nothing before it in its own question explains takes the last answer, where that is a name, or the topic
of the last question: "Who leads it?" becomes "Who leads the Haqqani Network?". "And in Syria?" asks the last question
again with the new name in the old one's place. What the question still lacks ("How many were injured?") is put after it
in brackets: the last answer that is a name, and words of the conversation, chosen by `carrying`. What was said
before the topic last changed is not looked at. Everything else is left exactly as it was asked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.followups.carrying import carried_words, on_topic, stem
from qa.question import MAX_CHARACTERS
from qa.types import Turn
from qa.wording import introduced, is_thin, left_out, meaning, names, open_pronoun, points_back, runs

_TURNS_LOOKED_AT = 6
_NAME_MAX_WORDS = 6
_BARE_MAX_WORDS = 1
_CARRIED_MAX_WORDS = 8


def rewrite(question: str, history: Sequence[Turn]) -> str:
    """The question with what it takes from the conversation put in; the very same text where it takes nothing."""
    history = on_topic(history)
    last, topic = _so_far(history)
    if not last:
        return question
    if ellipsis := left_out(question):
        completed = _ask_again(last, ellipsis)
        if not completed.startswith(last.rstrip(" ?.!")):
            return _bounded(completed, question)
    elif pronoun := open_pronoun(question):
        completed = _put_in(question, pronoun, topic)
        if topic == _name_in(history[-1].answer):
            return _bounded(completed, question)
    elif points_back(question) and len(meaning(question)) <= _BARE_MAX_WORDS:
        completed = _with(question, meaning(last)[:_CARRIED_MAX_WORDS])
    else:
        completed = question
    carried = carried_words(question, history, last)
    if carried and not ellipsis and any(topic == _name_in(turn.answer) for turn in history):
        carried = (*meaning(topic), *carried)
    carried = _lacking(completed, carried)
    if not carried and not meaning(completed):
        carried = tuple(meaning(last)[:_CARRIED_MAX_WORDS])
    return _bounded(_with(completed, carried), question)


def last_question(history: Sequence[Turn]) -> str:
    """The conversation's last question, made to stand alone; empty where there was none."""
    return _so_far(history)[0]


def _so_far(history: Sequence[Turn]) -> tuple[str, str]:
    """The last question, made to stand alone, and the topic."""
    last, topic = "", ""
    for turn in history[-_TURNS_LOOKED_AT:]:
        last = _stand_alone(turn.question, last, topic)
        topic = _next_topic(turn, last, topic)
    return last, topic


def _stand_alone(question: str, last: str, topic: str) -> str:
    """As later questions take it up: by rules alone, so that no guess rests on a guess."""
    if not last:
        return question
    completed = question
    if ellipsis := left_out(question):
        completed = _ask_again(last, ellipsis)
    elif pronoun := open_pronoun(question):
        completed = _put_in(question, pronoun, topic)
    elif points_back(question) or is_thin(question):
        completed = _with(question, meaning(last)[:_CARRIED_MAX_WORDS])
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


def _next_topic(turn: Turn, asked: str, topic: str) -> str:
    """What the next pronoun stands for: the answer if it is a name, else what the question was about."""
    if name := _name_in(turn.answer):
        return name
    if topic and asked != turn.question:
        return topic
    introduction = introduced(asked)
    subject = introduction or asked
    if named := names(subject):
        return named[0].group().rstrip(".")
    return topic if topic and not introduction else _longest_run(subject)


def _ask_again(last: str, ellipsis: re.Match[str]) -> str:
    new = ellipsis["new"].strip()
    preposition = re.compile(rf"\b(?:{ellipsis['preposition'] or 'in|of|for|at|from|about'}) (?:the )?$", re.IGNORECASE)
    old = names(last)
    replaced = [name for name in old if preposition.search(last[: name.start()])][-1:] or old[-1:]
    if replaced and names(f". {new}"):
        return last[: replaced[0].start()] + new + last[replaced[0].end() :]
    return f"{last.rstrip(' ?.!')}, {ellipsis['rest'].strip()}?"


def _put_in(question: str, pronoun: re.Match[str], topic: str) -> str:
    ending = ("'" if topic.endswith("s") else "'s") if pronoun["owner"] else ""
    return question[: pronoun.start()] + topic + ending + question[pronoun.end() :]


def _name_in(answer: str | None) -> str | None:
    """An answer that is a name, and nothing else."""
    words = (answer or "").split()
    starts_like_one = bool(names(answer or "")) or words[:1] in (["a"], ["an"], ["the"])
    if not starts_like_one or len(words) > _NAME_MAX_WORDS or any(character.isdigit() for character in answer or ""):
        return None
    return (answer or "").strip(" .,;")


def _longest_run(text: str) -> str:
    """The longest stretch of adjacent words that carry meaning, the last of equals; the text where none does."""
    longest = max(reversed(runs(text)), key=len, default=[])
    return " ".join(longest) or text.rstrip(" ?.!")
