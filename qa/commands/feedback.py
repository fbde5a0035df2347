"""The `qa feedback` commands."""

from __future__ import annotations

import json
from pathlib import Path

import click

from qa.commands.invocation import NewFile, chosen_config, options


@click.group()
def feedback() -> None:
    """What people said of answers in the chat."""


@feedback.command("export")
@click.argument("file", type=NewFile(), metavar="FILE")
@options("index")
def export(file: Path, **flags: str | None) -> None:
    """Write what people say is right to FILE, as questions to evaluate.

    `qa evaluate` reads it: JSONL, or CSV by its name.

    \b
    qa feedback export corrections.jsonl
    qa evaluate corrections.jsonl
    """
    from index.durable import replace_file
    from qa.evaluation.report import table_csv
    from qa.feedback import as_pairs, read_feedback
    from qa.markup import plural

    verdicts = read_feedback(chosen_config(**flags).index)
    rows = as_pairs(verdicts)
    if file.suffix.lower() == ".csv":
        cells = [{name: _cell(value) for name, value in row.items()} for row in rows]
        text = table_csv(list(cells[0]), [list(row.values()) for row in cells])
    else:
        text = "".join(f"{json.dumps(row)}\n" for row in rows)
    replace_file(file, text.encode("utf-8", errors="replace"))
    click.echo(f"{plural(len(rows), 'question')} of {plural(len(verdicts), 'verdict')} written to {file}")


def _cell(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)
