"""Fit how sure a reader is, and from where it answers: python -m training.calibrate READER OUT [--questions 1000]

READER is `embedded` or a folder; OUT is the calibration.json to write. The questions are those that training holds out
of ../shared/data/train, and go the product's own way: searched for among thousands of paragraphs, eight passages read.
Unanswerable are the adversarial ones of SQuAD 2.0, and answerable ones again without any passage that holds an
accepted answer. Nothing that is reported is looked at.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.embedding import load_embedder
from index.local import LocalIndex
from index.types import Article, Hit
from qa.evaluation.answers import f1
from qa.readers.calibration import FORMAT, Calibration, Signals
from qa.readers.extractive import ExtractiveReader, load_reader
from qa.readers.ranking import RankedAnswer, ranked, retrieval_shares, signals
from training.prepare import read_clean, split
from training.rows import Row

PROJECT = Path(__file__).resolve().parent.parent
DATA = PROJECT.parent / "shared" / "data" / "train"
INDEX = PROJECT / ".cache" / "calibration-index"
DISTRACTORS = 500
"""Paragraphs of each file that are searched although no question is asked of them."""

PASSAGES = 8
RIGHT_FROM_F1 = 0.5
RETRIEVAL_WEIGHTS = (0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 7.0, 10.0)
TOO_CLOSE = 0.002
"""What these few questions cannot tell apart. Of such weights the smallest is taken, which trusts the reader most."""
FOLDS = 5

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Case:
    """A question with the passages that were found for it; without accepted answers, the passages do not say."""

    question: str
    accepted: tuple[str, ...]
    hits: tuple[Hit, ...]
    answers: tuple[RankedAnswer, ...]

    def ranked_with(self, retrieval_weight: float) -> list[RankedAnswer]:
        shares = dict(zip((id(hit) for hit in self.hits), retrieval_shares(self.hits), strict=True))
        spans = (span for answer in self.answers for span in answer.candidates)
        return ranked(replace(span, value=span.span + retrieval_weight * shares[id(span.hit)]) for span in spans)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reader")
    parser.add_argument("out", type=Path)
    parser.add_argument("--questions", type=int, default=1000)
    given = parser.parse_args()
    cases = gather(load_reader(given.reader), given.questions)
    calibration, figures = fit(cases)
    settings = {"format": FORMAT, **asdict(calibration), "figures": figures}
    given.out.write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(settings, indent=2))


def gather(reader: ExtractiveReader, questions: int) -> list[Case]:
    asked, articles = choose(questions)
    index = LocalIndex.create_or_open(INDEX, load_embedder())
    index.add(list({article.id: article for article in articles}.values()))
    index.publish()
    cases = []
    for number, row in enumerate(asked):
        if number % 50 == 0:
            print(f"{number} of {len(asked)} questions read", file=sys.stderr)
        for accepted, hits in variants(row, index.search(row.question, 3 * PASSAGES), both=number % 2 == 0):
            judgement = reader.judge(row.question, hits)
            if judgement:
                cases.append(Case(row.question, accepted, tuple(hits), judgement.answers))
    return cases


def choose(questions: int) -> tuple[list[Row], list[Article]]:
    """The questions, in a random order that is always the same, and the paragraphs to search."""
    chance = random.Random(0)
    learning, held_out = split(read_clean(DATA, DATA.parent / "dev"))
    asked = [row for rows in held_out.values() for row in rows]
    chance.shuffle(asked)
    paragraphs = [article_of(row) for row in asked]
    for rows in learning.values():
        articles = list({article.id: article for article in map(article_of, rows)}.values())
        paragraphs.extend(chance.sample(articles, min(DISTRACTORS, len(articles))))
    return asked[:questions], paragraphs


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
            yield (), reranked(silent)[:PASSAGES]


def reranked(hits: Sequence[Hit]) -> list[Hit]:
    """The ranks as they would have been without the passages taken away."""
    by_words = ranks_of(hit.word_rank for hit in hits)
    by_vectors = ranks_of(hit.vector_rank for hit in hits)
    return [
        replace(hit, word_rank=by_words.get(hit.word_rank), vector_rank=by_vectors.get(hit.vector_rank)) for hit in hits
    ]


def ranks_of(ranks: Iterable[int | None]) -> dict[int | None, int]:
    return {rank: place for place, rank in enumerate(sorted(rank for rank in ranks if rank), start=1)}


def fit(cases: Sequence[Case]) -> tuple[Calibration, dict[str, Any]]:
    """Choose the weight of retrieval by F1 on what is answerable, then fit the probabilities, then the threshold."""
    by_weight = {weight: answerable_f1(cases, weight) for weight in RETRIEVAL_WEIGHTS}
    retrieval_weight = min(weight for weight in by_weight if by_weight[weight] > max(by_weight.values()) - TOO_CLOSE)
    answers = [case.ranked_with(retrieval_weight) for case in cases]
    found = [asdict(signals(answer[0], case.hits)) for case, answer in zip(cases, answers, strict=True)]
    names = list(Signals.__dataclass_fields__)
    features = np.array([[signal[name] for name in names] for signal in found])
    scores = np.array([f1(answer[0].best.text, case.accepted) for case, answer in zip(cases, answers, strict=True)])
    answerable = np.array([bool(case.accepted) for case in cases])
    scores = np.where(answerable, scores, 0.0)
    right = scores >= RIGHT_FROM_F1
    weights, bias = logistic(features, right)
    unseen = held_out(features, right)
    threshold = best_threshold(unseen, scores, answerable)
    calibration = Calibration(dict(zip(names, weights, strict=True)), bias, threshold, retrieval_weight)
    figures = {"f1_by_retrieval_weight": by_weight, **report(unseen, scores, answerable, threshold)}
    return calibration, figures


def answerable_f1(cases: Sequence[Case], retrieval_weight: float) -> float:
    values = [f1(case.ranked_with(retrieval_weight)[0].best.text, case.accepted) for case in cases if case.accepted]
    return round(float(np.mean(values)), 4)


def logistic(features: Floats, right: npt.NDArray[np.bool_]) -> tuple[list[float], float]:
    from sklearn.linear_model import LogisticRegression

    center, scale = features.mean(axis=0), features.std(axis=0) + 1e-9
    model = LogisticRegression(max_iter=1000).fit((features - center) / scale, right)
    weights = model.coef_[0] / scale
    return [round(float(weight), 4) for weight in weights], round(float(model.intercept_[0] - weights @ center), 4)


def held_out(features: Floats, right: npt.NDArray[np.bool_]) -> Floats:
    """Each case's probability from a fit on the other folds. A question's two variants lie in one: neighbours."""
    folds = np.arange(len(features)) * FOLDS // len(features)
    unseen = np.zeros(len(features))
    for fold in range(FOLDS):
        weights, bias = logistic(features[folds != fold], right[folds != fold])
        unseen[folds == fold] = 1 / (1 + np.exp(-(features[folds == fold] @ np.array(weights) + bias)))
    return unseen


def best_threshold(probabilities: Floats, scores: Floats, answerable: npt.NDArray[np.bool_]) -> float:
    """The middle of where the mean is highest of: F1 for an answer given, one for an unanswerable question refused."""
    candidates = np.arange(0.05, 0.95, 0.01)
    values = np.array([overall(probabilities, scores, answerable, at) for at in candidates])
    return round(float(candidates[values > values.max() - TOO_CLOSE].mean()), 2)


def overall(probabilities: Floats, scores: Floats, answerable: npt.NDArray[np.bool_], threshold: float) -> float:
    given = probabilities >= threshold
    return float(np.where(given, scores, (~answerable).astype(float)).mean())


def report(
    probabilities: Floats, scores: Floats, answerable: npt.NDArray[np.bool_], threshold: float
) -> dict[str, Any]:
    from sklearn.metrics import brier_score_loss, roc_auc_score

    right, given = scores >= RIGHT_FROM_F1, probabilities >= threshold
    figures = {
        "overall_at_threshold": overall(probabilities, scores, answerable, threshold),
        "overall_answering_always": overall(probabilities, scores, answerable, 0.0),
        "right_of_those_answered": float(right[given].mean()),
        "answerable_answered": float(given[answerable].mean()),
        "unanswerable_refused": float((~given)[~answerable].mean()),
        "area_under_roc": float(roc_auc_score(right, probabilities)),
        "brier": float(brier_score_loss(right, probabilities)),
    }
    bins = np.clip((probabilities * 10).astype(int), 0, 9)
    reliability = {
        f"{low / 10:.1f}": [int((bins == low).sum()), round(float(right[bins == low].mean()), 3)]
        for low in range(10)
        if (bins == low).any()
    }
    rounded = {name: round(value, 4) for name, value in figures.items()}
    return {
        "cases": len(scores),
        "answerable": int(answerable.sum()),
        **rounded,
        "right_by_probability": reliability,
    }


if __name__ == "__main__":
    main()
