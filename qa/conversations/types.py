"""A conversation: what was asked, what came of it, and what is being done about it meanwhile. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from index.types import EVERYTHING, Filter
from qa.conversations.since import Since
from qa.question import visible
from qa.types import Answer, Turn

STOPPED = "Stopped before there was an answer."
MAX_TITLE = 80


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and its answer; the problem, where there was one; neither as long as it is being worked on."""

    question: str
    answer: Answer | None = None
    problem: str | None = None
    where: Filter = EVERYTHING
    """Which articles were asked."""
    alone: bool = False
    """Asked as it stands, whatever was said before: a person put in what the follow-up was to mean."""
    receipt: Mapping[str, Any] | None = None
    """See `qa.receipts`."""
    since: Mapping[int, Since] = field(default_factory=dict)
    """What became of the cited articles after the answer, by the number of the citation. Looked up, never kept."""
    place: int | None = None
    """Where it is kept in its conversation; None before it is."""

    @property
    def pending(self) -> bool:
        return self.answer is None and self.problem is None


@dataclass(frozen=True, slots=True)
class Draft:
    """What a chat model has written so far, none of it checked. `complete` when it has ended and is being checked."""

    text: str
    complete: bool = False


@dataclass(frozen=True, slots=True)
class Conversation:
    """Exchanges, oldest first. It has no id until it is kept."""

    exchanges: tuple[Exchange, ...] = ()
    id: str | None = None
    title: str = ""
    anew: bool = False
    """Begun where another was shown, whose address the page may have still."""

    @property
    def last(self) -> Exchange | None:
        return self.exchanges[-1] if self.exchanges else None

    @property
    def pending(self) -> bool:
        """Whether its last question is still to be answered."""
        return self.last is not None and self.last.pending

    def asked(self, exchange: Exchange) -> Conversation:
        """With one more exchange; one that was pending has been given up."""
        return replace(settled(self), exchanges=(*settled(self).exchanges, exchange))

    def come_to(self, exchange: Exchange) -> Conversation:
        """With what has come of the last exchange in its place."""
        *before, last = self.exchanges
        return replace(self, exchanges=(*before, replace(exchange, place=last.place)))


@dataclass(frozen=True, slots=True)
class ConversationSummary:
    """A line of the list of conversations."""

    id: str
    title: str
    changed: datetime


def settled(conversation: Conversation) -> Conversation:
    """The conversation after its pending question has been given up."""
    exchanges = tuple(replace(said, problem=STOPPED) if said.pending else said for said in conversation.exchanges)
    return replace(conversation, exchanges=exchanges)


def turns(exchanges: Iterable[Exchange]) -> tuple[Turn, ...]:
    """What later questions may refer to: the exchanges that came to an answer or a refusal."""
    return tuple(Turn(said.question, said.answer.text) for said in exchanges if said.answer is not None)


def title_of(question: str) -> str:
    """What a conversation is called that begins with this question: its first words."""
    line = " ".join(visible(question[: 4 * MAX_TITLE]).split()) or "…"
    return line if len(line) <= MAX_TITLE else f"{line[: MAX_TITLE - 1].rsplit(' ', 1)[0]}…"
