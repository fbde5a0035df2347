"""The web chat: turns answers and articles into a page, and decides nothing else."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from importlib.resources import files
from typing import TYPE_CHECKING, Any

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when Gradio is imported: nothing is sent anywhere

import click
import gradio as gr

from index.errors import ConfigError, QaError
from index.protocols import ArticleIndex
from index.types import IngestReport
from qa.conversation import Conversation, Exchange, ask, messages, settled, turns
from qa.feedback_form import FeedbackForm, lay_out_feedback
from qa.library import library_html, matching, pages, report_html, said_html
from qa.rendering import (
    answer_json,
    article_html,
    masthead_html,
    missing_article_html,
    parse_place,
    plural,
    problem_html,
    stage_html,
)
from qa.types import Answer
from qa.uploads import UPLOADED, take_in
from qa.written import written_json

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

    from qa.config import Config

log = logging.getLogger(__name__)

TITLE = "Ask your articles"
MAX_UPLOAD = "50mb"
MAX_WAITING = 32
AT_ONCE = 2
# Each with the title of the sample article that answers it: offered only where that article is in the index.
EXAMPLES = (
    ("Who controls Kabul's security?", "Haqqani Network holds the keys to Afghan security, UN experts report"),
    (
        "What sum did customers try to withdraw from Silicon Valley Bank in one day?",
        "How Silicon Valley's favourite bank came apart in 48 hours",
    ),
    (
        "Which country became NATO's 32nd member?",
        "Sweden becomes NATO\u2019s 32nd member, ending two centuries outside the blocs",
    ),
    (
        "How many ships were waiting when the Suez Canal was freed?",
        "Ever Given floats free and the Suez Canal flows again",
    ),
)

_PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
_CHANGE: dict[str, Any] = {**_PRIVATE, "concurrency_id": "change", "concurrency_limit": 1}
_TICKED = "() => [...document.querySelectorAll('#articles input:checked')].map((box) => box.value).join('\\n')"
_UNTICK = "watch('value', () => element.querySelectorAll('input').forEach((box) => { box.checked = false; }))"
_UNCHANGED = [gr.skip()] * 4


class Asking:
    """What happens in the conversation. Each public method handles one event.

    What a browser sends of the conversation is never believed: it is kept on this side, and the page only shows it.
    """

    def __init__(self, chain: Runnable[Any, Answer]) -> None:
        self._chain = chain

    async def api(self, question: str, history: list[Any] | None = None) -> dict[str, Any]:
        """Ask the articles. `history` is a list of [question, answer or null]; gives what `qa ask --json` prints."""
        try:
            async for step in ask(self._chain, question, history or ()):
                if isinstance(step, Answer):
                    return answer_json(step) | written_json(step)
        except QaError as error:
            raise gr.Error(str(error), print_exception=False) from error
        raise gr.Error("There was no answer; please try again.")

    def begin(self, question: str, conversation: Conversation) -> Any:
        """Show the question at once, and offer to stop."""
        if not question.strip():
            return _UNCHANGED
        conversation = (*settled(conversation), Exchange(question.strip()))
        return conversation, messages(conversation, "Starting…"), _waiting(), gr.Row(visible=False)

    def example(self, conversation: Conversation, chosen: gr.SelectData) -> Any:
        """Ask the example that was chosen."""
        return self.begin(chosen.value["text"], conversation)

    def again(self, conversation: Conversation) -> Any:
        """Ask the last question once more, in its place."""
        return self.begin(conversation[-1].question, conversation[:-1]) if conversation else _UNCHANGED

    async def answer(self, conversation: Conversation) -> AsyncIterator[Any]:
        """Answer the question that is pending, showing what goes on meanwhile."""
        if not conversation or not conversation[-1].pending:
            return
        *before, asked = conversation
        outcome = Exchange(asked.question, problem="There was no answer; please try again.")
        try:
            async for step in ask(self._chain, asked.question, turns(before)):
                if isinstance(step, Answer):
                    outcome = Exchange(asked.question, answer=step)
                else:
                    yield gr.skip(), messages(conversation, step), gr.skip(), gr.skip()
        except QaError as error:
            outcome = Exchange(asked.question, problem=str(error))
        except Exception:
            # The person sees that it failed and can go on asking; who runs the program finds out why.
            log.exception("a question could not be answered")
            outcome = Exchange(asked.question, problem="Something went wrong here; please try again.")
        yield _come_to((*before, outcome))

    def stop(self, conversation: Conversation) -> Any:
        """Leave the pending question without an answer."""
        return _come_to(settled(conversation))

    def clear(self) -> Any:
        """Begin a new conversation."""
        return _come_to(())


def _come_to(conversation: Conversation) -> Any:
    ready = gr.Textbox(submit_btn="Ask", stop_btn=False)
    return conversation, messages(conversation), ready, gr.Row(visible=bool(conversation))


def _waiting() -> gr.Textbox:
    return gr.Textbox(value="", submit_btn=False, stop_btn="Stop")


class Library:
    """What happens in the library, and in the side panel that shows its articles. As in `Asking`."""

    def __init__(self, index: ArticleIndex) -> None:
        self._index = index

    def show_article(self, place: object) -> str:
        """The side panel for what a source's button names."""
        where = parse_place(str(place))
        try:
            return article_html(self._index.article(where[0]), where)
        except QaError as error:
            return missing_article_html(str(error))

    def listing(self, words: str | None, page: int) -> Any:
        """The head of the page, and a page of the articles with these words."""
        articles = self._index.articles()
        found = matching(articles, words or "")
        page = min(max(1, page), pages(found))
        head = masthead_html(TITLE, len(articles), sum(article.passages for article in articles))
        pager = gr.Row(visible=pages(found) > 1)
        return head, library_html(found, page), page, pager, f"Page {page:,} of {pages(found):,}"

    def examples(self) -> gr.Chatbot:
        """The empty conversation: questions that articles in the library answer."""
        titles = {article.title for article in self._index.articles()}
        offered: list[Any] = [{"text": question} for question, title in EXAMPLES if title in titles]
        invitation = "Every answer shows the sentence that says it." if titles else "Add articles in the Library first."
        return gr.Chatbot(examples=offered, placeholder=f"<h2>What would you like to know?</h2><p>{invitation}</p>")

    def add(self, paths: list[str] | None) -> Iterator[str]:
        """Take in uploaded files, saying how far it is, and then what became of each."""
        yield stage_html("Reading the files…")
        try:
            for told in take_in(self._index, paths or []):
                if isinstance(told, IngestReport):
                    yield report_html(told)
                else:
                    yield stage_html(f"Adding articles… {told.done:,}{f' of {told.total:,}' if told.total else ''}")
        except QaError as error:
            yield problem_html(str(error))

    def ask_to_remove(self, ticked: str) -> Any:
        """Say how many would go, and wait for a yes."""
        ids = tuple(dict.fromkeys(ticked.split("\n"))) if ticked else ()
        if not ids:
            return (), gr.Row(visible=False), "", said_html("Tick the articles that are to go first.")
        return ids, gr.Row(visible=True), said_html(f"Remove {plural(len(ids), 'article')} from the library?"), ""

    def keep(self) -> Any:
        """Remove nothing."""
        return (), gr.Row(visible=False)

    def remove(self, ids: tuple[str, ...]) -> Any:
        """Remove what was ticked."""
        try:
            self._index.remove(ids)
            self._index.publish()
        except QaError as error:
            return (), gr.Row(visible=False), problem_html(str(error))
        return (), gr.Row(visible=False), said_html(f"{plural(len(ids), 'article')} removed.")


