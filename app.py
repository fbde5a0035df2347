"""The web chat: turns answers and articles into a page, and decides nothing else."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import closing
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when Gradio is imported: nothing is sent anywhere

import click
import gradio as gr
from starlette.middleware import Middleware

from index.errors import ConfigError, QaError
from index.protocols import ArticleIndex
from index.types import Filter
from qa.page.accounts import Accounts, accounts_for
from qa.page.asking import Asking, Receipts, lay_out_asking, lay_out_conversations
from qa.page.choosing import Choosing
from qa.page.events import AT_ONCE, PRIVATE
from qa.page.feedback import FeedbackForm
from qa.page.keeping import Keeping
from qa.page.library import TICKED, TITLE, Library, lay_out_library, lay_out_panel
from qa.page.owners import OwnerCookie
from qa.types import Answer, Turn

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

    from qa.config import Config

MAX_UPLOAD = "50mb"
MAX_WAITING = 32


def build_page(
    chain: Runnable[Any, Answer], index: ArticleIndex, *, quoting: Runnable[Any, Answer], receipts: Receipts
) -> gr.Blocks:
    """The whole page, and its one public endpoint, `/ask`. `quoting` is the chain without a chat model."""
    keeping, library, choosing = Keeping(index), Library(index), Choosing(index)
    asking = Asking(chain, quoting, keeping, receipts)
    blocks = gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True, delete_cache=(3600, 3600))
    with blocks:
        with gr.Row(elem_id="workspace", equal_height=False):
            with gr.Column(elem_id="list"):
                listing = lay_out_conversations(keeping, _asset("conversations.js"))
            with gr.Column(elem_id="main"):
                masthead = gr.HTML(elem_id="masthead", padding=False)
                with gr.Tabs(elem_id="tabs") as tabs:
                    with gr.Tab("Ask", elem_id="ask-tab", id="ask"):
                        laid = lay_out_asking(asking, FeedbackForm(index), choosing, listing, blocks.load)
                    with gr.Tab("Library", elem_id="library-tab") as tab:
                        only, ticked = lay_out_library(library, masthead, [blocks.load, tab.select])
            with gr.Column(elem_id="panel"):
                lay_out_panel(library, _asset("page.js"))
        gr.on([blocks.load, tab.select], library.examples, None, laid.chat, **PRIVATE)
        gr.on([blocks.load, tab.select], choosing.offer, None, laid.fields[:3], **PRIVATE)
        only.click(choosing.take, ticked, [laid.fields[-1], laid.choosing, tabs], js=TICKED, **PRIVATE)
        gr.api(asking.api, api_name="ask", concurrency_id="ask", concurrency_limit=AT_ONCE)  # type: ignore[attr-defined]
    blocks.queue(max_size=MAX_WAITING)
    return blocks


def _asset(name: str) -> str:
    return files("qa.page").joinpath(name).read_text("utf-8")


def launch(
    blocks: gr.Blocks, *, host: str, port: int, open_browser: bool = False, accounts: Mapping[str, str] | None = None
) -> str:
    """Serve the page in the background, to `accounts` alone where there are any; gives its address.

    Raises ConfigError when the port can't be had.
    """
    guards = [Middleware(Accounts, accounts=accounts)] if accounts else []
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
            css=_asset("page.css"),
            footer_links=[],
            run_history=False,
            allowed_paths=[],
            max_file_size=MAX_UPLOAD,
            enable_monitoring=False,
            app_kwargs={"middleware": [*guards, Middleware(OwnerCookie)]},
        )
    except OSError as error:
        raise ConfigError(f"Port {port} of {host} can't be used; choose another one with --port.") from error
    return str(address)


def serve(
    config: Config,
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    open_browser: bool = False,
    auth_file: Path | None = None,
    trust_network: bool = False,
) -> None:
    """Serve the page over the index that the settings name, made if there is none yet, until interrupted.

    Raises ConfigError where others than this machine would reach it, and neither accounts nor trust are given.
    """
    from qa.assemble import create_or_open_index, load_answerer, load_reader, made_with
    from qa.chain import answer_chain
    from qa.receipts import receipt

    accounts = accounts_for(host, auth_file, trusted=trust_network)
    answerer = load_answerer(config)  # before the index: what is missing is said at once
    with closing(create_or_open_index(config)) as index:
        chain = answer_chain(index, answerer, passages=config.passages)
        used = made_with(config)

        def receipts(answer: Answer, history: Sequence[Turn], where: Filter) -> dict[str, Any]:
            return receipt(answer, used, index.info(), history=history, where=where)

        quoting = answer_chain(index, load_reader(config), passages=config.passages)
        blocks = build_page(chain, index, quoting=quoting, receipts=receipts)
        address = launch(blocks, host=host, port=port, open_browser=open_browser, accounts=accounts)
        click.echo(f"Ask your articles at {address} (Ctrl+C stops)")
        blocks.block_thread()


if __name__ == "__main__":
    from qa.config import load_config

    try:
        serve(load_config())
    except QaError as problem:
        raise SystemExit(str(problem)) from problem
