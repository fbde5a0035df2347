"""What the `qa` command prints. Titles, outlets and texts are strangers' words: they reach a terminal only as visible
characters, never as control sequences or as markup.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from threading import Timer
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.progress import Progress, ProgressColumn, Task
from rich.text import Text

from index.errors import ArticleMissingError
from index.types import Article, ArticleSummary, Hit, IndexInfo, IngestReport
from qa.evidence import (
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
from qa.markup import day, in_a_row, percent, plural
from qa.question import visible
from qa.replay import Replay
from qa.types import Answer, Citation

if TYPE_CHECKING:
    from pathlib import Path

    from index.repair import RepairReport

MARK = "bold black on yellow"
_EXCERPT_CHARACTERS = 240
_PATIENCE_S = 1.0
_COPIES_SHOWN = 20
_TAKEN_IN_SHOWN = 10


def console(*, stderr: bool = False) -> Console:
    """A console that takes every text literally; in a pipe it neither wraps nor colours."""
    return Console(stderr=stderr, markup=False, emoji=False, highlight=False)


@contextmanager
def progress(description: str) -> Iterator[Callable[[float, int | None], None]]:
    """Gives a function to call with what is done and the total, None where that is not known.

    After a second, a bar on standard error shows it with the rate and the time left, where that is a terminal.
    """
    err = console(stderr=True)
    bar = Progress(*Progress.get_default_columns(), Rate(), console=err, transient=True, disable=not err.is_terminal)
    task = bar.add_task(description, total=None)
    timer = Timer(_PATIENCE_S, bar.start)
    timer.daemon = True
    timer.start()
    try:
        yield lambda done, total: bar.update(task, completed=done, total=total and max(total, done))
    finally:
        timer.cancel()
        timer.join()
        bar.stop()


class Rate(ProgressColumn):
    """How many are done each second; each minute where they are books."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed or 0.0
        rate = f"{speed:,.1f}/s" if speed >= 0.1 else f"{60 * speed:,.1f}/min"
        return Text(rate if speed else "", style="dim")


def print_answer(out: Console, answer: Answer) -> None:
    """The answer and its numbered sources, or why there is none and the nearest passages; first what was searched."""
    if answer.standalone_question != answer.question:
        _print(out, Text(f"Searched for: {visible(answer.standalone_question)}", style="dim"))
    if answer.note:
        _print(out, Text(visible(answer.note), style="yellow"))
    if answer.text is None:
        _print(out, Text(f"No answer. {visible(answer.reason or '')}".rstrip(), style="bold"))
        if answer.nearest:
            _print_missing(out, looked_for(answer).missing)
            _print(out, Text("\nThe nearest passages:"))
        for number, hit in enumerate(answer.nearest[:3], start=1):
            _print_nearest(out, number, hit)
        return
    _print(out, _said(answer, answer.text) + Text(f"  ({percent(answer.confidence)} sure)", style="dim"))
    if written := written_words(answer):
        _print(out, Text(f"{visible(written)}.", style="dim"))
    _print_support(out, answer)
    for number, citation in enumerate(cited(answer), start=1):
        _print_source(out, number, citation)


def _print_missing(out: Console, words: Sequence[str]) -> None:
    if words:
        _print(out, Text(f"None of the articles found mentions {', '.join(map(visible, words))}."))


def _print_support(out: Console, answer: Answer) -> None:
    """How many articles say so; who says otherwise, the newest first; what was said when, the oldest first."""
    if words := support_words(support(answer.citations)):
        _print(out, Text(f"{words[0].upper()}{words[1:]}."))
    if differing := positions(answer):
        _print(out, Text(f"\n{differ_words(differing)}"))
        _print_rows(out, [(one.text, _from(one.newest), one.numbers) for one in differing])
    if moments := timeline(answer):
        _print(out, Text("\nAs it was reported:"))
        _print_rows(out, [(day(one.day), f"{one.says}  {one.citation.outlet or ''}", (one.number,)) for one in moments])


def _print_rows(out: Console, rows: Sequence[tuple[str, str, Sequence[int]]]) -> None:
    width = max(len(visible(first)) for first, _, _ in rows)
    for first, second, numbers in rows:
        marks = "".join(f"[{number}]" for number in numbers)
        _print(out, Text(f"  {visible(first):<{width}}  {visible(second).strip()} {marks}"))


def _from(citation: Citation) -> str:
    return ", ".join(part for part in (citation.outlet, day(citation.published)) if part)


def _said(answer: Answer, text: str) -> Text:
    if not answer.sentences:
        return Text(visible(text), style="bold")
    parts = [Text(visible(one.text), style="bold") + Text(f" {marks(one)}", style="dim") for one in answer.sentences]
    return Text(" ").join(parts)


def _print_source(out: Console, number: int, citation: Citation) -> None:
    start = citation.start - citation.sentence_start
    end = start + len(citation.quote)
    said = Text(visible(citation.sentence[:start]))
    said.append(visible(citation.sentence[start:end]), style=MARK)
    said.append(visible(citation.sentence[end:]))
    _print(out, Text(f"\n[{number}] {_headline(citation.title, citation.outlet, citation.published)}"))
    _print_under(out, said)
    _print_under(out, Text(visible(citation.source), style="dim"))


def _print_nearest(out: Console, number: int, hit: Hit) -> None:
    article, text = hit.article, visible(in_a_row(hit.passage.text))
    _print(out, Text(f"\n[{number}] {_headline(article.title, article.outlet, article.published)}"))
    _print_under(out, Text(text if len(text) <= _EXCERPT_CHARACTERS else f"{text[:_EXCERPT_CHARACTERS]}…"))


