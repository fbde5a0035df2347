"""`qa watch`: what comes into the index by itself."""

from __future__ import annotations

import threading
from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING

import click

from index.errors import IndexLockedError, StorageError
from qa.commands.invocation import chosen_config, options

if TYPE_CHECKING:
    from index.beginning import NewIndex
    from index.local import LocalIndex
    from index.watching import Watch
    from qa.config import Config


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option("--every", default=60.0, show_default=True, type=click.FloatRange(min=1), help="Seconds between looks.")
@options("index", "embedder")
def watch(sources: tuple[str, ...], *, every: float, **flags: str | None) -> None:
    """Keep the index fresh from folders and feeds until Ctrl-C.

    What is new is added, what has changed is replaced. Files are looked at by time and size, feeds and pages asked
    whether they have changed. A file that goes leaves its article in the index.

    \b
    qa watch ~/articles https://example.org/feed.xml --every 300
    """
    from index.watching import Watch
    from qa.assemble import begin_or_open_index

    config, watched = chosen_config(**flags), Watch(sources)
    if gone := watched.missing():
        raise click.UsageError(f"There is no {gone[0]} to watch: name a file, a folder, a pattern or an address.")
    with closing(begin_or_open_index(config)) as index:
        click.echo(f"Watching, every {every:g} s. Stop with Ctrl-C.", err=True)
        while True:
            _take_in(config, index, watched)
            threading.Event().wait(every)
            gone, before = watched.missing(), gone
            for place in sorted(set(gone) - set(before)):
                click.echo(f"{place} is not there any more: waiting for it. Its articles stay.", err=True)


def _take_in(config: Config, index: LocalIndex | NewIndex, watched: Watch) -> None:
    """One round; where it can't be written, it stays due, for what stands in the way may be gone by the next one."""
    from index.ingest import ingest
    from qa.assemble import open_sources
    from qa.commands.reports import print_report, print_taken_in
    from qa.commands.terminal import console, progress

    try:
        if not (due := watched.due(index.store_id())):
            return
        with open_sources(config, memory=index, named=False) as reader, progress("Adding articles") as shown:
            done = ingest(
                index,
                due,
                reader=reader,
                memory=index,
                on_progress=lambda now: shown(now.done + now.under_way, now.total),
            )
    except (IndexLockedError, StorageError) as error:
        click.secho(f"Error: {error} Trying again.", fg="red", err=True)
        return
    watched.taken()
    if done.added or done.updated or done.failed:
        click.echo(f"{datetime.now():%H:%M:%S} ", nl=False)
        print_report(console(), done)
        print_taken_in(console(), index.article, done)
