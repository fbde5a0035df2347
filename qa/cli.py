"""The `qa` command. Imports nothing heavy until a command needs it: `qa --help` is instant."""

from __future__ import annotations

import sys
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

import click

from index.errors import QaError
from qa.add_command import add, prune, watch
from qa.backup_command import backup, export, repair, restore
from qa.evaluation.command import evaluate
from qa.feedback_command import feedback
from qa.filters import NAMES, as_filter
from qa.invocation import Commands, chosen_config, filter_options, options, print_json, waiting
from qa.replay_command import replay

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

    from index.types import Filter
    from qa.config import Config
    from qa.types import Answer, Turn

_STDIN_BYTES = 10_000_000


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="article-qa", prog_name="qa")
def main() -> None:
    """Ask questions about your articles. Every answer points at the exact words that say it.

    \b
    qa add sample/articles
    qa ask "Who controls Kabul's security?"
    qa serve
    """


main.add_command(add)


@main.command("list")
@options("index", "embedder", "json")
def list_articles(*, as_json: bool, **flags: str | None) -> None:
    """List the articles, newest first: id, date, outlet, title.

    \b
    qa list
    qa list --json | jq '.[].title'
    """
    from dataclasses import asdict

    from qa.assemble import open_index

    with closing(open_index(chosen_config(**flags))) as index:
        articles = index.articles()
    if as_json:
        return print_json([asdict(article) for article in articles])
    from qa.terminal import console, print_articles

    return print_articles(console(), articles)


@main.command()
@click.argument("article_id", metavar="ID")
@options("index", "embedder", "json")
def show(article_id: str, *, as_json: bool, **flags: str | None) -> None:
    """Show an article as it was taken in.

    \b
    qa show 3f2a9c1b
    """
    from dataclasses import asdict

    from qa.assemble import open_index

    with closing(open_index(chosen_config(**flags))) as index:
        article = index.article(article_id)
    if as_json:
        return print_json(asdict(article))
    from qa.terminal import console, print_article

    return print_article(console(), article)


@main.command()
@click.argument("article_ids", nargs=-1, required=True, metavar="ID...")
@options("index", "embedder")
def remove(article_ids: tuple[str, ...], **flags: str | None) -> None:
    """Remove articles. If one of them is not there, none is removed.

    \b
    qa remove 3f2a9c1b 77d0e4aa
    """
    from qa.assemble import open_index

    ids = tuple(dict.fromkeys(article_ids))
    with closing(open_index(chosen_config(**flags))) as index:
        index.remove(ids)
        index.publish()
    click.echo(f"{len(ids)} removed")


@main.command()
@options("index", "embedder", "json")
def info(*, as_json: bool, **flags: str | None) -> None:
    """Say what is in the index, and which model it was made with.

    \b
    qa info --index my-index
    """
    from dataclasses import asdict

    from qa.assemble import open_index

    with closing(open_index(chosen_config(**flags))) as index:
        found = index.info()
    if as_json:
        return print_json(asdict(found))
    from qa.terminal import console, print_info

    return print_info(console(), found)


@main.command()
@options("index", "embedder", "json")
def verify(*, as_json: bool, **flags: str | None) -> None:
    """Check every hash and every count of the index. Ends with status 1 if something is wrong.

    \b
    qa verify --index my-index
    """
    from qa.assemble import open_index

    with closing(open_index(chosen_config(**flags))) as index:
        problems = index.verify()
    if as_json:
        print_json({"problems": problems})
    else:
        click.echo("\n".join(problems) or "No problems.")
    if problems:
        raise click.exceptions.Exit(1)


