"""The web chat: turns answers and articles into a page, and decides nothing else."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when Gradio is imported: nothing is sent anywhere

import click
import gradio as gr
from starlette.middleware import Middleware

from index.errors import QaError
from index.protocols import ArticleIndex
from index.types import Filter
from qa.api import Api
from qa.evaluation.evaluate import Opened
from qa.page.accounts import Accounts, accounts_for
from qa.page.asking import Asking, Receipts
from qa.page.calls import CallGuard, Calls
from qa.page.choosing import Choosing
from qa.page.conversing import lay_out_asking, lay_out_conversations
from qa.page.endpoints import MISUSES, Endpoints, lay_out_endpoints, misuse
from qa.page.evaluating import Evaluating, lay_out_evaluating
from qa.page.events import AT_ONCE, IN_TURN, PRIVATE
from qa.page.feedback import FeedbackForm
from qa.page.guard import HostGuard, hosts_of
from qa.page.keeping import Keeping
from qa.page.library import TICKED, TITLE, Library, lay_out_library, lay_out_panel
from qa.page.listening import check_port, unheard
from qa.page.owners import OwnerCookie
from qa.types import Answer, Turn

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable
    from mcp.server.fastmcp import FastMCP

    from qa.config import Config

MAX_UPLOAD_MB = 50
MAX_BODY_BYTES = (MAX_UPLOAD_MB + 1) * 2**20
"""Of any request: an uploaded file, and what is put around it."""
MAX_WAITING = 32
MAX_CALLS_WAITING = 24
"""Of the places above, those that scripts may take: the others are kept for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """What the page stands on. `quoting` is the chain without a chat model."""

    chain: Runnable[Any, Answer]
    quoting: Runnable[Any, Answer]
    index: ArticleIndex
    api: Api
    receipts: Receipts
    evaluating: Evaluating
    calls: Calls


def build_page(engine: Engine) -> gr.Blocks:
    """The whole page, and its public endpoints."""
    index = engine.index
    keeping, library, choosing = Keeping(index), Library(index), Choosing(index)
    asking = Asking(engine.chain, engine.quoting, keeping, engine.receipts)
    blocks = gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True, delete_cache=(3600, 3600))
    with blocks:
        with gr.Row(elem_id="workspace", equal_height=False):
            with gr.Column(elem_id="list"):
                listing = lay_out_conversations(keeping, _asset("conversations.js"))
            with gr.Column(elem_id="main"):
                masthead = gr.HTML(elem_id="masthead", padding=False)
                with gr.Tabs(elem_id="tabs") as tabs:
                    with gr.Tab("Ask", elem_id="ask-tab", id="ask") as ask_tab:
                        laid = lay_out_asking(asking, FeedbackForm(index, keeping), choosing, listing, blocks.load)
                    with gr.Tab("Library", elem_id="library-tab") as tab:
                        only, ticked, said = lay_out_library(library, masthead, [blocks.load, tab.select])
                    with gr.Tab("Evaluate", elem_id="evaluate-tab"):
                        lay_out_evaluating(engine.evaluating)
            with gr.Column(elem_id="panel"):
                lay_out_panel(library, _asset("page.js"))
        looks = [blocks.load, tab.select, ask_tab.select]  # the library may have changed, here or elsewhere
        gr.on(looks, library.examples, None, laid.chat, **PRIVATE, **IN_TURN)
        gr.on(looks, choosing.offer, laid.fields[:3], laid.fields[:3], **PRIVATE, **IN_TURN)
        only.click(choosing.take, ticked, [laid.fields[-1], laid.choosing, tabs, said], js=TICKED, **PRIVATE, **IN_TURN)
        lay_out_endpoints(blocks, Endpoints(engine.api, engine.calls))
    blocks.queue(max_size=MAX_WAITING)
    return blocks


def _asset(name: str) -> str:
    return files("qa.page").joinpath(name).read_text("utf-8")


