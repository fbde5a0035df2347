"""The `qa` command. Imports nothing heavy until a command needs it: `qa --help` is instant."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from index.errors import QaError

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

    from qa.config import Config
    from qa.types import Answer, Turn

F = TypeVar("F", bound=Callable[..., Any])
_INTERRUPTED = 130
_STDIN_BYTES = 64_000  # more than any question may have: a longer one is refused for its length


class Commands(click.Group):
    """Turns the errors that the product raises into one line and an exit status."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        # What cannot be shown in the terminal's encoding is shown as an escape, instead of ending the program.
        for stream in (sys.stdout, sys.stderr):
            with suppress(AttributeError):
                stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except QaError as error:
            fail(str(error))
        except KeyboardInterrupt:
            click.echo(err=True)
            raise click.exceptions.Exit(_INTERRUPTED) from None
        return result


def fail(message: str) -> NoReturn:
    """Say in one red line what is wrong, and end with status 1."""
    from qa.question import visible

    click.secho(f"Error: {visible(message)}", fg="red", err=True)
    raise click.exceptions.Exit(1)


def _options(*names: str) -> Callable[[F], F]:
    known = {
        "index": click.option(
            "--index", metavar="FOLDER", help="The index; else QA_INDEX, else your user data folder."
        ),
        "embedder": click.option(
            "--embedder", metavar="MODEL", help="Embedding model, a name or folder; else QA_EMBEDDER."
        ),
        "reader": click.option("--reader", metavar="MODEL", help="Reading model, a name or folder; else QA_READER."),
        "json": click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else."),
    }

    def add(command: F) -> F:
        for name in reversed(names):
            command = known[name](command)
        return command

    return add


def _config(index: str | None = None, embedder: str | None = None, reader: str | None = None) -> Config:
    from qa.config import load_config

    config = load_config(index=index, embedder=embedder, reader=reader)
    if config.index_is_default:
        click.echo(f"Using the index in {config.index} (name another with --index).", err=True)
    return config


