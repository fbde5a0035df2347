import numpy as np
import pytest

from training.average import average
from training.rows import Row
from training.scores import best_threshold, score
from training.spans import Best
from training.train import rate

ANSWERED = Row("1", "squad", "", "It is red.", "Which?", ((6, "red"),))
SILENT = Row("2", "squad", "", "It is red.", "Who?", ())


def test_a_refusal_is_right_for_an_unanswerable_question_only() -> None:
    rows, best = [ANSWERED, SILENT], [Best("red", 3.0), Best("red", 1.0)]
    assert score(rows, best, 2.0).f1 == 100
    assert score(rows, best, 0.0).f1 == 50
    assert score(rows, best, 4.0).exact_match == 50


def test_the_best_threshold_lies_between_answers_and_refusals() -> None:
    rows = [ANSWERED] * 5 + [SILENT] * 5
    best = [Best("red", 5.0 + n) for n in range(5)] + [Best("red", -5.0 - n) for n in range(5)]
    threshold = best_threshold(rows, best)
    assert score(rows, best, threshold - 1e-6).f1 == 100


def test_an_average_is_between() -> None:
    one, other = {"w": np.array([0.0, 2.0], dtype=np.float16)}, {"w": np.array([1.0, 4.0], dtype=np.float32)}
    assert average([one, other], [0.75, 0.25])["w"].tolist() == [0.25, 2.5]
    with pytest.raises(ValueError, match="add up"):
        average([one, other], [0.75, 0.75])
    with pytest.raises(ValueError, match="architecture"):
        average([one, {"v": other["w"]}], [0.5, 0.5])


def test_the_learning_rate_rises_and_falls_to_nothing() -> None:
    rates = [rate(step, 100, 0.1) for step in range(100)]
    assert max(rates) == 1.0
    assert rates[:10] == sorted(rates[:10])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert 0 < rates[-1] < 0.02
