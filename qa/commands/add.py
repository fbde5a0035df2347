"""`qa add`: what comes into the index."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from qa.commands.invocation import NewFile, chosen_config, options, print_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from index.sources.columns import Columns
    from index.types import IngestReport
    from qa.config import Config


@click.command()
@click.argument("sources", nargs=-1, metavar="SOURCE...")
@click.option("--dry-run", is_flag=True, help="Show what would happen, and change nothing.")
@click.option(
    "--column", "columns", multiple=True, metavar="FIELD=COLUMN", help="Take a field of tables from this column."
)
@click.option("--report", type=NewFile(), metavar="FILE", help="Save the report as JSON.")
@click.option("--re-embed", is_flag=True, help="First embed all articles of the index anew with the chosen embedder.")
@options("index", "embedder", "json")
def add(
    sources: tuple[str, ...],
    *,
    dry_run: bool,
    columns: tuple[str, ...],
    report: Path | None,
    re_embed: bool,
    as_json: bool,
    **flags: str | None,
) -> None:
    """Add articles: files, folders, archives, web pages, feeds.

    A SOURCE may also be a pattern, a sitemap, or - for standard input. Reads text, Markdown, HTML, PDF, DOCX, ODT,
    EPUB, JSONL, JSON, CSV, TSV and Parquet. What was added before and has not changed costs nothing; what has changed
    is replaced. Ends with status 1 if a source failed; the others are added all the same. Pictures, styles and
    scripts that lie beside articles in a folder or an archive are skipped.

    \b
    qa add article.html notes.md ~/articles archive.zip
    qa add https://example.org/feed.xml
    qa add table.csv --column text=Body --dry-run
    qa add --re-embed --embedder sentence-transformers/all-mpnet-base-v2
    """
    if not sources and not re_embed:
        raise click.UsageError("Name at least one file or folder to add.")
    from index.durable import replace_file
    from index.sources.columns import parse_columns

    config, named = chosen_config(**flags), parse_columns(columns)
    if dry_run:
        _show_plan(config, sources, named, as_json=as_json)
        return
    started = datetime.now(UTC)
    try:
        if re_embed:
            _embed_anew(config)
        done = _add(config, sources, named)
    except KeyboardInterrupt:
        click.echo("\nStopped. What was added stays; the same command again takes in the rest.", err=True)
        raise
    if report:
        replace_file(report, f"{json.dumps(_report(done, sources, started), indent=2)}\n".encode())
    if sources or as_json:
        _show_report(done, as_json=as_json)


def _embed_anew(config: Config) -> None:
    from qa.assemble import reembed_index
    from qa.commands.terminal import progress
    from qa.markup import plural

    with progress("Embedding all articles") as on_progress, closing(reembed_index(config, on_progress)) as index:
        info = index.info()
    click.echo(f"{plural(info.articles, 'article')} embedded anew with {info.embedder.name}", err=True)


def _add(config: Config, sources: tuple[str, ...], columns: Mapping[str, str]) -> IngestReport:
    from index.ingest import ingest
    from qa.assemble import begin_or_open_index, open_sources
    from qa.commands.terminal import progress

    with (
        closing(begin_or_open_index(config)) as index,
        open_sources(config, columns=columns, memory=index) as reader,
        progress("Adding articles") as on_progress,
    ):
        return ingest(
            index,
            sources,
            reader=reader,
            memory=index,
            on_progress=lambda now: on_progress(now.done + now.under_way, now.total),
            on_table=_show_columns,
        )


def _show_columns(source: str, columns: Columns) -> None:
    from qa.question import visible

    click.echo(visible(f"{source}: {columns}"), err=True)


def _show_plan(config: Config, sources: tuple[str, ...], columns: Mapping[str, str], *, as_json: bool) -> None:
    from index.plan import plan
    from index.types import Failure
    from qa.assemble import open_sources, stored_hashes
    from qa.commands.plan_lines import plan_counts, plan_json, plan_line

    with stored_hashes(config) as stored, open_sources(config, columns=columns) as reader:
        found = []
        for one in plan(sources, reader=reader, stored=stored):
            found.append(one)
            if not as_json:
                click.echo(plan_line(one))
    if as_json:
        print_json([plan_json(one) for one in found])
    else:
        click.echo(plan_counts(found))
    if any(isinstance(one, Failure) for one in found):
        raise click.exceptions.Exit(1)


def _show_report(done: IngestReport, *, as_json: bool) -> None:
    from qa.commands.reports import print_report
    from qa.commands.terminal import console

    if as_json:
        print_json(done)
    else:
        print_report(console(), done)
    if done.failed:
        raise click.exceptions.Exit(1)


def _report(done: IngestReport, sources: tuple[str, ...], started: datetime) -> dict[str, Any]:
    seconds = (datetime.now(UTC) - started).total_seconds()
    return {
        "sources": list(sources),
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(seconds, 3),
        "articles_per_second": round((done.total - len(done.failed)) / seconds, 2),
        "counts": {name: len(which) for name, which in asdict(done).items()} | {"skipped": done.skipped_files},
        **asdict(done),
    }
