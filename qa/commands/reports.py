"""Articles, and what became of them, on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from index.errors import ArticleMissingError
from index.types import Article, ArticleSummary, IndexInfo, IngestReport
from qa.commands.terminal import write, write_fields
from qa.markup import plural
from qa.question import visible

if TYPE_CHECKING:
    from pathlib import Path

    from index.repair import RepairReport

_COPIES_SHOWN = 20
_TAKEN_IN_SHOWN = 10


def print_articles(out: Console, articles: Sequence[ArticleSummary]) -> None:
    """A line for each article: id, date, outlet, title, and what it is a copy of."""
    for article in articles:
        published = article.published.isoformat() if article.published else "-" * 10
        line = Text(f"{article.id}  {published}  {visible(article.outlet or '-')}  {visible(article.title)}")
        copy = f"  (copy of {article.copy_of})" if article.copy_of else ""
        write(out, line + Text(visible(copy), style="dim"))


def print_article(out: Console, article: Article) -> None:
    """The whole article under its title and where it is from."""
    write(out, Text(visible(article.title), style="bold"))
    fields = {
        "id": article.id,
        "source": article.source,
        "outlet": article.outlet,
        "author": article.author,
        "published": article.published and article.published.isoformat(),
        "language": article.language,
        "copy of": article.copy_of,
    }
    write_fields(out, {name: value for name, value in fields.items() if value})
    write(out, Text("\n" + "\n".join(visible(line) for line in article.text.split("\n"))))


def print_info(out: Console, info: IndexInfo, *, settings: Path) -> None:
    """What is in the index, what it was made with, and the file that holds the settings."""
    fields = {
        "folder": info.folder,
        "articles": f"{info.articles:,}",
        "passages": f"{info.passages:,}",
        "generation": str(info.generation),
        "embedder": f"{info.embedder.name} ({info.embedder.dimension} dimensions, {info.embedder.revision})",
        "on disk": f"{info.bytes_on_disk / 1e6:,.1f} MB",
        "settings": f"{settings}{'' if settings.exists() else ' (there is none)'}",
    }
    write_fields(out, fields)


def print_report(out: Console, report: IngestReport) -> None:
    """One line of counts, a line for each near copy, and one for whatever else was not simply taken in."""
    taken_in = f"{len(report.added)} added, {len(report.updated)} updated, {len(report.unchanged)} unchanged"
    skipped = f", {report.skipped_files} skipped" if report.skipped else ""
    write(out, Text(f"{taken_in}, {len(report.failed)} failed{skipped}"))
    for copy in report.copies[:_COPIES_SHOWN]:
        write(out, Text(visible(f"  {copy.id}: copy of {copy.copy_of}")))
    if len(report.copies) > _COPIES_SHOWN:
        write(out, Text(f"  and {len(report.copies) - _COPIES_SHOWN:,} more copies"))
    for note in report.notes:
        write(out, Text(f"  {visible(note.source)}: {visible(note.text)}"))
    for one in report.skipped:
        write(out, Text(f"  {visible(one.source)}: skipped, {visible(one.reason)}", style="dim"))
    for failure in report.failed:
        write(out, Text(f"  {visible(failure.source)}: {visible(failure.reason)}", style="red"))


def print_taken_in(out: Console, article: Callable[[str], Article], report: IngestReport) -> None:
    """The first of the articles that were added or updated, by their titles; `article` gives one by its id."""
    taken_in = [("added", one) for one in report.added] + [("updated", one) for one in report.updated]
    for change, article_id in taken_in[:_TAKEN_IN_SHOWN]:
        with suppress(ArticleMissingError):  # another process may have removed it since
            one = article(article_id)
            write(out, Text(visible(f"  {change}: {one.title}  ({one.source})")))
    if len(taken_in) > _TAKEN_IN_SHOWN:
        write(out, Text(f"  and {len(taken_in) - _TAKEN_IN_SHOWN:,} more"))


def print_repair(out: Console, report: RepairReport) -> None:
    """What was wrong, and what became of it."""
    for problem in report.problems:
        write(out, Text(visible(problem)))
    if report.problems:
        done = f"{plural(len(report.embedded_anew), 'article')} embedded anew, {len(report.quarantined):,} lost"
        visits = f", {plural(report.visits_forgotten, 'visit')} to the web forgotten" if report.visits_forgotten else ""
        write(out, Text(f"Repaired: {done}{visits}."))
    else:
        write(out, Text("No problems. The caches were built anew."))
    for one in report.quarantined:
        named = visible(f"  {one.id or 'an article of unknown name'}, {one.title}".rstrip(", "))
        again = visible(f": add it again from {one.source}") if one.source else ""
        write(out, Text(named + again, style="red"))
    if report.quarantine:
        write(out, Text(visible(f"What can be read of them: {report.quarantine}")))
