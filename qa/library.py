"""The library as the page shows it: which articles, which page of them, and what became of an upload. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from index.types import ArticleSummary, IngestReport
from qa.markup import copy_html, day, inert, plural

ARTICLES_PER_PAGE = 25


def matching(articles: Sequence[ArticleSummary], words: str) -> list[ArticleSummary]:
    """The articles with every one of these words in their title or outlet, whatever the case, in the same order."""
    wanted = words.casefold().split()
    return [article for article in articles if all(word in _looked_at(article) for word in wanted)]


def meant(articles: Sequence[ArticleSummary], name: str) -> list[str]:
    """The ids of the articles that a name may stand for: the beginning of an id, a file, an address or a title."""
    file = f"/{name.removeprefix('./')}"
    return [
        one.id
        for one in articles
        if name
        and (one.id.startswith(name) or f"/{one.source}".endswith(file) or one.title.casefold() == name.casefold())
    ]


def _looked_at(article: ArticleSummary) -> str:
    return f"{article.title} {article.outlet or ''}".casefold()


def pages(articles: Sequence[ArticleSummary]) -> int:
    """How many pages the table has; at least one."""
    return max(1, math.ceil(len(articles) / ARTICLES_PER_PAGE))


def originals(articles: Sequence[ArticleSummary]) -> dict[str, ArticleSummary]:
    """By its id, every article that another one is a near copy of."""
    copied = {article.copy_of for article in articles}
    return {article.id: article for article in articles if article.id in copied}


_NONE_YET = (
    "No articles yet. Add texts, web pages, PDF and office files, books, tables or archives of these here; "
    "or whole folders, addresses and feeds with `qa add`."
)


def library_html(
    articles: Sequence[ArticleSummary], page: int, firsts: Mapping[str, ArticleSummary], *, empty: bool = False
) -> str:
    """One page, counted from 1, of the library's table. A row's box is named `article`, its title `source`.

    `firsts` are the `originals` of the whole library: a near copy names its own, wherever that is listed. `empty`
    says that there is none in the whole library.
    """
    if not articles:
        words = _NONE_YET if empty else "No article has these words in its title or outlet."
        return f'<p class="empty">{inert(words)}</p>'
    first = (page - 1) * ARTICLES_PER_PAGE
    rows = "".join(
        _row(article, firsts.get(article.copy_of or "")) for article in articles[first : first + ARTICLES_PER_PAGE]
    )
    return (
        '<table class="articles"><thead><tr><th scope="col"><span class="unseen">Select</span></th>'
        '<th scope="col">Title</th><th scope="col" class="outlet">Outlet</th><th scope="col" class="date">Date</th>'
        f'<th scope="col" class="count">Passages</th></tr></thead><tbody>{rows}</tbody></table>'
    )


def _row(article: ArticleSummary, first: ArticleSummary | None) -> str:
    copy = copy_html(first) if first else ""
    title, noun = inert(article.title), "passage" if article.passages == 1 else "passages"
    return (
        f'<tr><td class="pick"><input type="checkbox" name="article" value="{inert(article.id)}" '
        f'aria-label="Select {title}"></td><td class="name"><button type="button" name="source" '
        f'value="{inert(article.id)}" dir="auto">{title}</button>{copy}</td><td class="outlet" dir="auto">'
        f'{inert(article.outlet or "")}</td><td class="date">{day(article.published)}</td>'
        f'<td class="count">{article.passages:,}<span class="unit"> {noun}</span></td></tr>'
    )


def said_html(words: str) -> str:
    """What was done, or what is asked before it is done."""
    return f'<p role="status">{inert(words)}</p>'


def report_html(report: IngestReport) -> str:
    """What became of the files that were put in."""
    counts = ((report.added, "added"), (report.updated, "updated"), (report.unchanged, "already there"))
    said = ", ".join(f"{len(articles):,} {what}" for articles, what in counts if articles) or "Nothing was added"
    copies = f" {_copies_words(len(report.copies))}" if report.copies else ""
    failures = "".join(
        f'<li dir="auto"><strong>{inert(failure.source)}</strong>: {inert(failure.reason)}</li>'
        for failure in report.failed
    )
    failed = f"<p>{plural(len(report.failed), 'file')} could not be added:</p><ul>{failures}</ul>" if failures else ""
    skipped = f" {plural(report.skipped_files, 'file')} beside them held no article." if report.skipped else ""
    return f'<div class="report" role="status"><p>{said}.{copies}{skipped}</p>{failed}</div>'


def _copies_words(count: int) -> str:
    if count == 1:
        return "One is a near copy of another article, and says so."
    return f"{count:,} are near copies of other articles, and say so."
