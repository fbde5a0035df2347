"""The library on the page, and the side panel with its articles: what is laid out, and what happens in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import gradio as gr

from index.errors import ArticleMissingError, QaError
from index.protocols import ArticleIndex
from index.types import ArticleSummary, IngestReport
from qa.library import library_html, matching, originals, pages, report_html, said_html
from qa.markup import plural
from qa.page.events import CHANGE, EACH, IN_TURN, LISTING, PRIVATE
from qa.rendering import (
    article_html,
    masthead_html,
    missing_article_html,
    parse_place,
    problem_html,
    stage_html,
)
from qa.uploads import UPLOADED, take_in

TITLE = "Ask your articles"
_TITLES = 3
"""How many of the articles that would go are named."""
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

TICKED = "() => document.querySelector('#articles').dataset.ticked ?? ''"
"""The ids of the ticked articles, a line each: those of other pages of the table, and of other words, too."""
_HIDDEN = "() => ({ __type__: 'update', visible: false })"
_KEEP_TICKS = """
const place = element.closest("#articles");
const ticked = () => new Set((place.dataset.ticked ?? "").split("\\n").filter(Boolean));
element.addEventListener("change", ({ target }) => {
  const now = ticked();
  target.checked ? now.add(target.value) : now.delete(target.value);
  place.dataset.ticked = [...now].join("\\n");
});
watch("value", () => {
  const now = ticked();
  element.querySelectorAll("input").forEach((box) => { box.checked = now.has(box.value); });
});
"""
_UNTICK = """(leaving) => {
  const going = leaving.split("\\n"), place = document.querySelector("#articles");
  place.dataset.ticked = (place.dataset.ticked ?? "").split("\\n").filter((id) => !going.includes(id)).join("\\n");
  place.querySelectorAll("input").forEach((box) => { box.checked &&= !going.includes(box.value); });
  return leaving;
}"""
"""What goes is ticked no more, or it would be if it came back."""


class Library:
    """What happens in the library, and in the side panel that shows its articles. As in `Asking`."""

    def __init__(self, index: ArticleIndex) -> None:
        self._index = index

    def show_article(self, place: object) -> str:
        """The side panel for what a source's button names."""
        where = parse_place(str(place))
        try:
            article = self._index.article(where[0])
            first = self._index.article(article.copy_of) if article.copy_of else None
            return article_html(article, where, first)
        except ArticleMissingError:
            return missing_article_html("This article is not in the library any more.")
        except QaError as error:
            return missing_article_html(str(error))

    def listing(self, words: str | None, page: int) -> Any:
        """The head of the page, and a page of the articles with these words."""
        articles = self._index.articles()
        found = matching(articles, words or "")
        page = min(max(1, page), pages(found))
        head = masthead_html(TITLE, len(articles), sum(article.passages for article in articles))
        pager = gr.Row(visible=pages(found) > 1)
        table = library_html(found, page, originals(articles), empty=not articles)
        return head, table, page, pager, f"Page {page:,} of {pages(found):,}"

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
                    of = f" of {told.total:,}" if told.total else ""
                    now = f" ({told.under_way:.0%} of the next)" if 0 < told.under_way < 1 else ""
                    yield stage_html(f"Adding articles… {told.done:,}{of}{now}")
        except QaError as error:
            yield problem_html(str(error))

    def ask_to_remove(self, ticked: str) -> Any:
        """Say how many would go, and wait for a yes."""
        wanted = set(ticked.split("\n"))
        found = [article for article in self._index.articles() if article.id in wanted]
        if not found:
            return "", gr.Row(visible=False), "", said_html("Tick the articles that are to go first.")
        leaving = "\n".join(article.id for article in found)
        return leaving, gr.Row(visible=True), said_html(f"Remove {_named(found)} from the library?"), ""

    def remove(self, leaving: str) -> Any:
        """Remove the articles that were asked about: their ids, a line each. Whoever says so twice means it once."""
        wanted = set(leaving.split("\n"))
        ids = [article.id for article in self._index.articles() if article.id in wanted]
        if not ids:
            return gr.skip()
        try:
            self._index.remove(ids)
            self._index.publish()
        except QaError as error:
            return problem_html(str(error))
        return said_html(f"{plural(len(ids), 'article')} removed.")


def _named(articles: Sequence[ArticleSummary]) -> str:
    """Some of them may not be in sight: it is said which ones these are."""
    titles = [f"“{article.title}”" for article in articles[:_TITLES]]
    more = [plural(len(articles) - _TITLES, "more article")] if len(articles) > _TITLES else []
    *before, last = [*titles, *more]
    return f"{', '.join(before)} and {last}" if before else last


def lay_out_panel(library: Library, script: str) -> None:
    """Place the side panel here; `script` opens articles in it."""

    def show_article(place: object) -> str:  # Gradio puts a mark on the function, which a method can't carry
        return library.show_article(place)

    gr.HTML(elem_id="article", js_on_load=script, server_functions=[show_article], padding=False)


def lay_out_library(library: Library, masthead: gr.HTML, shown: list[Any]) -> tuple[gr.Button, gr.Textbox, gr.HTML]:
    """Place the library here; any of the events in `shown` lists its articles afresh, in `masthead` too.

    Gives the button that asks only what is ticked, with what its event takes and `TICKED` fills in, and where the
    library says something.
    """
    page, ticked, leaving = gr.State(1), gr.Textbox(visible=False), gr.Textbox(visible=False)
    with gr.Row(elem_id="toolbar"):
        words = gr.Textbox(
            elem_id="words", label="Filter", show_label=False, container=False, placeholder="Filter by title or outlet"
        )
        add = gr.UploadButton(
            "Add articles", elem_id="add", file_count="multiple", file_types=UPLOADED, variant="primary", size="sm"
        )
        ask = gr.Button("Ask only ticked", size="sm", scale=0)
        remove = gr.Button("Remove ticked", size="sm", scale=0)
    with gr.Row(elem_id="confirm", visible=False) as confirm:
        sure = gr.HTML(elem_id="sure", padding=False)
        yes = gr.Button("Remove", variant="stop", size="sm", scale=0)
        no = gr.Button("Keep", size="sm", scale=0)
    said = gr.HTML(elem_id="said", padding=False)
    table = gr.HTML(elem_id="articles", padding=False, js_on_load=_KEEP_TICKS)
    with gr.Row(elem_id="pager", visible=False) as pager:
        back = gr.Button("Previous", size="sm", scale=0)
        where = gr.HTML(elem_id="where", padding=False)
        on = gr.Button("Next", size="sm", scale=0)

    listing = [masthead, table, page, pager, where]
    gr.on(shown, library.listing, [words, page], listing, **LISTING, **IN_TURN)
    words.change(lambda words: library.listing(words, 1), words, listing, **LISTING, **IN_TURN)
    back.click(lambda words, page: library.listing(words, page - 1), [words, page], listing, **LISTING, **EACH)
    on.click(lambda words, page: library.listing(words, page + 1), [words, page], listing, **LISTING, **EACH)
    added = add.upload(library.add, add, said, **CHANGE, **EACH)
    remove.click(library.ask_to_remove, ticked, [leaving, confirm, sure, said], js=TICKED, **PRIVATE, **IN_TURN)
    gr.on([yes.click, no.click], None, None, confirm, js=_HIDDEN, **PRIVATE)  # at once: what comes next asks again
    removed = yes.click(library.remove, leaving, said, js=_UNTICK, **CHANGE, **EACH)
    for changed in (added, removed):
        changed.then(library.listing, [words, page], listing, **LISTING, **IN_TURN)
    return ask, ticked, said