def build_page(chain: Runnable[Any, Answer], index: ArticleIndex) -> gr.Blocks:
    """The whole page, and its one public endpoint, `/ask`."""
    asking, library = Asking(chain), Library(index)
    blocks = gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True, delete_cache=(3600, 3600))
    with blocks:
        with gr.Row(elem_id="workspace", equal_height=False):
            with gr.Column(elem_id="main"):
                masthead = gr.HTML(elem_id="masthead", padding=False)
                with gr.Tabs(elem_id="tabs"):
                    with gr.Tab("Ask", elem_id="ask-tab"):
                        chat = _lay_out_asking(asking, FeedbackForm(index))
                    with gr.Tab("Library", elem_id="library-tab") as tab:
                        _lay_out_library(library, masthead, [blocks.load, tab.select])
            with gr.Column(elem_id="panel"):
                _lay_out_panel(library)
        gr.on([blocks.load, tab.select], library.examples, None, chat, **_PRIVATE)
        gr.api(asking.api, api_name="ask", concurrency_id="ask", concurrency_limit=AT_ONCE)  # type: ignore[attr-defined]
    blocks.queue(max_size=MAX_WAITING)
    return blocks


def _lay_out_panel(library: Library) -> None:
    def show_article(place: object) -> str:  # Gradio puts a mark on the function, which a method can't carry
        return library.show_article(place)

    gr.HTML(elem_id="article", js_on_load=_asset("page.js"), server_functions=[show_article], padding=False)


