import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from index.errors import QuestionError, StorageError
from index.local import LocalIndex
from qa.chain import STEPS, answer_chain
from qa.types import Answer, Quote, Reading, Turn
from tests.doubles_qa import ListIndex, ScriptedReader, article, finds

KABUL = article("Security in Kabul is controlled by the Haqqani Network. Its leader is Sirajuddin Haqqani.")
TONGA = article("A volcano erupted in Tonga. Three people died.", source="https://wire.example/tonga")
QUESTION = "Who controls Kabul's security?"


@pytest.fixture
def index():
    return ListIndex([KABUL, TONGA])


@pytest.fixture
def chain(index):
    return answer_chain(index, finds("the Haqqani Network"))


def same_but_for_time(answers):
    return [(a.question, a.text, a.citations, a.reason, a.nearest, set(a.timings_ms)) for a in answers]


def test_an_answer_is_cited_and_timed(chain):
    answer = chain.invoke(QUESTION)
    assert (answer.text, answer.confidence, answer.reason) == ("the Haqqani Network", 0.9, None)
    (citation,) = answer.citations
    assert KABUL.text[citation.start : citation.end] == citation.quote == "the Haqqani Network"
    assert citation.sentence == "Security in Kabul is controlled by the Haqqani Network."
    assert set(answer.timings_ms) == {*STEPS, "total"}
    assert answer.timings_ms["total"] == pytest.approx(sum(answer.timings_ms[step] for step in STEPS))


def test_no_answer_has_a_reason_and_the_nearest_passages(index):
    answer = answer_chain(index, finds("Herat"), passages=1).invoke(QUESTION)
    assert (answer.text, answer.citations, answer.reason) == (None, (), "No passage has it.")
    assert [hit.article.id for hit in answer.nearest] == [KABUL.id]


def test_an_answer_is_printed_as_a_person_would_say_it(index):
    assert str(answer_chain(index, finds("Haqqani Network")).invoke(QUESTION)) == "Haqqani Network"
    assert str(answer_chain(index, finds("Herat")).invoke(QUESTION)) == "No answer. No passage has it."


def test_an_empty_index_gives_no_answer():
    answer = answer_chain(ListIndex([]), finds("Kabul")).invoke(QUESTION)
    assert (answer.text, answer.nearest) == (None, ())
    assert answer.reason


@pytest.mark.parametrize("said", ["hello", "Thank you very much!", "OK, thanks", "good morning"])
def test_what_asks_nothing_is_not_answered_from_what_was_said_before(index, said):
    chain = answer_chain(index, finds("Haqqani Network"))
    answer = chain.invoke({"question": said, "history": [(QUESTION, "the Haqqani Network")]})
    assert (answer.text, answer.nearest, answer.standalone_question) == (None, (), said)
    assert "asks nothing" in answer.reason
    assert index.queries == []
    later = chain.invoke({"question": "Who leads it?", "history": [(QUESTION, "the Haqqani Network"), (said, None)]})
    assert later.standalone_question == "Who leads the Haqqani Network?"


@pytest.mark.parametrize(
    "asked", ["Who", "Who?", "How many?", "how long?", "What is it?", "there", "And when was that?"]
)
def test_what_names_nothing_is_asked_back(index, asked):
    answer = answer_chain(index, finds("Haqqani Network")).invoke(asked)
    assert (answer.text, answer.nearest) == (None, ())
    assert answer.reason == "That names nothing that could be looked for; please say what it is about."
    assert index.queries == []


def test_an_article_that_is_asked_needs_no_name(index):
    answer_chain(index, finds("Haqqani Network")).invoke({"question": "Who?", "filter": {"article_ids": [KABUL.id]}})
    assert index.queries == ["Who?"]


def test_what_names_nothing_is_completed_from_what_was_said_before(index):
    chain = answer_chain(index, finds("Haqqani Network"))
    answer = chain.invoke({"question": "Who?", "history": [(QUESTION, None)]})
    assert answer.text == "Haqqani Network"


@pytest.mark.parametrize(
    "asked",
    [
        "Who said hello?",
        "Thanks to whom?",
        "Was the day good?",
        "What is WHO?",
        "WHO",
        "Who are The Who?",
        "What happened?",
    ],
)
def test_what_asks_something_is_searched(index, asked):
    answer_chain(index, finds("Haqqani Network")).invoke(asked)
    assert index.queries == [asked]


@pytest.mark.parametrize("quoted", ["the Taliban", "", "haqqani network"])
def test_an_answer_that_no_article_says_becomes_none(index, quoted):
    reader = ScriptedReader(lambda _, hits: Reading("the Taliban", 0.99, (Quote(hits[0], quoted, 3),)))
    answer = answer_chain(index, reader).invoke(QUESTION)
    assert (answer.text, answer.citations, answer.confidence) == (None, (), 0.0)
    assert "word for word" in answer.reason


@pytest.mark.parametrize("text", [None, "", "  "])
def test_a_reading_without_text_is_no_answer_whatever_it_quotes(index, text):
    reader = ScriptedReader(lambda _, hits: Reading(text, 0.2, (Quote(hits[0], "Kabul"),)))
    answer = answer_chain(index, reader).invoke(QUESTION)
    assert (answer.text, answer.citations) == (None, ())
    assert answer.reason


