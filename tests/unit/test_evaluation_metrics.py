import math
import random
from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given as with_values
from hypothesis import strategies as st
from scipy.stats import bootstrap
from torchmetrics.functional.text import squad

from qa.evaluation.answers import answer_recall, exact_match, f1, normalize_answer, rouge_l
from qa.evaluation.metrics import estimate, expected_calibration_error, figures, mean, risk_coverage, slices
from qa.evaluation.rows import answer_length, answer_type, holds
from tests.doubles_evaluation import citation, row


def predictions(count):
    chance = random.Random(5)
    words = [
        "the",
        "The",
        "an",
        "a",
        "Haqqani",
        "haqqani,",
        "network.",
        "2,750",
        "tonnes",
        "$15",
        "U.S.",
        "co-op",
        "it's",
        "Élysée",
        "—",
        "to",
        "a-the",
    ]
    for _ in range(count):
        prediction, *answers = (
            " ".join(chance.choices(words, k=chance.randint(1, 6))) for _ in range(chance.randint(2, 4))
        )
        yield prediction, answers


def torchmetrics_scores(prediction, answers):
    target = {"answers": {"answer_start": [0] * len(answers), "text": answers}, "id": "1"}
    told = squad([{"prediction_text": prediction, "id": "1"}], [target])
    return float(told["exact_match"]) / 100, float(told["f1"]) / 100


def test_exact_match_and_f1_are_those_of_torchmetrics_on_2000_predictions():
    compared = 0
    for prediction, answers in predictions(2_500):
        # It is SQuAD 1.1's: what normalises to nothing counts there as an answer like any other.
        if normalize_answer(prediction) and all(map(normalize_answer, answers)):
            expected = torchmetrics_scores(prediction, answers)
            assert (exact_match(prediction, answers), f1(prediction, answers)) == pytest.approx(expected, abs=1e-6)
            compared += 1
    assert compared >= 2_000


@pytest.mark.parametrize(
    ("prediction", "answers", "exact", "overlap"),
    [
        (None, [], 1.0, 1.0),  # nothing answers it, and nothing was answered
        ("", ["The", "!"], 1.0, 1.0),  # answers that are nothing when normalised are no answers
        ("the", [], 1.0, 1.0),  # and neither is such a prediction an answer
        ("Oslo", [], 0.0, 0.0),
        (None, ["Oslo"], 0.0, 0.0),
        ("the", ["Oslo"], 0.0, 0.0),
        ("Oslo", ["a", "OSLO!"], 1.0, 1.0),
        ("in in Oslo", ["in Oslo"], 0.0, 0.8),  # a token counts as often as both have it
        ("Oslo, Norway", ["Bergen", "Norway"], 0.0, 2 / 3),  # the best answer counts
        ("U.S.", ["us"], 1.0, 1.0),
        ("theatre", ["atre"], 0.0, 0.0),  # articles are whole words
        ("—", ["-"], 0.0, 0.0),  # only ASCII punctuation goes
    ],
)
def test_the_cases_that_version_2_decides(prediction, answers, exact, overlap):
    assert exact_match(prediction, answers) == exact
    assert f1(prediction, answers) == pytest.approx(overlap)


def test_answer_recall():
    assert answer_recall("It was Ada Lovelace in 1843.", ["Ada Lovelace"]) == 1.0
    assert answer_recall("Ada", ["Ada Lovelace", "Charles Babbage"]) == 0.5
    assert answer_recall(None, ["Ada"]) == 0.0
    assert answer_recall(None, []) == 1.0


def longest_common_subsequence(a, b):
    subsequences = {sub for size in range(len(a) + 1) for sub in combinations(a, size)}
    return max(size for size in range(len(b) + 1) for sub in combinations(b, size) if sub in subsequences)


@with_values(*[st.lists(st.sampled_from("xyz"), min_size=1, max_size=6)] * 2)
def test_rouge_l_is_f1_over_the_longest_common_subsequence(got, wanted):
    common = longest_common_subsequence(got, wanted)
    assert rouge_l(" ".join(got), [" ".join(wanted)]) == pytest.approx(2 * common / (len(got) + len(wanted)))


def test_rouge_l_minds_order_and_not_punctuation():
    assert rouge_l("police killed the gunman", ["Police KILL the gunman!"]) == pytest.approx(0.75)
    assert rouge_l("the gunman police killed", ["police killed the gunman"]) == pytest.approx(0.5)


def test_figures_of_a_small_run():
    rows = [
        row("1", confidence=0.9, citations=[citation(), citation(holds=False)]),
        row("2", answer="Ada Byron", confidence=0.7, citations=[citation()]),
        row("3", answer=None, confidence=0.2),
        row("4", expected=[], answer=None, confidence=0.1),
        row("5", expected=[], answer="Bob", confidence=0.6, citations=[citation(holds=False)]),
        row("6", expected=None, answer="Eve", scores={"recall@1": 1.0}),
    ]
    found = figures(rows)
    assert found["exact_match"].value == pytest.approx(2 / 5)
    assert found["f1"].value == pytest.approx((1 + 2 / 3 + 0 + 1 + 0) / 5)
    assert found["f1_answerable"].value == pytest.approx((1 + 2 / 3) / 3)
    assert (found["citation_precision"].value, found["citation_precision"].n) == (pytest.approx(2 / 3), 2)
    assert found["refusal_precision"].value == 0.5
    assert found["refusal_recall"].value == 0.5
    assert found["coverage"].value == pytest.approx(3 / 5)
    assert found["risk"].value == pytest.approx(1 / 3)
    assert found["risk_coverage_area"].value == pytest.approx((0 + 0 + 1 / 3) / 3)
    assert found["ece"].value == pytest.approx((0.1 + 0.3 + 0.6) / 3)
    assert (found["recall@1"].value, found["recall@1"].low, found["recall@1"].n) == (1.0, None, 1)


