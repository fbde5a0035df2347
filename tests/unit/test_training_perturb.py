import dataclasses
from random import Random

import pytest

from training.perturb import (
    antonym_in_question,
    as_completed_follow_up,
    kind_of,
    negate_question,
    spans_of,
    swap_answer,
    swap_in_passage,
    swap_in_question,
    without_answer,
)
from training.rows import Row, check

PASSAGE = (
    "Marie Curie was born in Warsaw. She won the Nobel Prize in 1903 with Pierre Curie. "
    "In 1911 the Swedish Academy gave her a second one."
)
ROW = Row("1", "squad", "", PASSAGE, "In which city was Marie Curie born?", ((24, "Warsaw"),))
CORPUS = {"name": ("Lima", "Ada Lovelace"), "year": ("1850", "1999"), "number": ("17",), "month": ("May",)}


def _ask(question: str, answer: str) -> Row:
    return dataclasses.replace(ROW, question=question, answers=((PASSAGE.index(answer), answer),))


@pytest.mark.parametrize(
    ("text", "kind"), [("1903", "year"), ("Warsaw", "name"), ("17", "number"), ("the city", None), ("June", "month")]
)
def test_kinds(text: str, kind: str | None) -> None:
    assert kind_of(text) == kind


def test_the_word_that_asks_is_no_name() -> None:
    question = "What City did Marie Curie leave?"
    assert [question[a:b] for a, b in spans_of("name", question)] == ["City", "Marie Curie"]


@pytest.mark.parametrize("seed", range(10))
def test_a_swapped_question_keeps_the_passage_and_loses_its_answer(seed: int) -> None:
    other = swap_in_question(ROW, Random(seed), CORPUS)
    assert other is not None
    assert other.passage == ROW.passage
    assert not other.answerable
    assert "Marie Curie" not in other.question
    assert "Warsaw" not in other.question, "the answer itself in the question would give the trick away"


def test_a_question_without_anything_to_swap_is_left_alone() -> None:
    assert swap_in_question(_ask("where was she born?", "Warsaw"), Random(0), CORPUS) is None


def test_antonyms_replace_one_word() -> None:
    other = antonym_in_question(_ask("Who won the first prize?", "Marie Curie"), Random(1))
    assert other is not None
    assert other.question in ("Who lost the first prize?", "Who won the last prize?")
    assert antonym_in_question(ROW, Random(1)) is not None, "born and died are a pair"
    assert antonym_in_question(_ask("Who was it?", "Marie Curie"), Random(1)) is None


@pytest.mark.parametrize("seed", range(6))
def test_negation(seed: int) -> None:
    other = negate_question(ROW, Random(seed))
    assert other is not None
    assert other.question in {f"In which city {word} Marie Curie born?" for word in ("wasn't", "was not", "was never")}
    assert negate_question(other, Random(seed)) is None, "twice negated would be answerable again"


def test_a_passage_about_somebody_else_does_not_answer() -> None:
    other = swap_in_passage(ROW, Random(0), CORPUS)
    assert other is not None
    assert other.question == ROW.question
    assert "Marie Curie" not in other.passage
    assert not other.answerable


def test_cutting_the_answer_out_keeps_the_rest() -> None:
    other = without_answer(ROW)
    assert other is not None
    assert other.passage == PASSAGE.removeprefix("Marie Curie was born in Warsaw. ")
    assert not other.answerable


def test_an_answer_that_stands_everywhere_cannot_be_cut() -> None:
    row = dataclasses.replace(ROW, passage="It is Warsaw. Warsaw is it.", answers=((6, "Warsaw"),))
    assert without_answer(row) is None


@pytest.mark.parametrize("seed", range(10))
def test_a_swapped_answer_stands_where_it_says(seed: int) -> None:
    passage = "Curie was young. Born in Warsaw, she left Warsaw in 1891; Warsawians wept."
    row = dataclasses.replace(ROW, passage=passage, answers=((42, "Warsaw"),))
    check(row)
    other = swap_answer(row, Random(seed), CORPUS)
    assert other is not None
    check(other)
    assert other.answers[0][1] in CORPUS["name"]
    assert other.passage == passage.replace("Warsaw,", other.answers[0][1] + ",").replace(
        "Warsaw in", other.answers[0][1] + " in"
    )


@pytest.mark.parametrize("seed", range(10))
def test_a_completed_follow_up_keeps_its_answer_and_names_its_subject_in_brackets(seed: int) -> None:
    other = as_completed_follow_up(ROW, Random(seed))
    assert other is not None
    assert (other.passage, other.answers) == (ROW.passage, ROW.answers)
    asked, brackets = other.question.removesuffix(")?").split(" (")
    assert "Marie Curie" in brackets
    assert "Marie Curie" not in asked
    assert "Warsaw" not in other.question


def test_a_question_without_a_name_is_completed_in_no_way() -> None:
    assert as_completed_follow_up(_ask("where was she born?", "Warsaw"), Random(0)) is None
