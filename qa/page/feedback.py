"""The form with which a person says what is wrong with an answer, kept for `qa feedback export`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from index.errors import QaError
from index.protocols import ArticleIndex
from qa.conversations.types import Conversation, turns
from qa.feedback import VERDICTS, Verdict, keep_feedback
from qa.library import said_html
from qa.page.events import HERE, PRIVATE
from qa.page.keeping import Keeping
from qa.rendering import problem_html
from qa.types import Answer

_OF_REFUSALS: tuple[Verdict, ...] = ("should have answered",)


def verdicts_on(answer: Answer) -> tuple[Verdict, ...]:
    """What can be wrong with it."""
    if answer.text is None:
        return _OF_REFUSALS
    return tuple(verdict for verdict in VERDICTS if verdict not in _OF_REFUSALS)


class FeedbackForm:
    """What happens in the form. It is about the last answer of the conversation. Each method handles one event."""

    def __init__(self, index: ArticleIndex, keeping: Keeping) -> None:
        self._index = index
        self._keeping = keeping

    def show(self, request: gr.Request, here: str, kept: Conversation) -> Any:
        """Open the form, where there is an answer to complain of."""
        conversation = self._keeping.present(request, here, kept)
        answer = conversation.last.answer if conversation.last else None
        if answer is None:
            return gr.Column(visible=False), gr.skip(), gr.skip(), said_html("There is no answer yet.")
        choices = [(verdict.capitalize(), verdict) for verdict in verdicts_on(answer)]
        return gr.Column(visible=True), gr.Radio(choices, value=choices[0][1]), "", ""

    def hide(self) -> Any:
        """Close the form, and leave what was said."""
        return gr.Column(visible=False), ""

    def keep(self, request: gr.Request, here: str, kept: Conversation, verdict: str, right_answer: str) -> Any:
        """Keep the verdict with the answer, what was said before it, and what is right, if that is known."""
        conversation = self._keeping.present(request, here, kept)
        last = conversation.last
        chosen = next((possible for possible in VERDICTS if possible == verdict), None)
        if last is None or last.answer is None or chosen is None:
            return gr.Column(visible=False), problem_html("There is no answer to say that of.")
        try:
            info = self._index.info()
            keep_feedback(
                Path(info.folder),
                chosen,
                last.answer,
                right_answer=right_answer,
                history=turns(conversation.exchanges[:-1]),
                made_with={"generation": info.generation, "written_by": last.answer.written_by},
            )
        except QaError as error:
            return gr.skip(), problem_html(str(error))
        return gr.Column(visible=False), said_html("Thank you. It is kept beside the index, for the next evaluation.")


def lay_out_feedback(form: FeedbackForm, present: list[Any], opens: gr.Button, closes: list[Any]) -> None:
    """Place the form here, closed; `opens` opens it, for the conversation that is `present`; `closes` close it."""
    said = gr.HTML(elem_id="feedback-said", padding=False)
    with gr.Column(visible=False, elem_id="feedback") as column:
        verdict = gr.Radio([], label="What is wrong?", elem_id="verdict", container=False)
        right_answer = gr.Textbox(
            label="The right answer", show_label=False, container=False, placeholder="The right answer, if you know it"
        )
        with gr.Row():
            keep = gr.Button("Send", variant="primary", size="sm", scale=0)
            cancel = gr.Button("Cancel", size="sm", scale=0)
    opens.click(form.show, present, [column, verdict, right_answer, said], js=HERE, **PRIVATE)
    keep.click(form.keep, [*present, verdict, right_answer], [column, said], js=HERE, **PRIVATE)
    gr.on([cancel.click, *closes], form.hide, None, [column, said], **PRIVATE)
