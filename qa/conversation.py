"""A conversation as the page keeps it: what was asked, what came of it, and what is being done about it meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from qa.question import MAX_CHARACTERS
from qa.rendering import answer_html, inert, plural, problem_html, stage_html
from qa.types import Answer, Turn

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

Message = dict[str, str]

_SHORT = 300
_STOPPED = "Stopped before there was an answer."


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and its answer; the problem, where there was one; neither as long as it is being worked on."""

    question: str
    answer: Answer | None = None
    problem: str | None = None

    @property
    def pending(self) -> bool:
        return self.answer is None and self.problem is None


Conversation = tuple[Exchange, ...]


def settled(conversation: Conversation) -> Conversation:
    """The conversation after its pending question has been given up."""
    return tuple(replace(said, problem=_STOPPED) if said.pending else said for said in conversation)


def turns(conversation: Iterable[Exchange]) -> tuple[Turn, ...]:
    """What later questions may refer to: the exchanges that came to an answer or a refusal."""
    return tuple(Turn(said.question, said.answer.text) for said in conversation if said.answer is not None)


def messages(conversation: Conversation, stage: str = "") -> list[Message]:
    """The conversation for a chat component that renders Markdown and sanitizes HTML; `stage` is what goes on now."""
    said: list[Message] = []
    for exchange in conversation:
        said.append({"role": "user", "content": f'<div dir="auto">{inert(_shortened(exchange.question))}</div>'})
        said.append({"role": "assistant", "content": _outcome(exchange, stage)})
    return said


def _shortened(question: str) -> str:
    return question if len(question) <= MAX_CHARACTERS else f"{question[:_SHORT]}…"


def _outcome(exchange: Exchange, stage: str) -> str:
    if exchange.answer is not None:
        return answer_html(exchange.answer)
    return stage_html(stage) if exchange.problem is None else problem_html(exchange.problem)


async def ask(chain: Runnable[Any, Answer], question: str, history: object = ()) -> AsyncIterator[str | Answer]:
    """What the chain is doing, in words for the person who waits, and then its answer.

    `history` is whatever the chain takes for one. Raises what the chain raises.
    """
    async for event in chain.astream_events({"question": question, "history": history}, version="v2"):
        match event:
            case {"event": "on_chain_start", "name": "search"}:
                yield "Searching the articles…"
            case {"event": "on_chain_end", "name": "search", "data": {"output": object(hits=hits)}}:
                yield f"Reading {plural(len(hits), 'passage')}…"
            case {"event": "on_chain_end", "parent_ids": [], "data": {"output": Answer() as answer}}:
                yield answer
