"""What holds of any two answers when they are compared."""

from datetime import date

from hypothesis import assume, given
from hypothesis import strategies as st

from qa.agreement import compare

ANSWERS = st.one_of(
    st.text(max_size=60),
    st.from_regex(r"(about |at least |)[1-9][0-9]{0,6}( people| tonnes|%|)", fullmatch=True),
    st.from_regex(r"(the |)[A-Z][a-z]{2,8}( [A-Z][a-z]{2,8})?", fullmatch=True),
    st.dates(date(1500, 1, 1), date(2090, 1, 1)).map(lambda day: f"{day.day} {day:%B %Y}"),
)


@given(ANSWERS)
def test_every_answer_agrees_with_itself(answer):
    assert compare(answer, answer) == "agree"


@given(ANSWERS, ANSWERS)
def test_it_does_not_matter_which_comes_first(one, other):
    assert compare(one, other) == compare(other, one)


@given(ANSWERS)
def test_case_and_articles_do_not_matter(answer):
    assert compare(answer, f" the {answer}.") != "differ"


@given(st.integers(1_000, 10**9), st.integers(2, 6))
def test_a_rounded_number_agrees_with_the_exact_one(value, digits):
    step = 10 ** max(0, len(str(value)) - digits)
    assume(2 * (value % step) != step)  # half way it may be another round number
    rounded = round(value, min(0, digits - len(str(value))))
    assert compare(str(value), f"{rounded:,}") == "agree" or 1000 <= value <= 2099 or 1000 <= rounded <= 2099


@given(st.integers(10, 999), st.integers(10, 999))
def test_plain_numbers_that_are_far_apart_differ(one, other):
    if abs(one - other) > 50:
        assert compare(f"{one} people", f"{other} people") == "differ"


@given(st.dates(date(1600, 1, 1), date(2090, 1, 1)), st.dates(date(1600, 1, 1), date(2090, 1, 1)))
def test_whole_days_agree_exactly_where_they_are_the_same(one, other):
    relation = compare(f"{one.day} {one:%B %Y}", f"{other:%B} {other.day}, {other.year}")
    assert relation == ("agree" if one == other else "differ")


@given(st.dates(date(1600, 1, 1), date(2090, 1, 1)))
def test_a_day_agrees_with_its_month_and_its_year(day):
    for shorter in (f"{day:%B %Y}", f"{day.year}", f"{day.day} {day:%B}", day.isoformat()):
        assert compare(f"{day.day} {day:%B %Y}", shorter) == "agree"
