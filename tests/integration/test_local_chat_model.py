"""The real model that runs in this process: held to passages that exist, checked like any other, offline."""

import urllib.error
import urllib.request

import pytest

pytest.importorskip("xllamacpp", reason="the extra `local` is not installed")

from index.errors import ModelError
from qa.chain import answer_chain
from qa.readers.chat import ChatReader
from qa.readers.chat_models import load_chat_model
from qa.readers.local_model import LocalChatModel, default_gguf
from qa.readers.replies import parse
from qa.readers.writing import grammar, prompt
from tests.doubles_qa import ListIndex, article, hit

KABUL = article("Security in Kabul is controlled by the Haqqani Network. Its leader is Sirajuddin Haqqani.")
TONGA = article("A volcano erupted in Tonga. Three people died.", source="https://wire.example/tonga")
QUESTION = "Who controls security in Kabul?"
HITS = [hit(KABUL), hit(TONGA)]


@pytest.fixture(scope="module")
def model():
    try:
        default_gguf()
    except ModelError as error:
        pytest.skip(str(error))
    return load_chat_model("local", timeout_s=60)


def test_it_streams_and_cites_passages_that_exist_only(model):
    chunks = list(model.bind(grammar=grammar(2)).stream(prompt(QUESTION, HITS, short=True)))
    assert len(chunks) > 3
    drafts = parse("".join(chunk.text for chunk in chunks))
    assert all(set(draft.cited) <= {1, 2} for draft in drafts)


def test_it_says_the_same_again(model):
    held = model.bind(grammar='root ::= [a-z]{1,12} " [1]."')
    assert held.invoke(QUESTION).text == held.invoke(QUESTION).text


def test_who_leaves_early_frees_it(model):
    replies = model.stream("Tell a very long story about the sea.")
    next(replies)
    replies.close()
    assert model.bind(grammar='root ::= "yes"').invoke("Well?").text == "yes"


def test_a_prompt_that_does_not_fit_is_no_answer(model, reader):
    long = article(f"{KABUL.text} {'word ' * 1_000}")
    reading = ChatReader(model, reader, name="local", timeout_s=60).read(QUESTION, [hit(long)] * 6)
    assert "Haqqani Network" in reading.text
    assert reading.note.startswith("The chat model failed (status 400).")


def test_the_whole_chain_gives_a_checked_or_a_quoted_answer(model, reader):
    chain = answer_chain(ListIndex([KABUL, TONGA]), ChatReader(model, reader, name="local", timeout_s=120))
    answer = chain.invoke(QUESTION)
    assert answer.citations
    assert (answer.written_by == "local") == bool(answer.sentences)
    assert answer.written_by or "quoted from the articles instead" in answer.note
    for citation in answer.citations:
        source = {KABUL.id: KABUL, TONGA.id: TONGA}[citation.article_id]
        assert source.text[citation.start : citation.end] == citation.quote


def test_other_programs_are_kept_out_of_its_server(model):
    assert isinstance(model, LocalChatModel)
    model.bind(grammar='root ::= "yes"').invoke("Well?")
    address = model._server.listening_address
    assert address.startswith("http://127.0.0.1:")
    body = b'{"messages": [{"role": "user", "content": "Who?"}], "max_tokens": 1}'
    asked = urllib.request.Request(f"{address}/v1/chat/completions", body, {"Content-Type": "application/json"})
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(asked, timeout=10)


def test_a_file_that_is_no_model(tmp_path):
    file = tmp_path / "no.gguf"
    with pytest.raises(ModelError, match="no file"):
        load_chat_model(str(file), timeout_s=5)
    file.write_bytes(b"GGUF but not really")
    with pytest.raises(ModelError, match="cannot be run"):
        load_chat_model(str(file), timeout_s=5).invoke("Well?")