def _print_json(value: Any) -> None:
    import json

    # ASCII alone: readable by every program in every encoding, and inert on a terminal.
    click.echo(json.dumps(value, default=lambda date: date.isoformat()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="article-qa", prog_name="qa")
def main() -> None:
    """Ask questions about your articles. Every answer points at the exact words that say it.

    \b
    qa add sample/articles
    qa ask "Who controls Kabul's security?"
    qa serve
    """


@main.command()
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option("--re-embed", is_flag=True, help="Embed all articles anew, with the embedder that is chosen now.")
@_options("index", "embedder", "json")
def add(sources: tuple[str, ...], *, re_embed: bool, as_json: bool, **flags: str | None) -> None:
    """Add articles: text, Markdown, HTML and JSONL files, and folders of them.

    What was added before and has not changed costs nothing; what has changed is replaced. Ends with status 1 if a
    source failed; the others are added all the same.

    \b
    qa add article.html notes.md
    qa add ~/articles --index my-index
    """
    raise NotImplementedError


@main.command("list")
@_options("index", "embedder", "json")
def list_articles(*, as_json: bool, **flags: str | None) -> None:
    """List the articles, newest first: id, date, outlet, title.

    \b
    qa list
    qa list --json | jq '.[].title'
    """
    from dataclasses import asdict

    from qa.assemble import open_index

    articles = open_index(_config(**flags)).articles()
    if as_json:
        return _print_json([asdict(article) for article in articles])
    from qa.terminal import console, print_articles

    return print_articles(console(), articles)


@main.command()
@click.argument("article_id", metavar="ID")
@_options("index", "embedder", "json")
def show(article_id: str, *, as_json: bool, **flags: str | None) -> None:
    """Show an article as it was taken in.

    \b
    qa show 3f2a9c1b
    """
    from dataclasses import asdict

    from qa.assemble import open_index

    article = open_index(_config(**flags)).article(article_id)
    if as_json:
        return _print_json(asdict(article))
    from qa.terminal import console, print_article

    return print_article(console(), article)


@main.command()
@click.argument("article_ids", nargs=-1, required=True, metavar="ID...")
@_options("index", "embedder")
def remove(article_ids: tuple[str, ...], **flags: str | None) -> None:
    """Remove articles. If one of them is not there, none is removed.

    \b
    qa remove 3f2a9c1b 77d0e4aa
    """
    from qa.assemble import open_index

    index = open_index(_config(**flags))
    ids = tuple(dict.fromkeys(article_ids))
    index.remove(ids)
    index.publish()
    click.echo(f"{len(ids)} removed")


@main.command()
@_options("index", "embedder", "json")
def info(*, as_json: bool, **flags: str | None) -> None:
    """Say what is in the index, and which model it was made with.

    \b
    qa info --index my-index
    """
    from dataclasses import asdict

    from qa.assemble import open_index

    found = open_index(_config(**flags)).info()
    if as_json:
        return _print_json(asdict(found))
    from qa.terminal import console, print_info

    return print_info(console(), found)


@main.command()
@_options("index", "embedder", "json")
def verify(*, as_json: bool, **flags: str | None) -> None:
    """Check every hash and every count of the index. Ends with status 1 if something is wrong.

    \b
    qa verify --index my-index
    """
    from qa.assemble import open_index

    problems = open_index(_config(**flags)).verify()
    if as_json:
        _print_json({"problems": problems})
    else:
        click.echo("\n".join(problems) or "No problems.")
    if problems:
        raise click.exceptions.Exit(1)


@main.command()
@click.argument("question")
@_options("index", "embedder", "reader", "json")
def ask(question: str, *, as_json: bool, **flags: str | None) -> None:
    """Answer a question, and show where each article says it. QUESTION may be - to read it from standard input.

    \b
    qa ask "Who controls Kabul's security?"
    echo "When did Finland join NATO?" | qa ask - --json
    """
    from qa.question import clean_question

    if question == "-":
        question = sys.stdin.buffer.read(_STDIN_BYTES).decode("utf-8", errors="replace").strip()
    clean_question(question)  # before anything is loaded
    answer = _chain(_config(**flags)).invoke(question)
    if as_json:
        from qa.rendering import answer_json

        return _print_json(answer_json(answer))
    from qa.terminal import console, print_answer

    return print_answer(console(), answer)


@main.command()
@_options("index", "embedder", "reader")
def chat(**flags: str | None) -> None:
    """Ask in a conversation: later questions may refer to earlier ones. Leave with :quit or Ctrl-D.

    \b
    qa chat --index my-index
    """
    from qa.terminal import console, print_answer
    from qa.types import Turn

    chain = _chain(_config(**flags))
    history: list[Turn] = []
    while (question := _next_question()) is not None:
        try:
            answer = chain.invoke({"question": question, "history": history})
        except QaError as error:
            click.secho(f"Error: {error}", fg="red", err=True)
            continue
        print_answer(console(), answer)
        history.append(Turn(question, answer.text))


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=7860, show_default=True, type=click.IntRange(0, 65535))
@click.option("--open/--no-open", "open_browser", default=False, help="Open the page in a browser.")
@_options("index", "embedder", "reader")
def serve(*, host: str, port: int, open_browser: bool, **flags: str | None) -> None:
    """Serve the web chat until Ctrl-C.

    \b
    qa serve --open
    qa serve --index my-index --port 8000
    """
    config = _config(**flags)
    from app import serve as serve_page

    serve_page(config, host=host, port=port, open_browser=open_browser)


def _chain(config: Config) -> Runnable[Any, Answer]:
    from qa.assemble import open_chain

    return open_chain(config)


def _next_question() -> str | None:
    with suppress(ImportError):
        import readline  # noqa: F401 - gives the prompt a history and editing keys
    prompt = "? " if sys.stdin.isatty() else ""
    try:
        while not (question := input(prompt).strip()):
            pass
    except EOFError:
        return None
    return None if question in {":quit", ":q"} else question
