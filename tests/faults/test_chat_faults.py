"""Faults 49 and 50, without the page: a model that dies mid-stream, and an asker who leaves."""

import asyncio
import time

import pytest

pytest.importorskip("langchain_openai", reason="the extra `openai` is not installed")

from qa.asking import ask, with_pauses
from qa.chain import answer_chain
from qa.conversations.types import Draft
from qa.readers.chat import ChatReader
from qa.readers.chat_models import load_chat_model
from qa.types import Answer
from tests.doubles_openai import dies_after, never_ends, says, serving, stalls_after
from tests.doubles_qa import ListIndex, article

KABUL = article(
    "Security in Kabul is controlled by the Haqqani Network. Its leader is Sirajuddin Haqqani. "
    "The network has 3,000 fighters in the capital."
)
QUESTION = "Who controls security in Kabul?"
GOOD = 'Security in Kabul is controlled by the Haqqani Network [1: "controlled by the Haqqani Network"].'


@pytest.fixture
def chain_to(reader):
    def chain(server, timeout_s=60.0):
        model = load_chat_model("double", url=server.url, timeout_s=timeout_s, environment={})
        return answer_chain(ListIndex([KABUL]), ChatReader(model, reader, name="double", timeout_s=timeout_s))

    return chain


async def steps_of(chain):
    return [step async for step in ask(chain, QUESTION)]


def test_what_is_written_comes_as_drafts_before_the_checked_answer(chain_to):
    with serving([says(f"{GOOD} The network was founded in Paris [1].")]) as server:
        *before, answer = asyncio.run(steps_of(chain_to(server)))
    drafts = [step for step in before if isinstance(step, Draft)]
    assert before[0] == "Searching the articles…"
    assert before[2] == "The chat model is reading 1 passage…"
    assert not drafts[0].complete
    assert drafts[-1] == Draft(f"{GOOD.split(' [')[0]} [1]. The network was founded in Paris [1].", complete=True)
    assert "Paris" not in answer.text or answer.sentences[-1].verdict != "supported"


class TestFault49:
    def test_what_came_is_marked_incomplete(self, chain_to):
        with serving([dies_after(f"{GOOD} Its leader is Siraj")]) as server:
            *before, answer = asyncio.run(steps_of(chain_to(server)))
        assert any(isinstance(step, Draft) for step in before)
        assert answer.text == "Security in Kabul is controlled by the Haqqani Network."
        assert answer.note.startswith("Incomplete: ")

    def test_a_second_try_begins_its_draft_anew(self, chain_to):
        def overloaded(exchange):
            exchange.handler.send_error(503)

        with serving([overloaded, says(GOOD)]) as server:
            *before, answer = asyncio.run(steps_of(chain_to(server)))
        assert answer.written_by == "double"
        assert max(step.text.count("Kabul") for step in before if isinstance(step, Draft)) == 1


class TestFault50:
    """The asker leaves: the model is not listened to any more, and nothing else is done for them."""

    @staticmethod
    async def leave_after_the_first_draft(chain):
        steps = ask(chain, QUESTION)
        async for step in steps:
            if isinstance(step, Draft):
                break
        await steps.aclose()

    def test_a_model_that_writes_without_end_is_hung_up_on(self, chain_to):
        with serving([never_ends]) as server:
            asyncio.run(self.leave_after_the_first_draft(chain_to(server)))
            assert server.hung_up.acquire(timeout=20)

    def test_a_model_that_says_nothing_keeps_nobody(self, chain_to):
        async def leave(chain):
            steps = with_pauses(ask(chain, QUESTION), 0.2)
            async for step in steps:
                if step is None:  # nothing came for a while: this is when a page sees that its browser left
                    break
            await steps.aclose()

        with serving([stalls_after("Security in Kabul is")]) as server:
            started = time.monotonic()
            # The loop ends only when the thread is free again that waited for the model.
            asyncio.run(leave(chain_to(server)))
            assert time.monotonic() - started < 30

    def test_who_stays_gets_the_answer_through_the_pauses(self, chain_to):
        async def all_of(chain):
            return [step async for step in with_pauses(ask(chain, QUESTION), 0.001)]

        with serving([says(GOOD)]) as server:
            steps = asyncio.run(all_of(chain_to(server)))
        assert None in steps
        assert isinstance([step for step in steps if step is not None][-1], Answer)
