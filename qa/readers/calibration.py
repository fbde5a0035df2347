"""From a reader's scores to the probability that its answer is right, and whether to give it. Pure but for loading."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from index.errors import ModelError

FORMAT = 2
Caution = Literal["low", "normal", "high"]
CAUTIONS: tuple[Caution, ...] = get_args(Caution)
"""What one would rather have: `low` an answer even if it may be wrong, `high` none unless it is very likely right,
`normal` as many questions as possible served rightly. What each costs stands in the reader's model card."""


@dataclass(frozen=True, slots=True)
class Signals:
    """What a probability is made of.

    The lead over the next answer, the question's words in the passage, the number of articles that agree and the
    length of the answer were tried too; they added nothing to these two.
    """

    span: float
    """The best span's score over that of no answer, in logits."""
    retrieval: float
    """The fused score of its passage over the best fused score of the search: in [0, 1]."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic model of the signals, with the probabilities from which an answer is given."""

    weights: Mapping[str, float]
    bias: float
    thresholds: Mapping[Caution, float]
    retrieval_weight: float
    """How many logits of span score the best fused score is worth when answers are ranked."""
    span_ceiling: float = math.inf
    """What a span of a passage not read yet is taken to score at most; a passage that could not win so stays unread."""

    def probability(self, signals: Signals) -> float:
        values = asdict(signals)
        logit = self.bias + sum(weight * values[name] for name, weight in self.weights.items())
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))


UNCALIBRATED = Calibration(
    weights={"span": 0.5}, bias=0.0, thresholds={"low": 0.3, "normal": 0.5, "high": 0.7}, retrieval_weight=5.0
)
"""For models without a calibration of their own: an answer is given when its span beats the model's no-answer score."""


def calibration_of(settings: Mapping[str, Any]) -> Calibration:
    """What `calibration.json` says; UNCALIBRATED where there is none. Raises ModelError if it is not one of ours."""
    if not settings:
        return UNCALIBRATED
    if settings.get("format") != FORMAT:
        raise ModelError("The reader's calibration.json is of another version. Run training/calibrate.py for it.")
    try:
        weights = {str(name): float(weight) for name, weight in settings["weights"].items()}
        thresholds = {caution: float(settings["thresholds"][caution]) for caution in CAUTIONS}
        numbers = {name: float(settings[name]) for name in ("bias", "retrieval_weight", "span_ceiling")}
        if not weights.keys() <= set(Signals.__dataclass_fields__):
            raise ValueError(f"signals {sorted(weights)}")
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelError(f"The reader's calibration.json is damaged ({error!r}). Get the model again.") from error
    return Calibration(weights=weights, thresholds=thresholds, **numbers)
