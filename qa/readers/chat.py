"""A reader that has a chat model write the answer, believes none of it, and shows what the articles support.

Where the model is slow, down, or writes what cannot be read or supported, the extractive reader answers instead, and
the Reading says so; also where no sentence is supported but in part, and the extractive reader is sure of its answer.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from textwrap import shorten
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from index.errors import QaError
from index.types import Hit
from qa.checking.claims import Checked, Claim, check, fit
from qa.facts import says
from qa.readers.deadline import NobodyWaitsError, until
from qa.readers.extractive import ExtractiveReader
from qa.readers.replies import MAX_REPLY, Drafted, declines, parse
from qa.readers.writing import SCHEMA, grammar, prompt, prompt_sha256
from qa.types import Quote, Reading, Rival, Statement

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.runnables import Runnable

TIMEOUT_S = 60.0
SURE_FROM = 0.5
"""How sure a quoted answer must be to be given before what is only partly supported: then it is likelier right than
not. Of a sentence, "partly" tells nothing of the kind: by benchmarks/claims.py it is as frequent of true claims as of
false ones."""
_ATTEMPTS = 2
_PAUSE_S = 1.0
_TOO_MANY, _SERVER_ERRORS = 429, range(500, 600)
_REASONS = ("finish_reason", "stop_reason", "done_reason")
_CUT = {"length", "max_tokens", "model_context_window_exceeded"} | {"content_filter", "safety", "recitation", "refusal"}
"""Reasons to end that come before the end of what there is to say: there is no more room, or somebody objects to it."""
_INSTEAD = "This answer is quoted from the articles instead."
_SHOWN_IN_PART = 300
"""Characters of what is only partly supported that are shown beside a quoted answer."""
_log = logging.getLogger(__name__)


class _FailedError(Exception):
    """The model gave nothing to go on. The text ends the sentence "The chat model ..."."""


@dataclass(frozen=True, slots=True)
class _Reply:
    drafts: tuple[Drafted, ...]
    complete: bool
    declined: bool = False
    """Whether it says itself that there is no answer."""

    @property
    def nothing(self) -> str:
        """Why there are no drafts, as the end of the sentence "The chat model ..."."""
        if self.declined:
            return "found no answer in the passages"
        return "wrote nothing that can be read" if self.complete else "stopped before it had written a sentence"


class ChatReader:
    """Answers in sentences that `model` writes and the passages support. Safe to use from many threads if `model` is.

    The model has `timeout_s` for its whole reply, one repeated attempt included, and is given the best `passages`
    passages. Where no sentence of it is wholly supported, an answer that can be quoted is given instead, if that is as
    sure as `sure_from`. A model that takes a grammar (it has a true attribute `takes_grammar`, and `bind(grammar=...)`)
    can cite existing passages only; one whose profile says that it has structured output is asked for it.
    """

    def __init__(
        self,
        model: BaseChatModel,
        fallback: ExtractiveReader,
        *,
        name: str | None = None,
        timeout_s: float = TIMEOUT_S,
        passages: int = 8,
        sure_from: float = SURE_FROM,
    ) -> None:
        self._model = model
        self._fallback = fallback
        self._name = name or model.get_name()
        self._timeout_s = timeout_s
        self._passages = passages
        self._sure_from = sure_from

    @property
    def name(self) -> str:
        return self._name

    def read(self, question: str, hits: Sequence[Hit]) -> Reading:
        """Raises ModelError where there is no such model; all else that goes wrong with it is told in the Reading.

        Raises NobodyWaitsError where whoever asked has left.
        """
        given = hits[: self._passages]
        if not given:
            return self._fallback.read(question, hits)
        asked = prompt(question, given, structured=self._structured, short=self._short)
        return replace(self._read(question, hits, asked), prompt_sha256=prompt_sha256(asked))

    def _read(self, question: str, hits: Sequence[Hit], asked: Sequence[tuple[str, str]]) -> Reading:
        given = hits[: self._passages]
        try:
            reply = self._reply(asked, len(given))
        except _FailedError as failure:
            return self._quoted(question, hits, f"The chat model {failure}.")
        if not reply.drafts:
            return self._quoted(question, hits, f"The chat model {reply.nothing}.")
        kept = self._supported(question, given, reply.drafts)
        if not kept:
            return self._quoted(question, hits, "The articles don't support what the chat model wrote.")
        quoted = self._fallback.read(question, hits)
        if quoted.text and quoted.confidence >= self._sure_from and all(one.verdict == "partly" for _, one in kept):
            return replace(quoted, note=f"{_in_part([text for text, _ in kept])} {_INSTEAD}")
        written = self._written(kept, _note(len(reply.drafts) - len(kept), complete=reply.complete))
        return disputed(written, quoted)

    def _supported(self, question: str, hits: Sequence[Hit], drafts: Sequence[Drafted]) -> list[tuple[str, Checked]]:
        checked = [(draft.text, check(claim_of(draft, hits), question, self._fallback)) for draft in drafts]
        return [(text, one) for text, one in checked if one.verdict != "unsupported"]

    def _written(self, kept: Sequence[tuple[str, Checked]], note: str | None) -> Reading:
        return Reading(
            text=" ".join(text for text, _ in kept),
            confidence=min(one.probability for _, one in kept),
            quotes=tuple(quote for _, one in kept for quote in one.quotes),
            statements=tuple(Statement(text, one.verdict, one.quotes) for text, one in kept),
            written_by=self.name,
            note=note,
        )

    def _quoted(self, question: str, hits: Sequence[Hit], why: str) -> Reading:
        reading = self._fallback.read(question, hits)
        return replace(reading, note=f"{why} {_INSTEAD}" if reading.text else why)

    def _reply(self, asked: Sequence[tuple[str, str]], passages: int) -> _Reply:
        """Raises _FailedError."""
        deadline = monotonic() + self._timeout_s
        for attempt in range(1, _ATTEMPTS + 1):
            chunks: list[Any] = []
            try:
                for chunk in until(deadline, lambda: self._stream(asked, passages)):
                    chunks.append(chunk)  # noqa: PERF402 - what came before an error is kept
            except TimeoutError:
                raise _FailedError(f"took longer than {self._timeout_s:g} seconds") from None
            except (QaError, NobodyWaitsError):
                raise  # no such model, or none that runs: the person who named it wants to know
            except Exception as error:
                # Every provider has its own errors. Only the kind is told: their texts may hold the key or the prompt.
                status = f", status {_status(error)}" if _status(error) else ""
                _log.warning("the chat model failed: %s%s", type(error).__name__, status)
                if chunks and (reply := _told(chunks, complete=False)).drafts:
                    return reply
                if attempt < _ATTEMPTS and _may_pass(error) and deadline - monotonic() > _PAUSE_S:
                    sleep(_PAUSE_S)
                    continue
                raise _FailedError(_kind(error)) from None
            complete = _ended(chunks, must_say_so=self._model._llm_type.startswith("openai"))
            return _told(chunks, complete=complete)
        raise _FailedError("failed")

    @property
    def _structured(self) -> bool:
        return bool((getattr(self._model, "profile", None) or {}).get("structured_output"))

    @property
    def _short(self) -> bool:
        return bool(getattr(self._model, "takes_grammar", False))

    def _stream(self, asked: Sequence[tuple[str, str]], passages: int) -> Iterator[Any]:
        """Message chunks, or states of the structured reply, each fuller than the one before."""
        model: Runnable[Any, Any] = self._model
        if self._short:
            model = self._model.bind(grammar=grammar(passages))
        elif self._structured:
            model = self._model.with_structured_output(dict(SCHEMA))
        length = 0
        for chunk in model.stream(list(asked)):
            yield chunk
            length += 0 if self._structured and not self._short else len(chunk.text)
            if length > MAX_REPLY:
                return


def disputed(written: Reading, quoted: Reading) -> Reading:
    """What is written, with those of the answers that articles differ in which it does not mention, if it gives one."""
    if not quoted.rivals:
        return written
    answers = (Rival(quoted.text or "", quoted.confidence, quoted.quotes), *quoted.rivals)
    given = [one for one in answers if says(written.text or "", one.text)]
    others = tuple(one for one in answers if one not in given)
    return replace(written, rivals=others, disputed=given[0].text) if given and others else written


def claim_of(draft: Drafted, hits: Sequence[Hit]) -> Claim:
    """The draft with the passages that it cites by number; with the one that fits best where it cites none."""
    cited = [hits[number - 1] for number in draft.cited if 1 <= number <= len(hits)]
    quotes = [
        Quote(hit, text)
        for number, text in draft.quoted
        for hit in (hits[number - 1 : number] if 1 <= number <= len(hits) else cited or hits)
    ]
    return Claim(draft.text, tuple(cited or [max(hits, key=lambda hit: fit(draft.text, hit))]), tuple(quotes))


def _told(chunks: Sequence[Any], *, complete: bool) -> _Reply:
    texts = [chunk.text for chunk in chunks if hasattr(chunk, "text")]
    reply = "".join(texts) if texts or not chunks else chunks[-1]
    return _Reply(tuple(parse(reply, complete=complete)), complete, declines(reply))


def _ended(chunks: Sequence[Any], *, must_say_so: bool) -> bool:
    """Whether the model ended by itself. A connection that is cut can look like an end, but for the reason it lacks."""
    said = [getattr(chunk, "response_metadata", {}) for chunk in chunks]
    reasons = [str(one[key]).lower() for one in said for key in _REASONS if one.get(key)]
    plain = any(hasattr(chunk, "text") for chunk in chunks)
    return not _CUT & set(reasons) and (bool(reasons) or not plain or not must_say_so)


def _in_part(sentences: Sequence[str]) -> str:
    text = shorten(" ".join(sentences), _SHOWN_IN_PART, placeholder=" …")
    return f"The articles support only in part what the chat model wrote: “{text}”"


def _note(dropped: int, *, complete: bool) -> str | None:
    notes = [] if complete else ["Incomplete: the chat model stopped in the middle of its answer."]
    if dropped == 1:
        notes.append("One sentence of the chat model is left out: the articles don't support it.")
    elif dropped:
        notes.append(f"{dropped} sentences of the chat model are left out: the articles don't support them.")
    return " ".join(notes) or None


def _status(error: Exception) -> int | None:
    status = getattr(error, "status_code", None) or getattr(getattr(error, "response", None), "status_code", None)
    return status if isinstance(status, int) else None


def _may_pass(error: Exception) -> bool:
    status = _status(error)
    return status is not None and (status == _TOO_MANY or status in _SERVER_ERRORS)


def _kind(error: Exception) -> str:
    status = _status(error)
    if status == _TOO_MANY:
        return "is overloaded (status 429)"
    if status in (401, 403):
        return f"did not accept the key (status {status})"
    return f"failed (status {status})" if status else "could not be reached, or failed"
