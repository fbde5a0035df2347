"""One question's row: what was asked, expected and answered, how each metric judges it, and what went wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from index.types import ArticleSummary, Hit
from qa.answer_json import answer_json
from qa.evaluation.answers import answer_recall, exact_match, f1, normalize_answer, rouge_l
from qa.evaluation.pairs import Pair
from qa.evaluation.retrieval import Gold, retrieval_scores
from qa.types import Answer

RIGHT = 0.5
"""An answer with at least this F1 counts as right where there is only right and wrong: calibration, risk."""
_HYPHEN = re.compile(r"(?<=\w)-(?=\w)")
_QUESTION_WORDS = re.compile(r"\b(how many|how much|how|who|whom|whose|what|when|where|which|why)\b", re.IGNORECASE)
_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_DATE = re.compile(rf"\b({_MONTHS})\b|^\W*[12]\d{{3}}s?\W*$", re.IGNORECASE)
_NUMBER_WORDS = "one|two|three|four|five|six|seven|eight|nine|ten|dozen|hundred|thousand|million|billion|half"
_NUMBER = re.compile(rf"\d|\b({_NUMBER_WORDS})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Row:
    """All that a report says about one question. Its JSON is a line of rows.jsonl."""

    id: str
    question: str
    history: list[list[str | None]]
    expected: list[str] | None
    """The accepted answers; empty where nothing answers; None where they are not known."""
    gold: list[str]
    answer: str | None = None
    confidence: float = 0.0
    reason: str | None = None
    citations: list[dict[str, Any]] = field(default_factory=list)
    """As `qa ask --json` gives them, each with `holds`: whether its sentence has an accepted answer."""
    written_by: str | None = None
    """The chat model that wrote the answer; None where it is quoted."""
    note: str | None = None
    """What became of the chat model's answer, where it is not given whole."""
    standalone_question: str = ""
    scores: dict[str, float] = field(default_factory=dict)
    outcome: str = ""
    error: str | None = None
    slices: dict[str, str] = field(default_factory=dict)
    timings_ms: dict[str, float] = field(default_factory=dict)
    sitting: int = 1
    """How often the run had been started when this was answered."""
    at_s: float = 0.0
    """When it was answered, in seconds since that start."""
    memory_mb: float | None = None
    """The most memory that the process had used by then."""

    @property
    def key(self) -> str:
        """What makes two rows of different runs the same question."""
        return key_of(self.id, self.question, self.history)

    def to_json(self) -> str:
        return json.dumps(asdict(self))  # ASCII, so that no character ends a line or cannot be written

    @classmethod
    def from_json(cls, line: str) -> Row:
        """Raises ValueError or TypeError for what is no row; one that an earlier version wrote may lack what is new."""
        values = json.loads(line)
        if not isinstance(values, dict) or not set(values) <= {one.name for one in fields(cls)}:
            raise ValueError("not a row")
        return cls(**values)


def key_of(identifier: str, question: str, history: Sequence[Sequence[str | None]]) -> str:
    """What makes two questions the same: the id alone may be of another one by now."""
    return json.dumps([identifier, question, history])


def answered(pair: Pair, gold: Gold, answer: Answer, hits: Sequence[Hit], about: Mapping[str, ArticleSummary]) -> Row:
    """The row of an answer; `hits` is what the search found, `about` the articles by id."""
    told = answer_json(answer)
    accepted = pair.answers or ()
    citations = [{**one, "holds": holds(one["sentence"], accepted)} for one in told["citations"]]
    scores = answer_scores(answer.text, pair.answers)
    if gold:
        scores |= retrieval_scores(gold, hits)
    if gold.articles:
        cited = {gold.right(citation.article_id) for citation in answer.citations} - {None}
        scores["citation_recall"] = len(cited) / len(gold.articles)
    read = not gold or any(gold.key(hit) is not None for hit in answer.nearest)
    return Row(
        **_asked(pair, gold),
        answer=answer.text,
        confidence=answer.confidence,
        reason=answer.reason,
        citations=citations,
        written_by=answer.written_by,
        note=answer.note,
        standalone_question=answer.standalone_question,
        scores=scores,
        outcome=_outcome(answer, pair.answers, scores, read=read, held=any(one["holds"] for one in citations)),
        slices=_slices(pair, gold, about)
        | ({} if answer.text is None else {"given by": answer.written_by or "quoting"}),
        timings_ms=told["timings_ms"],
    )


