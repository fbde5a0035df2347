"""What all `qa` commands share: common options, settings, JSON, and errors as one line and an exit status."""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from index.errors import ConfigError, QaError, QuestionError

if TYPE_CHECKING:
    from index.stored import StoredArticles
    from qa.config import Config

F = TypeVar("F", bound=Callable[..., Any])
_MISUSED = 2
_INTERRUPTED = 130


class Commands(click.Group):
    """Turns the errors that the product raises into one line and an exit status."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        _open_closed_streams()
        # What cannot be shown in the terminal's encoding is shown as an escape, and what comes in and is no text as a
        # sign for that, instead of ending the program.
        for stream, errors in (
            (sys.stdin, "replace"),
            (sys.stdout, "backslashreplace"),
            (sys.stderr, "backslashreplace"),
        ):
            with suppress(AttributeError):
                stream.reconfigure(errors=errors)  # type: ignore[union-attr]
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except (ConfigError, QuestionError) as error:
            fail(str(error), _MISUSED)
        except QaError as error:
            fail(str(error))
        except KeyboardInterrupt:
            click.echo(err=True)
            raise click.exceptions.Exit(_INTERRUPTED) from None
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise  # who reads our output has seen enough: click ends quietly
            fail(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}")
        return result


def _open_closed_streams() -> None:
    """A standard stream that was closed (`<&-`) gives nothing and takes anything; Python has None in its place."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - until the program ends


class NewFile(click.Path):
    """A file that a command writes: refused before any work is done where it could not be written."""

    def __init__(self, *, allow_dash: bool = False) -> None:
        super().__init__(dir_okay=False, allow_dash=allow_dash, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        file = Path(os.fsdecode(super().convert(value, param, ctx)))
        folder = file.absolute().parent
        if str(file) == "-":
            if not self.allow_dash:
                self.fail("standard output is not written to: name a file.", param, ctx)
        elif not folder.is_dir():
            self.fail(f"there is no folder {folder}: make it first.", param, ctx)
        elif not os.access(folder, os.W_OK):
            self.fail(f"nothing can be written to {folder}: choose another folder.", param, ctx)
        return file


def _day(ctx: click.Context, param: click.Parameter, value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise click.BadParameter(f"{value!r} is no day: write it as 2023-02-06.", ctx, param) from None


def fail(message: str, status: int = 1) -> NoReturn:
    """Say in one red line what is wrong, and end with that status."""
    from qa.question import visible

    click.secho(f"Error: {visible(message)}", fg="red", err=True)
    raise click.exceptions.Exit(status)


_COMMON = {
    "index": click.option("--index", metavar="FOLDER", help="The index; else QA_INDEX, else your user data folder."),
    "embedder": click.option(
        "--embedder", metavar="MODEL", help="Embedding model, a name or folder; else QA_EMBEDDER."
    ),
    "reader": click.option(
        "--reader",
        metavar="MODEL",
        help="Who reads: larger, embedded (quicker), a name or folder; else QA_READER.",
    ),
    "caution": click.option(
        "--caution",
        type=click.Choice(["low", "normal", "high"]),
        help="low: rather an answer that may be wrong; high: rather none. Default: normal.",
    ),
    "chat_model": click.option(
        "--chat-model", metavar="MODEL", help="Who writes the answer: local, openai:..., ollama:...; else nobody."
    ),
    "chat_url": click.option(
        "--chat-url", metavar="URL", help="A server that speaks OpenAI's protocol, where the chat model is."
    ),
    "json": click.option("--json", "as_json", is_flag=True, help="Print JSON, and nothing else."),
}


SETTINGS = ("index", "embedder", "reader", "caution", "chat_model", "chat_url")
"""Those of them that are settings."""


def options(*names: str) -> Callable[[F], F]:
    """Gives a command those of the common options that it needs."""

    def add(command: F) -> F:
        for name in reversed(names):
            command = _COMMON[name](command)
        return command

    return add


def filter_options(command: F) -> F:
    """Gives a command the options that say which articles are asked, named as the fields of a Filter are."""
    several = {
        "article_ids": ("--article", "ID", "Ask this article only; may be repeated."),
        "outlets": ("--outlet", "NAME", "Ask articles of this outlet only; may be repeated."),
        "authors": ("--author", "NAME", "Ask articles by this author only; may be repeated."),
        "languages": ("--language", "CODE", "Ask articles in this language only, such as en; may be repeated."),
    }
    days = {
        "until": (("--until", "--as-of"), "Ask articles published until this day only."),
        "since": (("--since",), "Ask articles published since this day only, such as 2023-02-06."),
    }
    for name, (flags, text) in days.items():
        command = click.option(*flags, name, callback=_day, metavar="DATE", help=text)(command)
    for name, (flag, metavar, text) in reversed(several.items()):
        command = click.option(flag, name, multiple=True, metavar=metavar, help=text)(command)
    return command


def chosen_config(**flags: Any) -> Config:
    """The settings, of which `flags` are some of SETTINGS; says which index is used where nobody named one."""
    from qa.config import load_config

    config = load_config(**flags)
    if config.index_is_default:
        click.echo(f"Using the index in {config.index} (name another with --index).", err=True)
    return config


@contextmanager
def stored_articles(**flags: str | None) -> Iterator[StoredArticles]:
    """The articles of the chosen index, for as long as the block runs. No model is loaded."""
    from qa.assemble import open_articles

    with closing(open_articles(chosen_config(**flags))) as articles:
        yield articles


def print_json(value: Any) -> None:
    """One JSON value, in which there may be dataclasses and dates, on one line of standard output."""
    # ASCII alone: readable by every program in every encoding, and inert on a terminal.
    click.echo(json.dumps(value, default=lambda one: one.isoformat() if isinstance(one, date) else asdict(one)))


def waiting() -> AbstractContextManager[object]:
    """Shows on a terminal that something is being done."""
    if not sys.stderr.isatty():
        return nullcontext()
    from qa.commands.terminal import console

    return console(stderr=True).status("Reading the articles")