def test_figures_of_nothing_have_no_value():
    assert {figure.value for figure in figures([]).values()} == {None}


def test_an_interval_covers_the_truth_about_95_times_of_100():
    chance = np.random.default_rng(0)
    covered = sum(
        found.low <= 0.3 <= found.high for found in (mean(list(chance.random(120) < 0.3)) for _ in range(200))
    )
    assert 180 <= covered <= 199


def test_risk_and_coverage():
    confidence, right = np.array([0.2, 0.9, 0.5]), np.array([0.0, 1.0, 0.0])
    assert risk_coverage(confidence, right) == pytest.approx([0, 1 / 2, 2 / 3])


@with_values(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40))
def test_calibration_error_is_its_definition(told):
    confidence, right = np.array([one for one, _ in told]), np.array([float(one) for _, one in told])
    bins = Counter(min(int(one * 10), 9) for one in confidence)
    expected = 0.0
    for number, count in bins.items():
        inside = [min(int(one * 10), 9) == number for one in confidence]
        expected += count / len(told) * abs(right[inside].mean() - confidence[inside].mean())
    assert float(expected_calibration_error(confidence, right)) == pytest.approx(expected, abs=1e-9)


def test_speed_is_counted_over_all_sittings():
    rows = [
        row("1", timings_ms={"search": 10.0, "total": 100.0}, sitting=1, at_s=1.0, memory_mb=500.0),
        row("2", timings_ms={"search": 30.0, "total": 300.0}, sitting=1, at_s=2.0, memory_mb=700.0),
        row("3", timings_ms={"search": 20.0, "total": 200.0}, sitting=2, at_s=1.0, memory_mb=600.0),
    ]
    found = figures(rows)
    assert (found["latency_ms_p50"].value, found["latency_ms_search_p50"].value) == (200.0, 20.0)
    assert found["questions_per_second"].value == 1.0
    assert found["peak_memory_mb"].value == 700.0


def test_slices_leave_out_what_tells_nothing():
    rows = [row(str(n), slices={"all": "alike", "each": str(n), "half": str(n % 2)}) for n in range(60)]
    found = slices(rows)
    assert set(found) == {"half"}
    assert found["half"]["0"]["f1"].n == 30


def test_of_a_slice_with_many_values_the_most_frequent_are_kept():
    rows = [row(f"{n} {m}", slices={"article": str(n)}) for n in range(30) for m in range(4 if n > 9 else 2)]
    assert set(slices(rows)["article"]) == {str(n) for n in range(10, 30)}


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        ([], "none"),
        (["3 March 2021"], "date"),
        (["1998"], "date"),
        (["in the 1990s"], "number"),
        (["$42 billion"], "number"),
        (["seven"], "number"),
        (["Haqqani Network"], "name"),
        (["the Haqqani Network"], "name"),
        (["endemic corruption"], "phrase"),
        (["it"], "phrase"),
    ],
)
def test_answer_types(answers, kind):
    assert answer_type(answers) == kind


def test_answer_lengths():
    assert [answer_length(one) for one in ([], ["a b c d", "a"], ["a b"], ["a b c d"], ["x " * 9])] == [
        "none",
        "1 word",
        "2-3 words",
        "4-8 words",
        "9 words or more",
    ]


def test_no_figure_is_ever_not_a_number():
    rows = [row(str(n), confidence=1.0, citations=[citation()], at_s=float(n)) for n in range(3)]
    for name, figure in figures(rows).items():
        assert not any(isinstance(one, float) and math.isnan(one) for one in (figure.value, figure.low, figure.high)), (
            name
        )


@pytest.mark.parametrize("n", [2, 3, 30, 700])
def test_intervals_are_those_of_scipy(n):
    chance = np.random.default_rng(n)
    held, cited = chance.integers(0, 2, n).astype(float), chance.integers(1, 4, n).astype(float)
    held[:2] = 0, 1

    def share(part, whole, axis=-1):
        return part.sum(axis=axis) / whole.sum(axis=axis)

    found = estimate([held, cited], share)
    theirs = bootstrap(
        (held, cited), share, paired=True, vectorized=True, n_resamples=1000, method="percentile",
        batch=max(1, 500_000 // n), rng=np.random.default_rng(0),
    ).confidence_interval  # fmt: skip
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


@pytest.mark.parametrize(
    ("sentence", "accepted", "held"),
    [
        ("Adeyemi, a 39-year-old teacher, won.", "39", True),
        ("Adeyemi, a 39-year-old teacher, won.", "39-year-old", True),
        ("The toll was 3-5 billion.", "35 billion", True),  # as SQuAD's normalisation has it
        ("It rose by -39 points.", "year", False),
        ("Adeyemi, a 139-year-old teacher, won.", "39", False),
    ],
)
def test_a_citation_holds_where_its_sentence_has_the_answer(sentence, accepted, held):
    assert holds(sentence, [accepted]) is held
