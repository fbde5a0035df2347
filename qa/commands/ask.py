"""`qa ask` and `qa chat`: a question, or a conversation of them, on the terminal."""

from __future__ import annotations

import re
import sys
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from index.errors import QaError
from qa.commands.invocation import SETTINGS, NewFile, chosen_config, filter_options, options, print_json, waiting
from qa.filters import NAMES, as_filter

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

    from index.types import Filter
    from qa.config import Config
    from qa.types import Answer, Turn

_STDIN_BYTES = 10_000_000
_LEAVES = {f"{mark}{word}" for mark in ("", ":", "/") for word in ("q", "quit", "exit")}
_HELPS = {f"{mark}{word}" for mark in ("", ":", "/") for word in ("?", "help")}
_COMMAND = re.compile(r"[:/]\w+")
"""What is meant for the program and not for the articles."""
_WELCOME = "Ask about your articles, and what follows from the answers. Leave with :quit or Ctrl-D."
_STOPPED = "\nStopped. Ask something else, or leave with :quit or Ctrl-D."


@click.command()
@click.argument("question")
@click.option("--receipt", type=NewFile(), metavar="FILE", help="Save a receipt, for `qa replay`.")
@options(*SETTINGS, "json")
@filter_options
def ask(question: str, *, as_json: bool, receipt: Path | None, **flags: Any) -> None:
    """Answer a question, and show where each article says it. QUESTION may be - to read it from standard input.

    \b
    qa ask "Who controls Kabul's security?"
    qa ask "How many people died in Turkey?" --outlet "Example Wire" --as-of 2023-02-10
    qa ask "Why did the bank fail?" --chat-model local
    qa ask "Who controls Kabul's security?" --receipt kabul.json
    echo "How much ammonium nitrate exploded in Beirut?" | qa ask - --json
    """
    from qa.question import clean_question

    if question == "-":
        question = sys.stdin.buffer.read(_STDIN_BYTES).decode("utf-8", errors="replace").strip()
    clean_question(question)  # before anything is loaded
    where = _chosen_articles(flags)
    config = chosen_config(**flags)
    with waiting():
        chain = _chain(config)
    from qa.commands.live import answer_live

    answer = answer_live(chain, {"question": question, "filter": where})
    if receipt:
        _save_receipt(receipt, answer, config, where)
    if as_json:
        from qa.answer_json import answer_json

        return print_json(answer_json(answer))
    from qa.commands.answers import print_answer
    from qa.commands.terminal import console

    return print_answer(console(), answer)


@click.command()
@options(*SETTINGS)
@filter_options
def chat(**flags: Any) -> None:
    """Ask in a conversation, with follow-up questions. Leave with :quit or Ctrl-D.

    On a terminal, Ctrl-C stops an answer that takes too long, and the conversation goes on.

    \b
    qa chat --index my-index
    qa chat --since 2023-01-01 --language en
    """
    from qa.commands.answers import print_answer
    from qa.commands.live import answer_live
    from qa.commands.terminal import console
    from qa.types import Turn

    where = _chosen_articles(flags)
    with waiting():
        chain = _chain(chosen_config(**flags))
    if sys.stdin.isatty():
        click.secho(_WELCOME, dim=True)
    history: list[Turn] = []
    while (question := _next_question()) is not None:
        if question.casefold() in _HELPS:
            click.echo(_WELCOME, err=True)
            continue
        if _COMMAND.fullmatch(question):
            click.secho(f"There is no {question} here; ask in words, or leave with :quit.", fg="red", err=True)
            continue
        try:
            answer = answer_live(chain, {"question": question, "history": history, "filter": where})
        except QaError as error:
            click.secho(f"Error: {error}", fg="red", err=True)
            continue
        except KeyboardInterrupt:
            if not sys.stdin.isatty():
                raise
            click.echo(_STOPPED, err=True)
            continue
        print_answer(console(), answer)
        click.echo()
        history.append(Turn(question, answer.text))


def _chain(config: Config) -> Runnable[Any, Answer]:
    from qa.assemble import open_chain

    return open_chain(config)


def _save_receipt(file: Path, answer: Answer, config: Config, where: Filter) -> None:
    import json

    from index.durable import replace_file
    from qa.assemble import made_with, open_articles
    from qa.receipts import receipt

    with closing(open_articles(config)) as index:
        found = receipt(answer, made_with(config), index.info(), where=where)
    replace_file(file, f"{json.dumps(found, indent=2)}\n".encode())


def _chosen_articles(flags: dict[str, Any]) -> Filter:
    """Takes those flags out that say which articles are asked."""
    return as_filter({name: flags.pop(name) for name in NAMES})


def _next_question() -> str | None:
    with suppress(ImportError):
        import readline  # noqa: F401 - gives the prompt a history and editing keys
    prompt = "? " if sys.stdin.isatty() else ""
    try:
        while not (question := input(prompt).strip()):
            pass
    except EOFError:
        return None
    return None if question.casefold() in _LEAVES else question
