"""What goes on in the conversation of a page, step by step: the steps that a browser takes in an order of its own."""

import asyncio
from dataclasses import replace

import gradio as gr
import pytest
from starlette.requests import Request

from qa.chain import answer_chain
from qa.conversations.store import ConversationStore
from qa.conversations.types import Conversation
from qa.feedback import read_feedback
from qa.page.asking import Asking
from qa.page.feedback import FeedbackForm
from qa.page.keeping import Keeping
from tests.doubles_qa import ListIndex, article, finds

OWNER = "m" * 43
QUESTION = "Who controls Kabul?"
NO_FILTER = ([], [], [], "", "", [])


class KeptIndex(ListIndex):
    """One that has a folder."""

    def __init__(self, folder):
        super().__init__([article("In Kabul, the Haqqani Network controls security.")])
        self._folder = folder

    def info(self):
        return replace(super().info(), folder=str(self._folder))


@pytest.fixture
def index(tmp_path):
    return KeptIndex(tmp_path)


@pytest.fixture
def asking(index):
    chain = answer_chain(index, finds("the Haqqani Network"))
    return Asking(chain, chain, Keeping(index), lambda *_: {"receipt": 1})


def page(name):
    """What a page of the same browser comes with."""
    headers = [(b"cookie", f"qa_owner={OWNER}".encode())]
    return gr.Request(request=Request({"type": "http", "headers": headers}), session_hash=name)


def asked_until(asking, here, then):
    """Ask, do something else as soon as it is said what goes on, and give what is still shown after that."""

    async def steps():
        begun = asking.begin(here, "", Conversation(), QUESTION, *NO_FILTER)[0]
        coming = asking.answer(begun, here)
        await anext(coming)
        await anext(coming)
        then(begun)
        return [shown[1] async for shown in coming]

    return asyncio.run(steps())


def test_a_page_is_shown_the_answer_that_it_waits_for(asking):
    *_, answered, last = asked_until(asking, page("one"), lambda _: None)
    assert "the Haqqani Network" in answered[-1]["content"]
    assert last == gr.skip()  # Gradio shows the last once more, when there may be something else


@pytest.mark.parametrize(
    "go_on",
    [
        lambda asking, here, _: asking.clear(here),
        lambda asking, here, _: asking.open("another", here),
        lambda asking, here, begun: asking.stop(begun, here),
        lambda asking, here, _: asking.begin(here, "", Conversation(), "And who was it before?", *NO_FILTER),
    ],
    ids=["new", "another", "stopped", "asked"],
)
def test_a_page_that_has_gone_on_is_shown_nothing_more_of_what_was_before(asking, go_on):
    here = page("one")
    shown = asked_until(asking, here, lambda begun: go_on(asking, here, begun))
    assert shown == [gr.skip()]


def test_what_another_page_goes_on_to_changes_nothing_here(asking, tmp_path):
    *_, answered, _ = asked_until(asking, page("one"), lambda _: asking.clear(page("two")))
    assert "the Haqqani Network" in answered[-1]["content"]
    (kept,) = ConversationStore(tmp_path).listing(OWNER)
    assert ConversationStore(tmp_path).load(OWNER, kept.id).exchanges[0].answer.text == "the Haqqani Network"


def test_what_is_asked_in_a_new_conversation_belongs_to_it_whatever_address_the_page_has(asking, tmp_path):
    here = page("one")
    asked_until(asking, here, lambda _: None)
    (before,) = ConversationStore(tmp_path).listing(OWNER)
    new = asking.clear(here)[0]
    asked = asking.begin(here, before.id, new, "Who else?", *NO_FILTER)[0]
    assert [one.question for one in asked.exchanges] == ["Who else?"]


def test_what_is_wrong_with_an_answer_is_kept_though_the_state_of_its_page_is_gone(asking, index, tmp_path):
    asked_until(asking, page("one"), lambda _: None)
    (kept,) = ConversationStore(tmp_path).listing(OWNER)
    form, later = FeedbackForm(index, Keeping(index)), page("two")
    column, *_, said = form.show(later, kept.id, Conversation())
    assert (column.visible, said) == (True, "")
    form.keep(later, kept.id, Conversation(), "outdated", "nobody")
    (told,) = read_feedback(tmp_path)
    assert (told.question, told.right_answer) == (QUESTION, "nobody")
