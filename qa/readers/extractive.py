"""The extractive reader: any Hugging Face question-answering model, our own embedded one by default."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import ModelError
from index.models.batching import batches_by_length, pad
from index.models.files import ModelFiles, find_model
from index.models.runtime import Network, compile_network
from index.types import Hit
from qa.readers import AUTO, EMBEDDED, LARGER
from qa.readers.calibration import Calibration, Caution, Signals, calibration_of
from qa.readers.checkpoint import export_reader, reader_key
from qa.readers.disputes import ABOUT_NOW, MARGINS, Margins, is_about, newest_given, weighed
from qa.readers.ranking import Candidate, RankedAnswer, ranked, retrieval_shares, signals, worth_reading
from qa.readers.second_look import MISSING, SecondLook, is_installed
from qa.readers.spans import is_parted, tidy
from qa.readers.windows import Window
from qa.recency import is_about_now
from qa.types import Reading

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

PASSAGES_FIRST = 2
"""The passages that are read before it is seen which of the others could still win."""

_MOST_LOOKED_AT_AGAIN = 4
"""Passages that the larger network reads: the one with the best span, until that one has been read by it."""
_OPEN = (0.03, 0.9)
"""Of what probability the best span is, after the first look, where a second one may change what is answered. Beyond,
none is taken: on what confidence is fitted on, that costs nothing and spares a sixth of the looks."""
_WINDOW_TOKENS = 384
"""Question, passage and special tokens together; what is longer is read in windows that overlap."""
_STRIDE_TOKENS = 128
_QUESTION_TOKENS = 96
_BATCH_TOKENS = 2048
_ASKS_FOR_A_DAY = re.compile(
    r"^(?!.*\b(?:what|which) year\b)(?:\W*(?:(?:since|until|from|by) )?when\b|.*\b(?:what|which) (?:day|date)\b)", re.I
)
_NOTHING_FOUND = "No passage of the articles matches the question."
_NOT_SAID = "The passages found do not answer this clearly enough."
_WITHHELD = f"{_NOT_SAID} With “normal” caution the best candidate would be shown."
"""Of lower caution nothing is said: below "normal" a candidate is more often wrong than right."""


def _margins(question: str) -> Margins:
    return ABOUT_NOW if is_about_now(question) else MARGINS


def load_reader(name: str = AUTO, caution: Caution = "normal") -> ExtractiveReader:
    """The reader of that name or folder. Cheap: the network is compiled at the first question.

    Raises ModelError if there is no such model here and none can be had, or it is not one for question answering.
    """
    if name == LARGER and not is_installed():
        raise ModelError(MISSING)
    if name in (AUTO, EMBEDDED, LARGER):
        second = name == LARGER or (name == AUTO and is_installed())
        files = embedded_model()
        return ExtractiveReader(files, caution, SecondLook(files) if second else None)
    files = find_model(name)
    architectures = [str(one) for one in files.settings("config.json").get("architectures") or []]
    if not any(one.endswith("ForQuestionAnswering") for one in architectures):
        raise ModelError(f"{name} is not a question-answering model. Choose one whose architecture is.")
    return ExtractiveReader(files, caution)


def embedded_model() -> ModelFiles:
    """The reader that ships with the product."""
    return ModelFiles(EMBEDDED, EMBEDDED, Path(__file__).parent / EMBEDDED)


@dataclass(frozen=True, slots=True)
class Judgement:
    """The reader's best answer before it decides whether to give it."""

    answers: tuple[RankedAnswer, ...]
    signals: Signals
    probability: float


@dataclass(frozen=True, slots=True)
class _ReadPassage:
    """A hit with its share of the best fused score, and what was read in it."""

    hit: Hit
    share: float
    windows: tuple[Window, ...]
    candidates: tuple[Candidate, ...] = ()

    @property
    def value(self) -> float:
        """Of the best span; the lowest there is where it has none."""
        return max((one.value for one in self.candidates), default=float("-inf"))


def _distinct(read: Iterable[_ReadPassage]) -> list[Candidate]:
    """The spans of all passages, each place once, with its best score."""
    best: dict[tuple[str, int, int], Candidate] = {}
    for found in (one for passage in read for one in passage.candidates):
        place = (found.hit.article.id, found.start, found.end)
        if place not in best or best[place].value < found.value:
            best[place] = found
    return list(best.values())


