"""A question that changes the topic, asked of the real index of the sample and read by the real reader."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from index.local import LocalIndex
from index.protocols import Embedder
from qa.chain import answer_chain
from qa.followups.rewriting import rewrite
from qa.followups.topic import settled
from qa.types import Turn

KABUL = (Turn("Who controls Kabul's security?", "the Haqqani Network"),)
EARTHQUAKE = "How many people died in the earthquake?"


@pytest.fixture(scope="module")
def index(sample_index_folder: Path, embedder: Embedder) -> Iterator[LocalIndex]:
    with closing(LocalIndex.create_or_open(sample_index_folder, embedder)) as opened:
        yield opened


def test_a_question_on_another_topic_is_answered_as_if_asked_first(index, reader):
    assert rewrite(EARTHQUAKE, KABUL) != EARTHQUAKE, "the rules alone leave it, so that this shows nothing"
    chain = answer_chain(index, reader)
    first, later = chain.invoke(EARTHQUAKE), chain.invoke({"question": EARTHQUAKE, "history": KABUL})
    assert later.standalone_question == later.question == EARTHQUAKE
    assert (later.text, later.citations) == (first.text, first.citations)
    assert later.text is not None
    assert {hit.article.id for hit in later.nearest} == {hit.article.id for hit in first.nearest}


@pytest.mark.parametrize(
    ("last", "answer", "question", "word"),
    [
        ("How many people did the Beirut explosion kill?", "At least 100", "How many were injured?", "Beirut"),
        ("What was the result of Chile's plebiscite?", "62% rejected it", "How many people took part?", "Chile"),
        ("Which Indian lander reached the Moon?", "Vikram", "What did the whole mission cost?", "Moon"),
        ("Who controls Kabul's security?", "the Haqqani Network", "Who leads it?", "Haqqani"),
        ("How many people died in Turkey?", "44,218", "And in Syria?", "Syria"),
    ],
)
def test_a_question_on_the_same_topic_keeps_what_it_lacks(index, last, answer, question, word):
    history = (Turn(last, answer),)
    completed = rewrite(question, history)
    assert word in completed
    assert settled(index, question, completed, history) == completed
