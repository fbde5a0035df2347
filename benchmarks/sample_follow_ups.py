"""The sample's own follow-ups, asked of the whole chain: as they stand, made to stand alone, and as a person would ask.

A part of `python -m benchmarks.followups`. The person's forms tell what is the rewriting's fault: what the reader gets
wrong of them, too, is its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from benchmarks.record import interval
from index.local import LocalIndex
from qa.chain import answer_chain
from qa.evaluation.answers import f1
from qa.readers.extractive import ExtractiveReader

BY_A_PERSON = {
    "a069": "How old was Ayman al-Zawahiri when he was killed in Kabul?",
    "a070": "Which country became NATO's 32nd member?",
    "a071": "How many people were killed in Syria by the earthquake, by the count of late February 2023?",
    "a072": "How many people were injured in the Beirut explosion, by the Red Cross's first count?",
    "a073": "Who is the chief executive of Boskalis?",
    "a074": "When was Silicon Valley Bank founded?",
    "a075": "Who came second in the vote in parliament to become president of Sri Lanka?",
    "a076": "How many people took part in Chile's plebiscite on the new constitution?",
    "a077": "When did the Competition and Markets Authority block Microsoft's deal to buy Activision Blizzard?",
    "a078": "Who vetoed Bulgaria and Romania joining Schengen?",
    "a079": "How long did the final session of the talks on the high seas treaty go on?",
    "a080": "Who leads the Haqqani Network?",
    "b073": "How far from Earth was Dimorphos when NASA crashed a probe into it?",
    "b074": "What did the whole Chandrayaan-3 mission cost?",
    "b075": "In which minute did Olga Carmona score the winner in the 2023 Women's World Cup?",
    "b076": "When did the mpox global emergency end?",
    "b077": "How much did the shares of George Kurtz's company CrowdStrike lose on 19 July 2024?",
    "b078": "What was the crosier that the archbishop knocked on Notre-Dame's doors with made from?",
    "b079": "How many of the people who died in the Maui fires had been identified by September 2023?",
    "b080": "Who was the Briton among the three people whose death Tonga's government confirmed?",
    "b081": "Which illness did Drew Weissman want a vaccine for when he and Katalin Karikó met?",
    "b082": "Who had beaten Argentina earlier in the 2022 men's World Cup?",
    "b083": "How many doses of the R21/Matrix-M malaria vaccine can the Serum Institute of India make in a year?",
    "b084": "How far above pre-industrial times was the year 2023?",
}
"""By the id of the sample's question; written before they were asked."""


def sample_follow_ups(index: LocalIndex, reader: ExtractiveReader, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """F1 of each way of asking, and `..._if_always_answered`, before the reader decides; and how each question went."""
    chain = answer_chain(index, reader)
    scores: dict[str, list[float]] = defaultdict(list)
    each: dict[str, Any] = {}
    for row in (row for row in rows if row["history"]):
        ways = {
            "question": (row["question"], []),
            "rewritten": (row["question"], row["history"]),
            "by_a_person": (BY_A_PERSON[row["id"]], []),
        }
        each[row["id"]] = {}
        for name, (question, history) in ways.items():
            answer = chain.invoke({"question": question, "history": history})
            judgement = reader.judge(answer.standalone_question, answer.nearest)
            best = judgement.answers[0].best.text if judgement else None
            scores[f"{name}_f1"].append(f1(answer.text, row["answers"]))
            scores[f"{name}_f1_if_always_answered"].append(f1(best, row["answers"]))
            each[row["id"]][name] = {
                "asked": answer.standalone_question,
                "answer": answer.text,
                "f1": round(scores[f"{name}_f1"][-1], 2),
            }
    return {name: interval(values) for name, values in scores.items()} | {"each": each}
