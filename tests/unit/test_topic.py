import pytest

from qa.followups.topic import belong, may_have_changed, settled
from qa.types import Turn
from tests.doubles_qa import ListIndex, article, hit

KABUL = article("Security in Kabul is controlled by the Haqqani Network.")
QUAKE = article("The earthquake killed thousands: 5,900 people died in Syria.", source="https://wire.example/quake")
HISTORY = (Turn("Who controls Kabul's security?", "the Haqqani Network"),)
DIED = "How many died in the earthquake?"
CARRIED = "How many died in the earthquake (controls Kabul security)?"


def test_words_that_no_passage_has_beside_the_questions_own_are_taken_away():
    assert settled(ListIndex([KABUL, QUAKE]), DIED, CARRIED, HISTORY) == DIED


def test_words_that_a_passage_has_beside_the_questions_own_stay():
    both = article("The earthquake shook Kabul, whose security forces died.", source="https://wire.example/both")
    assert settled(ListIndex([KABUL, QUAKE, both]), DIED, CARRIED, HISTORY) == CARRIED


def test_nothing_found_leaves_the_completed_question():
    assert settled(ListIndex([]), DIED, CARRIED, HISTORY) == CARRIED
    assert belong(DIED, CARRIED, [], [])


@pytest.mark.parametrize(
    ("question", "completed"),
    [
        (DIED, DIED),
        ("Who leads it?", "Who leads the Haqqani Network?"),
        ("And in Syria?", "Who controls security in Syria?"),
        ("How many were injured?", "How many were injured (Kabul)?"),
        ("And how many died there?", "And how many died there (Kabul)?"),
        ("How many died for the Haqqani cause?", "How many died for the Haqqani cause (Kabul)?"),
    ],
)
def test_the_articles_are_only_asked_of_a_question_that_may_have_changed_the_topic(question, completed):
    index = ListIndex([KABUL, QUAKE])
    assert not may_have_changed(question, completed, HISTORY)
    assert settled(index, question, completed, HISTORY) == completed
    assert index.queries == []


def test_words_put_into_brackets_that_stood_there_are_told_from_those_that_did():
    question, completed = "Who owns the ship (Ever Given)?", "Who owns the ship (Ever Given controls Kabul)?"
    assert may_have_changed(question, completed, HISTORY)


def test_one_passage_with_more_of_the_question_than_any_on_the_conversation_is_enough():
    assert not belong(DIED, CARRIED, [hit(QUAKE)], [hit(KABUL)])
    assert belong(DIED, CARRIED, [hit(KABUL)], [hit(QUAKE), hit(KABUL)])