def _lay_out_asking(asking: Asking, form: FeedbackForm) -> gr.Chatbot:
    conversation = gr.State((), time_to_live=24 * 3600)
    chat = gr.Chatbot(
        elem_id="chat",
        label="Conversation",
        show_label=False,
        container=False,
        height="100%",
        autoscroll=False,
        buttons=[],
        allow_tags=False,
        latex_delimiters=[],
        feedback_options=None,
    )
    with gr.Row(visible=False, elem_id="afterwards") as afterwards:
        again = gr.Button("Try again", size="sm", scale=0)
        clear = gr.Button("New conversation", size="sm", scale=0)
        wrong = gr.Button("Not right?", size="sm", scale=0)
    feedback = gr.Column(elem_id="feedback-place")
    question = gr.Textbox(
        elem_id="question",
        label="Your question",
        show_label=False,
        container=False,
        placeholder="Ask about your articles",
        max_lines=6,
        autofocus=True,
        submit_btn="Ask",
    )
    shown = [conversation, chat, question, afterwards]
    begun = [
        question.submit(asking.begin, [question, conversation], shown, **_PRIVATE),
        chat.example_select(asking.example, conversation, shown, **_PRIVATE),
        again.click(asking.again, conversation, shown, **_PRIVATE),
    ]
    answering = [
        event.then(asking.answer, conversation, shown, concurrency_id="ask", concurrency_limit=AT_ONCE, **_PRIVATE)
        for event in begun
    ]
    question.stop(asking.stop, conversation, shown, cancels=answering, **_PRIVATE)
    clear.click(asking.clear, None, shown, cancels=answering, **_PRIVATE)
    with feedback:
        lay_out_feedback(form, conversation, wrong, [question.submit, chat.example_select, again.click, clear.click])
    return chat


def _lay_out_library(library: Library, masthead: gr.HTML, shown: list[Any]) -> None:
    page, ids, ticked = gr.State(1), gr.State(()), gr.Textbox(visible=False)
    with gr.Row(elem_id="toolbar"):
        words = gr.Textbox(
            elem_id="words", label="Filter", show_label=False, container=False, placeholder="Filter by title or outlet"
        )
        add = gr.UploadButton(
            "Add articles", elem_id="add", file_count="multiple", file_types=UPLOADED, variant="primary", size="sm"
        )
        remove = gr.Button("Remove ticked", size="sm", scale=0)
    with gr.Row(elem_id="confirm", visible=False) as confirm:
        sure = gr.HTML(elem_id="sure", padding=False)
        yes = gr.Button("Remove", variant="stop", size="sm", scale=0)
        no = gr.Button("Keep", size="sm", scale=0)
    said = gr.HTML(elem_id="said", padding=False)
    table = gr.HTML(elem_id="articles", padding=False, js_on_load=_UNTICK)
    with gr.Row(elem_id="pager", visible=False) as pager:
        back = gr.Button("Previous", size="sm", scale=0)
        where = gr.HTML(elem_id="where", padding=False)
        on = gr.Button("Next", size="sm", scale=0)

    listing = [masthead, table, page, pager, where]
    gr.on(shown, library.listing, [words, page], listing, **_PRIVATE)
    # What is typed while a listing is under way must not be forgotten.
    words.input(lambda words: library.listing(words, 1), words, listing, trigger_mode="always_last", **_PRIVATE)
    back.click(lambda words, page: library.listing(words, page - 1), [words, page], listing, **_PRIVATE)
    on.click(lambda words, page: library.listing(words, page + 1), [words, page], listing, **_PRIVATE)
    added = add.upload(library.add, add, said, **_CHANGE)
    remove.click(library.ask_to_remove, ticked, [ids, confirm, sure, said], js=_TICKED, **_PRIVATE)
    no.click(library.keep, None, [ids, confirm], **_PRIVATE)
    removed = yes.click(library.remove, ids, [ids, confirm, said], **_CHANGE)
    for changed in (added, removed):
        changed.then(library.listing, [words, page], listing, **_PRIVATE)


def _asset(name: str) -> str:
    return files("qa").joinpath(name).read_text("utf-8")


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
            css=_asset("page.css"),
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
        blocks = build_page(chain, index)
        address = launch(blocks, host=host, port=port, open_browser=open_browser)
        click.echo(f"Ask your articles at {address} (Ctrl+C stops)")
        blocks.block_thread()


if __name__ == "__main__":
    from qa.config import load_config

    try:
        serve(load_config())
    except QaError as problem:
        raise SystemExit(str(problem)) from problem
