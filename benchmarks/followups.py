"""Do follow-ups find what the person's own stand-alone question finds? python -m benchmarks.followups [--develop | --fit]

Conversations of TREC CAsT 2019 to 2022, with a person's rewrite of each question. They come without the passages that
were searched, so this is a proxy: the corpus is every distinct response of the conversations (438 paragraphs, 2021 and
2022 only), among the paragraphs of SQuAD's and Natural Questions' development sets. Measured for each way of asking:

- recall@10 of the turn's own response, where it has one;
- overlap@10: the share of the first ten passages that the person's rewrite finds; and whether the first is the same.

Conversations are split by topic. Ways were chosen, and weights fitted, on one half (`--develop` measures there, `--fit`
prints weights for qa/carrying.py); the other half is reported, with 95% bootstrap intervals over topics. Then the
sample's own follow-ups are asked of the whole chain. Needs ../shared/data. The index is kept under .cache/.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.record import SHARED_DATA, record
from index.embedding import load_embedder
from index.local import LocalIndex
from index.types import Article
from qa.followup import rewrite
from qa.types import Turn

ROOT = Path(__file__).parents[1]
INDEX = ROOT / ".cache" / "benchmarks" / "followups-index"
CAST = SHARED_DATA / "dev" / "conversations_cast.jsonl.gz"
DISTRACTORS = ("squad_v1.1", "natural_questions_qed")
DEPTH = 10
RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A question of a conversation, what came before it, and how a person asked it alone."""

    id: str
    topic: str
    history: tuple[Turn, ...]
    question: str
    rewrite: str
    response: str | None


Way = Callable[[FollowUp], str]
"""What is searched for."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--develop", action="store_true", help="measure on the half that ways are chosen on")
    given = parser.parse_args()
    if not CAST.exists():
        raise SystemExit(f"{CAST} is not there: this benchmark needs CAsT's conversations")
    asked = [one for one in follow_ups() if is_developed_on(one.topic) == given.develop]
    with closing(corpus()) as index:
        figures = measured(asked, lambda query: found(index, query))
    if given.develop:
        print(json.dumps(figures, indent=2))
    else:
        record("followups", "python -m benchmarks.followups", figures)


def follow_ups() -> Iterator[FollowUp]:
    """Every question with a history, once."""
    seen = set()
    for row in _rows(CAST):
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


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def corpus() -> LocalIndex:
    """Responses and distractors, each paragraph an article. Embedded once."""
    INDEX.parent.mkdir(parents=True, exist_ok=True)
    index = LocalIndex.create_or_open(INDEX, load_embedder())
    articles = list({one.id: one for one in _articles()}.values())
    for start in range(0, len(articles), 64):
        index.add(articles[start : start + 64])
    index.publish()
    return index


def _articles() -> Iterator[Article]:
    for row in _rows(CAST):
        if row["response"]:
            yield _article("", row["response"])
    for name in DISTRACTORS:
        for row in _rows(SHARED_DATA / "dev" / f"{name}.jsonl.gz"):
            yield _article((row["title"] or "").replace("_", " "), row["context"])


def _article(title: str, text: str) -> Article:
    identifier = article_id(text)
    return Article(identifier, f"followups:{identifier[:12]}", title, text, identifier)


def article_id(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def found(index: LocalIndex, query: str) -> list[tuple[str, int]]:
    """The first passages, by their article's id and their place in it."""
    return [(hit.article.id, hit.passage.ordinal) for hit in index.search(query[:2000], DEPTH)]


def ways() -> dict[str, Way]:
    return {
        "question": lambda one: one.question,
        "last_question_and_question": lambda one: f"{one.history[-1].question} {one.question}",
        "all_questions": lambda one: " ".join([*(turn.question for turn in one.history), one.question]),
        "whole_history": lambda one: " ".join([*_said(one.history), one.question])[-2000:],
        "rewritten": lambda one: rewrite(one.question, one.history),
        "person": lambda one: one.rewrite,
    }


def _said(history: Iterable[Turn]) -> list[str]:
    return [text for turn in history for text in (turn.question, turn.answer) if text]


def measured(asked: Sequence[FollowUp], search: Callable[[str], list[tuple[str, int]]]) -> dict[str, Any]:
    topics = [one.topic for one in asked]
    persons = [search(one.rewrite) for one in asked]
    figures: dict[str, Any] = {"follow_ups": len(asked), "topics": len(set(topics))}
    for name, way in ways().items():
        results = [search(way(one)) for one in asked]
        recalls = [
            (one.topic, float(article_id(one.response) in {article for article, _ in result}))
            for one, result in zip(asked, results, strict=True)
            if one.response
        ]
        overlaps = [len(set(mine) & set(theirs)) / DEPTH for mine, theirs in zip(results, persons, strict=True)]
        same_first = [float(mine[:1] == theirs[:1]) for mine, theirs in zip(results, persons, strict=True)]
        figures[name] = {
            "recall@10": interval([topic for topic, _ in recalls], [value for _, value in recalls]),
            "overlap@10": interval(topics, overlaps),
            "same_first": interval(topics, same_first),
        }
        print(name, {key: value["value"] for key, value in figures[name].items()}, flush=True)
    return figures


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


if __name__ == "__main__":
    main()
