"""From a question to its answer over all of SQuAD's development paragraphs, and how long it takes.

    python -m benchmarks.squad [--questions N]

Every distinct paragraph is an article; every question has an answer in one of them. Figures are over the half of the
questions on which nothing was chosen. `recall@1` counts a question whose best span, before the reader decides whether
to give it, lies in the right article; `f1_if_always_answered` scores that span, and `f1` what a person is given,
where refusing scores nothing.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter

from benchmarks.record import interval, percentiles, record
from benchmarks.retrieval import DATA, INDEX, build_index, load_squad, sample
from index.embedding import load_embedder
from index.local import LocalIndex
from index.types import Hit
from qa.chain import answer_chain
from qa.evaluation.answers import exact_match, f1
from qa.readers.extractive import ExtractiveReader, Judgement, load_reader
from qa.types import Reading


@dataclass
class RecordingReader:
    """The reader itself, which also remembers what it thought before it decided."""

    reader: ExtractiveReader
    judgements: list[Judgement | None] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.reader.name

    def read(self, question: str, hits: Sequence[Hit]) -> Reading:
        self.judgements.append(self.reader.judge(question, hits))
        return self.reader.decide(self.judgements[-1])


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--questions", type=int, default=1000, help="how many questions (default 1000)")
    options = parser.parse_args(arguments)
    if not DATA.exists():
        sys.exit(f"{DATA} is not there: this benchmark needs SQuAD's development set")
    questions, articles = load_squad(DATA)
    accepted = _accepted()
    embedder, reader = load_embedder(), RecordingReader(load_reader())
    build_index(articles.values(), embedder)
    index = LocalIndex.open(INDEX, embedder)
    chain = answer_chain(index, reader)
    chain.invoke("Is everything loaded?")
    asked = sample(questions[1::2], options.questions)
    right_first, forced, given, given_exactly, refused, times_ms = [], [], [], [], [], []
    for question in asked:
        start = perf_counter()
        answer = chain.invoke(question.text)
        times_ms.append((perf_counter() - start) * 1000)
        judgement = reader.judgements[-1]
        best = judgement.answers[0].best if judgement else None
        wanted = accepted[question.text]
        right_first.append(float(best is not None and best.hit.article.id == question.article_id))
        forced.append(f1(best.text if best else None, wanted))
        given.append(f1(answer.text, wanted))
        given_exactly.append(exact_match(answer.text, wanted))
        refused.append(float(answer.text is None))
    index.close()
    figures = {
        "articles": len(articles),
        "recall@1": interval(right_first),
        "f1_if_always_answered": interval(forced),
        "f1": interval(given),
        "exact_match": interval(given_exactly),
        "refused": interval(refused),
        "warm_question_ms": percentiles(times_ms),
    }
    record("squad", f"python -m benchmarks.squad --questions {options.questions}", figures)


def _accepted() -> dict[str, list[str]]:
    with gzip.open(DATA, "rt", encoding="utf-8") as lines:
        return {row["question"]: row["answers"]["text"] for row in map(json.loads, lines)}


if __name__ == "__main__":
    main()
