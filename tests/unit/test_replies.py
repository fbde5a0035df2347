import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.readers.replies import MAX_SENTENCES, Drafted, declines, parse
from qa.readers.writing import grammar, prompt
from tests.doubles_qa import article, hit

FIELDS = {"sentences": [{"text": "A is B.", "evidence": [{"passage": 2, "quote": "a is b"}]}]}
READ = [Drafted("A is B.", (2,), ((2, "a is b"),))]


@pytest.mark.parametrize(
    "reply",
    [
        'A is B [2: "a is b"].',
        'A is B. [2: "a is b"]',
        'A is B [2: “a is b”]',
        '**A is B** [Passage 2: "a is b"].',
        '- A is B [2, "a is b"]',
        '<think>Is it [1]?</think>A is B [2: "a is b"].',
        FIELDS,
        json.dumps(FIELDS),
        f"```json\n{json.dumps(FIELDS)}\n```",
        f"Here it is: {json.dumps(FIELDS)} I hope that helps!",
        '[{"sentence": "A is B", "citations": [{"id": "2", "text": "a is b"}]}]',
        {"answer": [{"claim": "A is B.", "sources": [{"number": 2, "quote": "a is b"}]}]},
    ],
)  # fmt: skip
def test_one_sentence_however_it_is_written(reply):
    assert parse(reply) == READ


@pytest.mark.parametrize(
    ("reply", "drafts"),
    [
        ("A is B [1][3]. C is D [2].", [("A is B.", (1, 3)), ("C is D.", (2,))]),
        ("A is B [1, 3]. C is D.", [("A is B.", (1, 3)), ("C is D.", ())]),
        ("A is B 【1†source】. C is D (2).", [("A is B.", (1,)), ("C is D.", (2,))]),
        ("1. A is B (Source 1).\n2. C is D [^2].", [("A is B.", (1,)), ("C is D.", (2,))]),
        ("It fell in 1990 (and rose).", [("It fell in 1990 (and rose).", ())]),
        ('{"answer": "A is B [1]. C is D [2]."}', [("A is B.", (1,)), ("C is D.", (2,))]),
        ('{"sentences": ["A is B [1]."]}', [("A is B.", (1,))]),
        ("[1] A is B.", [("A is B.", ())]),
    ],
)
def test_marks(reply, drafts):
    assert [(draft.text, draft.cited) for draft in parse(reply)] == drafts


@pytest.mark.parametrize(
    "reply",
    ["NOT SAID", "not said.", "The passages do not say who.", "The provided articles don't mention it.",
     "I don't know.", "<think>[1]?</think>NOT SAID", {"sentences": []}, '{"sentences": []}', '{"answer": "NOT SAID"}'],
)  # fmt: skip
def test_refusals(reply):
    assert (parse(reply), declines(reply)) == ([], True)


@pytest.mark.parametrize(
    "reply",
    ["", None, 7, [], {}, {"sentences": None}, {"sentences": 7}, '{"sentences": [', "[1][2]", "```", "<think>a"],
)
def test_nothing(reply):
    assert (parse(reply), declines(reply)) == ([], False)


def test_of_an_incomplete_reply_only_what_was_ended():
    assert parse("A is B [1]. C is", complete=False) == [Drafted("A is B.", (1,))]
    assert len(parse("A is B [1]. C is D.", complete=False)) == 2
    half = {"sentences": [*FIELDS["sentences"], {"text": "C i"}]}
    assert parse(half, complete=False) == READ


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from(["sentences", "text", "evidence", "passage", "quote", "answer"]) | st.text(), inner),
)  # fmt: skip


@given(st.one_of(st.text(), json_values, st.text('[]()1"“”, .【】{}aA:', max_size=400)), st.booleans())
@settings(max_examples=100, deadline=None)
def test_any_reply_is_read_without_an_error(reply, complete):
    drafts = parse(reply, complete=complete)
    assert isinstance(declines(reply), bool)
    assert len(drafts) <= MAX_SENTENCES
    assert all(any(character.isalnum() for character in draft.text) for draft in drafts)
    assert all(0 <= number < 1000 for draft in drafts for number in draft.cited)


@pytest.mark.parametrize("piece", ["[1", '[1"', "[1:“", "(1, ", "【1", "<think>", "{", '[{"a":', "A. ", "1"])
def test_a_hostile_reply_takes_no_long_time(piece):
    started = time.process_time()
    parse(piece * 200_000)
    assert time.process_time() - started < 5


@given(st.text())
def test_a_passage_and_a_question_stay_between_their_tags(text):
    hits = [hit(article(f"x{text}", title=text))]
    (_, _), (role, user) = prompt(text, hits)
    assert role == "user"
    assert (user.count("<passage "), user.count("</passages>"), user.count("<question>")) == (1, 1, 1)
    assert user.count("<") == 6
    assert user.endswith("</question>")


def test_a_grammar_names_the_passages_that_exist():
    assert 'number ::= "1" | "2" | "3"\n' in grammar(3)
