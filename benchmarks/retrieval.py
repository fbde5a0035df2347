"""Recall of the right passage by words, by vectors and by both, on SQuAD's development set.

    python -m benchmarks.retrieval [--questions N] [--title-boosts]

Each distinct paragraph is an article under its Wikipedia title; the right passage is any of the question's own
paragraph. The index is kept under .cache/, so a second run only searches. `--title-boosts` compares weights of the
title for the words alone, on a half of the questions that the other figures are not reported on.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from index.caches import Caches, View
from index.embedding import load_embedder
from index.local import CANDIDATES, LocalIndex
from index.protocols import Embedder
from index.rows import Rows
from index.search import fuse
from index.store import Store
from index.types import Article

PROJECT = Path(__file__).resolve().parent.parent
DATA = PROJECT.parent / "shared" / "data" / "dev" / "squad_v1.1.jsonl.gz"
INDEX = PROJECT / ".cache" / "benchmarks" / "squad-index"
CUTS = (1, 5, 20)
TITLE_BOOSTS = (0.0, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and whose passage is the right one."""

    text: str
    article_id: str


Ranker = Callable[[Rows, View, str], list[int]]
"""Passages' numbers for a question, best first."""


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--questions", type=int, default=2000, help="how many questions (default 2000)")
    parser.add_argument("--title-boosts", action="store_true", help="compare weights of the title")
    options = parser.parse_args(arguments)
    if not DATA.exists():
        sys.exit(f"{DATA} is not there: this benchmark needs SQuAD's development set")
    questions, articles = load_squad(DATA)
    fitted, reported = questions[::2], questions[1::2]
    embedder = load_embedder()
    build_index(articles.values(), embedder)
    if options.title_boosts:
        report(
            {f"words, title x {boost}": by_words(boost) for boost in TITLE_BOOSTS}, sample(fitted, options.questions)
        )
    else:
        rankers = {"words": words_alone, "vectors": vectors_alone(embedder), "fused": fused(embedder)}
        report(rankers, sample(reported, options.questions))


def load_squad(path: Path) -> tuple[list[Question], dict[str, Article]]:
    """The questions in the file's order, and each distinct paragraph as an article, by id."""
    questions, articles = [], {}
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            digest = hashlib.sha256(f"{row['title']}\n{row['context']}".encode()).hexdigest()
            title = row["title"].replace("_", " ")
            articles.setdefault(digest, Article(digest, f"squad:{digest[:12]}", title, row["context"], digest))
            questions.append(Question(row["question"], digest))
    return questions, articles


def build_index(articles: Iterable[Article], embedder: Embedder) -> None:
    """Add what the kept index lacks; nothing is embedded twice."""
    INDEX.parent.mkdir(parents=True, exist_ok=True)
    index = LocalIndex.create_or_open(INDEX, embedder)
    remaining = iter(articles)
    while batch := list(islice(remaining, 64)):
        index.add(batch)
    index.publish()
    index.close()


def sample(questions: Sequence[Question], count: int) -> Sequence[Question]:
    """Questions spread evenly over all articles."""
    return questions[:: max(1, len(questions) // count)][:count]


def by_words(title_boost: float) -> Ranker:
    def rank(_: Rows, view: View, question: str) -> list[int]:
        return view.words.search(question, CANDIDATES, title_boost=title_boost)

    return rank


def words_alone(_: Rows, view: View, question: str) -> list[int]:
    return view.words.search(question, CANDIDATES)


def vectors_alone(embedder: Embedder) -> Ranker:
    return lambda _, view, question: view.vectors.search(embedder.embed_query(question), CANDIDATES)


def fused(embedder: Embedder) -> Ranker:
    by_vectors = vectors_alone(embedder)
    return lambda rows, view, question: [
        one.number for one in fuse(words_alone(rows, view, question), by_vectors(rows, view, question))
    ]


def report(rankers: dict[str, Ranker], questions: Sequence[Question]) -> None:
    store = Store.open(INDEX)
    with Caches(store).reading() as (rows, view):
        print(f"{rows.count_passages()} passages of {rows.count_articles()} articles, {len(questions)} questions")
        print(f"{'':20}" + "".join(f"{f'recall@{cut}':>12}" for cut in CUTS))
        for name, rank in rankers.items():
            ranks = list(right_ranks(rank, rows, view, questions))
            figures = (sum(place <= cut for place in ranks) / len(ranks) for cut in CUTS)
            print(f"{name:20}" + "".join(f"{figure:12.4f}" for figure in figures))
    store.close()


def right_ranks(rank: Ranker, rows: Rows, view: View, questions: Sequence[Question]) -> Iterator[int]:
    """The place of the right passage for each question, from 1; past every cut where it was not found."""
    for question in questions:
        numbers = rank(rows, view, question.text)[: max(CUTS)]
        found = rows.passages(numbers)
        places = (place for place, n in enumerate(numbers, 1) if found[n][1].id == question.article_id)
        yield next(places, max(CUTS) + 1)


if __name__ == "__main__":
    main()
