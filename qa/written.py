"""What there is to say of an answer that a chat model was asked for. Pure."""

from __future__ import annotations

from typing import Any

from qa.types import Answer, Sentence

PARTLY = "only partly supported"


def written_json(answer: Answer) -> dict[str, Any]:
    """The fields that `qa ask --json` adds where a chat model was asked; nothing where none was.

    `written_by` is null where the answer is quoted after all, and `note` then says why. The `citations` of a sentence
    are numbers, from 1, of the answer's citations. `disputed` are the words that the alternatives differ from.
    """
    if answer.written_by is None and answer.note is None:
        return {}
    return {
        "written_by": answer.written_by,
        "note": answer.note,
        "disputed": answer.disputed,
        "sentences": [
            {"text": sentence.text, "verdict": sentence.verdict, "citations": list(sentence.citations)}
            for sentence in answer.sentences
        ],
    }


def marks(sentence: Sentence) -> str:
    """What stands after a sentence: the numbers of its citations, and a warning where they say a part of it only."""
    numbers = "".join(f"[{number}]" for number in sentence.citations)
    return f"{numbers} ({PARTLY})" if sentence.verdict == "partly" else numbers
