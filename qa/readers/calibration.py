"""From a reader's scores to the probability that its answer is right, and whether to give it. Pure but for loading."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from index.errors import ModelError

FORMAT = 1


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
    """A logistic model of the signals, with the probability from which an answer is given."""

    weights: Mapping[str, float]
    bias: float
    threshold: float
    retrieval_weight: float
    """How many logits of span score the best fused score is worth when answers are ranked."""

    def probability(self, signals: Signals) -> float:
        values = asdict(signals)
        logit = self.bias + sum(weight * values[name] for name, weight in self.weights.items())
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))


UNCALIBRATED = Calibration(weights={"span": 0.5}, bias=0.0, threshold=0.5, retrieval_weight=5.0)
"""For models without a calibration of their own: an answer is given when its span beats the model's no-answer score."""


def calibration_of(settings: Mapping[str, Any]) -> Calibration:
    """What `calibration.json` says; UNCALIBRATED where there is none. Raises ModelError if it is not one of ours."""
    if not settings:
        return UNCALIBRATED
    try:
        weights = {str(name): float(weight) for name, weight in settings["weights"].items()}
        numbers = {name: float(settings[name]) for name in ("bias", "threshold", "retrieval_weight")}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelError(f"The reader's calibration.json is damaged ({error!r}). Get the model again.") from error
    if settings.get("format") != FORMAT or not weights.keys() <= set(Signals.__dataclass_fields__):
        raise ModelError("The reader's calibration.json is of another version. Run training/calibrate.py for it.")
    return Calibration(weights=weights, **numbers)
