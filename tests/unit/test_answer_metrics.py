import pytest

from qa.evaluation.answers import exact_match, f1, normalize_answer


def test_normalisation_drops_case_articles_punctuation_and_blanks() -> None:
    assert normalize_answer("  The U.S. and an\tAnt! ") == "us and ant"


@pytest.mark.parametrize(
    ("answer", "accepted", "em", "overlap"),
    [
        ("the Haqqani Network", ["Haqqani Network"], 1.0, 1.0),
        ("Haqqani", ["Haqqani Network", "the Haqqanis"], 0.0, 2 / 3),
        ("big big dog", ["big dog"], 0.0, 0.8),
        ("cat", ["dog"], 0.0, 0.0),
        (None, ["dog"], 0.0, 0.0),
        (None, [], 1.0, 1.0),
        ("dog", [], 0.0, 0.0),
        ("", [], 1.0, 1.0),
    ],
)
def test_scores(answer: str | None, accepted: list[str], em: float, overlap: float) -> None:
    assert exact_match(answer, accepted) == em
    assert f1(answer, accepted) == pytest.approx(overlap)
