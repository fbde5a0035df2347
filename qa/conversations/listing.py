"""The list of conversations as the page shows it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from qa.conversations.types import ConversationSummary
from qa.markup import day, inert

_EXPORTS = (("md", "Save as Markdown"), ("json", "Save as JSON"))


def listing_html(
    conversations: Sequence[ConversationSummary], current: str | None, *, deleted: str | None = None, problem: str = ""
) -> str:
    """All of them as buttons, the one with the id `current` marked; the one just `deleted` can be brought back."""
    items = "".join(_item(one, current=one.id == current) for one in conversations)
    listed = f"<ul>{items}</ul>" if items else '<p class="empty">Your conversations will be listed here.</p>'
    return (
        f'<nav aria-label="Conversations" data-current="{inert(current or "")}">'
        f'<button type="button" class="new" name="new">New conversation</button>'
        f'<div class="said" role="status">{_said(deleted, problem)}</div>{listed}</nav>'
    )


def _said(deleted: str | None, problem: str) -> str:
    if problem:
        return f'<p class="trouble">{inert(problem)}</p>'
    if deleted is None:
        return ""
    return f'<p>Deleted. <button type="button" name="restore" value="{inert(deleted)}">Undo</button></p>'


def _item(one: ConversationSummary, *, current: bool) -> str:
    title, id_ = inert(one.title), inert(one.id)
    mark = ' aria-current="true"' if current else ""
    exports = "".join(
        f'<button type="button" name="export" value="{form} {id_}">{inert(words)}</button>' for form, words in _EXPORTS
    )
    return (
        f'<li><button type="button" class="open" name="conversation" value="{id_}"{mark} title="{title}">'
        f'<span class="title" dir="auto">{title}</span><span class="when">{when(one.changed)}</span></button>'
        f'<details name="options"><summary aria-label="Options for {title}">&#8943;</summary><div class="menu">'
        f'<button type="button" name="rename" value="{id_}">Rename</button>{exports}'
        f'<button type="button" name="delete" value="{id_}">Delete</button></div></details></li>'
    )


def when(changed: datetime, today: date | None = None) -> str:
    """A day as a person says it, of the clock of this machine."""
    then = changed.astimezone().date()
    ago = ((today or date.today()) - then).days
    return "Today" if ago <= 0 else "Yesterday" if ago == 1 else day(then)
