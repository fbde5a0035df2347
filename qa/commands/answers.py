"""An answer, or what came of asking again, on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from rich.console import Console
from rich.text import Text

from qa.commands.terminal import write, write_fields, write_under
from qa.evidence import (
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
from qa.markup import day, percent
from qa.nearest import Excerpt, nearest
from qa.question import visible
from qa.replay import Replay
from qa.types import Answer, Citation

MARK = "bold black on yellow"


def print_answer(out: Console, answer: Answer) -> None:
    """The answer and its numbered sources, or why there is none and the nearest passages; first what was searched."""
    if answer.standalone_question != answer.question:
        write(out, Text(f"Searched for: {visible(answer.standalone_question)}", style="dim"))
    if answer.note:
        write(out, Text(visible(answer.note), style="yellow"))
    if answer.text is None:
        write(out, Text(f"No answer. {visible(answer.reason or '')}".rstrip(), style="bold"))
        if answer.nearest:
            _print_missing(out, looked_for(answer).missing)
            write(out, Text("\nThe nearest passages:"))
        for number, one in enumerate(nearest(answer), start=1):
            _print_nearest(out, number, one)
        return
    write(out, _said(answer, answer.text) + Text(f"  ({percent(answer.confidence)} sure)", style="dim"))
    if written := written_words(answer):
        write(out, Text(f"{visible(written)}.", style="dim"))
    _print_support(out, answer)
    for number, citation in enumerate(cited(answer), start=1):
        _print_source(out, number, citation)


def _print_missing(out: Console, words: Sequence[str]) -> None:
    if words:
        write(out, Text(f"None of the articles found mentions {', '.join(map(visible, words))}."))


def _print_support(out: Console, answer: Answer) -> None:
    """How many articles say so; who says otherwise, the newest first; what was said when, the oldest first."""
    if not answer.written_by and (words := support_words(support(answer.citations))):
        write(out, Text(f"{words[0].upper()}{words[1:]}."))  # what is cited for different sentences says no one thing
    if differing := positions(answer):
        write(out, Text(f"\n{differ_words(differing)}"))
        _print_rows(out, [(one.text, _from(one), one.numbers) for one in differing])
    if moments := timeline(answer):
        write(out, Text("\nAs it was reported:"))
        _print_rows(out, [(day(one.day), f"{one.says}  {one.citation.outlet or ''}", (one.number,)) for one in moments])


def _print_rows(out: Console, rows: Sequence[tuple[str, str, Sequence[int]]]) -> None:
    width = max(len(visible(first)) for first, _, _ in rows)
    for first, second, numbers in rows:
        marks = "".join(f"[{number}]" for number in numbers)
        write(out, Text(f"  {visible(first):<{width}}  {visible(second).strip()} {marks}"))


def _from(one: Position) -> str:
    """The outlet and day of its newest article, and how many articles say so."""
    told = (one.newest.outlet, day(one.newest.published), support_words(support(one.citations)))
    return ", ".join(part for part in told if part)


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
    write(out, Text(f"\n[{number}] {_headline(citation.title, citation.outlet, citation.published)}"))
    write_under(out, said)
    write_under(out, Text(visible(citation.source), style="dim"))


def _print_nearest(out: Console, number: int, one: Excerpt) -> None:
    article = one.hit.article
    write(out, Text(f"\n[{number}] {_headline(article.title, article.outlet, article.published)}"))
    write_under(out, Text(visible(one.shown)))


def _headline(title: str, outlet: str | None, published: date | None) -> str:
    return ", ".join(visible(part) for part in (title, outlet, day(published)) if part)


def print_replay(out: Console, replay: Replay) -> None:
    """What came of asking a receipt's question again."""
    heads = {
        "same": "The same answer, from the same words.",
        "same answer, other evidence": "The same answer, but not from the same words any more.",
        "different": "Another answer.",
    }
    write(out, Text(heads[replay.outcome], style="bold"))
    before, now = (visible(one) if one else "(no answer)" for one in (replay.before, replay.now))
    fields = {"question": replay.question, "then": before}
    fields |= {"now": now} if replay.outcome == "different" else {}
    fields["passages"] = f"{replay.passages_again} of {replay.passages} were read again"
    write_fields(out, fields)
    for article in replay.articles:
        still = ", and still says this" if article.says_so else ""
        became = "is gone" if article.change == "gone" else f"has changed{still or ', and no longer says this'}"
        write(out, Text(f"{visible(article.title)} ({article.article_id}) {became}", style="yellow"))
    for line in replay.made_otherwise:
        write(out, Text(f"Made otherwise: {visible(line)}", style="yellow"))
