"""What a reader finds in use, kept as JSON: questions with the passages that were found for them and every good span.

The questions are held apart from training and from what is reported (`training.measured`), and go the product's way:
searched for among thousands of paragraphs, eight passages read. Unanswerable are the adversarial ones of SQuAD 2.0,
and every second answerable one again without any passage that holds an accepted answer.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import click

from index.local import LocalIndex
from index.models.embedding import load_embedder
from index.types import Article, Hit, Passage
from qa.readers.extractive import ExtractiveReader
from qa.readers.ranking import Candidate, RankedAnswer, ranked, retrieval_shares
from training.measured import fitted_on
from training.prepare import read_clean, split
from training.rows import Row, read_rows

DISTRACTORS = 500
"""Paragraphs of each training file that are searched although no question is asked of them."""
ARTICLES_AT_ONCE = 64
PASSAGES = 8
SPANS = 60
"""Kept of each case, the best by score."""


@dataclass(frozen=True, slots=True)
class Case:
    """A question with the passages that were found for it; without accepted answers, the passages do not say."""

    id: str
    question: str
    accepted: tuple[str, ...]
    hits: tuple[Hit, ...]
    spans: tuple[Candidate, ...]

    def ranked_with(self, retrieval_weight: float) -> list[RankedAnswer]:
        """The answers, best first, as they are with this weight of the search's opinion."""
        shares = dict(zip((id(hit) for hit in self.hits), retrieval_shares(self.hits), strict=True))
        return ranked(replace(span, value=span.span + retrieval_weight * shares[id(span.hit)]) for span in self.spans)


def gather(reader: ExtractiveReader, data: Path, questions: int, folder: Path) -> list[Case]:
    """The cases of that many questions. What was read before is kept in `folder`, so that a stopped run goes on."""
    asked, articles = choose(data, questions)
    kept = folder / f"{hashlib.sha256(reader.key.encode()).hexdigest()[:16]}.jsonl"
    kept.parent.mkdir(parents=True, exist_ok=True)
    lines = kept.read_text(encoding="utf-8").splitlines() if kept.exists() else []
    read = {line["row"]: [case_from_json(one) for one in line["cases"]] for line in map(json.loads, lines)}
    index = LocalIndex.create_or_open(folder / "index", load_embedder())
    distinct = list({article.id: article for article in articles}.values())
    for at in range(0, len(distinct), ARTICLES_AT_ONCE):
        index.add(distinct[at : at + ARTICLES_AT_ONCE])
    index.publish()
    with kept.open("a", encoding="utf-8") as file, click.progressbar(asked, label="Reading") as progress:
        for number, row in enumerate(progress):
            if row.id not in read:
                hits = index.search(row.question, 3 * PASSAGES)
                found = [_judged(reader, row, *one) for one in variants(row, hits, both=number % 2 == 0)]
                read[row.id] = [case for case in found if case.spans]
                file.write(json.dumps({"row": row.id, "cases": [case_to_json(case) for case in read[row.id]]}) + "\n")
    index.close()
    return [case for row in asked for case in read[row.id]]


def _judged(reader: ExtractiveReader, row: Row, accepted: tuple[str, ...], hits: Sequence[Hit]) -> Case:
    spans = sorted(reader.candidates(row.question, hits), key=lambda one: -one.value)
    return Case(row.id, row.question, accepted, tuple(hits), tuple(spans[:SPANS]))


def choose(data: Path, questions: int) -> tuple[list[Row], list[Article]]:
    """The questions, in a random order that is always the same, and the paragraphs to search."""
    chance = random.Random(0)
    learning, held_out = split(read_clean(data, data.parent / "dev"))
    adversarial = [row for row in read_rows(data.parent / "dev" / "squad_v2.jsonl.gz") if fitted_on(row)]
    sources = [chance.sample(rows, len(rows)) for rows in (*held_out.values(), adversarial)]
    # In turn, so that any number of questions is a mixture of the kinds.
    asked = [row for rows in _in_turn(sources) for row in rows]
    paragraphs = [article_of(row) for row in (*asked, *adversarial)]
    for rows in learning.values():
        articles = list({article.id: article for article in map(article_of, rows)}.values())
        paragraphs.extend(chance.sample(articles, min(DISTRACTORS, len(articles))))
    return asked[:questions], paragraphs


def _in_turn(sources: Sequence[Sequence[Row]]) -> Iterator[list[Row]]:
    rests = [iter(rows) for rows in sources]
    while taken := [row for rest in rests for row in islice(rest, 1)]:
        yield taken


def article_of(row: Row) -> Article:
    digest = hashlib.sha256(row.passage.encode()).hexdigest()
    return Article(digest, f"train:{digest[:16]}", row.title.replace("_", " "), row.passage, digest)


def variants(row: Row, hits: Sequence[Hit], *, both: bool) -> Iterator[tuple[tuple[str, ...], Sequence[Hit]]]:
    """The question as it was found and, on demand, as if no article said it."""
    accepted = tuple(text for _, text in row.answers)
    yield accepted, hits[:PASSAGES]
    if accepted and both:
        silent = [hit for hit in hits if not any(answer in hit.passage.text for answer in accepted)]
        if silent:
            yield (), _reranked(silent)[:PASSAGES]


def _reranked(hits: Sequence[Hit]) -> list[Hit]:
    """The ranks as they would have been without the passages taken away."""
    by_words = _ranks_of(hit.word_rank for hit in hits)
    by_vectors = _ranks_of(hit.vector_rank for hit in hits)
    return [
        replace(hit, word_rank=by_words.get(hit.word_rank), vector_rank=by_vectors.get(hit.vector_rank)) for hit in hits
    ]


def _ranks_of(ranks: Iterable[int | None]) -> dict[int | None, int]:
    return {rank: place for place, rank in enumerate(sorted(rank for rank in ranks if rank), start=1)}


def case_to_json(case: Case) -> dict[str, Any]:
    numbers = {id(hit): number for number, hit in enumerate(case.hits)}
    return {
        "id": case.id,
        "question": case.question,
        "accepted": case.accepted,
        "hits": [
            [hit.article.id, hit.article.title, hit.passage.start, hit.passage.text, hit.score] for hit in case.hits
        ],
        "spans": [[numbers[id(one.hit)], one.start, one.end, one.span] for one in case.spans],
    }


def case_from_json(kept: dict[str, Any]) -> Case:
    hits = tuple(_hit(*parts) for parts in kept["hits"])
    spans = tuple(Candidate(hits[number], start, end, span, span) for number, start, end, span in kept["spans"])
    return Case(kept["id"], kept["question"], tuple(kept["accepted"]), hits, spans)


def _hit(article_id: str, title: str, start: int, text: str, score: float) -> Hit:
    """A passage with as much of its article as spans of it need."""
    article = Article(article_id, article_id, title, " " * start + text, "")
    return Hit(Passage(article_id, 0, start, start + len(text), text), article, score, None, None)
