"""An answer on a terminal, with what goes on until it is there: the steps, and what a chat model is writing."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

from rich.status import Status
from rich.text import Text

from qa.asking import ask
from qa.commands.terminal import console
from qa.conversations.types import Draft
from qa.question import visible
from qa.types import Answer

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

_SHOWN = 600
"""Characters of a draft that are shown, the last ones: it must not run out of the window."""


def answer_live(chain: Runnable[Any, Answer], given: dict[str, Any]) -> Answer:
    """The chain's answer. Meanwhile shows on standard error what goes on, where that is a terminal.

    What a chat model writes is shown as it comes, said to be unchecked, and taken away again when the answer is there.
    """
    if not sys.stderr.isatty():
        return chain.invoke(given)
    with console(stderr=True).status("Reading the articles") as status:
        return asyncio.run(_answer(chain, given, status))


async def _answer(chain: Runnable[Any, Answer], given: dict[str, Any], status: Status) -> Answer:
    async for step in ask(chain, given["question"], given.get("history", ()), given["filter"]):
        if isinstance(step, Answer):
            return step
        status.update(_draft(step) if isinstance(step, Draft) else Text(visible(step)))
    raise RuntimeError("the chain ended without an answer")


def _draft(draft: Draft) -> Text:
    label = "Written, being checked:" if draft.complete else "Being written, not checked yet:"
    return Text(f"{label} ", style="yellow") + Text(visible(draft.text)[-_SHOWN:], style="dim italic")
