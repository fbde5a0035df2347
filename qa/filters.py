"""Which articles a question is asked of, as callers write it: pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import date
from difflib import get_close_matches
from typing import Any

from index.errors import QuestionError
from index.types import EVERYTHING, ArticleSummary, Filter
from qa.markup import plural

NAMES = tuple(field.name for field in fields(Filter))
_DAYS = ("since", "until")
_NAMED = 5
_LIKE = 0.75
"""Of what difflib takes for the same: "Exampel Wire" is like "Example Wire", and "Demo Post" is not."""
_SEVERAL = {"type": "array", "items": {"type": "string"}}
_DAY = {"type": "string", "format": "date"}
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "outlets": _SEVERAL | {"description": "Articles of these outlets only."},
        "authors": _SEVERAL | {"description": "Articles by these authors only."},
        "languages": _SEVERAL | {"description": "Articles in these languages only, by their codes, such as en."},
        "article_ids": _SEVERAL | {"description": "These articles only."},
        "since": _DAY | {"description": "Articles published on this day or later only, such as 2023-02-06."},
        "until": _DAY | {"description": "Articles published on this day or earlier only."},
    },
}
"""What the mapping that `as_filter` takes looks like, as a JSON schema."""


def as_filter(given: Any) -> Filter:
    """A Filter as it is; a mapping of its fields, days as dates or in ISO format, as one; None as any article.

    What is empty or None in the mapping counts as not given. Raises QuestionError for anything else.
    """
    match given:
        case None:
            return EVERYTHING
        case Filter():
            return given
        case Mapping() if set(given) <= set(NAMES):
            return _ordered(Filter(**{name: _read(name)(name, value) for name, value in given.items() if value}))
        case _:
            raise QuestionError(f"A filter is a mapping with any of {', '.join(NAMES)}.")


def in_words(where: Filter) -> str:
    """What is said of the articles that the filter leaves, to follow "articles"; empty for any article."""
    days = (where.since and f"since {where.since}", where.until and f"until {where.until}")
    listed = ((where.outlets, "of"), (where.authors, "by"), (where.languages, "in"))
    parts = [f"{word} {' or '.join(names)}" for names, word in listed if names]
    parts += [f"chosen by hand ({len(where.article_ids):,})"] if where.article_ids else []
    return ", ".join([*parts, *(day for day in days if day)])


def left_nothing(where: Filter, articles: Sequence[ArticleSummary]) -> str:
    """Why a filter leaves none of the articles: the name that none of them has, and which may have been meant."""
    for asked, said, had in (
        (where.article_ids, "has the id", [one.id for one in articles]),
        (where.outlets, "is of the outlet", [one.outlet for one in articles]),
        (where.authors, "is by", [one.author for one in articles]),
        (where.languages, "is in the language", [one.language for one in articles]),
    ):
        if asked and not set(asked) & set(had):
            return f"No article {said} {_quoted(asked[:_NAMED], ' or ')}.{_instead(asked[0], had)}"
    undated = sum(one.published is None for one in articles) if where.since or where.until else 0
    return f"No article fits the filter{f'; {undated:,} without a date' if undated else ''}."


def left_out(where: Filter, articles: Sequence[ArticleSummary]) -> str:
    """How many articles the filter leaves out because they don't say what it goes by; empty where each does."""
    nameless = {
        "an outlet": sum(not one.outlet for one in articles) if where.outlets else 0,
        "an author": sum(not one.author for one in articles) if where.authors else 0,
        "a language": sum(not one.language for one in articles) if where.languages else 0,
        "a date": sum(one.published is None for one in articles) if where.since or where.until else 0,
    }
    told = [f"{count:,} without {what}" for what, count in nameless.items() if count]
    return f"Of {plural(len(articles), 'article')}, the filter leaves out {' and '.join(told)}." if told else ""


def _instead(asked: str, had: Sequence[str | None]) -> str:
    """The names most like this one; else which there are, and how many articles have none."""
    known = {name.casefold(): name for name in sorted(filter(None, had))}
    folded = asked.casefold()
    like = [name for name in known if folded in name][:_NAMED] or get_close_matches(folded, known, _NAMED, _LIKE)
    if like:
        return f" Did you mean {_quoted([known[name] for name in like], ' or ')}?"
    more = f" and {len(known) - _NAMED:,} more" if len(known) > _NAMED else ""
    named = f" Known: {_quoted(list(known.values())[:_NAMED], ', ')}{more}." if known else ""
    nameless = sum(not name for name in had)
    return named + (f" Not known of {plural(nameless, 'article')}." if nameless else "")


def _quoted(names: Sequence[str], joint: str) -> str:
    return joint.join(f'"{name}"' for name in names)


def _read(name: str) -> Callable[[str, Any], Any]:
    return _day if name in _DAYS else _texts


def _texts(name: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, Sequence) and not isinstance(value, str) and all(isinstance(one, str) for one in value):
        return tuple(value)
    raise QuestionError(f"The filter's {name} must be a list of texts.")


def _day(name: str, value: Any) -> date:
    if type(value) is date:
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise QuestionError(f"The filter's {name} must be a date such as 2023-02-06.") from None


def _ordered(where: Filter) -> Filter:
    if where.since and where.until and where.until < where.since:
        raise QuestionError(f"No day is since {where.since} and until {where.until}; give the earlier day first.")
    return where
