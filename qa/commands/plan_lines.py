"""What `qa add --dry-run` prints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from index.plan import Line, Planned, TableColumns
from index.types import Failure, Note, Skipped
from qa.question import visible


def plan_line(one: Line) -> str:
    """One thing that would happen, on one line; strangers' words as visible characters only."""
    match one:
        case Planned(change, kind, article):
            day = article.published.isoformat() if article.published else "no date"
            return visible(f"{change:<9}  {kind:<8}  {day:<10}  {article.title}  ({article.source})")
        case TableColumns(source, columns):
            return visible(f"table      {source}: {columns}")
        case Skipped(source, reason):
            return visible(f"skipped    {source}: {reason}")
        case Note(source, text):
            return visible(f"note       {source}: {text}")
        case _:
            return visible(f"failed     {one.source}: {one.reason}")


def plan_counts(found: Sequence[Line]) -> str:
    """The last line: how much of what would happen."""
    counts = Counter(one.change for one in found if isinstance(one, Planned))
    failed = sum(isinstance(one, Failure) for one in found)
    skipped = sum(one.files for one in found if isinstance(one, Skipped))
    return (
        f"Would be {counts['added']} added, {counts['updated']} updated, {counts['unchanged']} unchanged, "
        f"{failed} failed{f', {skipped} skipped' if skipped else ''}. Nothing was changed."
    )


def plan_json(one: Line) -> dict[str, Any]:
    """The same for scripts."""
    match one:
        case Planned(change, kind, article):
            return {
                "change": change,
                "kind": kind,
                "id": article.id,
                "source": article.source,
                "title": article.title,
                "published": article.published,
                "author": article.author,
                "outlet": article.outlet,
                "language": article.language,
                "characters": len(article.text),
            }
        case TableColumns(source, columns):
            return {"table": source, "columns": dict(columns.by_field), "unused": list(columns.unused)}
        case Skipped(source, reason, files):
            return {"change": "skipped", "source": source, "reason": reason, "files": files}
        case Note(source, text):
            return {"note": text, "source": source}
        case _:
            return {"change": "failed", "source": one.source, "reason": one.reason}
