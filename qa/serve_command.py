"""`qa serve`: the web chat."""

from __future__ import annotations

from pathlib import Path

import click

from qa.invocation import chosen_config, options


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
@options("index", "embedder", "reader", "caution", "chat_model", "chat_url")
def serve(
    *,
    host: str,
    port: int,
    open_browser: bool,
    mcp: bool,
    auth_file: Path | None,
    trust_network: bool,
    **flags: str | None,
) -> None:
    """Serve the web chat, and endpoints for programs, until Ctrl-C.

    docs/api.md describes the endpoints. On an address that others reach, it needs --auth-file or --trust-network.

    \b
    qa serve --open
    qa serve --mcp
    qa serve --index my-index --port 8000
    """
    from app import serve as serve_page

    serve_page(
        chosen_config(**flags),
        host=host,
        port=port,
        open_browser=open_browser,
        mcp=mcp,
        auth_file=auth_file,
        trust_network=trust_network,
    )
