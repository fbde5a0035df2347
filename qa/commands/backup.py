"""`qa backup`, `qa restore`, `qa repair` and `qa export`: for when a disk, a program or a person fails."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qa.commands.invocation import NewFile, chosen_config, options, print_json

if TYPE_CHECKING:
    from index.backup import Backup


@click.command()
@click.argument("file", type=NewFile())
@options("index", "json")
def backup(file: Path, *, as_json: bool, **flags: str | None) -> None:
    """Write the whole index into one FILE, while others ask and add. An older backup of that name is replaced.

    Every hash is checked before the file takes its name, so a backup that is there is good.

    \b
    qa backup ~/backups/articles.qa
    qa backup --index my-index my-index-$(date +%F).qa --json
    """
    from index.backup import back_up
    from qa.commands.terminal import progress

    config = chosen_config(**flags)
    with progress("Backing up") as on_progress:
        done = back_up(config.index, file, on_progress)
    _show("Backed up", done, as_json=as_json)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Let the backup take the place of the articles that are there.")
@options("index", "json")
def restore(file: Path, *, replace: bool, as_json: bool, **flags: str | None) -> None:
    """Bring back an index from a FILE that `qa backup` wrote.

    Every hash in it is checked before anything is replaced, and then all is replaced in one step, while others ask.

    \b
    qa restore ~/backups/articles.qa
    qa restore --index my-index my-index-2026-11-24.qa --replace
    """
    from index.backup import restore as restore_index
    from qa.commands.terminal import progress

    config = chosen_config(**flags)
    with progress("Restoring") as on_progress:
        done = restore_index(file, config.index, replace=replace, on_progress=on_progress)
    _show("Restored", done, as_json=as_json)


@click.command()
@options("index", "embedder", "json")
def repair(*, as_json: bool, **flags: str | None) -> None:
    """Make a damaged index sound again, and build its caches anew.

    What can be made anew is. Articles that are not as they were written are set apart in a file beside the index and
    named, to be added again from where they came; the command then ends with status 1.

    \b
    qa repair --index my-index
    qa repair --json
    """
    from qa.assemble import repair_index
    from qa.commands.reports import print_repair
    from qa.commands.terminal import console, progress

    config = chosen_config(**flags)
    with progress("Repairing") as on_progress:
        report = repair_index(config, on_progress)
    if as_json:
        print_json(report)
    else:
        print_repair(console(), report)
    if report.quarantined:
        raise click.exceptions.Exit(1)


@click.command()
@click.argument("file", type=NewFile(allow_dash=True))
@options("index", "json")
def export(file: Path, *, as_json: bool, **flags: str | None) -> None:
    """Write every article to a FILE for other programs.

    Its name ends in .jsonl or .parquet; - is standard output, as JSONL. `qa add` of that file gives the same articles
    again, with the same ids, in an index of any embedding model.

    \b
    qa export articles.parquet
    qa export - | jq .title
    qa add --index another articles.parquet
    """
    from index.export import export as export_articles
    from index.export import export_lines
    from qa.commands.terminal import progress
    from qa.markup import plural

    config = chosen_config(**flags)
    if str(file) == "-":
        export_lines(config.index, sys.stdout.buffer)
        return
    with progress("Exporting") as on_progress:
        articles = export_articles(config.index, file, on_progress)
    if as_json:
        print_json({"file": str(file), "articles": articles})
    else:
        click.echo(f"Exported: {plural(articles, 'article')}")


def _show(what: str, done: Backup, *, as_json: bool) -> None:
    from qa.markup import plural

    if as_json:
        print_json(done)
    else:
        counts = f"{plural(done.articles, 'article')}, {plural(done.passages, 'passage')}"
        click.echo(f"{what}: {counts}, {done.bytes / 1e6:,.1f} MB")
