"""What happens in the conversation on the page."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import gradio as gr

from index.errors import QaError
from index.types import Filter
from qa.asking import ask, with_pauses
from qa.conversations.messages import messages, suggestions_html
from qa.conversations.types import Conversation, Draft, Exchange, settled, turns
from qa.page.choosing import chosen_filter
from qa.page.keeping import Keeping
from qa.suggesting import MAX_SHOWN, candidates, holds
from qa.types import Answer, Turn

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

log = logging.getLogger(__name__)

Receipts = Callable[[Answer, Sequence[Turn], Filter], dict[str, Any]]
"""Makes the receipt of an answer, from it, what was said before, and which articles were asked."""

_UNCHANGED = [gr.skip()] * 6
_LOOK_S = 1.0
"""How soon it is noticed that a browser has left while nothing comes from a chat model."""
_NO_ANSWER = "There was no answer; please try again."
_FAILED = "Something went wrong here; please try again."


class Asking:
    """What happens in the conversation. Each public method handles one event.

    What a browser sends of the conversation is never believed: it is kept on this side, and the page only shows it.
    """

    def __init__(
        self, chain: Runnable[Any, Answer], quoting: Runnable[Any, Answer], keeping: Keeping, receipts: Receipts
    ) -> None:
        self._chain = chain
        self._quoting = quoting
        self._keeping = keeping
        self._receipts = receipts
        self._came_to_an_end: set[str] = set()
        """Pages whose last answering did, and was not left."""
        self._awaited: dict[str | None, Exchange] = {}
        """By page, the question whose answer it is to show: of one that has gone on to something else, none."""

    def begin(self, request: gr.Request, here: str, kept: Conversation, question: str, *fields: Any) -> Any:
        """Show the question at once, and offer to stop."""
        return self._begin(question, self._caught_up(request, here, kept), fields, request)

    def example(self, request: gr.Request, chosen: gr.SelectData, kept: Conversation, *fields: Any) -> Any:
        """Ask the example that was chosen."""
        return self._begin(chosen.value["text"], kept, fields, request)

    def begin_as(
        self, request: gr.Request, event: gr.EventData, here: str, kept: Conversation, *fields: Any
    ) -> Any:  # fmt: skip
        """Ask a question that the page offered or a person corrected; that is asked as it stands."""
        data: dict[str, Any] = event._data or {}
        conversation = self._caught_up(request, here, kept)
        return self._begin(str(data.get("question", "")), conversation, fields, request, alone=bool(data.get("alone")))

    def again(self, request: gr.Request, here: str, kept: Conversation, *fields: Any) -> Any:
        """Ask the last question once more, in its place."""
        conversation = self._keeping.present(request, here, kept)
        if conversation.last is None or conversation.pending:
            return _UNCHANGED
        *before, last = conversation.exchanges
        conversation = replace(conversation, exchanges=tuple(before))
        return self._begin(last.question, conversation, fields, request, alone=last.alone, place=last.place)

    def _caught_up(self, request: gr.Request, here: str, kept: Conversation) -> Conversation:
        """The same, with what was asked meanwhile in another page that shows it."""
        if kept.id is None or kept.pending:
            return self._keeping.present(request, here, kept)
        return self._keeping.caught_up(request, kept)

    def _begin(
        self, question: str, conversation: Conversation, fields: Sequence[Any], request: gr.Request, *,
        alone: bool = False, place: int | None = None,
    ) -> Any:  # fmt: skip
        if conversation.pending or not question.strip():  # what was typed meanwhile stays in its box
            return _UNCHANGED
        try:
            asked = Exchange(question.strip(), where=chosen_filter(fields), alone=alone, place=place)
        except QaError as error:
            asked = Exchange(question.strip(), problem=str(error), place=place)
        conversation = conversation.asked(asked)
        if place is None:  # else the answer that there was is kept until there is another
            conversation = self._keeping.keep(request, conversation)
        if not conversation.pending:
            return self._show(conversation, request)
        self._awaited[request.session_hash] = conversation.exchanges[-1]
        listing = self._keeping.listing(request, conversation)
        waiting = gr.Textbox(value="", submit_btn=False, stop_btn="Stop")
        return conversation, messages(conversation, "Starting…"), waiting, gr.Row(visible=False), gr.skip(), listing

    async def answer(self, conversation: Conversation, request: gr.Request) -> AsyncIterator[Any]:
        """Answer the question that is pending, showing what goes on meanwhile."""
        asked = conversation.last
        yield _UNCHANGED  # Gradio empties the outputs of a handler that yields nothing: the chat, and the box
        if asked is None or not asked.pending:
            self._came_to_an_end.add(str(request.session_hash))
            return
        if not self._awaits(asked, request):
            return
        try:
            async with aclosing(self._answered(asked, conversation, request)) as steps:
                async for shown in steps:
                    yield shown
        finally:  # a page that was closed awaits nothing either
            if self._awaits(asked, request):
                del self._awaited[request.session_hash]

    async def _answered(self, asked: Exchange, conversation: Conversation, request: gr.Request) -> AsyncGenerator[Any]:
        history = () if asked.alone else turns(conversation.exchanges[:-1])
        outcome = replace(asked, problem=_NO_ANSWER)
        try:
            async with aclosing(with_pauses(ask(self._chain, asked.question, history, asked.where), _LOOK_S)) as steps:
                async for step in steps:
                    if not self._awaits(asked, request):
                        break
                    if isinstance(step, Answer):
                        receipt = await asyncio.to_thread(self._receipts, step, history, asked.where)
                        outcome = replace(asked, answer=step, receipt=receipt)
                    else:
                        yield _meanwhile(conversation, step)
        except QaError as error:
            outcome = replace(asked, problem=str(error))
        except Exception:
            # The person sees that it failed and can go on asking; who runs the program finds out why.
            log.exception("a question could not be answered")
            outcome = replace(asked, problem=_FAILED)
        if outcome.answer or self._awaits(asked, request):
            conversation = await asyncio.to_thread(self._keeping.keep_outcome, request, conversation.come_to(outcome))
        shown = await asyncio.to_thread(self._laid_out, conversation, request)
        if self._awaits(asked, request):
            yield shown
            self._came_to_an_end.add(str(request.session_hash))
        yield _UNCHANGED  # what is yielded last is shown once more at the end, when there may be something else

    def _awaits(self, asked: Exchange, request: gr.Request) -> bool:
        return self._awaited.get(request.session_hash) is asked

    def left(self, conversation: Conversation, request: gr.Request) -> Any:
        """Show the conversation once more where answering was left: a last draft may have come after it."""
        try:
            self._came_to_an_end.remove(str(request.session_hash))
        except KeyError:
            return messages(conversation)
        return gr.skip()

    async def suggest(self, conversation: Conversation) -> AsyncIterator[str]:
        """Offer questions about the articles of the last answer: those that are answered, without any chat model."""
        last, kept = conversation.last, list[str]()
        yield ""
        if last is None or last.answer is None:
            return
        asked = [question for one in conversation.exchanges for question in _forms(one)]
        for candidate in candidates(last.answer, asked):
            try:
                found = await self._quoting.ainvoke({"question": candidate.question, "filter": last.where})
            except QaError:
                return
            kept += [candidate.question] if holds(candidate, found) else []
            yield suggestions_html(kept)
            if len(kept) == MAX_SHOWN:
                return

    def stop(self, conversation: Conversation, request: gr.Request) -> Any:
        """Leave the pending question without an answer, or with the one that it had before it was asked again."""
        if conversation.pending and (before := self._keeping.answered_before(request, conversation)):
            return self._show(before, request)
        return self._show(self._keeping.keep_outcome(request, settled(conversation)), request)

    def arrive(self, request: gr.Request, here: str, kept: Conversation) -> Any:
        """Show what a page begins with: the conversation that its address names, unless one has begun meanwhile."""
        if here and not kept.exchanges:
            return self.open(here, request)
        return *_UNCHANGED[1:], self._keeping.listing(request, kept)

    def clear(self, request: gr.Request) -> Any:
        """Begin a new conversation."""
        return self._show(Conversation(anew=True), request)

    def open(self, conversation_id: str, request: gr.Request) -> Any:
        """Go on with a conversation that was kept; with a new one where there is none of that id."""
        try:
            return self._show(self._keeping.load(request, conversation_id), request)
        except QaError:
            return self._show(Conversation(), request)

    def chosen(self, event: gr.EventData, request: gr.Request) -> Any:
        """Go on with the conversation that was chosen in the list."""
        return self.open(_named(event), request)

    def rename(self, request: gr.Request, event: gr.EventData, here: str, kept: Conversation) -> Any:
        """Call a conversation something else."""
        conversation = self._keeping.present(request, here, kept)
        title = str((event._data or {}).get("title", ""))
        return self._changed(lambda: self._keeping.rename(request, _named(event), title), conversation, request)

    def delete(self, request: gr.Request, event: gr.EventData, here: str, kept: Conversation) -> Any:
        """Let a conversation go, and offer to bring it back."""
        gone, conversation = _named(event), self._keeping.present(request, here, kept)
        current = Conversation() if gone == conversation.id else conversation
        return self._changed(lambda: self._keeping.delete(request, gone), current, request, deleted=gone)

    def restore(self, event: gr.EventData, request: gr.Request) -> Any:
        """Bring a deleted conversation back, and show it."""
        try:
            self._keeping.restore(request, _named(event))
        except QaError:
            return _UNCHANGED
        return self.open(_named(event), request)

    def _changed(
        self, change: Callable[[], None], current: Conversation, request: gr.Request, *, deleted: str | None = None
    ) -> Any:
        try:
            change()
        except QaError:  # it is gone already, which the list shows
            deleted = None
        if current.pending:  # what goes on in it goes on
            return *_UNCHANGED[1:], self._keeping.listing(request, current, deleted=deleted)
        return self._show(current, request, deleted=deleted)

    def _show(self, conversation: Conversation, request: gr.Request, *, deleted: str | None = None) -> Any:
        self._awaited.pop(request.session_hash, None)
        return self._laid_out(conversation, request, deleted=deleted)

    def _laid_out(self, conversation: Conversation, request: gr.Request, *, deleted: str | None = None) -> Any:
        ready = gr.Textbox(submit_btn="Ask", stop_btn=False)
        listing = self._keeping.listing(request, conversation, deleted=deleted)
        row = gr.Row(visible=bool(conversation.exchanges))
        wrong = gr.Button(visible=conversation.last is not None and conversation.last.answer is not None)
        return conversation, messages(conversation), ready, row, wrong, listing


def _forms(exchange: Exchange) -> list[str]:
    """A question as it was asked and as it was searched."""
    return [exchange.question, *([exchange.answer.standalone_question] if exchange.answer else [])]


def _named(event: gr.EventData) -> str:
    return str((event._data or {}).get("id", ""))


def _meanwhile(conversation: Conversation, step: str | Draft | None) -> Any:
    if step is None:
        return _UNCHANGED
    return gr.skip(), messages(conversation, step), *_UNCHANGED[2:]
