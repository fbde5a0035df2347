"""The chain: a question in, a cited Answer out, in the named steps rewrite | search | read | cite.

It is an ordinary Runnable. `chain.astream_events(question, version="v2")` tells when each step, by its name in `STEPS`,
starts and ends; `stream` yields the one Answer when it is there. The question is never put into a template, so braces
in it are braces.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any

from langchain_core.runnables import Runnable, RunnableLambda

from index.errors import QuestionError
from index.protocols import PassageSearch
from index.types import EVERYTHING, Filter, Hit
from qa.citations import cite, numbers
from qa.filters import as_filter, left_nothing, left_out
from qa.followups.rewriting import rewrite
from qa.followups.topic import settled
from qa.question import MAX_CHARACTERS, clean_question, is_pleasantry, names_nothing, visible
from qa.readers import Reader
from qa.readers.disputes import matching
from qa.recency import MORE_CANDIDATES, is_about_now, newer_first, staleness
from qa.types import Alternative, Answer, Citation, Reading, Sentence, Turn

STEPS = ("rewrite", "search", "read", "cite")
PASSAGES = 8
_UNSUPPORTED = "What looked like an answer could not be found word for word in any article."
_NOTHING_ASKED = "That asks nothing of the articles; ask, for example, who, when, where, why or how many."
_NOTHING_NAMED = "That names nothing that could be looked for; please say what it is about."
_UNEXPLAINED = "The articles do not say."
Rewriter = Callable[[str, Sequence[Turn]], str]
"""From a question and what came before it to a question that stands alone."""
_NOT_READ = Reading(text=None, confidence=0.0)


@dataclass(frozen=True, slots=True)
class _Progress:
    """What one question has come to so far: each step fills in its own field."""

    question: str
    history: tuple[Turn, ...] = ()
    where: Filter = EVERYTHING
    standalone_question: str = ""
    hits: tuple[Hit, ...] = ()
    reading: Reading = _NOT_READ
    answer: Answer | None = None
    timings_ms: Mapping[str, float] = field(default_factory=dict)


def answer_chain(
    index: PassageSearch, reader: Reader, *, passages: int = PASSAGES, rewriter: Rewriter = rewrite
) -> Runnable[Any, Answer]:
    """A chain from a question to its Answer, reading the best `passages` passages.

    Takes a plain question, or `{"question": ..., "history": [...], "filter": {...}}` where the history holds Turns or
    (question, answer) pairs, oldest first, and the filter is what `qa.filters.as_filter` takes. Raises QuestionError
    for a question that is empty or too long, and for a history or a filter of another shape, before anything is
    searched. Safe to use from many threads.
    """

    def to_standalone(progress: _Progress) -> _Progress:
        if is_pleasantry(progress.question):
            return replace(progress, standalone_question=progress.question)
        completed = rewriter(progress.question, progress.history)
        asked = settled(index, progress.question, completed, progress.history, progress.where)
        return replace(progress, standalone_question=asked)

    def to_hits(progress: _Progress) -> _Progress:
        query = progress.standalone_question
        if _why_not_searched(progress):
            return progress
        if is_about_now(query):
            many = index.search(query, passages * MORE_CANDIDATES, progress.where)
            return replace(progress, hits=newer_first(many, passages))
        return replace(progress, hits=tuple(index.search(query, passages, progress.where)))

    def to_reading(progress: _Progress) -> _Progress:
        if not progress.hits and (reason := _why_nothing(progress, index)):
            return replace(progress, reading=replace(_NOT_READ, reason=reason))
        reading = reader.read(progress.standalone_question, progress.hits)
        if reading.text is None and progress.where != EVERYTHING:
            told = (reading.note, left_out(progress.where, index.articles()))
            reading = replace(reading, note=" ".join(filter(None, told)) or None)
        return replace(progress, reading=reading)

    return (
        RunnableLambda(_begin, name="check")
        | _step("rewrite", to_standalone)
        | _step("search", to_hits)
        | _step("read", to_reading)
        | _step("cite", _to_answer)
        | RunnableLambda(_finish, name="answer")
    ).with_config(run_name="answer_chain")


def _step(name: str, work: Callable[[_Progress], _Progress]) -> Runnable[_Progress, _Progress]:
    def timed(progress: _Progress) -> _Progress:
        start = perf_counter()
        done = work(progress)
        return replace(done, timings_ms={**done.timings_ms, name: (perf_counter() - start) * 1000})

    return RunnableLambda(timed, name=name)


def _begin(given: Any) -> _Progress:
    if not isinstance(given, Mapping):
        return _Progress(question=clean_question(given))
    if "question" not in given or not set(given) <= {"question", "history", "filter"}:
        raise QuestionError('Ask with a text, or with {"question": ..., "history": [...], "filter": {...}}, no more.')
    return _Progress(
        question=clean_question(given["question"]),
        history=tuple(turn for turn in as_turns(given.get("history")) if not is_pleasantry(turn.question)),
        where=as_filter(given.get("filter")),
    )


def as_turns(history: Any) -> tuple[Turn, ...]:
    """A history as the chain takes it; None is an empty one. Raises QuestionError for what is none."""
    history = () if history is None else history
    if isinstance(history, str) or not isinstance(history, Sequence):
        raise QuestionError("The history must be a list of (question, answer) pairs.")
    return tuple(_turn(turn) for turn in history)


def _turn(turn: Any) -> Turn:
    match turn:
        case Turn(str() as question, str() | None as answer) | (str() as question, str() | None as answer):
            shown = None if answer is None else visible(answer[:MAX_CHARACTERS]).strip()
            return Turn(visible(question[:MAX_CHARACTERS]).strip(), shown or None)
        case _:
            raise QuestionError("Each turn of the history must be a (question, answer) pair of texts.")


def _to_answer(progress: _Progress) -> _Progress:
    """No answer without a citation, and no citation without an answer."""
    reading = progress.reading
    text = (reading.text or "").strip() or None
    citations = cite(reading.quotes) if text else ()
    kept = reading if citations else _NOT_READ
    answer = Answer(
        question=progress.question,
        standalone_question=progress.standalone_question,
        text=text if citations else None,
        confidence=reading.confidence if citations or not text else 0.0,
        citations=citations,
        alternatives=_alternatives(kept),
        disputed=kept.disputed,
        reason=None if citations else _UNSUPPORTED if text else reading.reason or _UNEXPLAINED,
        nearest=progress.hits,
        sentences=tuple(Sentence(one.text, one.verdict, numbers(one.quotes, citations)) for one in kept.statements),
        written_by=kept.written_by,
        note=" ".join(note for note in (reading.note, _staleness(progress, citations)) if note) or None,
        prompt_sha256=reading.prompt_sha256,
    )
    return replace(progress, answer=answer)


def _alternatives(reading: Reading) -> tuple[Alternative, ...]:
    cited = ((rival, cite(rival.quotes)) for rival in reading.rivals)
    return tuple(Alternative(rival.text, rival.confidence, citations) for rival, citations in cited if citations)


def _staleness(progress: _Progress, citations: Sequence[Citation]) -> str | None:
    question = progress.standalone_question
    if not is_about_now(question):
        return None
    return staleness(citations, matching(question, citations, progress.hits), progress.where.until)


def _why_nothing(progress: _Progress, index: PassageSearch) -> str | None:
    """Why there is nothing to read, where that is not for want of articles."""
    if reason := _why_not_searched(progress):
        return reason
    return left_nothing(progress.where, index.articles()) if progress.where != EVERYTHING else None


def _why_not_searched(progress: _Progress) -> str | None:
    if is_pleasantry(progress.question):
        return _NOTHING_ASKED
    named = progress.where.article_ids or not names_nothing(progress.standalone_question)
    return None if named else _NOTHING_NAMED


def _finish(progress: _Progress) -> Answer:
    if progress.answer is None:
        raise RuntimeError("the chain ended before its last step")
    total = sum(progress.timings_ms.values())
    return replace(progress.answer, timings_ms={**progress.timings_ms, "total": total})
