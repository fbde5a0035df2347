"""CAsT's follow-ups, each with a person's stand-alone form of it, and the corpus that they are searched in.

Conversations are split by topic: what `is_developed_on` holds of may be looked at while the rewriting is changed, and
nothing is reported on it.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.material import KEPT, kept_index
from benchmarks.record import SHARED_DATA, rows_of
from index.local import LocalIndex
from index.types import Article
from qa.types import Turn

INDEX = KEPT / "followups-index"
CAST = SHARED_DATA / "dev" / "conversations_cast.jsonl.gz"
DISTRACTORS = ("squad_v1.1", "natural_questions_qed")
DEPTH = 10
RESAMPLES = 2000
SHIFT = 50
"""Follow-ups between a question and the conversation that it is put after to change its topic: more than one has."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A question of a conversation, what came before it, and how a person asked it alone."""

    id: str
    topic: str
    history: tuple[Turn, ...]
    question: str
    rewrite: str
    response: str | None


def follow_ups() -> Iterator[FollowUp]:
    """Every question with a history, once."""
    seen = set()
    for row in rows_of(CAST):
        key = (row["question"], *row["history"])
        if row["history"] and key not in seen:
            seen.add(key)
            topic = "_".join(row["id"].split("_")[:2])
            yield FollowUp(
                row["id"], topic, _turns(row["id"], row["history"]), row["question"], row["rewrite"], row["response"]
            )


def _turns(identifier: str, history: Sequence[str]) -> tuple[Turn, ...]:
    """In 2019 and 2020 a history is questions; later, questions and responses by turns."""
    if identifier < "2021":
        return tuple(Turn(question, None) for question in history)
    return tuple(Turn(question, answer) for question, answer in zip(history[::2], history[1::2], strict=True))


def is_developed_on(topic: str) -> bool:
    return hashlib.sha256(topic.encode()).digest()[0] % 2 == 0


def corpus() -> LocalIndex:
    """Responses and distractors, each paragraph an article. Embedded once."""
    return kept_index(INDEX, {one.id: one for one in _articles()}.values())


def _articles() -> Iterator[Article]:
    for row in rows_of(CAST):
        if row["response"]:
            yield _article("", row["response"])
    for name in DISTRACTORS:
        for row in rows_of(SHARED_DATA / "dev" / f"{name}.jsonl.gz"):
            yield _article((row["title"] or "").replace("_", " "), row["context"])


def _article(title: str, text: str) -> Article:
    identifier = article_id(text)
    return Article(identifier, f"followups:{identifier[:12]}", title, text, identifier)


def article_id(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def found(index: LocalIndex, query: str) -> list[tuple[str, int]]:
    """The first passages, by their article's id and their place in it."""
    return [(hit.article.id, hit.passage.ordinal) for hit in index.search(query[:2000], DEPTH)]


def changed_topics(asked: Sequence[FollowUp]) -> list[FollowUp]:
    """Questions that stand alone, after a conversation about something else: nothing of it should be put in."""
    return [
        FollowUp(one.id, one.topic, other.history, one.rewrite, one.rewrite, one.response)
        for one, other in zip(asked, (*asked[SHIFT:], *asked[:SHIFT]), strict=True)
        if one.topic != other.topic
    ]


def interval(topics: Sequence[str], values: Sequence[float]) -> dict[str, float]:
    """Mean over follow-ups, with a 95% bootstrap interval over topics: follow-ups of one conversation are alike."""
    by_topic = defaultdict(list)
    for topic, value in zip(topics, values, strict=True):
        by_topic[topic].append(value)
    sums = np.array([[sum(some), len(some)] for some in by_topic.values()])
    drawn = np.random.default_rng(0).integers(len(sums), size=(RESAMPLES, len(sums)))
    totals = sums[drawn].sum(axis=1)
    low, high = np.percentile(totals[:, 0] / totals[:, 1], [2.5, 97.5])
    return {
        "value": round(float(np.mean(values)), 4),
        "low": round(float(low), 4),
        "high": round(float(high), 4),
        "n": len(values),
    }