def test_a_follow_up_is_searched_and_read_as_it_stands_alone(index):
    read = []
    reader = ScriptedReader(lambda question, _: read.append(question) or Reading(None, 0.0))
    history = [(QUESTION, "the Haqqani Network")]
    answer = answer_chain(index, reader).invoke({"question": "Who leads it?", "history": history})
    assert answer.question == "Who leads it?"
    assert answer.standalone_question == "Who leads the Haqqani Network?"
    assert index.queries == read == ["Who leads the Haqqani Network?"]


@pytest.mark.parametrize(
    "history",
    [None, [], (), [Turn("Who?", None)], [["Who?", None]], [("Who\x00?", "\u202eX")], [("a" * 9_000, "b" * 9_000)]],
)
def test_histories_of_all_shapes(chain, history):
    assert chain.invoke({"question": QUESTION, "history": history}).text == "the Haqqani Network"


@pytest.mark.parametrize(
    "given",
    [
        "", " \n", "?", "a" * 2_001, "a" * 1_000_000, None, 7, [], [QUESTION], {}, {"q": QUESTION},
        {"question": None}, {"question": ""}, {"question": QUESTION, "extra": 1},
        {"question": QUESTION, "history": "Who?"}, {"question": QUESTION, "history": 7},
        {"question": QUESTION, "history": ["Who?"]}, {"question": QUESTION, "history": [("a", "b", "c")]},
        {"question": QUESTION, "history": [(1, 2)]}, {"question": QUESTION, "history": [Turn(1, 2)]},
    ],
)  # fmt: skip
def test_what_is_no_question_is_refused_before_anything_is_searched(index, chain, given):
    with pytest.raises(QuestionError) as error:
        chain.invoke(given)
    assert "\n" not in str(error.value)
    assert index.queries == []


@pytest.mark.parametrize(
    "question", ["{question} {0} {{x}}", "{% for x in y %}{{ 7*7 }}", '{"question": "Kabul"}', "%s %(x)s $x"]
)
def test_templates_in_a_question_are_its_words(index, chain, question):
    assert chain.invoke(question).question == question
    assert index.queries == [question]


def test_every_way_to_run_it_gives_the_same(chain):
    questions = [QUESTION, "Who died in Tonga?", {"question": "Who leads it?", "history": [(QUESTION, "X")]}]

    async def awaited():
        return [await chain.ainvoke(q) for q in questions], [[a async for a in chain.astream(q)] for q in questions]

    one_by_one = [chain.invoke(q) for q in questions]
    ainvoked, astreamed = asyncio.run(awaited())
    expected = same_but_for_time(one_by_one)
    assert same_but_for_time(chain.batch(questions)) == expected
    assert same_but_for_time([answer for q in questions for answer in chain.stream(q)]) == expected
    assert same_but_for_time(ainvoked) == expected
    assert same_but_for_time([answer for stream in astreamed for answer in stream]) == expected


def test_a_batch_can_keep_its_errors(chain):
    good, bad = chain.batch([QUESTION, ""], return_exceptions=True)
    assert isinstance(good, Answer)
    assert isinstance(bad, QuestionError)


def test_events_name_the_steps_in_order(chain):
    async def started():
        events = chain.astream_events(QUESTION, version="v2")
        return [event["name"] async for event in events if event["event"] == "on_chain_start"]

    assert [name for name in asyncio.run(started()) if name in STEPS] == list(STEPS)


def test_an_error_of_the_index_arrives_as_it_was_raised(index):
    class FailingIndex(ListIndex):
        def search(self, query, limit, where=None):  # noqa: ARG002
            raise StorageError("The disk is full.")

    with pytest.raises(StorageError, match="The disk is full"):
        answer_chain(FailingIndex([]), finds("x")).invoke(QUESTION)


def test_many_threads_get_their_own_answers(index):
    reader = ScriptedReader(lambda question, hits: Reading(question, 0.5, (Quote(hits[0], "Kabul"),)))
    chain = answer_chain(index, reader, passages=2)
    questions = [f"Is Kabul number {n}?" for n in range(200)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(chain.invoke, questions))
    assert [answer.text for answer in answers] == questions


def test_an_answer_is_plain_data(chain):
    json.dumps(dict(chain.invoke(QUESTION).timings_ms))


def test_with_the_real_index_and_reader(tmp_path, embedder, reader):
    index = LocalIndex.create_or_open(tmp_path / "index", embedder)
    index.add([KABUL, TONGA])
    chain = answer_chain(index, reader)
    answer = chain.invoke(QUESTION)
    assert "Haqqani Network" in answer.text
    assert answer.citations[0].sentence == "Security in Kabul is controlled by the Haqqani Network."
    followed = chain.invoke({"question": "Who leads it?", "history": [(QUESTION, answer.text)]})
    assert followed.standalone_question == "Who leads Haqqani Network?"
    assert "Sirajuddin Haqqani" in followed.text
    refused = chain.invoke("What is the boiling point of tungsten?")
    assert (refused.text, refused.citations) == (None, ())
    assert {hit.article.id for hit in refused.nearest} == {KABUL.id, TONGA.id}
    index.close()
