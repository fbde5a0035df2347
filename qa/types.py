"""The values that the question-answering chain takes and gives. All are frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from index.types import Hit


@dataclass(frozen=True, slots=True)
class Turn:
    """One exchange of a conversation. `answer` is None where the articles did not say."""

    question: str
    answer: str | None


@dataclass(frozen=True, slots=True)
class Quote:
    """What a reader says supports its answer, before anyone has checked it.

    `start` counts characters of `hit.article.text`; None where the reader gives words only (a chat model).
    """

    hit: Hit
    text: str
    start: int | None = None


Verdict = Literal["supported", "partly", "unsupported"]
"""Whether what a sentence cites says what the sentence says."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence that a chat model wrote, checked, with the quotes that it was checked against."""

    text: str
    verdict: Verdict
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Rival:
    """Another answer, of other articles, that the reader is nearly as sure of."""

    text: str
    confidence: float
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader makes of the passages. No text means that they do not say; `reason` then says why."""

    text: str | None
    confidence: float
    """Probability in [0, 1] that `text` answers the question."""
    quotes: tuple[Quote, ...] = ()
    reason: str | None = None
    statements: tuple[Statement, ...] = ()
    """The sentences of `text`, where a chat model wrote it. What nothing supports is not among them."""
    written_by: str | None = None
    """The chat model that wrote `text`; None where `text` is quoted."""
    note: str | None = None
    """What became of the chat model's answer, in words for a person, where it is not given whole."""
    rivals: tuple[Rival, ...] = ()
    """What other articles say instead, the surest first."""
    disputed: str | None = None
    """The words of a written `text` that the rivals say something else than; None where that is all of it."""
    prompt_sha256: str | None = None
    """Of what the chat model was given to read, where one was asked."""


@dataclass(frozen=True, slots=True)
class Citation:
    """A checked quote: `quote == article.text[start:end]`, and `sentence` is the sentence around it."""

    article_id: str
    title: str
    source: str
    outlet: str | None
    published: date | None
    start: int
    end: int
    quote: str
    sentence: str
    sentence_start: int
    story: str = ""
    """The same for an article and all near copies of it."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another answer than the one given, of other articles, with what supports it."""

    text: str
    confidence: float
    """Probability in [0, 1] that the reader would give it, had it found nothing else."""
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a written answer."""

    text: str
    verdict: Verdict
    citations: tuple[int, ...]
    """The numbers, from 1, of the answer's citations that it was checked against."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A short answer with what supports it, or None with a reason. No answer has no citations, and the reverse."""

    question: str
    standalone_question: str
    """The question as it was searched: follow-ups made to stand alone."""
    text: str | None
    confidence: float
    citations: tuple[Citation, ...] = ()
    reason: str | None = None
    nearest: tuple[Hit, ...] = ()
    """The passages that were read, best first: what a refusal shows instead of an answer."""
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    """Milliseconds of each step of the chain, by its name, and `total`."""
    sentences: tuple[Sentence, ...] = ()
    """The sentences of `text`, where a chat model wrote it."""
    written_by: str | None = None
    """The chat model that wrote `text`; None where `text` is quoted from an article."""
    note: str | None = None
    """What a person should know of the answer: what became of the chat model's, or that it rests on old articles."""
    alternatives: tuple[Alternative, ...] = ()
    """What other articles answer instead, the surest first. A refusal has none."""
    disputed: str | None = None
    """The words of a written `text` that the alternatives differ from; None where that is all of it."""
    prompt_sha256: str | None = None
    """Of what the chat model was given to read, where one was asked."""
    missing: tuple[str, ...] | None = None
    """Of a refusal that was kept without the texts that it was read from: what `qa.evidence.looked_for` found then."""

    def __post_init__(self) -> None:
        if (self.text is None) != (not self.citations):
            raise ValueError("an answer has citations, and no answer has none")

    def __str__(self) -> str:
        """What a person would say: printed whole, it would be all the articles that were read."""
        return self.text or f"No answer. {self.reason or ''}".rstrip()