def launch(
    blocks: gr.Blocks,
    *,
    host: str,
    port: int,
    open_browser: bool = False,
    calls: Calls,
    tools: FastMCP | None = None,
    accounts: Mapping[str, str] | None = None,
) -> str:
    """Serve the page, and `tools` beside it, in the background, to `accounts` alone where there are any.

    `calls` is told which scripts have left.

    Gives its address. Raises ConfigError when the port can't be had.
    """

    def waiting() -> int:
        return len(blocks._queue)  # Gradio tells it nowhere else

    def unread(call: str) -> bool:
        return any(call in mine for mine in tuple(blocks._queue.pending_event_ids_session.values()))

    guard = Middleware(CallGuard, calls=calls, waiting=waiting, unread=unread, most=MAX_CALLS_WAITING)
    try:
        _, address, _ = blocks.launch(
            server_name=host,
            server_port=port,
            inbrowser=open_browser,
            prevent_thread_lock=True,
            share=False,
            ssr_mode=False,
            show_error=False,
            quiet=True,
            theme=gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]),
            css=_asset("page.css") + _asset("evaluating.css"),
            footer_links=[],
            run_history=False,
            allowed_paths=[],
            max_file_size=f"{MAX_UPLOAD_MB}mb",
            enable_monitoring=False,
            mcp_server=False,
            app_kwargs=_beside(host, guard, tools, accounts),
        )
    except OSError as error:
        raise unheard(host, port, error) from error
    return str(address)


def _beside(host: str, guard: Middleware, tools: FastMCP | None, accounts: Mapping[str, str] | None) -> dict[str, Any]:
    """What the server under the page does besides."""
    guards = [Middleware(HostGuard, hosts=hosts_of(host))]
    guards += [Middleware(Accounts, accounts=accounts)] if accounts else []
    besides: dict[str, Any] = {
        "middleware": [*guards, guard, Middleware(OwnerCookie)],
        "max_body_size": MAX_BODY_BYTES,
        "exception_handlers": dict.fromkeys(MISUSES, misuse),
    }
    if tools is not None:
        besides["routes"] = tools.streamable_http_app().routes
        besides["lifespan"] = lambda _: tools.session_manager.run()
    return besides


def serve(
    config: Config,
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    open_browser: bool = False,
    mcp: bool = False,
    auth_file: Path | None = None,
    trust_network: bool = False,
) -> None:
    """Serve the page over the index that the settings name, made if there is none yet, until interrupted.

    With `mcp`, the articles are tools for assistants, too.

    Raises ConfigError where others than this machine would reach it, and neither accounts nor trust are given, or
    where the port can't be had.
    """
    from qa.assemble import create_or_open_index, load_answerer, load_reader, load_rewriter, made_with
    from qa.chain import answer_chain
    from qa.mcp_tools import PATH, check_mcp, mcp_server
    from qa.readers.extractive import ExtractiveReader
    from qa.receipts import receipt

    if mcp:
        check_mcp()
    accounts = accounts_for(host, auth_file, trusted=trust_network)
    check_port(host, port)
    answerer = load_answerer(config)  # before the index: what is missing is said at once
    with closing(create_or_open_index(config)) as index:
        chain = answer_chain(index, answerer, passages=config.passages, rewriter=load_rewriter(config))
        quoting = answer_chain(index, load_reader(config), passages=config.passages) if config.is_written else chain
        used = made_with(config)

        def receipts(answer: Answer, history: Sequence[Turn], where: Filter) -> dict[str, Any]:
            return receipt(answer, used, index.info(), history=history, where=where)

        api = Api(chain, index)
        tools = mcp_server(api, name=TITLE, at_once=AT_ONCE) if mcp else None
        engine = Engine(
            chain=chain,
            quoting=quoting,
            index=index,
            api=api,
            receipts=receipts,
            evaluating=Evaluating(config, Opened(index, answerer)),
            calls=Calls(),
        )
        blocks = build_page(engine)
        if isinstance(answerer, ExtractiveReader):
            answerer.prepare()
        address = launch(
            blocks,
            host=host,
            port=port,
            open_browser=open_browser,
            calls=engine.calls,
            tools=tools,
            accounts=accounts,
        )
        click.echo(f"Ask your articles at {address} (Ctrl+C stops)")
        if mcp:
            click.echo(f"Assistants reach them at {address.rstrip('/')}{PATH} (MCP, streamable HTTP)")
        blocks.block_thread()


if __name__ == "__main__":
    from qa.config import load_config

    try:
        serve(load_config())
    except QaError as problem:
        raise SystemExit(str(problem)) from problem
