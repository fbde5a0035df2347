"""What a refusal shows of the passages that came nearest."""

from dataclasses import replace

import pytest

from qa.answer_json import answer_json
from qa.nearest import MAX_CHARACTERS, excerpt, nearest
from qa.types import Answer
from tests.doubles_qa import article, hit

FILLER = "Rain fell over the hills for the whole of that week and the roads were closed. " * 5
DAM = "The engineers carried the plans of the Teslin dam to Brno."


def refused(*hits):
    return Answer("Who carries the plans?", "Who carries the plans?", None, 0.1, reason="No.", nearest=hits)


def test_the_part_that_has_most_of_the_question_is_shown():
    found = excerpt("Who carries the plans of the dam?", hit(article(FILLER + DAM + " " + FILLER)))
    assert DAM in found.shown
    assert found.shown[0] == found.shown[-1] == "…"
    assert len(found.text) <= MAX_CHARACTERS


def test_a_short_passage_is_shown_whole():
    text = "Heading\n\nRain fell. " + DAM
    assert excerpt("Who?", hit(article(text))).text == text
    assert excerpt("Who?", hit(article(text))).shown == "Heading – Rain fell. " + DAM  # noqa: RUF001


def test_where_nothing_is_shared_it_is_the_beginning():
    assert FILLER.startswith(excerpt("What is Kiruna?", hit(article(FILLER))).text)


def test_of_a_table_it_is_the_row():
    table = "Bird | Pairs\n" + "".join(f"Owl {number} | {number * 7}\n" for number in range(100)) + "Bittern | 6"
    assert "Bittern | 6" in excerpt("How many bitterns?", hit(article(table))).shown


def test_what_has_no_end_is_cut_between_words():
    found = excerpt("Who?", hit(article("many words " * 100)))
    assert len(found.text) <= MAX_CHARACTERS
    assert found.shown.endswith(("many…", "words…"))
    assert len(excerpt("Who?", hit(article("x" * 900))).text) == MAX_CHARACTERS


@pytest.mark.parametrize("start", [0, 80, 237])
def test_its_place_is_that_in_the_article(start):
    whole = article(FILLER + DAM)
    found = excerpt("Who carries the plans of the dam?", hit(whole, start))
    assert whole.text[found.start : found.end] == found.text
    assert DAM in found.text


def test_the_json_of_a_refusal_has_them_and_no_copies():
    first = article(FILLER + DAM)
    copy = replace(article(FILLER + DAM, source="https://wire.example/b"), copy_of=first.id)
    told = answer_json(refused(hit(first), hit(copy)))["nearest"]
    assert [one["article_id"] for one in told] == [first.id]
    (one,) = told
    assert first.text[one["start"] : one["end"]] == one["text"]
    assert DAM in one["text"]
    assert (one["title"], one["source"], one["outlet"], one["published"]) == (
        "A title", "https://wire.example/a", "Example Wire", "2022-06-06",
    )  # fmt: skip


def test_no_more_than_three_are_shown():
    hits = [hit(article(DAM, source=f"https://wire.example/{number}")) for number in range(5)]
    assert [one.hit for one in nearest(refused(*hits))] == hits[:3]
