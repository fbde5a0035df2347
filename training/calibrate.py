"""Fit how sure a reader is, and from where it answers: python -m training.calibrate READER OUT [--questions 1500]

READER is `embedded` or a folder; OUT is the folder whose calibration.json, reliability.svg and risk-coverage.svg are
written. What it is fitted on stands in `training.cases`; nothing that is reported is looked at.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click
import numpy as np
import numpy.typing as npt

from qa.evaluation.answers import f1
from qa.evaluation.metrics import expected_calibration_error
from qa.evaluation.plots import reliability_plot, risk_coverage_plot
from qa.readers.calibration import FORMAT, Calibration, Caution, Signals
from qa.readers.extractive import PASSAGES_FIRST, load_reader
from qa.readers.ranking import ranked, retrieval_shares, signals, worth_reading
from training.cases import Case, gather

RIGHT_FROM_F1 = 0.5
RETRIEVAL_WEIGHTS = (0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 7.0, 10.0)
TOO_CLOSE = 0.002
"""What these few questions cannot tell apart. Of such weights the smallest is taken, which trusts the reader most."""
FOLDS = 5
CEILINGS = np.arange(0.0, 15.5, 0.5)
SAME_ANSWER = 0.995
"""The share of questions that must get the answer that they get when every passage is read."""
LOW_ANSWERS = 0.95
"""With low caution: the share of answerable questions that get an answer."""
ANSWERABLE = 0.75
"""The share of answerable questions that confidence and thresholds are fitted for. People mostly ask what articles
answer; the cases here are unanswerable nearly half of the time, and thresholds fitted for that refuse too much."""
HIGH_RIGHT = 0.8
"""With high caution: the share of the answers given that are right."""

STYLE = (
    "<style>svg{background:#fff}text{font:11px sans-serif;fill:#444}.grid{stroke:#ddd}"
    ".bar{fill:#4a6fa5}.curve{fill:none;stroke:#4a6fa5;stroke-width:2}.ideal{stroke:#999;stroke-dasharray:4}</style>"
)

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@click.command()
@click.argument("reader")
@click.argument("out", type=click.Path(file_okay=False, exists=True, path_type=Path))
@click.option("--data", type=click.Path(exists=True, path_type=Path), default="../shared/data/train", show_default=True)
@click.option("--questions", default=1500, show_default=True)
@click.option("--kept", type=click.Path(path_type=Path), default=".cache/calibration", show_default=True)
def main(reader: str, out: Path, data: Path, questions: int, kept: Path) -> None:
    """Fit READER's calibration and write it, with its pictures, to the folder OUT."""
    cases = gather(load_reader(reader), data, questions, kept)
    calibration, figures, (probabilities, right) = fit(cases)
    settings = {"format": FORMAT, **asdict(calibration), "figures": figures}
    (out / "calibration.json").write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
    for name, picture in pictures(probabilities, right).items():
        (out / name).write_text(picture, encoding="utf-8")
    click.echo(json.dumps(settings, indent=2))


