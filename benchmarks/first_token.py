"""How long one waits for the first words of an answer, and for its end: python -m benchmarks.first_token

Questions about the sample articles go the way that the page's go (`qa.asking`), one after the other, once everything is
loaded: with the extractive reader alone, whose answer comes at once, and with a chat model, whose draft is shown while
it is written. Counted from the question are, in milliseconds: the first sign of what goes on, the first words of the
draft, and the checked answer. `--chat-model` names another one, `--questions` how many; what that gives is printed and
not kept.
"""

from __future__ import annotations

import argparse
import asyncio
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from benchmarks.material import SAMPLE, stand_alone_questions
from benchmarks.record import percentiles, record
from index.ingest import ingest
from qa.asking import ask
from qa.assemble import create_or_open_index, open_chain
from qa.config import load_config
from qa.conversations.types import Draft
from qa.types import Answer

QUESTIONS = 24
CHAT_MODEL = "local"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chat-model", default=CHAT_MODEL)
    parser.add_argument("--questions", type=int, default=QUESTIONS)
    given = parser.parse_args()
    questions = [row["question"] for row in stand_alone_questions(given.questions)]
    with TemporaryDirectory() as folder:
        figures = {
            "questions": len(questions),
            "extractive": waited(Path(folder), questions),
            given.chat_model: waited(Path(folder), questions, given.chat_model),
        }
    whole = (given.chat_model, given.questions) == (CHAT_MODEL, QUESTIONS)
    record("first_token", "python -m benchmarks.first_token", figures, whole=whole)


def waited(folder: Path, questions: Sequence[str], chat_model: str | None = None) -> dict[str, Any]:
    """Percentiles of what one waits for, and how many answers the chat model wrote."""
    config = load_config(index=folder / "index", chat_model=chat_model)
    index = create_or_open_index(config)
    ingest(index, [SAMPLE])
    index.close()
    chain = open_chain(config)
    asyncio.run(_ask(chain, questions[0], defaultdict(list)))  # loads everything
    times_ms: defaultdict[str, list[float]] = defaultdict(list)
    answers = [asyncio.run(_ask(chain, question, times_ms)) for question in questions]
    figures: dict[str, Any] = {name: percentiles(values) for name, values in times_ms.items()}
    return figures | {
        "answered": sum(answer.text is not None for answer in answers),
        "written": sum(answer.written_by is not None for answer in answers),
    }


async def _ask(chain: Any, question: str, times_ms: defaultdict[str, list[float]]) -> Answer:
    start, seen = perf_counter(), set[str]()
    async for step in ask(chain, question):
        kind = "answer_ms" if isinstance(step, Answer) else "draft_ms" if isinstance(step, Draft) else "first_sign_ms"
        if kind not in seen:
            seen.add(kind)
            times_ms[kind].append((perf_counter() - start) * 1000)
        if isinstance(step, Answer):
            return step
    raise RuntimeError("the chain ended without an answer")


if __name__ == "__main__":
    main()
