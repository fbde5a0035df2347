"""The list of conversations on the page: what is laid out, and what happens in it."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import gradio as gr

from index.errors import QaError
from index.protocols import ArticleIndex
from qa.conversations.copying import as_json, as_markdown, file_name
from qa.conversations.listing import listing_html
from qa.conversations.records import to_record
from qa.conversations.since import changes_since
from qa.conversations.store import ConversationStore
from qa.conversations.types import Conversation, Exchange
from qa.page.owners import owner_of

log = logging.getLogger(__name__)
_NOT_KEPT = "This conversation can't be kept on this server."


class Keeping:
    """A browser's conversations, kept and found again. What can't be kept is asked and answered all the same."""

    def __init__(self, index: ArticleIndex) -> None:
        self._index = index
        self._store = ConversationStore(Path(index.info().folder))

    def keep(self, request: gr.Request, conversation: Conversation) -> Conversation:
        """The conversation as it is kept now, or as it is where it can't be."""
        return _kept(self._store.keep, request, conversation)

    def keep_outcome(self, request: gr.Request, conversation: Conversation) -> Conversation:
        """The same for what a question has come to; of a conversation that was deleted meanwhile, nothing is kept."""
        return _kept(self._store.keep_outcome, request, conversation)

    def caught_up(self, request: gr.Request, shown: Conversation) -> Conversation:
        """With what another page of the same browser has added to it meanwhile."""
        try:
            kept = self._store.load(owner_of(request), str(shown.id))
        except QaError:
            return shown
        known = {(one.place, to_record(one)): one for one in shown.exchanges}
        exchanges = [known.get((one.place, to_record(one))) or self._looked_up(one) for one in kept.exchanges]
        unkept = [one for one in shown.exchanges if one.place is None]
        return replace(kept, exchanges=(*exchanges, *unkept))

    def present(self, request: gr.Request, here: str, kept: Conversation) -> Conversation:
        """The conversation that the browser shows, which a server that was started anew does not have at hand."""
        if kept.id is not None or kept.anew or not here:
            return kept
        try:
            return self.load(request, here)
        except QaError:
            return kept

    def answered_before(self, request: gr.Request, asked_again: Conversation) -> Conversation | None:
        """The conversation as it was before its last question was asked again; None where that is new."""
        if asked_again.id is None or asked_again.last is None:
            return None
        try:
            kept = self.load(request, asked_again.id)
        except QaError:
            return None
        places = [one.place for one in kept.exchanges if one.answer is not None]
        return kept if asked_again.last.place in places else None

    def load(self, request: gr.Request, conversation_id: str) -> Conversation:
        """As it was kept, with what became of its articles since. Raises QaError."""
        kept = self._store.load(owner_of(request), conversation_id)
        return replace(kept, exchanges=tuple(self._looked_up(exchange) for exchange in kept.exchanges))

    def listing(self, request: gr.Request, current: Conversation, *, deleted: str | None = None) -> str:
        """The list, with `current` marked."""
        try:
            kept = self._store.listing(owner_of(request))
        except QaError as error:
            log.warning("%s", error)
            return listing_html([], None, problem=_NOT_KEPT)
        return listing_html(kept, current.id, deleted=deleted)

    def rename(self, request: gr.Request, conversation_id: str, title: str) -> None:
        """Raises QaError."""
        self._store.rename(owner_of(request), conversation_id, title)

    def delete(self, request: gr.Request, conversation_id: str) -> None:
        """Raises QaError."""
        self._store.delete(owner_of(request), conversation_id)

    def restore(self, request: gr.Request, conversation_id: str) -> None:
        """Raises QaError."""
        self._store.restore(owner_of(request), conversation_id)

    def _looked_up(self, exchange: Exchange) -> Exchange:
        if exchange.answer is None:
            return exchange
        try:
            return replace(exchange, since=changes_since(exchange.answer, self._index.article))
        except QaError as error:  # the index is unwell; what was kept can be read all the same
            log.warning("%s", error)
            return exchange


def _kept(
    keep: Callable[[str, Conversation], Conversation], request: gr.Request, conversation: Conversation
) -> Conversation:
    try:
        return keep(owner_of(request), conversation)
    except QaError as error:
        log.warning("%s", error)
        return conversation


def downloads(keeping: Keeping) -> list[Callable[..., Any]]:
    """What the page's script asks for to save it as files."""

    def export(wanted: object, request: gr.Request) -> dict[str, str]:
        form, _, conversation_id = str(wanted).partition(" ")
        try:
            conversation = keeping.load(request, conversation_id)
        except QaError as error:
            return {"problem": str(error)}
        text = as_markdown(conversation) if form == "md" else json.dumps(as_json(conversation), indent=2)
        return {"name": file_name(conversation.title, "md" if form == "md" else "json", _today()), "text": text}

    def receipt(wanted: object, request: gr.Request) -> dict[str, str]:
        place, _, conversation_id = str(wanted).partition(" ")
        try:
            exchanges = keeping.load(request, conversation_id).exchanges
            exchange = next(one for one in exchanges if str(one.place) == place)
        except (QaError, StopIteration):
            return {"problem": "This receipt is not there any more."}
        name = file_name(exchange.question, "receipt.json", _today())
        return {"name": name, "text": json.dumps(exchange.receipt, indent=2) + "\n"}

    return [export, receipt]


def _today() -> date:
    return datetime.now().astimezone().date()