def failed(pair: Pair, gold: Gold, error: Exception, about: Mapping[str, ArticleSummary]) -> Row:
    """The row of a question that could not be asked: every score is 0."""
    scores = dict.fromkeys(answer_scores("", pair.answers), 0.0)
    scores |= retrieval_scores(gold, ()) if gold else {}
    scores |= {"citation_recall": 0.0} if gold.articles else {}
    return Row(
        **_asked(pair, gold), scores=scores, outcome="failed", error=str(error), slices=_slices(pair, gold, about)
    )


def answer_scores(text: str | None, accepted: Sequence[str] | None) -> dict[str, float]:
    """Exact match and F1; for a question that something answers, answer recall and ROUGE-L as well."""
    if accepted is None:
        return {}
    scores = {"exact_match": exact_match(text, accepted), "f1": f1(text, accepted)}
    if accepted:
        scores |= {"answer_recall": answer_recall(text, accepted), "rouge_l": rouge_l(text, accepted)}
    return scores


def holds(sentence: str, accepted: Sequence[str]) -> bool:
    """Whether the sentence has one of the accepted answers, word for word after normalisation.

    That makes one word of "39-year-old"; its parts are words of the sentence, too.
    """
    normal, parted = (f" {normalize_answer(one)} " for one in (sentence, _HYPHEN.sub(" ", sentence)))
    return any(f" {text} " in normal or f" {text} " in parted for text in map(normalize_answer, accepted) if text)


def history_of(pair: Pair) -> list[list[str | None]]:
    """What was said before the question, as a row has it."""
    return [[turn.question, turn.answer] for turn in pair.history]


def _asked(pair: Pair, gold: Gold) -> dict[str, Any]:
    return {
        "id": pair.id,
        "question": pair.question,
        "history": history_of(pair),
        "expected": None if pair.answers is None else list(pair.answers),
        "gold": list(gold.articles),
    }


def _outcome(
    answer: Answer, accepted: Sequence[str] | None, scores: Mapping[str, float], *, read: bool, held: bool
) -> str:
    if accepted is None:
        return "not judged" if read else "not found"
    if not accepted:
        return "rightly refused" if answer.text is None else "should have refused"
    if scores["f1"] == 0.0 or answer.text is None:
        return "not found" if not read else "should have answered" if answer.text is None else "wrong answer"
    if not held:
        return "wrong citation"
    return "right" if scores["exact_match"] == 1.0 else "partly right"


def _slices(pair: Pair, gold: Gold, about: Mapping[str, ArticleSummary]) -> dict[str, str]:
    found = _QUESTION_WORDS.search(pair.question)
    slices = {"question word": found[0].lower() if found else "other", "follow-up": "yes" if pair.history else "no"}
    if pair.answers is not None:
        slices |= {"answer type": answer_type(pair.answers), "answer length": answer_length(pair.answers)}
    for article_id in gold.articles:
        if summary := about.get(article_id):
            slices["article"] = summary.title
            slices["published"] = str(summary.published.year) if summary.published else "undated"
            break
    return slices | {name: value for name, value in pair.extra.items() if name not in slices}


def answer_type(accepted: Sequence[str]) -> str:
    """By the look of the first accepted answer: none, date, number, name or phrase."""
    if not accepted:
        return "none"
    text = accepted[0]
    if _DATE.search(text):
        return "date"
    if _NUMBER.search(text):
        return "number"
    words = [word for word in re.findall(r"[^\W\d_]+", text) if len(word) > 3]
    return "name" if words and all(word[0].isupper() for word in words) else "phrase"


def answer_length(accepted: Sequence[str]) -> str:
    """By the words of the shortest accepted answer."""
    words = min((len(text.split()) for text in accepted), default=0)
    limits = {0: "none", 1: "1 word", 3: "2-3 words", 8: "4-8 words"}
    return next((name for limit, name in limits.items() if words <= limit), "9 words or more")
