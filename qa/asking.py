"""One question put to the chain by somebody who waits: what goes on meanwhile, what is being written, the answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

from index.types import EVERYTHING, Filter
from qa.conversations.types import Draft
from qa.markup import plural
from qa.readers.deadline import awaited
from qa.readers.replies import as_written
from qa.types import Answer

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

T = TypeVar("T")
_DRAFTS_APART_S = 0.15
"""A page has other things to do than to show every token."""


async def ask(
    chain: Runnable[Any, Answer], question: str, history: object = (), where: Filter = EVERYTHING
) -> AsyncIterator[str | Draft | Answer]:
    """What the chain is doing, in words for the person who waits; drafts; and then its answer.

    `history` is whatever the chain takes for one. Raises what the chain raises. Whoever leaves early (`aclose`) stops
    the work: a chat model is not listened to any longer.
    """
    writing = _Writing()
    given = {"question": question, "history": history, "filter": where}
    with awaited():
        async for event in chain.astream_events(given, version="v2"):
            match event:
                case {"event": "on_chain_end", "name": "rewrite", "data": {"output": output}}:
                    yield _searching(question, output.standalone_question)
                case {"event": "on_chain_end", "name": "search", "data": {"output": object(hits=hits)}}:
                    passages = plural(len(hits), "passage")
                    yield f"Reading {passages}…"
                    writing = _Writing(passages)  # what models wrote before that was no answer
                case {"event": "on_chain_end", "parent_ids": [], "data": {"output": Answer() as answer}}:
                    yield answer
                case _ if (said := writing.heard(event)) is not None:
                    yield said


def _searching(question: str, standalone: str) -> str:
    same = " ".join(question.split()) == standalone
    return "Searching the articles…" if same else f"Searching for: {standalone}"


class _Writing:
    """Puts a chat model's tokens together, once it is known what it reads."""

    def __init__(self, passages: str | None = None) -> None:
        self._passages = passages
        self._text = ""
        self._next_s = 0.0

    def heard(self, event: Any) -> str | Draft | None:
        """That it begins, or the draft, where this event is one of the model's and it is time to show it."""
        if not self._passages:
            return None
        match event:
            case {"event": "on_chat_model_start"}:
                self._text = ""  # it may be another try
                return f"The chat model is reading {self._passages}…"
            case {"event": "on_chat_model_stream", "data": {"chunk": object(text=str() as token)}}:
                self._text += token
                if monotonic() >= self._next_s and (text := as_written(self._text)):
                    self._next_s = monotonic() + _DRAFTS_APART_S
                    return Draft(text)
            case {"event": "on_chat_model_end"} if text := as_written(self._text):
                return Draft(text, complete=True)
        return None


async def with_pauses(steps: AsyncIterator[T], every_s: float) -> AsyncGenerator[T | None]:
    """The steps as they come, and None whenever none came for `every_s`; whoever leaves early closes `steps`."""
    ended = object()
    coming: asyncio.Future[Any] = asyncio.ensure_future(anext(steps, ended))
    try:
        while True:
            done, _ = await asyncio.wait({coming}, timeout=every_s)
            if not done:
                yield None
                continue
            if (step := coming.result()) is ended:
                return
            coming = asyncio.ensure_future(anext(steps, ended))
            yield step
    finally:
        coming.cancel()
        await asyncio.wait({coming})
        if isinstance(steps, AsyncGenerator):
            await steps.aclose()
