"""Which words of the conversation a follow-up is searched with, besides its own. Pure, and without a model of language.

A question such as "What about the side effects?" leaves out what all know that it is about. Each word said before is
weighed by where it was said and by what the question itself has, in a logistic model that was fitted by
`python -m benchmarks.followups --fit` on the words that people put in when they asked such questions alone. The idea is
that of term classification (QuReTeC; Voskarides et al., SIGIR 2020), with a handful of signs for its network.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from qa.facts import folded
from qa.types import Turn
from qa.wording import introduced, is_thin, left_out, meaning, names, open_pronoun, points_back

MAX_WORDS = 7
CARRIED_FROM = 0.1
"""Chosen with MAX_WORDS on the half of the conversations that nothing is reported on: lower, more of a new topic's
questions are given words of the old one; higher, more of an old topic's lack their subject."""
CARRIED_FROM_THIN = 0.04
"""The same for a question without a subject of its own, such as "What are the side effects?"."""
_ANSWER_WORDS = 60
_OPENING_WORDS = 8
_NAMES_WITHIN = 150
_STEM = 6
_MANY_WORDS = 5
_SOME_WORDS = 2
"""The same of a question that was asked before, where all its words are new: chosen like those above."""

WEIGHTS: Mapping[str, float] = {
    "first": 0.714,
    "last": 1.175,
    "before": 0.877,
    "share": -0.893,
    "recency": 0.998,
    "topic": 0.714,
    "name": 1.331,
    "answered": -0.304,
    "opening": 0.134,
    "times_answered": 1.862,
    "carried": 0.194,
    "thin": 1.883,
    "named": -0.354,
    "pronoun": 0.456,
    "points_back": -0.227,
    "introduces": 0.171,
    "related": 0.722,
    "pronoun_first": 0.588,
    "pronoun_carried": 0.633,
    "thin_first": 0.92,
    "thin_answered": 1.546,
    "thin_carried": 0.74,
}
BIAS = -6.477


@dataclass(frozen=True, slots=True)
class Signs:
    """What speaks for a word. All in [0, 1]."""

    first: float
    """1 if the first question has it."""
    last: float
    before: float
    """1 if a question before the last one has it."""
    share: float
    """The share of the questions that have it."""
    recency: float
    """How late the last question is that has it: 1 for the last."""
    topic: float
    """1 if the first question introduces it, as in "What is ...?"."""
    name: float
    """1 if it is part of a name, in a question or in the last answer."""
    answered: float
    """1 if the last answer has it."""
    opening: float
    """1 if the last answer begins with it."""
    times_answered: float
    """How often the last answer says it: 1 for three times and more."""
    carried: float
    """1 if the last question, made to stand alone, has it."""
    thin: float
    """Of the question: 1 where it has no word of its own, less the more it has."""
    named: float
    """Of the question: 1 if it has a name of its own."""
    pronoun: float
    """Of the question: 1 if it has a pronoun that it does not explain."""
    points_back: float
    """Of the question: 1 if it says "and", "that" or "what about" of something before it."""
    introduces: float
    """Of the question: 1 if it introduces a topic."""
    related: float
    """Of the question: 1 if it has a word that a question before it has."""
    pronoun_first: float
    """The product of two signs, as are those below."""
    pronoun_carried: float
    thin_first: float
    thin_answered: float
    thin_carried: float


def carried_words(question: str, history: Sequence[Turn], last: str) -> tuple[str, ...]:
    """Words of the conversation, as they were written there, in its order; none where the question needs none.

    `last` is the last question, made to stand alone.
    """
    if stands_alone(question, history):
        return ()
    weighed = [(probability(signs), word) for word, signs in signs_of(question, history, last).items()]
    least = CARRIED_FROM_THIN if is_thin(question) else CARRIED_FROM
    likely = [one for one in weighed if one[0] >= least]
    chosen = {word for _, word in sorted(likely, key=lambda one: -one[0])[:MAX_WORDS]}
    return tuple(word for _, word in weighed if word in chosen)


