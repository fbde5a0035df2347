"""Which is right, a partly supported written answer or the quoted one? python -m benchmarks.partly_supported

Every few of the sample's stand-alone questions are asked of the `local` chat model (or of `--chat-model`), whose answer
is kept whatever the extractive reader thinks. Of those answers no sentence of which is supported but in part, it is
counted how often what was written holds an accepted answer, and how often the extractive reader's own does, where it
gives one, by how sure it is (`SURE_FROM` in qa/readers/chat.py). A question without an answer is answered wrongly.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from benchmarks.material import sample_index, stand_alone_questions
from benchmarks.record import record
from qa.chain import answer_chain
from qa.facts import says
from qa.readers.chat import SURE_FROM, ChatReader
from qa.readers.chat_models import load_chat_model
from qa.readers.extractive import load_reader

QUESTIONS = 40
CHAT_MODEL = "local"
NEVER = 2.0
"""As sure as this is no answer."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chat-model", default=CHAT_MODEL)
    parser.add_argument("--questions", type=int, default=QUESTIONS)
    given = parser.parse_args()
    asked = stand_alone_questions(given.questions)
    whole = (given.chat_model, given.questions) == (CHAT_MODEL, QUESTIONS)
    record("partly_supported", "python -m benchmarks.partly_supported", measured(asked, given.chat_model), whole=whole)


def measured(rows: Sequence[dict[str, Any]], name: str) -> dict[str, Any]:
    reader = load_reader()
    writer = ChatReader(load_chat_model(name, timeout_s=600), reader, name=name, timeout_s=600, sure_from=NEVER)
    found: list[dict[str, Any]] = []
    with sample_index() as index:
        chain = answer_chain(index, writer)
        for row in rows:
            answer = chain.invoke(row["question"])
            quoted = reader.read(answer.standalone_question, answer.nearest)
            verdicts = {sentence.verdict for sentence in answer.sentences}
            kind = "supported" if "supported" in verdicts else "partly" if verdicts else "quoted"
            found.append(
                {
                    "kind": kind,
                    "written": _is_right(answer.text, row["answers"]),
                    "quoted": _is_right(quoted.text, row["answers"]),
                    "sure": quoted.confidence if quoted.text else 0.0,
                }
            )
            print(row["id"], found[-1], flush=True)
    return figures(found)


def figures(found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """How many answers of each kind, and how many of them have the accepted answer in what is written, and quoted."""
    partly = [one for one in found if one["kind"] == "partly"]
    kinds = {
        "some_sentence_supported": [one for one in found if one["kind"] == "supported"],
        "only_partly_supported": partly,
        "of_these_quoted_is_sure": [one for one in partly if one["sure"] >= SURE_FROM],
        "of_these_quoted_is_unsure": [one for one in partly if 0 < one["sure"] < SURE_FROM],
        "of_these_none_is_quoted": [one for one in partly if not one["sure"]],
    }
    return {"questions": len(found)} | {
        name: {
            "answers": len(some),
            "right_as_written": sum(one["written"] for one in some),
            "right_as_quoted": sum(one["quoted"] for one in some),
        }
        for name, some in kinds.items()
    }


def _is_right(text: str | None, accepted: Sequence[str]) -> bool:
    return text is not None and any(says(text, one) for one in accepted)


if __name__ == "__main__":
    main()
