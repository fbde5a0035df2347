"""Are newer articles preferred where a question is about now, and rightly? python -m benchmarks.recency

Two rules prefer them: a newer passage's score grows (qa/recency.py), and of answers that articles differ in, the newest
is given (`newest_given` in qa/readers/disputes.py). They should help: of a matter of which an older article speaks in
the very words of the question, and a newer one in fewer, the newer one's answer is wanted. Such pairs are made here, 12
of them, and put among the sample articles. And they should do no harm: every stand-alone question of the sample is
asked as if it were about now. How much of the question a newer article has to be about was chosen on the pairs; the
sample chose nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from benchmarks.material import sample_index, stand_alone_questions
from benchmarks.record import interval, record
from index.types import Article, Hit
from qa.chain import PASSAGES
from qa.evaluation.answers import f1
from qa.readers.disputes import ABOUT_NOW, newest_given
from qa.readers.extractive import ExtractiveReader, load_reader
from qa.recency import MORE_CANDIDATES, is_about_now, newer_first

OLDER, NEWER = date(2024, 3, 1), date(2024, 6, 1)
WEIGHTS = (0.0, 0.1, 0.25, 0.5, 1.0)
MADE: tuple[tuple[str, str, str, str], ...] = (
    ("What is the current water level of the Brenner reservoir?",
     "The water level of the Brenner reservoir is 412 metres, the operator of the reservoir said.",
     "After weeks of rain the Brenner reservoir stands at 431 metres, engineers report.", "431 metres"),
    ("How many members does the Harbour Cooperative have now?",
     "The Harbour Cooperative has 1,200 members, its yearly report says; a member pays 20 euros.",
     "With the dockers' vote the Harbour Cooperative has grown to 1,750 people.", "1,750"),
    ("What does a ticket for the Lake Ferry currently cost?",
     "A ticket for the Lake Ferry costs 4.50 euros, and a ticket for a bicycle costs two.",
     "From this week passengers of the Lake Ferry pay 5.20 euros a crossing.", "5.20 euros"),
    ("How many people have died in the Almora bus crash so far?",
     "Nine people died in the Almora bus crash, police said, and people were still searched for.",
     "The toll of the Almora bus crash has reached 14, the hospital said.", "14"),
    ("What is the latest estimate of the cost of the Weser tunnel?",
     "The estimate of the cost of the Weser tunnel is 210 million euros, the estimate of the ministry says.",
     "Auditors now put the Weser tunnel at 340 million euros.", "340 million euros"),
    ("Which team currently leads the Baltic Rowing League?",
     "The team of Riga leads the Baltic Rowing League after four races, ahead of the team of Tallinn.",
     "Tallinn went ahead in the Baltic Rowing League with two wins at the weekend.", "Tallinn"),
    ("How many turbines does the Sandbank wind farm have today?",
     "The Sandbank wind farm has 72 turbines, and the turbines of the wind farm turn at four metres a second.",
     "Eight more machines were connected at Sandbank wind farm, which makes 80.", "80"),
    ("What is the speed limit on the Ring Road now?",
     "The speed limit on the Ring Road is 100 kilometres an hour, and the speed limit in its tunnel is 80.",
     "On the Ring Road drivers may go no faster than 70 kilometres an hour since Monday.", "70 kilometres an hour"),
    ("Where is the Mobile Bookshop at the moment?",
     "The Mobile Bookshop is in Bamberg, where the bookshop stands beside the cathedral.",
     "Crowds greeted the Mobile Bookshop in Erlangen this morning.", "Erlangen"),
    ("How many cases of the Kivu measles outbreak have been counted so far?",
     "In the Kivu measles outbreak 310 cases have been counted, most of the cases among children.",
     "Doctors have seen 645 patients since the Kivu measles outbreak began.", "645"),
    ("What is the most recent date for the opening of the Central Library?",
     "The opening of the Central Library is planned for 9 April, and the library's opening will be free.",
     "The Central Library will not receive readers before 17 September, builders said.", "17 September"),
    ("What share of the Gotland grid currently comes from the sun?",
     "A share of 11% of the Gotland grid comes from the sun, and a share of 40% from wind.",
     "Sunshine supplied 19% of the Gotland grid in May.", "19%"),
)  # fmt: skip
"""A question, what the older article says in much the same words, what the newer one says, and its answer."""


def main() -> None:
    alone = stand_alone_questions()
    known = [row for row in alone if row["article"]]
    reader = load_reader()
    figures: dict[str, Any] = {"made_pairs": len(MADE), "questions_of_the_sample": len(alone)}
    figures["taken_for_questions_about_now"] = sum(is_about_now(row["question"]) for row in alone)
    with sample_index() as index:
        index.add([_article(number, newer) for number in range(len(MADE)) for newer in (False, True)])
        found = {
            question: index.search(question, PASSAGES * MORE_CANDIDATES)
            for question in [*(question for question, *_ in MADE), *(row["question"] for row in alone)]
        }
    for weight in WEIGHTS:
        hits = {question: newer_first(some, PASSAGES, weight) for question, some in found.items()}
        figures[f"score_grows_by_{weight:g}"] = {
            "made_newer_first": interval([_newer_first(hits[question], n) for n, (question, *_) in enumerate(MADE)]),
            "sample": _kept(known, hits),
        }
    figures["f1"] = {
        "made": _f1(reader, [(question, (answer,)) for question, *_, answer in MADE], found),
        "sample_as_if_about_now": _f1(reader, [(row["question"], row["answers"]) for row in alone], found),
    }
    record("recency", "python -m benchmarks.recency", figures)


def _f1(reader: ExtractiveReader, asked: Sequence[tuple[str, Sequence[str]]], found: Any) -> dict[str, Any]:
    """As a question is answered that is not about now, and as one is that is."""
    scores: dict[str, list[float]] = defaultdict(list)
    for question, accepted in asked:
        hits = newer_first(found[question], PASSAGES)
        judgement = reader.judge(question, hits)
        newest = newest_given(reader.weighed(question, hits, judgement, ABOUT_NOW), reader.threshold)
        scores["without_the_rule"].append(f1(reader.decide(judgement).text, list(accepted)))
        scores["newest_given"].append(f1(newest.text, list(accepted)))
    return {name: interval(values) for name, values in scores.items()}


def _article(number: int, newer: bool) -> Article:
    _, old, new, _ = MADE[number]
    name = f"made-{number}-{'newer' if newer else 'older'}"
    return Article(name, f"https://made.example/{name}", "", new if newer else old, name, NEWER if newer else OLDER)


def _newer_first(hits: Sequence[Hit], number: int) -> float:
    """Whether the newer article of the pair stands before the older one."""
    order = [hit.article.id for hit in hits]
    return float(f"made-{number}-newer" in order and order.index(f"made-{number}-newer") == min(
        order.index(name) for name in (f"made-{number}-newer", f"made-{number}-older") if name in order
    ))  # fmt: skip


def _kept(rows: Sequence[dict[str, Any]], hits: dict[str, tuple[Hit, ...]]) -> dict[str, Any]:
    """Whether the right article is first, and whether it is there."""
    ids = [(row["article"], [hit.article.id for hit in hits[row["question"]]]) for row in rows]
    return {
        "right_article_first": interval([float(found[0].startswith(right)) for right, found in ids]),
        "right_article_read": interval([float(any(one.startswith(right) for one in found)) for right, found in ids]),
    }


if __name__ == "__main__":
    main()
