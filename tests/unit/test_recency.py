from dataclasses import replace
from datetime import date

import pytest

from qa.chain import answer_chain
from qa.recency import is_about_now, newer_first
from tests.doubles_qa import ListIndex, article, finds, hit

OLD = replace(article("The toll is 3,800.", source="https://wire.example/old"), published=date(2023, 2, 6))
NEW = replace(article("The toll is past 50,000.", source="https://wire.example/new"), published=date(2023, 4, 20))
UNDATED = replace(article("The toll is unknown.", source="https://wire.example/none"), published=None)


@pytest.mark.parametrize(
    "question",
    ["What is the latest toll?", "Who leads it now?", "Is he still in prison?", "What is today's price?"],
)
def test_questions_about_now(question):
    assert is_about_now(question)


@pytest.mark.parametrize(
    "question",
    ["Who knows him?", "When did it happen?", "What happened to the currency?", "Now that he is gone, who was he?"],
)
def test_other_questions(question):
    assert not is_about_now(question)


def test_of_passages_that_fit_as_well_the_newest_is_first():
    hits = [replace(hit(one), score=1.0) for one in (UNDATED, OLD, NEW)]
    assert [one.article for one in newer_first(hits, 2)] == [NEW, OLD]


def test_a_passage_that_fits_much_better_stays_first():
    hits = [replace(hit(OLD), score=1.0), replace(hit(NEW), score=0.5)]
    assert newer_first(hits, 2)[0].article == OLD


def test_without_dates_nothing_changes():
    hits = [hit(UNDATED), hit(UNDATED, ordinal=1)]
    assert newer_first(hits, 1) == tuple(hits[:1])


@pytest.mark.parametrize(
    ("question", "words", "until", "note"),
    [
        (
            "What is the latest toll?",
            "3,800",
            None,
            "newest is of 6 February 2023, and others that match of 20 April",
        ),
        ("What is the latest toll?", "past 50,000", None, None),
        ("What was the toll?", "3,800", None, None),
        ("What is the latest toll?", "past 50,000", date(2024, 1, 1), "and you asked as of 1 January 2024"),
        ("What is the latest toll?", "past 50,000", date(2023, 4, 25), None),
    ],
)
def test_an_answer_about_now_that_rests_on_old_articles_says_so(question, words, until, note):
    chain = answer_chain(ListIndex([OLD, NEW]), finds(words))
    answer = chain.invoke({"question": question, "filter": {"until": until}})
    assert answer.text == words
    assert answer.note is None if note is None else note in answer.note


def test_a_newer_article_about_something_else_makes_no_answer_old():
    other = replace(article("A match ended 3-2.", source="https://wire.example/match"), published=date(2024, 5, 1))
    chain = answer_chain(ListIndex([NEW, other]), finds("past 50,000"))
    answer = chain.invoke("What is the latest toll?")
    assert other.id in {hit.article.id for hit in answer.nearest}
    assert answer.note is None
