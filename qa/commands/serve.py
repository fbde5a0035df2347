"""`qa serve`: the web chat."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from qa.commands.invocation import SETTINGS, chosen_config, options


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Where to listen.")
@click.option("--port", default=7860, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--open/--no-open", "open_browser", default=False, help="Open the page in a browser.")
@click.option("--mcp", is_flag=True, help="Be a server of tools for assistants (MCP), too, at /mcp.")
@click.option(
    "--auth-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Ask for one of the accounts in FILE, a line each: name:password.",
)
@click.option("--trust-network", is_flag=True, help="Let all who reach --host in without an account.")
@options(*SETTINGS)
def serve(**given: Any) -> None:
    """Serve the web chat, and endpoints for programs, until Ctrl-C.

    docs/api.md describes the endpoints. On an address that others reach, it needs --auth-file or --trust-network.

    \b
    qa serve --open
    qa serve --mcp
    qa serve --index my-index --port 8000
    """
    from app import serve as serve_page

    config = chosen_config(**{name: given.pop(name) for name in SETTINGS})
    serve_page(config, **given)
