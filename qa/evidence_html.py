"""What an answer rests on, for the page: answers that differ side by side, a timeline, what was looked for. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from qa.evidence import Moment, Position, Search, differ_words, support, support_words
from qa.markup import byline, day, inert

Markers = Callable[[Sequence[int]], str]
"""Gives the buttons of the citations with these numbers."""


def positions_html(positions: Sequence[Position], markers: Markers) -> str:
    """The answers side by side, each with the outlet and date of its newest article; nothing where none differ."""
    if not positions:
        return ""
    items = "".join(_position(one, markers) for one in positions)
    return (
        '<section class="differing" aria-label="Answers that differ"><p class="differing-head">'
        f'{differ_words(positions)}</p><ul class="positions">{items}</ul></section>'
    )


def _position(one: Position, markers: Markers) -> str:
    newest, words = one.newest, support_words(support(one.citations))
    also = f'<span class="support">{words}</span>' if words else ""
    given = ' <span class="unseen">(the answer given)</span>' if one.given else ""
    return (
        f'<li class="position{" given" if one.given else ""}"><span class="says" dir="auto">{inert(one.text)}</span>'
        f" {markers(one.numbers)}{given}{byline(newest.outlet, newest.published)}{also}</li>"
    )


def timeline_html(moments: Sequence[Moment], markers: Markers) -> str:
    """What was said when, the oldest first; nothing where that doesn't matter."""
    if not moments:
        return ""
    items = "".join(
        f'<li><time datetime="{one.day.isoformat()}">{day(one.day)}</time> '
        f'<span class="says" dir="auto">{inert(one.says)}</span> {markers([one.number])}'
        f'<span class="byline" dir="auto">{inert(one.citation.outlet or "")}</span></li>'
        for one in moments
    )
    return (
        '<section class="timeline" aria-label="Timeline"><p class="timeline-head">As it was reported</p>'
        f"<ol>{items}</ol></section>"
    )


def missing_html(search: Search) -> str:
    """What no article found has of what was looked for; nothing where each has its share."""
    if not search.missing:
        return ""
    words = ", ".join(f"<strong>{inert(word)}</strong>" for word in search.missing)
    return f'<p class="looked-for" dir="auto">None of the articles found mentions {words}.</p>'
