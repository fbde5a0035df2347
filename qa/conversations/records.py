"""Exchanges as JSON and back, whatever fields their values have. Pure.

A field that a record lacks takes its default, and one that is no longer known is left out: records outlive versions.
"""

from __future__ import annotations

import json
from dataclasses import asdict, is_dataclass, replace
from datetime import date
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from qa.conversations.types import Exchange
from qa.evidence import looked_for
from qa.types import Answer


def to_record(exchange: Exchange) -> str:
    """An exchange as a line of JSON, without the texts of whole articles, what is looked up anew, and its place."""
    answer = _slim(exchange.answer) if exchange.answer else None
    kept = replace(exchange, answer=answer, since={}, place=None)
    return json.dumps(asdict(kept), default=date.isoformat)


def from_record(record: str) -> Exchange:
    """Raises ValueError for what is no record."""
    try:
        return _revived(Exchange, json.loads(record))  # type: ignore[no-any-return]
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"no exchange: {error}") from error


def _slim(answer: Answer) -> Answer:
    """The answer without the texts of the articles that it was read from; their passages and hashes stay.

    What none of these texts has is kept: it could not be told any more.
    """
    nearest = tuple(replace(hit, article=replace(hit.article, text="")) for hit in answer.nearest)
    return replace(answer, nearest=nearest, missing=looked_for(answer).missing if answer.text is None else None)


def _revived(kind: Any, value: Any) -> Any:
    """The value of that kind, as JSON has it."""
    if kind is Any:
        return value
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        chosen = [one for one in inner if one is not NoneType]
        return None if value is None else _revived(chosen[0], value)
    if origin is Literal:
        return _expected(value, value in inner, kind)
    if origin is tuple:
        return tuple(_revived(inner[0], one) for one in _expected(value, isinstance(value, list), kind))
    if origin is not None:  # a mapping from texts
        return {key: _revived(inner[1], one) for key, one in value.items()}
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(**{name: _revived(hints[name], value[name]) for name in hints if name in value})
    if kind is date:
        return date.fromisoformat(value)
    return _expected(value, isinstance(value, (int, float) if kind is float else kind), kind)


def _expected(value: Any, holds: bool, kind: Any) -> Any:
    if not holds:
        raise ValueError(f"{value!r} is no {kind}")
    return value
