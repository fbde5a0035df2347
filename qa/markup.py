"""Strangers' text as HTML that stays text, and the little that all parts of the page say alike. Pure."""

from __future__ import annotations

import math
import string
from datetime import date

from index.types import Article, ArticleSummary

_HALVES = dict.fromkeys(range(0xD800, 0xE000), "&#65533;")
"""Of broken characters (lone surrogates): nothing that has one can be sent, nor anything that comes after it."""
_INERT = {ord(character): f"&#{ord(character)};" for character in string.punctuation + "\n\r\t"} | {0: None} | _HALVES


def inert(text: str) -> str:
    """`text` with everything but letters, digits and spaces of ASCII as character references.

    It is the same text whether it is read as HTML or as Markdown, and never markup, a link or an image.
    """
    return text.translate(_INERT)


def plural(count: int, noun: str) -> str:
    """A count with its noun: "1 article", "1,204 articles"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def in_a_row(text: str) -> str:
    """Paragraphs one after another, told apart: a heading would read as the beginning of the sentence under it."""
    return " – ".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n") if paragraph.strip())  # noqa: RUF001


def percent(share: float) -> str:
    """A share as a person would say it, never more than it is: 0.799 is "79%"."""
    return f"{math.floor(round(100 * share, 6))}%"


def day(published: date | None) -> str:
    """A date as a person writes it, in English; empty where there is none."""
    return f"{published.day} {published:%B %Y}" if published else ""


def byline(outlet: str | None, published: date | None) -> str:
    """Outlet and date on a line; nothing where neither is known."""
    parts = [inert(outlet)] if outlet else []
    # In its own direction: a day would be turned about in a line that begins in Arabic.
    parts += [f'<span dir="ltr">{day(published)}</span>'] if published else []
    line = " &#183; ".join(parts)
    return f'<span class="byline" dir="auto">{line}</span>' if line else ""


def copy_html(first: Article | ArticleSummary) -> str:
    """What a near copy is a copy of: a button that opens it, with outlet and date, for titles are often the same."""
    words = ", ".join(part for part in (first.title, first.outlet, day(first.published)) if part)
    return (
        f'<button type="button" class="copy-of" name="source" value="{inert(first.id)}" dir="auto">'
        f"Near copy of {inert(words)}</button>"
    )
