"""What people say of answers, kept beside the index, and turned into questions with known answers.

`feedback.jsonl` grows by a line with every verdict: the question, the receipt of the answer that was given, and what
the person says is right.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args
from uuid import uuid4

from filelock import FileLock, Timeout

from index.errors import EvaluationError, StorageError
from qa.answer_json import answer_json
from qa.question import visible
from qa.types import Answer, Turn

Verdict = Literal["wrong answer", "wrong citation", "outdated", "should have refused", "should have answered"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
FILE = "feedback.jsonl"
_MAX_CHARACTERS = 2_000
_LOCK_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Feedback:
    """One verdict on one answer. `article` is the id or source of the article that the person says is right."""

    verdict: Verdict
    question: str
    receipt: Mapping[str, Any]
    """The answer as `qa ask --json` prints it, with `generation`, `reader` and `standalone_question`."""
    right_answer: str | None = None
    article: str | None = None
    history: tuple[tuple[str, str | None], ...] = ()
    id: str = field(default_factory=lambda: uuid4().hex[:12])
    at: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))


def keep_feedback(
    folder: Path, verdict: Verdict, answer: Answer, *, right_answer: str | None = None, article: str | None = None,
    history: Sequence[Turn] = (), made_with: Mapping[str, Any] | None = None,
) -> Feedback:  # fmt: skip
    """Add a verdict on an answer to the index in `folder`; when this returns, it is on the disk.

    `made_with` completes the receipt: the index's generation, the reader's name. Raises StorageError.
    """
    feedback = Feedback(
        verdict=verdict,
        question=answer.question,
        receipt={**answer_json(answer), "standalone_question": answer.standalone_question, **(made_with or {})},
        right_answer=_said(right_answer),
        article=_said(article),
        history=tuple((turn.question, turn.answer) for turn in history),
    )
    line = json.dumps(asdict(feedback))
    try:
        with FileLock(folder / f".{FILE}.lock", timeout=_LOCK_TIMEOUT_S), (folder / FILE).open("ab") as file:
            # A line that a crash cut short must not swallow this one.
            file.write(f"{'' if _ends_a_line(folder / FILE) else chr(10)}{line}\n".encode())
            file.flush()
            os.fsync(file.fileno())
    except (OSError, Timeout) as error:
        raise StorageError(
            f"The feedback could not be written to {folder / FILE} ({error}); please try again."
        ) from error
    return feedback


def read_feedback(folder: Path) -> list[Feedback]:
    """All verdicts on the index in `folder`, oldest first; what a crash cut short is left out."""
    try:
        lines = (folder / FILE).read_text(encoding="utf-8", errors="replace").split("\n")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StorageError(f"{folder / FILE} cannot be read ({error.strerror}); check the file.") from error
    return list(_parsed(lines))


def as_pairs(feedback: Sequence[Feedback]) -> list[dict[str, Any]]:
    """The verdicts that say what is right, as rows that `qa evaluate` reads. The last verdict on a question stands.

    Raises EvaluationError if none does.
    """
    latest = {json.dumps([one.question, one.history]): row for one in feedback if (row := _pair(one)) is not None}
    if not latest:
        raise EvaluationError("There is no feedback yet that says what would be right; give some under an answer.")
    return list(latest.values())


def _pair(one: Feedback) -> dict[str, Any] | None:
    answers: list[str]
    if one.verdict == "should have refused":
        answers = []
    elif one.right_answer:
        answers = [one.right_answer]
    elif one.verdict == "wrong citation" and one.receipt.get("answer"):
        answers = [one.receipt["answer"]]  # the answer itself was not complained of
    else:
        return None
    return {
        "id": one.id,
        "question": one.question,
        "answers": answers,
        "article": one.article if answers else None,
        "history": [list(turn) for turn in one.history],
        "verdict": one.verdict,
    }


def _said(text: str | None) -> str | None:
    return visible(text[:_MAX_CHARACTERS]).strip() or None if text else None


def _ends_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        if file.seek(0, os.SEEK_END) == 0:
            return True
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def _parsed(lines: Sequence[str]) -> Iterator[Feedback]:
    for line in lines:
        try:
            values = json.loads(line)
            turns = tuple((question, answer) for question, answer in values.pop("history"))
            yield Feedback(**values, history=turns)
        except (ValueError, TypeError, KeyError, AttributeError):
            continue
