import json

import numpy as np
import pytest

from index.types import Article, Hit, Passage
from qa.readers.ranking import Candidate
from training.calibrate import best_threshold, report, thresholds, without_their_answer
from training.cases import Case, case_from_json, case_to_json
from training.measured import fitted_on
from training.rows import Row

SURE = np.linspace(0, 1, 200)


def cases(right_above: float):
    """Answers that are right above that confidence; every tenth question is unanswerable."""
    answerable = np.arange(200) % 10 != 0
    return SURE, np.where(answerable & (right_above <= SURE), 1.0, 0.0), answerable


def test_the_threshold_is_where_answers_begin_to_be_right():
    assert best_threshold(*cases(0.4)) == pytest.approx(0.4, abs=0.02)


@pytest.mark.parametrize("right_above", [0.0, 0.3, 0.6, 0.9, 2.0])
def test_more_caution_never_answers_more(right_above):
    found = thresholds(*cases(right_above))
    assert 0 <= found["low"] <= found["normal"] <= found["high"] <= 1


def test_what_a_threshold_costs_is_counted():
    figures = report(*cases(0.5), np.arange(200) == 0, 0.5)
    assert figures["right_of_those_answered"] == pytest.approx(0.75, abs=0.01)  # three of four are answerable
    assert figures["unanswerable_refused"] == pytest.approx(0.5, abs=0.05)
    assert figures["answerable_answered"] == pytest.approx(0.5, abs=0.05)
    assert figures["refused_where_no_passage_answers"] == 1.0
    assert figures["refused_where_adversarial"] == pytest.approx(0.5, abs=0.05)


def test_a_case_whose_answer_was_taken_away_is_told_from_one_that_misleads():
    found = [Case(id_, "?", accepted, (), ()) for id_, accepted in (("a", ("yes",)), ("a", ()), ("b", ()))]
    assert without_their_answer(found).tolist() == [False, True, False]


def test_a_case_survives_being_kept():
    text = "The bank failed. In 2023 it was sold."
    article = Article("id", "id", "Title", "     " + text, "")
    hit = Hit(Passage("id", 0, 5, 5 + len(text), text), article, 0.5, None, None)
    case = Case("one", "When was it sold?", ("2023",), (hit,), (Candidate(hit, 25, 29, 3.5, 3.5),))
    again = case_from_json(json.loads(json.dumps(case_to_json(case))))
    assert again == case
    assert again.ranked_with(2.0)[0].best.text == "2023"
    assert again.ranked_with(2.0)[0].best.value == 5.5


def test_an_article_is_either_fitted_on_or_reported_whatever_is_asked():
    rows = [Row(str(number), "squad_v2", f"Title {number % 40}", "", "", ()) for number in range(80)]
    assert all(fitted_on(one) == fitted_on(other) for one, other in zip(rows[:40], rows[40:], strict=True))
    assert 5 < sum(map(fitted_on, rows[:40])) < 35