def fit(cases: Sequence[Case]) -> tuple[Calibration, dict[str, Any], tuple[Floats, Flags]]:
    """Choose the weight of retrieval by F1 on what is answerable, then fit the probabilities, then the thresholds.

    Also gives the figures, and of each case its probability, by a fit that has not seen it, and whether it is right.
    """
    by_weight = {weight: answerable_f1(cases, weight) for weight in RETRIEVAL_WEIGHTS}
    retrieval_weight = min(weight for weight in by_weight if by_weight[weight] > max(by_weight.values()) - TOO_CLOSE)
    answers = [case.ranked_with(retrieval_weight) for case in cases]
    features = np.array(
        [list(asdict(signals(one[0], case.hits)).values()) for case, one in zip(cases, answers, strict=True)]
    )
    scores = np.array([f1(one[0].best.text, case.accepted) for case, one in zip(cases, answers, strict=True)])
    answerable = np.array([bool(case.accepted) for case in cases])
    scores = np.where(answerable, scores, 0.0)
    right = scores >= RIGHT_FROM_F1
    shares = np.where(answerable, ANSWERABLE / answerable.mean(), (1 - ANSWERABLE) / (1 - answerable.mean()))
    weights, bias = logistic(features, right, shares)
    unseen = held_out(features, right, shares)
    calibration = Calibration(
        dict(zip(Signals.__dataclass_fields__, weights, strict=True)),
        bias,
        thresholds(unseen, scores, answerable),
        retrieval_weight,
    )
    calibration = replace(calibration, span_ceiling=span_ceiling(cases, calibration))
    # Pictures and overall figures are of cases drawn in those shares, too.
    drawn = np.random.default_rng(0).choice(len(right), size=len(right), p=shares / shares.sum())
    taken_away = without_their_answer(cases)
    at = {name: report(unseen, scores, answerable, taken_away, one) for name, one in calibration.thresholds.items()}
    figures = {
        "f1_by_retrieval_weight": by_weight,
        **overview(unseen[drawn], scores[drawn], answerable[drawn]),
        "by_caution": at,
    }
    return calibration, figures, (unseen[drawn], right[drawn])


def span_ceiling(cases: Sequence[Case], calibration: Calibration) -> float:
    """The lowest ceiling with which nearly every question gets the same answer as without one."""
    whole = [case.ranked_with(calibration.retrieval_weight)[0].best.text for case in cases]
    for ceiling in CEILINGS:
        capped = replace(calibration, span_ceiling=float(ceiling))
        if np.mean([cut_off(case, capped) == text for case, text in zip(cases, whole, strict=True)]) >= SAME_ANSWER:
            return float(ceiling)
    return math.inf


def cut_off(case: Case, calibration: Calibration) -> str | None:
    """The answer where passages that can hardly win are not read; None where those that are read hold no span."""
    shares = dict(zip((id(hit) for hit in case.hits), retrieval_shares(case.hits), strict=True))
    first = sorted(shares, key=lambda hit: -shares[hit])[:PASSAGES_FIRST]
    valued = [
        replace(span, value=span.span + calibration.retrieval_weight * shares[id(span.hit)]) for span in case.spans
    ]
    best = max((one for one in valued if id(one.hit) in first), key=lambda one: one.value, default=None)
    read = [
        span
        for span in valued
        if id(span.hit) in first or worth_reading(span.hit.passage.text, shares[id(span.hit)], best, calibration)
    ]
    return ranked(read)[0].best.text if read else None


def answerable_f1(cases: Sequence[Case], retrieval_weight: float) -> float:
    values = [f1(case.ranked_with(retrieval_weight)[0].best.text, case.accepted) for case in cases if case.accepted]
    return round(float(np.mean(values)), 4)


def logistic(features: Floats, right: Flags, shares: Floats) -> tuple[list[float], float]:
    from sklearn.linear_model import LogisticRegression

    center, scale = features.mean(axis=0), features.std(axis=0) + 1e-9
    model = LogisticRegression(max_iter=1000).fit((features - center) / scale, right, sample_weight=shares)
    weights = model.coef_[0] / scale
    return [round(float(weight), 4) for weight in weights], round(float(model.intercept_[0] - weights @ center), 4)


def held_out(features: Floats, right: Flags, shares: Floats) -> Floats:
    """Each case's probability from a fit on the other folds. A question's two variants lie in one: neighbours."""
    folds = np.arange(len(features)) * FOLDS // len(features)
    unseen = np.zeros(len(features))
    for fold in range(FOLDS):
        weights, bias = logistic(features[folds != fold], right[folds != fold], shares[folds != fold])
        unseen[folds == fold] = 1 / (1 + np.exp(-(features[folds == fold] @ np.array(weights) + bias)))
    return unseen


