"""What the extractive reader says to a claim: does it find in the cited passages what the claim says? Pure but for it.

The reader is asked the question that the claim answers, or the claim with one of its facts taken out; and of each name
that the question did not give, the claim with "which" in its place. What it finds ought to be what the claim says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from index.types import Hit
from qa import facts
from qa.wording import names

if TYPE_CHECKING:
    from qa.readers.extractive import Judgement

MAX_NAMES = 3
"""Names of one claim whose places are asked about; each costs a look into what is cited."""
_ANSWERS = 10
_AGREES = 0.6
_WIDEST = 10.0
_COVERS_QUESTION = 0.5
_NUMBER = re.compile(r"[$€£]?\d[\d,.]*\d|\d")

Probe = tuple[str, str]
"""A question that the cited passages have to answer as the claim does, and what the claim answers."""


class Judge(Protocol):
    """What the extractive reader does."""

    def judge(self, question: str, hits: Sequence[Hit]) -> Judgement | None: ...


def distance(claim: str, question: str, hits: Sequence[Hit], judge: Judge) -> float:
    """The mean distance of the probes, in [0, 1]; 1 where there is nothing to ask or to find.

    It is by how much what the claim says is worse in the reader's eyes than what it finds: 1 for ten logits and more.
    """
    distances = _distances(probes(claim, question), hits, judge)
    return sum(distances) / len(distances) if distances else 1.0


def misplaced(claim: str, question: str, hits: Sequence[Hit], judge: Judge) -> float:
    """The distance of the name that fits its place in the claim worst; 0 where the question gave all of them."""
    return max(_distances(name_probes(claim, question), hits, judge), default=0.0)


def _distances(probes: Sequence[Probe], hits: Sequence[Hit], judge: Judge) -> list[float]:
    return [
        _distance(judgement, asked, expected)
        for asked, expected in probes
        if (judgement := judge.judge(asked, hits)) is not None
    ]


def _distance(judgement: Judgement, asked: str, expected: str) -> float:
    answers = [answer.best for answer in judgement.answers[:_ANSWERS]]
    agreeing = [answer.value for answer in answers if _within(answer.text, expected, asked) >= _AGREES]
    return max(0.0, min(1.0, (answers[0].value - agreeing[0]) / _WIDEST)) if agreeing else 1.0


def probes(claim: str, question: str) -> list[Probe]:
    """The question itself, where the claim takes up enough of it; else the claim with one of its facts taken out."""
    asked = facts.stems(question)
    if asked and len(asked & facts.stems(claim)) >= _COVERS_QUESTION * len(asked):
        return [(question, claim)]
    spans = [*names(claim), *_NUMBER.finditer(claim)]
    outer = [*spans[:1], *spans[1:][-1:]]
    return [(_without(span, _asking(span)), span.group()) for span in outer]


def name_probes(claim: str, question: str) -> list[Probe]:
    """The claim with "which" in the place of one of its first names that the question does not have."""
    given = facts.words(question)
    own = [span for span in names(claim) if not facts.words(span.group()) <= given]
    return [(_without(span, "which"), span.group()) for span in own[:MAX_NAMES]]


def _without(span: re.Match[str], instead: str) -> str:
    return f"{span.string[: span.start()]}{instead}{span.string[span.end() :]}".rstrip(" .") + "?"


def _asking(span: re.Match[str]) -> str:
    if span.group()[-1].isdigit():
        return "what number"
    return "what" if span.start() else "Who or what"


def _within(answer: str, expected: str, asked: str) -> float:
    """The share of the answer's words, without those of the question, that are among those expected."""
    found = _words(answer) - _words(asked) or _words(answer)
    return len(found & _words(expected)) / len(found) if found else 0.0


def _words(text: str) -> frozenset[object]:
    return facts.words(text) | frozenset(number.value for number in facts.numbers(text))
