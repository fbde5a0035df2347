"""Conversations in a real SQLite file: kept, found again, renamed, deleted, and nobody else's."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date
from threading import Thread

import pytest

from index.errors import ConversationMissingError, IndexFormatError, StorageError
from index.types import Filter
from qa.conversations.records import from_record, to_record
from qa.conversations.store import FILE, ConversationStore
from qa.conversations.types import STOPPED, Conversation, Exchange
from qa.evidence import looked_for
from qa.types import Answer, Citation, Sentence
from tests.doubles_qa import article, hit

ME, YOU = "m" * 43, "y" * 43
KABUL = article("In Kabul, the Haqqani Network controls security.")


def answered(question="Who controls it?", text="the Haqqani Network"):
    start = KABUL.text.index(text)
    citation = Citation(KABUL.id, KABUL.title, KABUL.source, KABUL.outlet, KABUL.published, start,
                        start + len(text), text, KABUL.text, 0)  # fmt: skip
    sentences = (Sentence("It does.", "partly", (1,)),)
    answer = Answer(question, "Who controls Kabul?", text, 0.8, (citation,), nearest=(hit(KABUL),),
                    timings_ms={"read": 1.5}, sentences=sentences, note="A note.")  # fmt: skip
    where = Filter(outlets=("Example Wire",), since=date(2022, 1, 1))
    return Exchange(question, answer, where=where, alone=True, receipt={"receipt": 1, "read": [1, None]})


@pytest.fixture
def store(tmp_path):
    return ConversationStore(tmp_path)


def test_a_record_is_the_exchange_but_for_the_texts_of_articles():
    exchange = answered()
    back = from_record(to_record(exchange))
    assert back.answer.nearest[0].article.text == ""
    assert back.answer.nearest[0].passage == exchange.answer.nearest[0].passage
    assert back.answer.nearest[0].article.content_hash == KABUL.content_hash
    assert (back.answer.citations, back.where, back.alone) == (exchange.answer.citations, exchange.where, True)
    assert (back.answer.sentences, back.answer.timings_ms) == (exchange.answer.sentences, {"read": 1.5})
    assert back.receipt == exchange.receipt


def test_a_kept_refusal_says_of_the_articles_found_what_it_said_at_first():
    question = "What security controls does Mongolia have?"
    refusal = Answer(question, question, None, 0.1, nearest=(hit(KABUL),))
    back = from_record(to_record(Exchange(question, refusal))).answer
    assert looked_for(back) == looked_for(refusal)
    assert looked_for(back).missing == ("Mongolia",)
    assert from_record(to_record(Exchange(question, back))).answer == back
    unknown = replace(back, missing=None)  # one that was kept before this was
    assert looked_for(unknown).missing == ()


def test_a_record_of_another_version_is_read_as_far_as_it_goes():
    assert from_record('{"question": "Who?", "unheard_of": 7}') == Exchange("Who?")


@pytest.mark.parametrize("record", ["", "7", "[]", "{}", '{"question": 7}', '{"question": "?", "answer": {"text": 1}}'])
def test_what_is_no_record_is_refused(record):
    with pytest.raises(ValueError, match=r"."):
        from_record(record)


def test_a_conversation_is_found_again_by_another_store(store, tmp_path):
    kept = store.keep(ME, Conversation((answered(), Exchange("And then?", problem="No."))))
    found = ConversationStore(tmp_path).load(ME, kept.id)
    assert (found.id, found.title) == (kept.id, "Who controls it?")
    assert [one.question for one in found.exchanges] == ["Who controls it?", "And then?"]
    assert found.exchanges[0].answer.citations == answered().answer.citations


def test_keeping_again_changes_the_last_exchange_alone(store):
    kept = store.keep(ME, Conversation((Exchange("First?"),)))
    kept = store.keep(ME, kept.come_to(answered("First?")))
    kept = store.keep(ME, kept.asked(Exchange("Second?")))
    found = store.load(ME, kept.id)
    assert [one.question for one in found.exchanges] == ["First?", "Second?"]
    assert found.exchanges[0].answer is not None
    assert found.exchanges[1].problem == STOPPED  # nobody works on it any more
    assert len(store.listing(ME)) == 1


def test_the_last_changed_comes_first(store):
    first = store.keep(ME, Conversation((Exchange("First?"),)))
    second = store.keep(ME, Conversation((Exchange("Second?"),)))
    assert [one.id for one in store.listing(ME)] == [second.id, first.id]
    store.keep(ME, first.asked(Exchange("More?")))
    assert [one.id for one in store.listing(ME)] == [first.id, second.id]


def test_nobody_sees_or_changes_what_is_another_s(store):
    kept = store.keep(ME, Conversation((answered(),)))
    assert store.listing(YOU) == []
    for attempt in (
        lambda: store.load(YOU, kept.id),
        lambda: store.rename(YOU, kept.id, "Mine"),
        lambda: store.delete(YOU, kept.id),
        lambda: store.restore(YOU, kept.id),
    ):
        with pytest.raises(ConversationMissingError):
            attempt()
    stolen = store.keep(YOU, kept.asked(Exchange("Mine?")))
    assert stolen.id != kept.id
    assert len(store.load(ME, kept.id).exchanges) == 1


def test_the_owner_s_name_is_not_in_the_file(store, tmp_path):
    store.keep(ME, Conversation((answered(),)))
    assert ME.encode() not in b"".join(file.read_bytes() for file in tmp_path.glob(f"{FILE}*"))


def test_what_is_deleted_comes_back_when_asked_for(store):
    kept = store.keep(ME, Conversation((answered(),)))
    store.delete(ME, kept.id)
    assert store.listing(ME) == []
    with pytest.raises(ConversationMissingError):
        store.load(ME, kept.id)
    store.restore(ME, kept.id)
    assert len(store.load(ME, kept.id).exchanges) == 1


def test_what_was_deleted_over_a_day_ago_is_gone_with_the_next_deletion(store, tmp_path):
    old, new = (store.keep(ME, Conversation((answered(),))) for _ in range(2))
    store.delete(ME, old.id)
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.execute("UPDATE conversations SET deleted = '2020-01-01T00:00:00+00:00' WHERE id = ?", (old.id,))
    connection.close()
    store.delete(ME, new.id)
    with pytest.raises(ConversationMissingError):
        store.restore(ME, old.id)
    store.restore(ME, new.id)


@pytest.mark.parametrize(
    ("given", "kept"),
    [("Kabul", "Kabul"), ("  a\n\x1b[31mb\u202e ", "a [31mb"), ("x" * 900, "x" * 80), ("\x00 ", "First?")],
)
def test_a_title_is_one_visible_line(store, given, kept):
    conversation = store.keep(ME, Conversation((Exchange("First?"),)))
    store.rename(ME, conversation.id, given)
    assert store.listing(ME)[0].title == kept


def test_half_characters_are_kept_too(store):
    kept = store.keep(ME, Conversation((Exchange("a\ud800b", problem="No."),)))
    assert store.load(ME, kept.id).exchanges[0].question == "a\ud800b"


def test_a_flipped_byte_is_noticed(store, tmp_path):
    kept = store.keep(ME, Conversation((answered(),)))
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.execute("UPDATE exchanges SET record = replace(record, 'Haqqani', 'Haqqbni')")
    connection.close()
    (found,) = store.load(ME, kept.id).exchanges
    assert (found.answer, found.problem) == (None, "This answer can't be shown: it is not as it was kept.")


def test_a_file_of_a_newer_program_is_left_alone(store, tmp_path):
    store.keep(ME, Conversation((answered(),)))
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(IndexFormatError, match="format 99"):
        store.listing(ME)


def test_a_folder_that_is_not_there_or_a_file_that_is_no_database(tmp_path):
    with pytest.raises(StorageError, match="Conversations cannot be kept"):
        ConversationStore(tmp_path / "no").listing(ME)
    (tmp_path / FILE).write_bytes(b"no database at all" * 100)
    with pytest.raises(StorageError):
        ConversationStore(tmp_path).listing(ME)


def test_many_threads_at_once(store):
    def talk(owner):
        kept = Conversation()
        for number in range(5):
            kept = store.keep(owner, kept.asked(Exchange(f"{owner} {number}?", problem="No.")))

    threads = [Thread(target=talk, args=(f"owner{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(6):
        (only,) = store.listing(f"owner{number}")
        questions = [one.question for one in store.load(f"owner{number}", only.id).exchanges]
        assert questions == [f"owner{number} {place}?" for place in range(5)]


def test_who_comes_while_another_makes_the_file_waits(store, tmp_path):
    with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        late = Thread(target=store.keep, args=(ME, Conversation((answered("First?"),))))
        late.start()
        late.join(timeout=0.2)
        assert late.is_alive()
        other.execute("COMMIT")
    late.join()
    assert len(store.listing(ME)) == 1


def test_two_pages_of_one_conversation_take_nothing_from_each_other(store):
    mine = yours = store.keep(ME, Conversation((answered("First?"),)))
    mine = store.keep(ME, mine.asked(Exchange("Mine?")))
    yours = store.keep(ME, yours.asked(Exchange("Yours?")))
    store.keep_outcome(ME, mine.come_to(answered("Mine?")))
    store.keep_outcome(ME, yours.come_to(Exchange("Yours?", problem="No.")))
    found = store.load(ME, mine.id).exchanges
    assert [(one.place, one.question) for one in found] == [(0, "First?"), (1, "Mine?"), (2, "Yours?")]
    assert found[1].answer is not None
    assert found[2].problem == "No."


def test_what_comes_after_its_conversation_was_deleted_does_not_bring_it_back(store):
    kept = store.keep(ME, Conversation((Exchange("First?"),)))
    store.delete(ME, kept.id)
    assert store.keep_outcome(ME, kept.come_to(answered("First?"))).id == kept.id
    assert store.listing(ME) == []
    again = store.keep(ME, kept.come_to(answered("First?")).asked(Exchange("Second?")))  # whoever goes on in it, may
    assert [one.place for one in store.load(ME, again.id).exchanges] == [0, 1]


def test_what_could_not_be_kept_at_first_is_kept_with_the_next(store):
    kept = store.keep(ME, Conversation((answered("First?"),)))
    unkept = kept.asked(Exchange("Second?", problem="No."))  # the disk was away
    again = store.keep(ME, unkept.asked(Exchange("Third?", problem="No.")))
    assert [one.place for one in again.exchanges] == [0, 1, 2]
    assert [one.question for one in store.load(ME, kept.id).exchanges] == ["First?", "Second?", "Third?"]
