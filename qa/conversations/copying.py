"""Answers and conversations to take along: as Markdown, and as JSON, with all their sources. Pure."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from qa.answer_json import answer_json
from qa.conversations.types import Conversation, Exchange
from qa.evidence import (
    Moment,
    Position,
    cited,
    differ_words,
    looked_for,
    marks,
    positions,
    support,
    support_words,
    timeline,
    written_words,
)
from qa.filters import in_words
from qa.markup import day, percent
from qa.types import Answer, Citation

_REPORTED = "As it was reported:"
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&!])")
_BEGINS_A_LIST = re.compile(r"^( ?(?:\d{1,9}(?=[.)])|(?=[-+])))([-+.)])(?=[ -]|$)")
"""Or draws a line."""


def copied(answer: Answer) -> str:
    """An answer with what differs from it and its numbered sources, as plain text for a letter."""
    if answer.text is None:
        return " ".join(["The articles don't say.", *_refusal(answer)])
    lines = [_line(answer.note)] if answer.note else []
    lines += [_said(answer, answer.text)]
    lines += [*_support(answer), ""]
    if differing := positions(answer):
        lines += [differ_words(differing), *(f"- {_position(one)}" for one in differing), ""]
    if moments := timeline(answer):
        lines += [_REPORTED, *(f"- {_moment(one)}" for one in moments), ""]
    for number, citation in enumerate(cited(answer), 1):
        lines.append(f"[{number}] {_about(citation)}\n    “{_line(citation.sentence)}”\n    {citation.source}")
    return "\n".join(lines)


def _refusal(answer: Answer) -> list[str]:
    """Why there is no answer, and which words no article found has."""
    missing = looked_for(answer).missing
    reason = [answer.reason] if answer.reason else []
    return reason + ([f"None of the articles found mentions {', '.join(missing)}."] if missing else [])


def _support(answer: Answer) -> list[str]:
    """Whose words it is, or else how many articles say so, as the page has it."""
    words = written_words(answer) or support_words(support(answer.citations))
    return [f"{_line(words)}."] if words else []


def _moment(one: Moment) -> str:
    return f"{_named(day(one.day), _line(one.says), one.citation.outlet)} [{one.number}]"


def _position(one: Position) -> str:
    """One of several answers, with the outlet and day of its newest article and how many articles say so."""
    by = _named(one.newest.outlet, day(one.newest.published), support_words(support(one.citations)))
    given = " (the answer given)" if one.given else ""
    return f"{_line(one.text)} {''.join(f'[{number}]' for number in one.numbers)}{given}{f': {by}' if by else ''}"


def _said(answer: Answer, text: str) -> str:
    if answer.sentences:
        return " ".join(f"{_line(one.text)} {marks(one)}" for one in answer.sentences)
    return f"{_line(text)} {''.join(f'[{number}]' for number in range(1, len(answer.citations) + 1))}"


def _about(citation: Citation) -> str:
    return _named(_line(citation.title), citation.outlet, day(citation.published))


def _named(*parts: str | None) -> str:
    return ", ".join(part for part in parts if part)


def _line(text: str) -> str:
    return " ".join(text.split())


def as_markdown(conversation: Conversation) -> str:
    """The conversation with the sources of every answer. What strangers wrote is text in it, and never markup."""
    parts = [f"# {_literal(conversation.title)}"]
    parts += [_exchange(exchange) for exchange in conversation.exchanges]
    return "\n\n".join(parts) + "\n"


def _exchange(exchange: Exchange) -> str:
    parts = [f"## {_literal(exchange.question)}"]
    answer = exchange.answer
    if answer and answer.standalone_question != answer.question:
        parts.append(f"Searched for: {_literal(answer.standalone_question)}")
    if words := in_words(exchange.where):
        parts.append(f"Asked of articles {_literal(words)}.")
    if answer is None:
        parts.append(f"*{_literal(exchange.problem or 'Not answered.')}*")
    elif answer.text is None:
        parts.append(" ".join(["**The articles don't say.**", *map(_literal, _refusal(answer))]))
    else:
        parts += [f"*{_literal(answer.note)}*"] if answer.note else []
        parts.append(f"**{_literal(_said(answer, answer.text))}** ({percent(answer.confidence)} sure)")
        parts += map(_literal, _support(answer))
        if differing := positions(answer):
            parts += [differ_words(differing), "\n".join(f"- {_literal(_position(one))}" for one in differing)]
        if moments := timeline(answer):
            parts += [_REPORTED, "\n".join(f"- {_literal(_moment(one))}" for one in moments)]
        parts.append("\n".join(_source(number, one) for number, one in enumerate(cited(answer), 1)))
    return "\n\n".join(parts)


def _source(number: int, citation: Citation) -> str:
    start = citation.start - citation.sentence_start
    end = start + len(citation.quote)
    before, quote, after = (citation.sentence[:start], citation.sentence[start:end], citation.sentence[end:])
    marked = f"{_literal(before)}**{_inline(quote)}**{_inline(after)}" if quote.strip() == quote else _literal(
        citation.sentence
    )  # fmt: skip
    return f"{number}. {_literal(_about(citation))}, `{_code(citation.source)}`\n   > {marked}"


def _literal(text: str) -> str:
    """Words that a line may begin with, as Markdown that shows them as they are."""
    return _BEGINS_A_LIST.sub(r"\1\\\2", _inline(text))


def _inline(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", re.sub(r"\s+", " ", text))


def _code(text: str) -> str:
    return _line(text).replace("`", "'")


def as_json(conversation: Conversation) -> dict[str, Any]:
    """The conversation for scripts: each answer as `qa ask --json` has it, and its receipt."""
    return {
        "title": conversation.title,
        "exchanges": [
            {
                "question": exchange.question,
                "searched_for": exchange.answer.standalone_question if exchange.answer else None,
                "answer": answer_json(exchange.answer) if exchange.answer else None,
                "problem": exchange.problem,
                "receipt": exchange.receipt,
            }
            for exchange in conversation.exchanges
        ],
    }


def file_name(title: str, form: str, today: date) -> str:
    """A name for the file that no system objects to."""
    words = re.findall(r"[^\W_]+", title)[:8]
    return f"{'-'.join(words).lower()[:60] or 'conversation'}-{today.isoformat()}.{form}"
