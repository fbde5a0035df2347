from decimal import Decimal

import pytest

from qa import facts


def values(text):
    return sorted(number.value for number in facts.numbers(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3,000 people", [3000]), ("3000", [3000]), ("a score of 24–10", [10, 24]), ("on 2023-02-06", [2, 6, 2023]),  # noqa: RUF001
        ("$1.2bn", [1_200_000_000]), ("2.5 million", [2_500_000]), ("two hundred", [200]), ("twenty-one", [21]),
        ("the 50th", [50]), ("a million", [1_000_000]), ("one of them", []), ("no number", []),
        ("B2B and COVID-19", [19]),
        ("-5 degrees", [-5]), ("a low of \u22125.5 °C", [Decimal("-5.5")]), ("about minus five", [-5]), ("(-3)", [-3]),
        ("5 degrees Celsius below zero", [-5]), ("-$5 million", [-5_000_000]), ("€-5", [-5]), ("-5 to 10", [-5, 10]),
        ("5-10", [5, 10]), ("2019-2021", [2019, 2021]), ("555-0199", [199, 555]), ("2 -1", [1, 2]), ("COVID-19", [19]),
        ("- 5 people", [5]), ("below 5", [5]), ("7 below average", [7]),
        ("7.5 per cent", [Decimal("7.5")]), ("１２", [12]), ("10,5", [5, 10]),  # noqa: RUF001
    ],
)  # fmt: skip
def test_numbers(text, expected):
    assert values(text) == expected


def test_a_rounded_number_is_near_enough_and_an_exact_one_is_not():
    there = facts.numbers("50,783 died")
    (rounded,) = facts.numbers("more than 50,000 died")
    (exact,) = facts.numbers("50,000 died")
    (below_zero,) = facts.numbers("about -50,000")
    assert rounded.is_in(there)
    assert below_zero.about
    assert not exact.is_in(there)
    assert not rounded.is_in(facts.numbers("60,000 died"))


def test_names_are_folded_words_with_capitals_that_open_no_sentence():
    found = facts.names("Security in Kabul fell to Sirajuddin Haqqani's network. Éric left on Monday; the UN stayed.")
    assert found == {"kabul", "sirajuddin", "haqqani", "monday", "un"}


def test_initials_stand_for_names():
    assert {"un", "unsc"} <= facts.initials("the United Nations Security Council met")
    assert facts.initials("nobody met") == frozenset()


def test_stems_join_forms_of_a_word():
    assert facts.stems("controls") == facts.stems("controlled") == facts.stems("Controlling")


@pytest.mark.parametrize("text", ["It is not so.", "It isn't so.", "Nobody can, never.", "without it"])
def test_negation(text):
    assert facts.is_negated(text) == ("Nobody" not in text or "never" in text)
    assert not facts.is_negated("It is a knot, another notion.")


@pytest.mark.parametrize("answer", ["at least 3,000", "past 3,000", "3,000 fighters", "the Network", "3000"])
def test_a_text_says_an_answer_whose_words_and_numbers_it_has(answer):
    assert facts.says("The network has 3,000 fighters.", answer)


@pytest.mark.parametrize("answer", ["4,000", "3,000 soldiers", "the Taliban"])
def test_a_text_does_not_say_what_it_lacks(answer):
    assert not facts.says("The network has 3,000 fighters.", answer)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Saturn V flew in June 1978.", [("saturn", "v"), ("june", "1978")]),
        ("It met the Bank of the Rhine.", [("bank", "rhine")]),
        ("An 8–4–4 system, or 7-4-2-3", [("8", "4", "4"), ("7", "4", "2", "3")]),  # noqa: RUF001
        ("Kublai's Chinese advisers of Éire Bay", [("eire", "bay")]),
        ("Nobody met in Kabul on Monday, June came", []),
    ],
)
def test_compounds(text, expected):
    assert facts.compounds(text) == expected


def test_a_compound_stands_in_a_text_in_its_order_and_with_few_words_between():
    text = "President Donald J. Ruiz of Peru and Ana Vega"
    assert facts.has_compound(text, ("president", "ruiz"))
    assert not facts.has_compound(text, ("ruiz", "president"))
    assert not facts.has_compound(text, ("president", "vega"))


def test_what_is_denied_follows_the_negation_in_its_clause():
    assert facts.denied("She did not sign, but left.") == facts.stems("sign")
    assert facts.denied("She signed.") == frozenset()
