"""A conversation as the chat component shows it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from index.types import Filter
from qa.conversations.copying import copied
from qa.conversations.types import Conversation, Draft, Exchange
from qa.filters import in_words
from qa.markup import inert
from qa.question import MAX_CHARACTERS, visible
from qa.rendering import answer_html, problem_html, stage_html
from qa.types import Answer

Message = dict[str, str]

_SHORT = 300
_BEING_WRITTEN = "Being written, and not checked yet"
_BEING_CHECKED = "Written; each sentence is being checked against the articles"


def messages(conversation: Conversation, now: str | Draft = "") -> list[Message]:
    """The conversation for a chat component that renders Markdown and sanitizes HTML; `now` is what goes on now."""
    said: list[Message] = []
    for exchange in conversation.exchanges:
        said.append({"role": "user", "content": f'<div dir="auto">{inert(_shortened(exchange.question))}</div>'})
        newest = exchange is conversation.last
        said.append({"role": "assistant", "content": _outcome(exchange, now, newest=newest)})
    return said


def _shortened(question: str) -> str:
    return visible(question if len(question) <= MAX_CHARACTERS else f"{question[:_SHORT]}…")


def _outcome(exchange: Exchange, now: str | Draft, *, newest: bool) -> str:
    if exchange.answer is not None:
        answer = exchange.answer
        shown = answer_html(answer, exchange.since)
        return f"{_understood(answer, exchange.where)}{shown}{_actions(exchange, answer)}"
    if exchange.problem is not None:
        return problem_html(exchange.problem, alarm=newest)
    return draft_html(now) if isinstance(now, Draft) else stage_html(now)


def draft_html(draft: Draft) -> str:
    """What a model has written so far, marked as what it is. A screen reader is spared every new word of it."""
    label = inert(_BEING_CHECKED if draft.complete else _BEING_WRITTEN)
    text = f'<p class="answer-text" dir="auto">{inert(draft.text)}</p>'
    return f'<div class="draft" aria-live="off"><div class="stage">{label}</div>{text}</div>'


def _understood(answer: Answer, where: Filter) -> str:
    """What was searched where that is not what was typed, to be corrected; and which articles were asked."""
    lines = []
    if answer.standalone_question != answer.question:
        searched = inert(answer.standalone_question)
        lines.append(
            f'<p class="searched" dir="auto"><span class="lead">Searched for: </span>'
            f'<span class="words">{searched}</span> '
            f'<button type="button" class="quiet" name="edit" value="{searched}">Edit'
            '<span class="unseen"> what was searched for</span></button></p>'
        )
    if words := in_words(where):
        lines.append(f'<p class="searched" dir="auto">Asked of articles {inert(words)}</p>')
    return "".join(lines)


def _actions(exchange: Exchange, answer: Answer) -> str:
    text = inert(copied(answer))
    buttons = f'<button type="button" class="quiet" name="copy" value="{text}">Copy with sources</button>'
    if exchange.receipt and exchange.place is not None:
        buttons += f'<button type="button" class="quiet" name="receipt" value="{exchange.place}">Receipt</button>'
    return f'<p class="actions">{buttons}</p>'


def suggestions_html(questions: Sequence[str]) -> str:
    """Questions that could be asked next, as buttons named `ask`."""
    buttons = "".join(
        f'<button type="button" class="suggestion" name="ask" value="{inert(one)}" dir="auto">{inert(one)}</button>'
        for one in questions
    )
    return f'<div role="group" aria-label="What you could ask next">{buttons}</div>' if buttons else ""
