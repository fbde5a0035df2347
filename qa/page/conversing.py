"""The conversation on the page: what is laid out, and which event is handled by what."""

from __future__ import annotations

from typing import Any, NamedTuple

import gradio as gr

from qa.conversations.types import Conversation
from qa.page.asking import Asking
from qa.page.choosing import Choosing, lay_out_choosing
from qa.page.events import ANSWER, BEGIN, EACH, HERE, IN_TURN, PRIVATE, SUGGEST
from qa.page.feedback import FeedbackForm, lay_out_feedback
from qa.page.keeping import Keeping, downloads


class Laid(NamedTuple):
    """What other parts of the page have to do with."""

    chat: gr.Chatbot
    choosing: gr.Accordion
    fields: list[Any]


def lay_out_conversations(keeping: Keeping, script: str) -> gr.HTML:
    """Place the list of conversations here. `script` turns clicks in it, and in answers, into its events."""
    return gr.HTML(elem_id="conversations", padding=False, js_on_load=script, server_functions=downloads(keeping))


def lay_out_asking(asking: Asking, form: FeedbackForm, choosing: Choosing, listing: gr.HTML, load: Any) -> Laid:
    """Place the conversation here, with the question's box under it; `load` is the event of a page that is opened."""
    conversation = gr.State(Conversation(), time_to_live=24 * 3600)
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
        clear = gr.Button("New conversation", size="sm", scale=0, elem_id="clear")
        wrong = gr.Button("Not right?", size="sm", scale=0)
    feedback = gr.Column(elem_id="feedback-place")
    suggestions = gr.HTML(elem_id="suggestions", padding=False)
    which, fields = lay_out_choosing(choosing)
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
    shown = [conversation, chat, question, afterwards, wrong, listing]
    here = gr.Textbox(visible=False)
    present = [here, conversation]
    load(asking.arrive, present, shown, js=HERE, **BEGIN)
    begun = [
        question.submit(asking.begin, [*present, question, *fields], shown, js=HERE, **BEGIN, **IN_TURN),
        chat.example_select(asking.example, [conversation, *fields], shown, **BEGIN),
        again.click(asking.again, [*present, *fields], shown, js=HERE, **BEGIN),
        listing.submit(asking.begin_as, [*present, *fields], shown, js=HERE, **BEGIN),
    ]
    for event in begun:  # the form would stand where the answer is to
        event.then(lambda now: gr.Accordion(open=False) if now.pending else gr.skip(), conversation, which, **PRIVATE)
    answering = [event.then(asking.answer, conversation, shown, **ANSWER) for event in begun]
    for event in answering:
        event.then(asking.left, conversation, chat, **BEGIN, **IN_TURN)
    suggesting = [event.then(asking.suggest, conversation, suggestions, **SUGGEST) for event in answering]
    under_way = [*answering, *suggesting]
    question.stop(asking.stop, conversation, shown, cancels=answering, **BEGIN)
    gr.on([clear.click, listing.clear], asking.clear, None, shown, cancels=under_way, **BEGIN, **EACH)
    listing.select(asking.chosen, None, shown, cancels=under_way, **BEGIN, **EACH)
    listing.edit(asking.rename, present, shown, js=HERE, **BEGIN, **EACH)
    listing.delete(asking.delete, present, shown, js=HERE, **BEGIN, **EACH)
    listing.release(asking.delete, present, shown, js=HERE, cancels=under_way, **BEGIN, **EACH)  # of the one shown
    listing.undo(asking.restore, None, shown, cancels=under_way, **BEGIN, **EACH)
    moves_on = [question.submit, chat.example_select, again.click, clear.click,
                listing.submit, listing.select, listing.clear, listing.delete, listing.release,
                listing.undo]  # fmt: skip
    gr.on(moves_on, lambda: "", None, suggestions, cancels=suggesting, **PRIVATE)
    with feedback:
        lay_out_feedback(form, present, wrong, moves_on)
    return Laid(chat, which, fields)