def _headline(title: str, outlet: str | None, published: date | None) -> str:
    return ", ".join(visible(part) for part in (title, outlet, day(published)) if part)


def print_replay(out: Console, replay: Replay) -> None:
    """What came of asking a receipt's question again."""
    heads = {
        "same": "The same answer, from the same words.",
        "same answer, other evidence": "The same answer, but not from the same words any more.",
        "different": "Another answer.",
    }
    _print(out, Text(heads[replay.outcome], style="bold"))
    before, now = (visible(one) if one else "(no answer)" for one in (replay.before, replay.now))
    fields = {"question": replay.question, "then": before}
    fields |= {"now": now} if replay.outcome == "different" else {}
    fields["passages"] = f"{replay.passages_again} of {replay.passages} were read again"
    _print_fields(out, fields)
    for article in replay.articles:
        still = ", and still says this" if article.says_so else ""
        became = "is gone" if article.change == "gone" else f"has changed{still or ', and no longer says this'}"
        _print(out, Text(f"{visible(article.title)} ({article.article_id}) {became}", style="yellow"))
    for line in replay.made_otherwise:
        _print(out, Text(f"Made otherwise: {visible(line)}", style="yellow"))


def print_article(out: Console, article: Article) -> None:
    """The whole article under its title and where it is from."""
    _print(out, Text(visible(article.title), style="bold"))
    fields = {
        "id": article.id,
        "source": article.source,
        "outlet": article.outlet,
        "author": article.author,
        "published": article.published and article.published.isoformat(),
        "language": article.language,
        "copy of": article.copy_of,
    }
    _print_fields(out, {name: value for name, value in fields.items() if value})
    _print(out, Text("\n" + "\n".join(visible(line) for line in article.text.split("\n"))))


def print_articles(out: Console, articles: Sequence[ArticleSummary]) -> None:
    """A line for each article: id, date, outlet, title, and what it is a copy of."""
    for article in articles:
        published = article.published.isoformat() if article.published else "-" * 10
        line = Text(f"{article.id}  {published}  {visible(article.outlet or '-')}  {visible(article.title)}")
        copy = f"  (copy of {article.copy_of})" if article.copy_of else ""
        _print(out, line + Text(visible(copy), style="dim"))


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
    _print_fields(out, fields)


def print_report(out: Console, report: IngestReport) -> None:
    """One line of counts, a line for each near copy, and one for whatever else was not simply taken in."""
    taken_in = f"{len(report.added)} added, {len(report.updated)} updated, {len(report.unchanged)} unchanged"
    skipped = f", {report.skipped_files} skipped" if report.skipped else ""
    _print(out, Text(f"{taken_in}, {len(report.failed)} failed{skipped}"))
    for copy in report.copies[:_COPIES_SHOWN]:
        _print(out, Text(visible(f"  {copy.id}: copy of {copy.copy_of}")))
    if len(report.copies) > _COPIES_SHOWN:
        _print(out, Text(f"  and {len(report.copies) - _COPIES_SHOWN:,} more copies"))
    for note in report.notes:
        _print(out, Text(f"  {visible(note.source)}: {visible(note.text)}"))
    for one in report.skipped:
        _print(out, Text(f"  {visible(one.source)}: skipped, {visible(one.reason)}", style="dim"))
    for failure in report.failed:
        _print(out, Text(f"  {visible(failure.source)}: {visible(failure.reason)}", style="red"))


def print_taken_in(out: Console, article: Callable[[str], Article], report: IngestReport) -> None:
    """The first of the articles that were added or updated, by their titles; `article` gives one by its id."""
    taken_in = [("added", one) for one in report.added] + [("updated", one) for one in report.updated]
    for change, article_id in taken_in[:_TAKEN_IN_SHOWN]:
        with suppress(ArticleMissingError):  # another process may have removed it since
            one = article(article_id)
            _print(out, Text(visible(f"  {change}: {one.title}  ({one.source})")))
    if len(taken_in) > _TAKEN_IN_SHOWN:
        _print(out, Text(f"  and {len(taken_in) - _TAKEN_IN_SHOWN:,} more"))


def print_repair(out: Console, report: RepairReport) -> None:
    """What was wrong, and what became of it."""
    for problem in report.problems:
        _print(out, Text(visible(problem)))
    if report.problems:
        done = f"{plural(len(report.embedded_anew), 'article')} embedded anew, {len(report.quarantined):,} lost"
        visits = f", {plural(report.visits_forgotten, 'visit')} to the web forgotten" if report.visits_forgotten else ""
        _print(out, Text(f"Repaired: {done}{visits}."))
    else:
        _print(out, Text("No problems. The caches were built anew."))
    for one in report.quarantined:
        named = visible(f"  {one.id or 'an article of unknown name'}, {one.title}".rstrip(", "))
        again = visible(f": add it again from {one.source}") if one.source else ""
        _print(out, Text(named + again, style="red"))
    if report.quarantine:
        _print(out, Text(visible(f"What can be read of them: {report.quarantine}")))


def _print_fields(out: Console, fields: dict[str, str]) -> None:
    for name, value in fields.items():
        _print(out, Text(f"{name + ':':<12}", style="dim") + Text(visible(value)))


def _print_under(out: Console, text: Text) -> None:
    """Indented, on a terminal every line of it."""
    out.print(Padding(text, (0, 0, 0, 4)) if out.is_terminal else Text("    ") + text, soft_wrap=not out.is_terminal)


def _print(out: Console, text: Text) -> None:
    out.print(text, soft_wrap=not out.is_terminal)
