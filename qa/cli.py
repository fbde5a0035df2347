"""The `qa` command. Imports nothing heavy until a command needs it: `qa --help` is instant."""

from __future__ import annotations

import atexit
import os

import click

from qa.commands.add import add
from qa.commands.articles import info, list_articles, prune, remove, show, verify
from qa.commands.ask import ask, chat
from qa.commands.backup import backup, export, repair, restore
from qa.commands.evaluate import evaluate
from qa.commands.feedback import feedback
from qa.commands.invocation import Commands
from qa.commands.replay import replay
from qa.commands.serve import serve
from qa.commands.watch import watch


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="article-qa", prog_name="qa")
def main() -> None:
    """Ask questions about your articles. Every answer points at the exact words that say it.

    \b
    qa add sample/articles
    qa ask "Who controls Kabul's security?"
    qa serve
    """


for command in (
    *(add, list_articles, show, remove, info, verify, ask, chat, serve, watch, prune),
    *(backup, restore, repair, export, evaluate, feedback, replay),
):
    main.add_command(command)


def run() -> None:
    """`qa`, as it is installed: the command, and then the end of the process, its native libraries left as they are.

    Those keep threads that may still run while Python and the C++ runtime take their memory down. Once in thousands a
    command that was done ended with a segmentation fault, which is taken to come of that. What Python itself has to end
    still ends: it waits for its threads, then calls what was registered with `atexit`, last of all this.
    """
    ends_with: list[int] = []
    atexit.register(lambda: os._exit(ends_with[0]) if ends_with else None)
    try:
        main()
    except SystemExit as end:
        if isinstance(end.code, int):
            ends_with.append(end.code)
        raise
