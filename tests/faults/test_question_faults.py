"""Faults 38 to 42: what a question may be. 45 and 48 are in tests/integration/test_chat_reader.py, 46 in copies."""

import json

import pytest

from index.errors import QuestionError
from index.local import LocalIndex
from qa.answer_json import answer_json
from qa.chain import answer_chain
from qa.commands.answers import print_answer
from qa.commands.terminal import console
from qa.types import Reading
from tests.doubles_qa import ListIndex, ScriptedReader, article

TONGA = article("A volcano erupted in Tonga on 15 January 2022. Three people died.")
NUL, ESC, RIGHT_TO_LEFT, ISOLATE = "\x00", "\x1b", "\u202e", "\u2066"


@pytest.fixture
def chain(sample_index_folder, embedder, reader):
    index = LocalIndex.open(sample_index_folder, embedder)
    yield answer_chain(index, reader)
    index.close()


@pytest.fixture
def calls():
    return []


@pytest.fixture
def watched(calls):
    """A chain that notes whatever is searched and read."""

    def script(question, hits):
        calls.append(question)
        return Reading(None, 0.0)

    index = ListIndex([TONGA])
    index.queries = calls
    return answer_chain(index, ScriptedReader(script))


@pytest.mark.parametrize("question", ["", " ", "\n\t", "?", "🌋", "🤷‍♀️ ❓", "\u200b\u200e"])
def test_fault_38_a_question_without_words_is_answered_politely_without_a_search(watched, calls, question):
    with pytest.raises(QuestionError, match="please ask something in words"):
        watched.invoke(question)
    assert calls == []


def test_fault_38_an_emoji_among_words_is_no_trouble(chain):
    assert "Haqqani" in chain.invoke("Who controls Kabul's security? 🤔").text


@pytest.mark.parametrize("where", ["question", "history"])
def test_fault_39_a_megabyte_is_refused_or_cut_before_any_model_sees_it(watched, calls, where):
    megabyte = "why " * 250_000
    if where == "question":
        with pytest.raises(QuestionError, match="1,000,000 characters"):
            watched.invoke(megabyte)
        assert calls == []
    else:
        watched.invoke({"question": "And who died?", "history": [(megabyte, megabyte)] * 20})
        assert calls
        assert max(map(len, calls)) <= 2_000


@pytest.mark.parametrize("hidden", [NUL, f"{ESC}[31m", f"{ESC}]0;owned\x07", RIGHT_TO_LEFT, ISOLATE, "\r\n"])
def test_fault_40_no_hidden_character_of_a_question_reaches_a_terminal_or_a_log(watched, calls, capsys, caplog, hidden):
    answer = watched.invoke({"question": f"Who {hidden} died?", "history": [(f"Where? {hidden}", f"Tonga{hidden}")]})
    print_answer(console(), answer)
    shown = capsys.readouterr().out + caplog.text + json.dumps(answer_json(answer)) + "".join(calls)
    assert "died" in shown
    assert not {NUL, ESC, "\x07", RIGHT_TO_LEFT, ISOLATE, "\r"} & set(shown)


@pytest.mark.parametrize(
    "question",
    [
        "Wer kontrolliert die Sicherheit in Kabul?",
        "من يسيطر على كابول؟",
        "谁控制喀布尔",
        "What is the best recipe for apple strudel?",
        "What is 7 times 8?",
    ],
)
def test_fault_41_another_language_or_topic_is_answered_with_citations_or_not_at_all(chain, question):
    answer = chain.invoke(question)
    if answer.text is None:
        assert answer.reason
    else:
        assert all(citation.quote in citation.sentence for citation in answer.citations)


@pytest.mark.parametrize(
    "code",
    [
        "'; DROP TABLE articles; --",
        'title:Kabul AND (text:"x" OR *) ^2 ~1',
        "{{ 7*7 }} {% for x in y %}",
        "{question} {0} %s %(name)s ${HOME}",
        '{"lc": 1, "type": "constructor", "id": ["os", "system"], "kwargs": {}}',
    ],
)
def test_fault_42_code_in_a_question_is_literal_text(chain, code):
    question = f"Who controls Kabul's security? {code}"
    answer = chain.invoke({"question": question, "history": [(code, code)]})
    assert answer.question == question
    assert answer.standalone_question.startswith(question.rstrip(" ?."))
    assert "Haqqani Network" in chain.invoke("Who controls Kabul's security?").text