def stands_alone(question: str, history: Sequence[Turn]) -> bool:
    """Whether it names or introduces its own subject, points at nothing before it and shares no word with it.

    Such a question has changed the topic, and nothing of the last one may come with it.
    """
    return _is_whole(question, _MANY_WORDS) and not stems(question) & stems(*(turn.question for turn in history))


def on_topic(history: Sequence[Turn]) -> tuple[Turn, ...]:
    """The turns from the last one on whose question changed the topic: it is whole, and all its words are new."""
    turns, start = tuple(history), 0
    for place in range(1, len(turns)):
        said = (text for turn in turns[start:place] for text in (turn.question, turn.answer or ""))
        asked = turns[place].question
        if _is_whole(asked, _SOME_WORDS) and not stems(asked) & stems(*said):
            start = place
    return turns[start:]


def _is_whole(question: str, many: int) -> bool:
    """Whether it names or introduces its subject, or has many words of its own, and points at nothing before it."""
    of_its_own = bool(names(question)) or introduced(question) is not None or len(stems(question)) >= many
    points = open_pronoun(question) is not None or points_back(question) or left_out(question) is not None
    return of_its_own and not points


def probability(signs: Signs) -> float:
    """That a person would put the word in."""
    logit = BIAS + sum(WEIGHTS[name] * value for name, value in asdict(signs).items())
    return 1 / (1 + math.exp(-logit))


def signs_of(question: str, history: Sequence[Turn], last: str) -> dict[str, Signs]:
    """The signs of every word that the conversation has and the question has not, in the order they were said."""
    if not history:
        return {}
    asked = [stems(turn.question) for turn in history]
    answer = [stem(word) for word in meaning(history[-1].answer or "")[:_ANSWER_WORDS]]
    own = stems(question)
    heard = _name_stems(*(turn.question for turn in history), (history[-1].answer or "")[:_NAMES_WITHIN])
    topic, standing = stems(introduced(history[0].question) or history[0].question), stems(last)
    thin, named = 1 / (1 + len(own)), float(bool(names(question)))
    pronoun = float(open_pronoun(question) is not None)
    back = float(points_back(question))
    introduces = float(introduced(question) is not None and not pronoun)
    related = float(any(own & words for words in asked))
    found = {}
    for one, word in _words(history).items():
        if one in own:
            continue
        places = [place for place, words in enumerate(asked, start=1) if one in words]
        first, answered, carried = float(one in asked[0]), float(one in answer), float(one in standing)
        found[word] = Signs(
            first=first,
            last=float(one in asked[-1]),
            before=float(any(one in words for words in asked[:-1])),
            share=len(places) / len(asked),
            recency=max(places, default=0) / len(asked),
            topic=float(one in topic),
            name=float(one in heard),
            answered=answered,
            opening=float(one in answer[:_OPENING_WORDS]),
            times_answered=min(3, answer.count(one)) / 3,
            carried=carried,
            thin=thin,
            named=named,
            pronoun=pronoun,
            points_back=back,
            introduces=introduces,
            related=related,
            pronoun_first=pronoun * first,
            pronoun_carried=pronoun * carried,
            thin_first=thin * first,
            thin_answered=thin * answered,
            thin_carried=thin * carried,
        )
    return found


def stem(word: str) -> str:
    """The word without its ending, roughly: "opener" and "openers" share theirs."""
    word = folded(word)
    return word[:_STEM] if len(word) > _STEM else word.removesuffix("s")


def _words(history: Sequence[Turn]) -> dict[str, str]:
    """Every word of the conversation by its stem, as it was first written."""
    words: dict[str, str] = {}
    for turn in history:
        answered = (word for word in meaning(turn.answer or "")[:_ANSWER_WORDS] if not word[0].isdigit())
        for said in (meaning(turn.question), answered):
            for word in said:
                words.setdefault(stem(word), re.sub(r"['’]s?$", "", word))  # noqa: RUF001 - both apostrophes are typed
    return words


def stems(*texts: str) -> frozenset[str]:
    """The stems of the words that say what the texts are about."""
    return frozenset(stem(word) for text in texts for word in meaning(text))


def _name_stems(*texts: str) -> frozenset[str]:
    return frozenset(stem(word) for text in texts for name in names(text) for word in meaning(name.group()))