@main.command()
@click.argument("question")
@click.option("--receipt", type=click.Path(dir_okay=False), metavar="FILE", help="Save a receipt, for `qa replay`.")
@options("index", "embedder", "reader", "caution", "chat_model", "chat_url", "json")
@filter_options
def ask(question: str, *, as_json: bool, receipt: str | None, **flags: Any) -> None:
    """Answer a question, and show where each article says it. QUESTION may be - to read it from standard input.

    \b
    qa ask "Who controls Kabul's security?"
    qa ask "How many people died?" --outlet "Example Wire" --as-of 2023-02-10
    qa ask "Why did the bank fail?" --chat-model local
    qa ask "Who controls Kabul's security?" --receipt kabul.json
    echo "When did Finland join NATO?" | qa ask - --json
    """
    from qa.question import clean_question

    if question == "-":
        question = sys.stdin.buffer.read(_STDIN_BYTES).decode("utf-8", errors="replace").strip()
    clean_question(question)  # before anything is loaded
    where = _chosen_articles(flags)
    config = chosen_config(**flags)
    with waiting():
        chain = _chain(config)
    from qa.live import answer_live

    answer = answer_live(chain, {"question": question, "filter": where})
    if receipt:
        _save_receipt(receipt, answer, config, where)
    if as_json:
        from qa.rendering import answer_json

        return print_json(answer_json(answer))
    from qa.terminal import console, print_answer

    return print_answer(console(), answer)


@main.command()
@options("index", "embedder", "reader", "caution", "chat_model", "chat_url")
@filter_options
def chat(**flags: Any) -> None:
    """Ask in a conversation: later questions may refer to earlier ones. Leave with :quit or Ctrl-D.

    \b
    qa chat --index my-index
    qa chat --since 2023-01-01 --language en
    """
    from qa.live import answer_live
    from qa.terminal import console, print_answer
    from qa.types import Turn

    where = _chosen_articles(flags)
    with waiting():
        chain = _chain(chosen_config(**flags))
    history: list[Turn] = []
    while (question := _next_question()) is not None:
        try:
            answer = answer_live(chain, {"question": question, "history": history, "filter": where})
        except QaError as error:
            click.secho(f"Error: {error}", fg="red", err=True)
            continue
        print_answer(console(), answer)
        history.append(Turn(question, answer.text))


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=7860, show_default=True, type=click.IntRange(0, 65535))
@click.option("--open/--no-open", "open_browser", default=False, help="Open the page in a browser.")
@click.option("--mcp", is_flag=True, help="Be a server of tools for assistants (MCP), too, at /mcp.")
@click.option("--auth-file", metavar="FILE", help="Ask for one of the accounts in FILE, a line each: name:password.")
@click.option("--trust-network", is_flag=True, help="Let all who reach --host in without an account.")
@options("index", "embedder", "reader", "caution", "chat_model", "chat_url")
def serve(
    *,
    host: str,
    port: int,
    open_browser: bool,
    mcp: bool,
    auth_file: str | None,
    trust_network: bool,
    **flags: str | None,
) -> None:
    """Serve the web chat, and the endpoints that docs/api.md describes, until Ctrl-C.

    On an address that others reach, it needs --auth-file or --trust-network.

    \b
    qa serve --open
    qa serve --mcp
    qa serve --index my-index --port 8000
    """
    config = chosen_config(**flags)
    from pathlib import Path

    from app import serve as serve_page

    serve_page(
        config,
        host=host,
        port=port,
        open_browser=open_browser,
        mcp=mcp,
        auth_file=Path(auth_file) if auth_file else None,
        trust_network=trust_network,
    )


main.add_command(watch)
main.add_command(prune)
main.add_command(backup)
main.add_command(restore)
main.add_command(repair)
main.add_command(export)
main.add_command(evaluate)
main.add_command(feedback)
main.add_command(replay)


def _chain(config: Config) -> Runnable[Any, Answer]:
    from qa.assemble import open_chain

    return open_chain(config)


def _save_receipt(file: str, answer: Answer, config: Config, where: Filter) -> None:
    import json
    from pathlib import Path

    from index.durable import replace_file
    from qa.assemble import made_with, open_index
    from qa.receipts import receipt

    with closing(open_index(config)) as index:
        found = receipt(answer, made_with(config), index.info(), where=where)
    replace_file(Path(file), f"{json.dumps(found, indent=2)}\n".encode())


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
    return None if question in {":quit", ":q"} else question
