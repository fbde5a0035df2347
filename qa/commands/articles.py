"""`qa list`, `show`, `remove`, `prune`, `info` and `verify`: what is in the index. None of them loads a model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import click

from index.errors import ArticleMissingError
from qa.commands.invocation import options, print_json, stored_articles

if TYPE_CHECKING:
    from index.stored import StoredArticles

_MEANT = 3
_DAYS = {"d": 1, "w": 7, "y": 365}


@click.command("list")
@options("index", "json")
def list_articles(*, as_json: bool, **flags: str | None) -> None:
    """List the articles, newest first: id, date, outlet, title.

    \b
    qa list
    qa list --json | jq '.[].title'
    """
    with stored_articles(**flags) as index:
        articles = index.articles()
    if as_json:
        return print_json(articles)
    from qa.commands.reports import print_articles
    from qa.commands.terminal import console

    return print_articles(console(), articles)


@click.command()
@click.argument("article_id", metavar="ID")
@options("index", "json")
def show(article_id: str, *, as_json: bool, **flags: str | None) -> None:
    """Show an article as it was taken in.

    \b
    qa show notre-dame-reopens-833967708d44
    """
    with stored_articles(**flags) as index, _telling_what_was_meant(index, [article_id]):
        article = index.article(article_id)
    if as_json:
        return print_json(article)
    from qa.commands.reports import print_article
    from qa.commands.terminal import console

    return print_article(console(), article)


@click.command()
@click.argument("article_ids", nargs=-1, required=True, metavar="ID...")
@options("index")
def remove(article_ids: tuple[str, ...], **flags: str | None) -> None:
    """Remove articles. If one of them is not there, none is removed.

    \b
    qa remove notre-dame-reopens-833967708d44 webb-first-images-72501adccf07
    """
    ids = tuple(dict.fromkeys(article_ids))
    with stored_articles(**flags) as index:
        with _telling_what_was_meant(index, ids):
            index.remove(ids)
        index.publish()
    click.echo(f"{len(ids)} removed")


@contextmanager
def _telling_what_was_meant(index: StoredArticles, ids: Sequence[str]) -> Iterator[None]:
    """Of an article that is not there, those which its name may stand for."""
    try:
        yield
    except ArticleMissingError as error:
        from qa.library import meant

        articles = index.articles()
        absent = [one for one in ids if one not in {article.id for article in articles}]
        found = meant(articles, absent[0])[:_MEANT] if absent else []
        if not found:
            raise
        raise ArticleMissingError(f"There is no article {absent[0]!r}. Did you mean {' or '.join(found)}?") from error


@click.command()
@click.option("--older-than", required=True, metavar="AGE", help="An age in days, weeks or years: 90d, 12w, 2y.")
@click.option("--dry-run", is_flag=True, help="Show which would go, and change nothing.")
@options("index")
def prune(*, older_than: str, dry_run: bool, **flags: str | None) -> None:
    """Remove the articles that were published longer ago. Those without a date stay.

    \b
    qa prune --older-than 90d --dry-run
    """
    from qa.commands.reports import print_articles
    from qa.commands.terminal import console

    limit = _day_before(older_than)
    with stored_articles(**flags) as index:
        articles = index.articles()
        if dry_run:
            old = [article for article in articles if article.published and article.published < limit]
            print_articles(console(), old)
            count = len(old)
        else:
            count = index.remove_older(limit)
            index.publish()
    undated = sum(article.published is None for article in articles)
    kept = f"; {undated} without a date {'stays' if undated == 1 else 'stay'}" if undated else ""
    click.echo(f"{count} {'would be removed' if dry_run else 'removed'}{kept}")


@click.command()
@options("index", "json")
def info(*, as_json: bool, **flags: str | None) -> None:
    """Say what is in the index, its model, and where the settings are.

    \b
    qa info --index my-index
    """
    with stored_articles(**flags) as index:
        found = index.info()
    if as_json:
        return print_json(found)
    from qa.commands.reports import print_info
    from qa.commands.terminal import console
    from qa.config import default_file

    return print_info(console(), found, settings=default_file())


@click.command()
@options("index", "json")
def verify(*, as_json: bool, **flags: str | None) -> None:
    """Check every hash and every count of the index. Ends with status 1 if something is wrong.

    \b
    qa verify --index my-index
    """
    with stored_articles(**flags) as index:
        problems = index.verify()
    if as_json:
        print_json({"problems": problems})
    else:
        click.echo("\n".join(problems) or "No problems.")
    if problems:
        raise click.exceptions.Exit(1)


def _day_before(age: str) -> date:
    found = re.fullmatch(r"(\d{1,5})([dwy])", age.strip().lower())
    if not found:
        raise click.BadParameter("write it as 90d, 12w or 2y.", param_hint="--older-than")
    try:
        return datetime.now(UTC).date() - timedelta(days=int(found[1]) * _DAYS[found[2]])
    except OverflowError:
        return date.min
