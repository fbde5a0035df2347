"""The conversation on the page: what is laid out, and what happens in it."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import gradio as gr

from index.errors import QaError
from qa.conversation import Conversation, Exchange, ask, messages, settled, turns
from qa.page.events import AT_ONCE, PRIVATE
from qa.page.feedback import FeedbackForm, lay_out_feedback
from qa.types import Answer

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

log = logging.getLogger(__name__)

_UNCHANGED = [gr.skip()] * 4


class Asking:
    """What happens in the conversation. Each public method handles one event.

    What a browser sends of the conversation is never believed: it is kept on this side, and the page only shows it.
    """

    def __init__(self, chain: Runnable[Any, Answer]) -> None:
        self._chain = chain

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


def lay_out_asking(asking: Asking, form: FeedbackForm) -> gr.Chatbot:
    """Place the conversation here, with the question's box under it."""
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
        question.submit(asking.begin, [question, conversation], shown, **PRIVATE),
        chat.example_select(asking.example, conversation, shown, **PRIVATE),
        again.click(asking.again, conversation, shown, **PRIVATE),
    ]
    answering = [
        event.then(asking.answer, conversation, shown, concurrency_id="ask", concurrency_limit=AT_ONCE, **PRIVATE)
        for event in begun
    ]
    question.stop(asking.stop, conversation, shown, cancels=answering, **PRIVATE)
    clear.click(asking.clear, None, shown, cancels=answering, **PRIVATE)
    with feedback:
        lay_out_feedback(form, conversation, wrong, [question.submit, chat.example_select, again.click, clear.click])
    return chat