class ExtractiveReader:
    """Answers with spans of the passages, all scored on one scale. Safe to use from many threads."""

    def __init__(self, files: ModelFiles, caution: Caution = "normal", second: SecondLook | None = None) -> None:
        self._files = files
        self._caution = caution
        self._second = second
        self._deciding = second.files if second else files

    @property
    def name(self) -> str:
        return self._deciding.name

    @property
    def key(self) -> str:
        """What decides the scores of its spans: its weights and its architecture."""
        return reader_key(self._files) + (f" {self._second.key}" if self._second else "")

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the model's weights; of two networks, of the hashes of theirs."""
        own = self._files.fingerprint
        return hashlib.sha256(f"{own}\n{self._second.fingerprint}".encode()).hexdigest() if self._second else own

    @property
    def digest(self) -> str:
        """What decides its answers: weights, architecture and calibration."""
        return f"{self.fingerprint} {self._files.settings_hash} {self._deciding.settings_hash}"

    @property
    def threshold(self) -> float:
        """The probability from which an answer is given."""
        return self._calibration.thresholds[self._caution]

    def begin(self) -> None:
        """Compile the larger network, if there is one, beside whatever else is done."""
        if self._second is not None:
            self._second.begin()

    def prepare(self) -> None:
        """Compile its networks now, so that the first question need not wait. Raises ModelError."""
        _ = self._network, self._pair_tokenizer
        if self._second is not None:
            self._second.prepare()

    def read(self, question: str, hits: Sequence[Hit]) -> Reading:
        if not hits:
            return Reading(None, 0.0, reason=_NOTHING_FOUND)
        judgement = self.judge(question, hits)
        reading = self.weighed(question, hits, judgement, _margins(question))
        return newest_given(reading, self.threshold) if is_about_now(question) else reading

    def weighed(
        self, question: str, hits: Sequence[Hit], judgement: Judgement | None, margins: Margins = MARGINS
    ) -> Reading:
        """The decision, with what other articles say to it."""
        answers = judgement.answers if judgement else ()
        return weighed(
            self.decide(judgement),
            question,
            answers,
            lambda answer: self._calibration.probability(signals(answer, hits)),
            margins,
        )

    def decide(self, judgement: Judgement | None) -> Reading:
        """Give the best answer, or none where it is too unsure."""
        if judgement is None:
            return Reading(None, 0.0, reason=_NOT_SAID)
        if judgement.probability < self.threshold:
            is_usual = judgement.probability >= self._calibration.thresholds["normal"]
            return Reading(None, judgement.probability, reason=_WITHHELD if is_usual else _NOT_SAID)
        first = judgement.answers[0]
        return Reading(first.best.text, judgement.probability, first.quotes)

    def judge(self, question: str, hits: Sequence[Hit]) -> Judgement | None:
        """All answers, best first, and how sure the first is; None if no span says anything."""
        answers = ranked(self._worthwhile(question, hits))
        if not answers:
            return None
        found = signals(answers[0], hits)
        return Judgement(tuple(answers), found, self._calibration.probability(found))

    def candidates(self, question: str, hits: Sequence[Hit]) -> list[Candidate]:
        """The best spans of every hit, whether it could still win or not: what a calibration is fitted on."""
        read = self._read(question, list(zip(hits, retrieval_shares(hits), strict=True)))
        return _distinct(self._looked_again(question, one) for one in read)

    def _worthwhile(self, question: str, hits: Sequence[Hit]) -> list[Candidate]:
        """Every span worth ranking. Of what the search ranks lower, only what could win, agree or differ is read."""
        shares = retrieval_shares(hits)
        order = sorted(range(len(hits)), key=lambda row: (-shares[row], hits[row].article.id, hits[row].passage.start))
        first, rest = order[:PASSAGES_FIRST], order[PASSAGES_FIRST:]
        read = self._read(question, [(hits[row], shares[row]) for row in first])
        best = max(_distinct(read), key=lambda one: one.value, default=None)
        matter = [
            (hits[row], shares[row])
            for row in rest
            if worth_reading(hits[row].passage.text, shares[row], best, self._calibration)
            or (best is not None and is_about(question, best.hit, hits[row], _margins(question).covers))
        ]
        return _distinct(self._winner_again(question, read + self._read(question, matter)))

    def _winner_again(self, question: str, read: list[_ReadPassage]) -> list[_ReadPassage]:
        """The same, once the passage with the best span has been looked at again."""
        again: set[int] = set()
        while read and len(again) < _MOST_LOOKED_AT_AGAIN:
            winner = max(range(len(read)), key=lambda row: read[row].value)
            if winner in again or not (again or self._is_open(read[winner])):
                break
            again.add(winner)
            read[winner] = self._looked_again(question, read[winner])
        return read

    def _is_open(self, passage: _ReadPassage) -> bool:
        """Whether a second look may change what its best span is worth."""
        if self._second is None or not passage.candidates:
            return False
        best = max(one.span for one in passage.candidates)
        least, most = _OPEN
        return least <= self._calibration.probability(Signals(best, passage.share)) <= most

    def _looked_again(self, question: str, passage: _ReadPassage) -> _ReadPassage:
        if self._second is None:
            return passage
        windows = self._second(passage.windows, self._files.padding_id)
        return self._with_candidates(question, replace(passage, windows=windows))

    def _read(self, question: str, hits: Sequence[tuple[Hit, float]]) -> list[_ReadPassage]:
        """What the network says of each hit, with the best spans; hits come with their share of the best score."""
        windows = self._windows(question, [hit.passage.text for hit, _ in hits])
        scored: list[list[Window]] = [[] for _ in hits]
        for rows in batches_by_length([len(window) for _, window in windows], _BATCH_TOKENS):
            starts, ends = self._network(pad([windows[row][1] for row in rows], self._files.padding_id))[:2]
            for row, start, end in zip(rows, starts, ends, strict=True):
                number, window = windows[row]
                scored[number].append(Window(window, start[: len(window)], end[: len(window)]))
        return [
            self._with_candidates(question, _ReadPassage(*hit, tuple(of_hit)))
            for hit, of_hit in zip(hits, scored, strict=True)
        ]

    def _with_candidates(self, question: str, passage: _ReadPassage) -> _ReadPassage:
        """The passage with the best spans of its windows."""
        hit, whole_date = passage.hit, _ASKS_FOR_A_DAY.match(question) is not None
        advantage = self._calibration.retrieval_weight * passage.share
        found = []
        for first, last, score in (span for window in passage.windows for span in window.spans()):
            edges = tidy(hit.passage.text, first, last, whole_date=whole_date)
            if edges is None or is_parted(hit.passage.text, *edges):
                continue
            start, end = (hit.passage.start + edge for edge in edges)
            found.append(Candidate(hit, start, end, score, score + advantage))
        return replace(passage, candidates=tuple(found))

    def _windows(self, question: str, passages: Sequence[str]) -> list[tuple[int, Encoding]]:
        """Each passage after the question, with its number; a long one in several overlapping windows."""
        asked = self._shortened(question)
        encodings = self._pair_tokenizer.encode_batch([(asked, passage) for passage in passages])
        return [
            (number, window)
            for number, encoding in enumerate(encodings)
            for window in (encoding, *encoding.overflowing)
        ]

    def _shortened(self, question: str) -> str:
        """A question of a paragraph would leave the passage no room."""
        offsets = self._tokenizer.encode(question, add_special_tokens=False).offsets
        return question if len(offsets) <= _QUESTION_TOKENS else question[: offsets[_QUESTION_TOKENS - 1][1]]

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        return self._files.tokenizer()

    @cached_property
    def _pair_tokenizer(self) -> Tokenizer:
        tokenizer = self._files.tokenizer()
        positions = int(self._files.settings("config.json").get("max_position_embeddings") or _WINDOW_TOKENS)
        tokenizer.enable_truncation(min(_WINDOW_TOKENS, positions - 2), stride=_STRIDE_TOKENS, strategy="only_second")
        return tokenizer

    @cached_property
    def _calibration(self) -> Calibration:
        return calibration_of(self._deciding.settings("calibration.json"))

    @cached_property
    def _network(self) -> Network:
        return compile_network(reader_key(self._files), lambda: export_reader(self._files), precision="native")