def thresholds(probabilities: Floats, scores: Floats, answerable: Flags) -> dict[Caution, float]:
    """The probability from which to answer, by caution; never in another order than low, normal, high."""
    candidates = np.arange(0.02, 0.98, 0.01)
    normal = best_threshold(probabilities, scores, answerable)
    low = [at for at in candidates if (probabilities >= at)[answerable].mean() >= LOW_ANSWERS]
    high = [at for at in candidates if _right(probabilities, scores, answerable, at) >= HIGH_RIGHT]
    return {
        "low": round(min(normal, float(max(low, default=0.0))), 2),
        "normal": normal,
        "high": round(max(normal, float(min(high, default=0.9))), 2),
    }


def _right(probabilities: Floats, scores: Floats, answerable: Flags, threshold: float) -> float:
    """The share of the answers given that are right, over questions of which the share ANSWERABLE is answerable."""
    given, right = probabilities >= threshold, scores >= RIGHT_FROM_F1
    told = ANSWERABLE * given[answerable].mean() + (1 - ANSWERABLE) * given[~answerable].mean()
    return float(ANSWERABLE * (given & right)[answerable].mean() / told) if told else 0.0


def best_threshold(probabilities: Floats, scores: Floats, answerable: Flags) -> float:
    """The middle of where the mean is highest of: F1 for an answer given, one for an unanswerable question refused."""
    candidates = np.arange(0.05, 0.95, 0.01)
    values = np.array([overall(probabilities, scores, answerable, at) for at in candidates])
    return round(float(candidates[values > values.max() - TOO_CLOSE].mean()), 2)


def overall(probabilities: Floats, scores: Floats, answerable: Flags, threshold: float) -> float:
    """Over questions of which the share ANSWERABLE is answerable."""
    served = np.where(probabilities >= threshold, scores, (~answerable).astype(float))
    return float(ANSWERABLE * served[answerable].mean() + (1 - ANSWERABLE) * served[~answerable].mean())


def overview(probabilities: Floats, scores: Floats, answerable: Flags) -> dict[str, Any]:
    """What holds whatever the threshold."""
    from sklearn.metrics import brier_score_loss, roc_auc_score

    right = scores >= RIGHT_FROM_F1
    figures = {
        "right_answering_always": float(right[answerable].mean()),
        "area_under_roc": float(roc_auc_score(right, probabilities)),
        "brier": float(brier_score_loss(right, probabilities)),
        "expected_calibration_error": float(expected_calibration_error(probabilities, right.astype(float))),
    }
    rounded = {name: round(value, 4) for name, value in figures.items()}
    return {"cases": len(scores), "answerable": int(answerable.sum()), **rounded}


def without_their_answer(cases: Sequence[Case]) -> Flags:
    """Which cases are unanswerable because what answers them was taken away; the others are made to mislead."""
    answerable = {case.id for case in cases if case.accepted}
    return np.array([not case.accepted and case.id in answerable for case in cases])


def report(
    probabilities: Floats, scores: Floats, answerable: Flags, taken_away: Flags, threshold: float
) -> dict[str, float]:
    """What a threshold costs and brings."""
    given = probabilities >= threshold
    figures = {
        "served_rightly": overall(probabilities, scores, answerable, threshold),
        "right_of_those_answered": _right(probabilities, scores, answerable, threshold),
        "answerable_answered": float(given[answerable].mean()),
        "unanswerable_refused": float((~given)[~answerable].mean()),
        "refused_where_no_passage_answers": float((~given)[taken_away].mean()),
        "refused_where_adversarial": float((~given)[~answerable & ~taken_away].mean()),
    }
    return {name: round(value, 4) for name, value in figures.items()}


def pictures(probabilities: Floats, right: Flags) -> dict[str, str]:
    """How far confidence is from the share that is right, and what answering more costs, as SVG files by name."""
    told = right.astype(float)
    plots = {
        "reliability.svg": reliability_plot(probabilities, told),
        "risk-coverage.svg": risk_coverage_plot(probabilities, told, len(told)),
    }
    return {
        name: plot.replace(">", f' xmlns="http://www.w3.org/2000/svg">{STYLE}', 1) + "\n"
        for name, plot in plots.items()
    }


if __name__ == "__main__":
    main()
