"""The sample's stand-alone questions after a question on something else: does the conversation spoil their answers?

A part of `python -m benchmarks.followups`. Each question is asked of the chain alone and after others on other things.
Beside the sample's own questions are short ones, as people ask them once they know what is there. What may be looked at
while the rewriting is changed and what is reported are apart: by a hash of the question, and in two lists.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from benchmarks.record import interval
from index.local import LocalIndex
from qa.chain import answer_chain
from qa.evaluation.answers import f1
from qa.followups.rewriting import rewrite
from qa.readers import Reader
from qa.types import Answer, Turn

BEFORE = 4
"""Other questions that each one is asked after."""

DEVELOPED_ON: tuple[tuple[str, str, str], ...] = (
    ("How many people died in the earthquake?", "turkey-syria-earthquake-toll", "More than 50,000"),
    ("Who owns the ship?", "ever-given", "Shoei Kisen Kaisha"),
    ("Who discovered the vulnerability?", "log4shell", "Chen Zhaojun"),
    ("How much does the vaccine cost?", "r21-malaria", "between two and four dollars"),
    ("How many countries must ratify the treaty?", "high-seas", "60"),
    ("What is the mirror made of?", "webb-first", "beryllium"),
    ("How many buildings burned in the fire?", "maui-wildfires", "2,207"),
    ("Who runs the exchange now?", "ftx", "John J. Ray III"),
    ("How long was the queue of boats?", "ever-given", "422"),
    ("Who designed the altar?", "notre-dame", "Guillaume Bardet"),
    ("Why did the harvest fail?", "sri-lanka", "A ban on chemical fertilisers"),
    ("Who banned women from universities?", "taliban-ban", "Neda Mohammad Nadeem"),
)
REPORTED: tuple[tuple[str, str, str], ...] = (
    ("How many guests waited in the cathedral?", "notre-dame", "1,500"),
    ("How heavy is the container ship?", "ever-given", "220,000 tonnes"),
    ("When did the volcano explode?", "tonga-eruption", "Saturday 15 January"),
    ("How many pipes does the organ have?", "notre-dame", "8,000"),
    ("What was the nationality of the crew?", "ever-given", "Indian"),
    ("How much money did depositors try to withdraw?", "silicon-valley", "$42 billion"),
    ("Which website reported on the exchange's balance sheet?", "ftx", "CoinDesk"),
    ("Where did the president flee to first?", "sri-lanka", "the Maldives"),
    ("How long is the border with Russia?", "finland", "1,340 kilometres"),
    ("Who chaired the talks on the oceans?", "high-seas", "Rena Lee"),
    ("How much does the telescope cost?", "webb-first", "10-billion-dollar"),
    ("How many computers were hit by the faulty update?", "crowdstrike", "8.5 million"),
    ("How long is the undersea cable?", "tonga-eruption", "827 kilometres"),
    ("Who scored a hat-trick in the final?", "mens-world-cup", "Kylian Mbappé"),
    ("When did the bank fail?", "silicon-valley", "10 March"),
    ("Which country approved the malaria vaccine first?", "r21-malaria", "Ghana"),
    ("How much ammonium nitrate exploded in the port?", "beirut-blast", "2,750 tonnes"),
    ("When was the euro adopted?", "croatia", "New Year's Eve"),
    ("How many nautical miles does the treaty reach?", "high-seas", "200"),
    ("Why was the death toll lowered?", "maui-death", "counted more than once"),
)


@dataclass(frozen=True, slots=True)
class Change:
    """A question that stands alone, after a turn about something else."""

    question: str
    answers: tuple[str, ...]
    article: str
    """How the id of its article begins."""
    turn: Turn


def topic_changes(
    index: LocalIndex, reader: Reader, rows: Sequence[dict[str, Any]], *, develop: bool
) -> dict[str, Any]:
    """Figures for the sample's own questions and for the short ones: alone, after a turn, and by the rules alone."""
    stand_alone = [row for row in rows if not row["history"]]
    known = [row for row in stand_alone if row["article"] and is_developed_on(row["id"]) == develop]
    own = [(row["question"], tuple(row["answers"]), row["article"]) for row in known]
    short = [(question, (answer,), article) for question, article, answer in (DEVELOPED_ON if develop else REPORTED)]
    return {
        "own_questions": measured(index, reader, after_others(own, stand_alone)),
        "short_questions": measured(index, reader, after_others(short, stand_alone)),
    }


def is_developed_on(identifier: str) -> bool:
    return hashlib.sha256(identifier.encode()).digest()[0] % 2 == 0


def after_others(questions: Sequence[tuple[str, tuple[str, ...], str]], rows: Sequence[dict[str, Any]]) -> list[Change]:
    """Each question after some on other articles, by chance but always the same."""
    draw = random.Random(0)
    return [
        Change(question, answers, article, Turn(other["question"], (other["answers"] or [None])[0]))
        for question, answers, article in questions
        for other in draw.sample([row for row in rows if not (row["article"] or "").startswith(article)], BEFORE)
    ]


def measured(index: LocalIndex, reader: Reader, changes: Sequence[Change]) -> dict[str, Any]:
    """By the chain; `by_the_rules_alone`: what `qa.followups.rewriting` makes of it, whatever the articles say."""
    chain = answer_chain(index, reader)

    @cache
    def asked(question: str, turn: Turn | None = None) -> Answer:
        return chain.invoke({"question": question, "history": [turn] if turn else []})

    ways = {
        "asked_alone": [asked(one.question) for one in changes],
        "after_a_turn": [asked(one.question, one.turn) for one in changes],
        "by_the_rules_alone": [asked(rewrite(one.question, [one.turn])) for one in changes],
    }
    return {name: scores(changes, answers) for name, answers in ways.items()}


def scores(changes: Sequence[Change], answers: Sequence[Answer]) -> dict[str, Any]:
    pairs = list(zip(changes, answers, strict=True))
    values = {
        "as_asked": [float(answer.standalone_question == one.question) for one, answer in pairs],
        "f1": [f1(answer.text, list(one.answers)) for one, answer in pairs],
        "right_article_first": [float(answer.nearest[0].article.id.startswith(one.article)) for one, answer in pairs],
    }
    return {name: interval(some) for name, some in values.items()}
