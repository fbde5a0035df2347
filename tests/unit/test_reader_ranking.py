from dataclasses import replace

import pytest

from index.errors import ModelError
from index.types import Article, Hit, Passage
from qa.readers.calibration import FORMAT, UNCALIBRATED, Calibration, Signals, calibration_of
from qa.readers.ranking import MAX_QUOTES, Candidate, ranked, retrieval_shares, signals, worth_reading

TEXT = "The Haqqani Network controls Kabul. Later the Haqqani network grew; Sirajuddin Haqqani leads it."
THRESHOLDS = {"low": 0.2, "normal": 0.5, "high": 0.8}
SIGNALS = Signals(span=0.0, retrieval=1.0)


def hit(article_id="one", score=1.0, text=TEXT, title="", ranks=(1, 1)):
    article = Article(article_id, article_id, title, text, "")
    return Hit(Passage(article_id, 0, 0, len(text), text), article, score, *ranks)


def candidate(text, span, *, of=None, value=None):
    of = of or hit()
    start = of.article.text.index(text)
    return Candidate(of, start, start + len(text), span, span if value is None else value)


def test_the_same_answer_in_other_words_is_one_answer():
    answers = ranked(
        [candidate("Haqqani network", 3), candidate("Sirajuddin Haqqani", 4), candidate("The Haqqani Network", 5)]
    )
    assert [answer.best.text for answer in answers] == ["The Haqqani Network", "Sirajuddin Haqqani"]
    assert len(answers[0].candidates) == 2


def test_value_decides_the_order_and_not_the_span_alone():
    answers = ranked([candidate("Kabul", 5, value=6), candidate("Sirajuddin Haqqani", 4, value=7)])
    assert [answer.best.text for answer in answers] == ["Sirajuddin Haqqani", "Kabul"]


def test_the_order_does_not_depend_on_that_of_the_candidates():
    candidates = [candidate("Kabul", 5, of=hit(name)) for name in "cab"]
    assert ranked(candidates) == ranked(reversed(candidates))


def test_each_article_is_quoted_once_at_its_best_place_and_best_first():
    candidates = [
        candidate("Haqqani network", 3),
        candidate("Haqqani Network", 5),
        candidate("Haqqani Network", 4, of=hit("two")),
    ]
    quotes = ranked(candidates)[0].quotes
    assert [(quote.hit.article.id, quote.text, quote.start) for quote in quotes] == [
        ("one", "Haqqani Network", 4),
        ("two", "Haqqani Network", 4),
    ]


def test_an_article_that_has_the_words_by_chance_is_not_quoted():
    quotes = ranked([candidate("Kabul", 8), candidate("Kabul", -3, of=hit("two"))])[0].quotes
    assert [quote.hit.article.id for quote in quotes] == ["one"]


def test_quotes_have_a_limit():
    quotes = ranked([candidate("Kabul", 8, of=hit(str(number))) for number in range(9)])[0].quotes
    assert len(quotes) == MAX_QUOTES


def test_fused_scores_count_relative_to_the_best_of_their_search():
    assert retrieval_shares([hit(score=0.02), hit(score=0.01)]) == [1.0, 0.5]
    assert retrieval_shares([hit(score=0.0), hit(score=-1.0)]) == [0.0, 0.0]
    assert retrieval_shares([]) == []


def test_signals_say_what_speaks_for_the_first_answer():
    hits = [hit(score=1.0), hit("two", score=0.5)]
    answers = ranked([candidate("Haqqani Network", 5, of=hits[1]), candidate("Kabul", 2, of=hits[0])])
    assert signals(answers[0], hits) == Signals(span=5, retrieval=0.5)


def test_a_probability_grows_with_the_signals_and_never_leaves_its_range():
    calibration = Calibration({"span": 1.0, "retrieval": 2.0}, bias=-2.0, thresholds=THRESHOLDS, retrieval_weight=5.0)
    assert calibration.probability(SIGNALS) == pytest.approx(0.5)
    spans = [-1e9, -3.0, 0.0, 3.0, 1e9]
    probabilities = [calibration.probability(replace(SIGNALS, span=span)) for span in spans]
    assert probabilities == sorted(probabilities)
    assert 0 <= probabilities[0] < probabilities[-1] <= 1


def test_without_calibration_the_no_answer_score_decides():
    calibration = calibration_of({})
    assert calibration is UNCALIBRATED
    assert calibration.probability(replace(SIGNALS, span=0.1)) > calibration.thresholds["normal"]
    assert calibration.probability(replace(SIGNALS, span=-0.1)) < calibration.thresholds["normal"]


GOOD = {
    "format": FORMAT,
    "weights": {"span": 1},
    "bias": 0,
    "thresholds": THRESHOLDS,
    "retrieval_weight": 5,
    "span_ceiling": 9,
}


def test_a_calibration_is_read():
    assert calibration_of(GOOD) == Calibration({"span": 1.0}, 0.0, THRESHOLDS, 5.0, 9.0)


@pytest.mark.parametrize(
    "damage",
    [
        {"weights": None},
        {"weights": {"span": "x"}},
        {"weights": {"luck": 1}},
        {"bias": None},
        {"thresholds": {"low": 0.2, "normal": 0.5}},
        {"format": 99},
    ],
)
def test_a_damaged_calibration_is_refused(damage):
    with pytest.raises(ModelError, match=r"calibration\.json"):
        calibration_of({**GOOD, **damage})


CEILING = Calibration({"span": 1.0}, 0.0, THRESHOLDS, retrieval_weight=5.0, span_ceiling=8.0)


@pytest.mark.parametrize(
    ("value", "share", "passage", "worth"),
    [
        (12.0, 1.0, "Something else.", True),
        (12.0, 0.5, "Something else.", False),
        (10.5, 0.5, "Something else.", True),
        (99.0, 0.0, "All say: the haqqani network does.", True),
        (99.0, 0.0, "All say: the Haqqani networks do.", False),
    ],
)
def test_a_passage_is_read_if_it_could_win_or_agrees(value, share, passage, worth):
    best = candidate("Haqqani Network", 5, value=value)
    assert worth_reading(passage, share, best, CEILING) is worth


def test_every_passage_is_worth_reading_without_an_answer_or_a_ceiling():
    assert worth_reading("x", 0.0, None, CEILING)
    assert worth_reading("x", 0.0, candidate("Kabul", 5, value=99.0), UNCALIBRATED)


@pytest.mark.parametrize(("whole", "answer"), [(4.2, "Sirajuddin Haqqani"), (3.9, "Sirajuddin")])
def test_a_name_is_given_whole_where_that_is_about_as_sure(whole, answer):
    answers = ranked([candidate("Sirajuddin", 5.0), candidate("Sirajuddin Haqqani", whole), candidate("Kabul", 4.9)])
    assert answers[0].best.text == answer
    assert answers[0].best.span == 5.0
