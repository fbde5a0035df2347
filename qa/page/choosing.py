"""The choice of articles on the page: which ones the questions are asked of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import gradio as gr

from index.protocols import ArticleIndex
from index.types import ArticleSummary, Filter
from qa.filters import as_filter
from qa.library import said_html
from qa.page.events import IN_TURN, PRIVATE

_OFFERED = 2_000
_CLEARED = "() => [[], [], [], '', '', { __type__: 'update', value: [], visible: false }]"
"""All articles are asked from now on: at once, so that a question that comes next is."""
FIELDS = ("outlets", "authors", "languages", "since", "until", "article_ids")


def chosen_filter(values: Sequence[Any]) -> Filter:
    """The filter that the form says, its values in the order of FIELDS. Raises QuestionError."""
    return as_filter({name: _trimmed(value) for name, value in zip(FIELDS, values, strict=True)})


def _trimmed(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


class Choosing:
    """What happens in the form. Each method handles one event."""

    def __init__(self, index: ArticleIndex) -> None:
        self._index = index

    def offer(self, *chosen: list[str] | None) -> list[gr.Dropdown]:
        """What there is to choose from, the most frequent first; then what is chosen and no article has any more.

        Gradio would refuse every question about what it does not offer.
        """
        articles = self._index.articles()
        offered = (
            _frequent(article.outlet for article in articles),
            _frequent(article.author for article in articles),
            _frequent(article.language for article in articles),
        )
        return [
            gr.Dropdown(choices=list(dict.fromkeys([*there, *(kept or ())])))
            for there, kept in zip(offered, chosen, strict=True)
        ]

    def take(self, ticked: str) -> Any:
        """Choose the articles that are ticked in the library, and show the questions."""
        ids = set(ticked.split("\n")) if ticked else set()
        found = [(_named(article), article.id) for article in self._index.articles() if article.id in ids]
        if not found:
            return gr.skip(), gr.skip(), gr.skip(), said_html("Tick the articles that are to be asked first.")
        shown = gr.Dropdown(choices=found, value=[id_ for _, id_ in found], visible=True)
        return shown, gr.Accordion(open=True), gr.Tabs(selected="ask"), ""

    def label(self, *values: Any) -> gr.Accordion:
        """How many conditions there are, to be seen while the form is closed."""
        count = sum(bool(_trimmed(value)) for value in values)
        return gr.Accordion(label=f"Asking some articles only ({count})" if count else "Asking all articles")


def _frequent(values: Iterable[str | None]) -> list[str]:
    return [value for value, _ in Counter(value for value in values if value).most_common(_OFFERED)]


def _named(article: ArticleSummary) -> str:
    return f"{article.title} ({article.published.isoformat()})" if article.published else article.title


def lay_out_choosing(choosing: Choosing) -> tuple[gr.Accordion, list[Any]]:
    """Place the form here, closed; gives it and its fields in the order of FIELDS."""
    with gr.Accordion("Asking all articles", open=False, elem_id="choosing") as form:
        with gr.Row():
            outlets = _several("Outlets")
            authors = _several("Authors")
            languages = _several("Languages")
        with gr.Row():
            since = gr.Textbox(label="Published since", placeholder="2023-02-06", max_length=10, min_width=120)
            until = gr.Textbox(label="Published until", placeholder="2023-12-31", max_length=10, min_width=120)
            clear = gr.Button("Ask all articles", size="sm", scale=0)
        articles = gr.Dropdown(
            [], label="Articles ticked in the library", multiselect=True, visible=False, elem_id="chosen", min_width=0
        )
    fields: list[Any] = [outlets, authors, languages, since, until, articles]
    clear.click(None, None, fields, js=_CLEARED, **PRIVATE)
    gr.on([field.change for field in fields], choosing.label, fields, form, **PRIVATE, **IN_TURN)
    return form, fields


def _several(label: str) -> gr.Dropdown:
    return gr.Dropdown([], label=label, multiselect=True, min_width=120)
