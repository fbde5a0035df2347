"""Rows and questions for tests of the evaluation, short to write."""

from __future__ import annotations

import json
from typing import Any

from qa.evaluation.rows import Row, answer_scores


def row(identifier: str = "1", **given: Any) -> Row:
    """A row whose scores follow from what was expected and answered, unless they are given."""
    values = {
        "question": "Who?",
        "history": [],
        "expected": ["Ada"],
        "gold": [],
        "answer": "Ada",
        "outcome": "right",
    } | given
    values.setdefault("scores", answer_scores(values["answer"], values["expected"]))
    return Row(id=identifier, **values)


def citation(sentence: str = "It was Ada.", *, holds: bool = True, title: str = "A title") -> dict[str, Any]:
    return {
        "article_id": "a",
        "title": title,
        "source": "s",
        "published": None,
        "start": 0,
        "end": 3,
        "quote": "Ada",
        "sentence": sentence,
        "holds": holds,
    }


def write_jsonl(path, *rows) -> None:
    path.write_text("".join(f"{one if isinstance(one, str) else json.dumps(one)}\n" for one in rows), encoding="utf-8")
