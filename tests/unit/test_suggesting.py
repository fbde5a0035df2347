"""Questions made from sentences: what is asked, and what is better left."""

import pytest

from qa.suggesting import Candidate, candidates, holds, questions_of
from qa.types import Answer, Citation
from tests.doubles_qa import article, hit


@pytest.mark.parametrize(
    ("sentence", "questions"),
    [
        ("At least 41 people on the list have been given cabinet jobs, the report says.",
         ["How many people on the list have been given cabinet jobs?"]),
        ("The bridge of Brno was opened to traffic on 4 May 1932.", ["When was the bridge of Brno opened to traffic?"]),
        ("Greg Becker, the bank's chief executive, wrote a letter.", ["Who is Greg Becker?"]),
        ("For Jens Stoltenberg, the alliance's leader, it was a good day.", ["Who is Jens Stoltenberg?"]),
        ("In Washington, President Ann Bell spoke.", []),
        ("More than 87,000 cases and 140 deaths have been reported.", []),
        ("It was opened on 4 May 1932.", []),
        ("At least 41 people were given their jobs there.", []),
        ("The Haqqani Network controls Kabul.", []),
        ("", []),
    ],
)  # fmt: skip
def test_what_a_sentence_answers(sentence, questions):
    assert questions_of(sentence) == questions


KABUL = article("The Haqqani Network rules. Greg Becker, its chief executive, left. Ann Smith, the mayor, stayed.")
OTHER = article("Jo Public, the president, spoke.", source="https://wire.example/b")


def cites(found, text, confidence=0.9):
    start = found.text.index(text)
    one = Citation(found.id, found.title, found.source, None, None, start, start + len(text), text, text, start)
    return Answer("Who rules?", "Who rules?", text, confidence, (one,), nearest=(hit(KABUL), hit(OTHER)))


def test_they_are_about_the_cited_article_and_new():
    found = candidates(cites(KABUL, "The Haqqani Network"), ["who is Greg Becker"])
    assert [one.question for one in found] == ["Who is Ann Smith?"]
    assert KABUL.text[found[0].start : found[0].end].startswith("Ann Smith")


DAM = article("The dam was built in 1932. At least 41 workers died of fever. Ann Smith, the mayor, stayed.")


@pytest.mark.parametrize(
    ("asked", "left_out"),
    [
        ("When was the Teslin dam built?", "When was the dam built?"),
        ("When did workers get the dam built?", "When was the dam built?"),
        ("How many workers of the Teslin dam died of fever?", "How many workers died of fever?"),
        ("Who is Ann Smith, of the dam?", "Who is Ann Smith?"),
        ("Where was the dam built?", None),
        ("When was it built?", None),
        ("Who did Ann Smith marry?", None),
        ("How deep is the dam that 41 workers built, who died of fever?", None),
    ],
)
def test_what_was_asked_in_other_words_is_not_offered(asked, left_out):
    start = DAM.text.index("1932")
    one = Citation(DAM.id, DAM.title, DAM.source, None, None, start, start + 4, "1932", DAM.text[:26], 0)
    found = candidates(Answer(asked, asked, "1932", 0.9, (one,), nearest=(hit(DAM),)), [asked])
    every = {"When was the dam built?", "How many workers died of fever?", "Who is Ann Smith?"}
    assert {candidate.question for candidate in found} == every - {left_out}


def test_a_refusal_suggests_nothing():
    assert candidates(Answer("Who?", "Who?", None, 0.1, nearest=(hit(KABUL),)), []) == []


def test_only_a_sure_answer_out_of_the_same_sentence_holds():
    start = KABUL.text.index("Ann Smith")
    candidate = Candidate("Who is Ann Smith?", KABUL.id, start, len(KABUL.text))
    assert holds(candidate, cites(KABUL, "the mayor"))
    assert not holds(candidate, cites(KABUL, "the mayor", confidence=0.4))
    assert not holds(candidate, cites(KABUL, "its chief executive"))
    assert not holds(candidate, cites(OTHER, "the president"))
    assert not holds(candidate, Answer("Who?", "Who?", None, 0.9))
