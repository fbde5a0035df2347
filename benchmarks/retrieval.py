"""Recall of the right passage by words, by vectors and by both, on SQuAD's development set.

    python -m benchmarks.retrieval [--questions N] [--title-boosts | --fusions]

Each distinct paragraph is an article under its Wikipedia title; the right passage is any of the question's own
paragraph. The index is kept under .cache/, so a second run only searches. `--title-boosts` compares weights of the
title for the words alone, and `--fusions` ways of fusing, on the half of the questions on which nothing is reported.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from benchmarks.material import KEPT, kept_index
from benchmarks.record import SHARED_DATA, record, rows_of
from index.caches.both import Caches, View
from index.caches.word_view import TITLE_BOOST
from index.local import CANDIDATES, LocalIndex
from index.models.embedding import load_embedder
from index.protocols import Embedder, Vectors
from index.search import fuse
from index.storage.rows import Rows
from index.storage.store import Store
from index.types import Article

DATA = SHARED_DATA / "dev" / "squad_v1.1.jsonl.gz"
INDEX = KEPT / "squad-index"
CUTS = (1, 5, 8, 20)
FUSIONS = ((60, 1.0), (60, 0.5), (20, 1.0), (20, 0.5), (5, 1.0), (5, 0.7), (5, 0.5))
"""Rank constants, each with the weight of the vectors where that of the words is 1."""
TITLE_BOOSTS = (0.0, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and whose passage is the right one."""

    text: str
    article_id: str


Ranker = Callable[[str], list[str]]
"""The ids of the found passages' articles for a question, best first."""


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--questions", type=int, default=2000, help="how many questions (default 2000)")
    parser.add_argument("--title-boosts", action="store_true", help="compare weights of the title")
    parser.add_argument("--fusions", action="store_true", help="compare ways of fusing")
    options = parser.parse_args(arguments)
    if not DATA.exists():
        sys.exit(f"{DATA} is not there: this benchmark needs SQuAD's development set")
    questions, articles = load_squad(DATA)
    fitted, reported = questions[::2], questions[1::2]
    kept_index(INDEX, articles.values()).close()
    embedder = load_embedder()
    index, store = LocalIndex.open(INDEX, embedder), Store.open(INDEX)
    with closing(index), closing(store), Caches(store).reading() as (rows, view):
        print(f"{rows.count_passages()} passages of {rows.count_articles()} articles")
        if options.title_boosts:
            boosts = {f"words, title x {boost}": by_words(view, rows, title_boost=boost) for boost in TITLE_BOOSTS}
            report(boosts, sample(fitted, options.questions))
        elif options.fusions:
            embed = cache(embedder.embed_query)
            ways = {f"k {k}, vectors x {weight}": by_fusion(view, rows, embed, k, weight) for k, weight in FUSIONS}
            report(ways, sample(fitted, options.questions))
        else:
            alone = {"words": by_words(view, rows), "vectors": by_vectors(view, rows, embedder)}
            figures = report({**alone, "fused": by_search(index)}, sample(reported, options.questions))
            record("retrieval", f"python -m benchmarks.retrieval --questions {options.questions}", figures)


def load_squad(path: Path) -> tuple[list[Question], dict[str, Article]]:
    """The questions in the file's order, and each distinct paragraph as an article, by id."""
    questions = list[Question]()
    articles = dict[str, Article]()
    for row in rows_of(path):
        digest = hashlib.sha256(f"{row['title']}\n{row['context']}".encode()).hexdigest()
        title = row["title"].replace("_", " ")
        articles.setdefault(digest, Article(digest, f"squad:{digest[:12]}", title, row["context"], digest))
        questions.append(Question(row["question"], digest))
    return questions, articles


def sample(questions: Sequence[Question], count: int) -> Sequence[Question]:
    """Questions spread evenly over all articles."""
    count = min(count, len(questions))
    return [questions[place * len(questions) // count] for place in range(count)]


def by_words(view: View, rows: Rows, title_boost: float = TITLE_BOOST) -> Ranker:
    return lambda question: article_ids(rows, view.words.search(question, CANDIDATES, title_boost=title_boost))


def by_vectors(view: View, rows: Rows, embedder: Embedder) -> Ranker:
    return lambda question: article_ids(rows, view.vectors.search(embedder.embed_query(question), CANDIDATES))


def by_fusion(
    view: View, rows: Rows, embed: Callable[[str], Vectors], rank_constant: int, vector_weight: float
) -> Ranker:
    def rank(question: str) -> list[str]:
        words = view.words.search(question, CANDIDATES)
        vectors = view.vectors.search(embed(question), CANDIDATES)
        best = fuse(words, vectors, rank_constant=rank_constant, vector_weight=vector_weight)
        return article_ids(rows, [one.number for one in best])

    return rank


def by_search(index: LocalIndex) -> Ranker:
    return lambda question: [hit.article.id for hit in index.search(question, max(CUTS))]


def article_ids(rows: Rows, numbers: Sequence[int]) -> list[str]:
    found = rows.passages(numbers[: max(CUTS)])
    return [found[number][1].id for number in numbers[: max(CUTS)]]


def report(rankers: dict[str, Ranker], questions: Sequence[Question]) -> dict[str, dict[str, float]]:
    print(f"{'':20}" + "".join(f"{f'recall@{cut}':>12}" for cut in CUTS))
    found: dict[str, dict[str, float]] = {}
    for name, rank in rankers.items():
        places = [place(question.article_id, rank(question.text)) for question in questions]
        found[name] = {f"recall@{cut}": sum(one <= cut for one in places) / len(places) for cut in CUTS}
        print(f"{name:20}" + "".join(f"{figure:12.4f}" for figure in found[name].values()), flush=True)
    return found


def place(article_id: str, ranking: Sequence[str]) -> int:
    """Where the right passage stands, from 1; past every cut where it was not found."""
    return ranking.index(article_id) + 1 if article_id in ranking else max(CUTS) + 1


if __name__ == "__main__":
    main()
