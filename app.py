"""The web chat: turns answers and articles into a page, and decides nothing else."""

from __future__ import annotations

import os
from contextlib import closing
from importlib.resources import files
from typing import TYPE_CHECKING, Any

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when Gradio is imported: nothing is sent anywhere

import click
import gradio as gr

from index.errors import ConfigError, QaError
from index.protocols import ArticleIndex
from qa.evaluation.evaluate import Opened
from qa.page.asking import Asking, lay_out_asking
from qa.page.evaluating import Evaluating, lay_out_evaluating
from qa.page.events import AT_ONCE, PRIVATE
from qa.page.feedback import FeedbackForm
from qa.page.library import TITLE, Library, lay_out_library, lay_out_panel
from qa.types import Answer

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

    from qa.config import Config

MAX_UPLOAD = "50mb"
MAX_WAITING = 32


def build_page(chain: Runnable[Any, Answer], index: ArticleIndex, evaluating: Evaluating) -> gr.Blocks:
    """The whole page, and its one public endpoint, `/ask`."""
    asking, library = Asking(chain), Library(index)
    blocks = gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True, delete_cache=(3600, 3600))
    with blocks:
        with gr.Row(elem_id="workspace", equal_height=False):
            with gr.Column(elem_id="main"):
                masthead = gr.HTML(elem_id="masthead", padding=False)
                with gr.Tabs(elem_id="tabs"):
                    with gr.Tab("Ask", elem_id="ask-tab"):
                        chat = lay_out_asking(asking, FeedbackForm(index))
                    with gr.Tab("Library", elem_id="library-tab") as tab:
                        lay_out_library(library, masthead, [blocks.load, tab.select])
                    with gr.Tab("Evaluate", elem_id="evaluate-tab"):
                        lay_out_evaluating(evaluating)
            with gr.Column(elem_id="panel"):
                lay_out_panel(library, _asset("page.js"))
        gr.on([blocks.load, tab.select], library.examples, None, chat, **PRIVATE)
        gr.api(asking.api, api_name="ask", concurrency_id="ask", concurrency_limit=AT_ONCE)  # type: ignore[attr-defined]
    blocks.queue(max_size=MAX_WAITING)
    return blocks


def _asset(name: str) -> str:
    return files("qa.page").joinpath(name).read_text("utf-8")


def launch(blocks: gr.Blocks, *, host: str, port: int, open_browser: bool = False) -> str:
    """Serve the page in the background; gives its address. Raises ConfigError when the port can't be had."""
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
            max_file_size=MAX_UPLOAD,
            enable_monitoring=False,
        )
    except OSError as error:
        raise ConfigError(f"Port {port} of {host} can't be used; choose another one with --port.") from error
    return str(address)


def serve(config: Config, *, host: str = "127.0.0.1", port: int = 7860, open_browser: bool = False) -> None:
    """Serve the page over the index that the settings name, made if there is none yet, until interrupted."""
    from qa.assemble import create_or_open_index, load_answerer
    from qa.chain import answer_chain

    answerer = load_answerer(config)  # before the index: what is missing is said at once
    with closing(create_or_open_index(config)) as index:
        chain = answer_chain(index, answerer, passages=config.passages)
        blocks = build_page(chain, index, Evaluating(config, Opened(index, answerer)))
        address = launch(blocks, host=host, port=port, open_browser=open_browser)
        click.echo(f"Ask your articles at {address} (Ctrl+C stops)")
        blocks.block_thread()


if __name__ == "__main__":
    from qa.config import load_config

    try:
        serve(load_config())
    except QaError as problem:
        raise SystemExit(str(problem)) from problem
