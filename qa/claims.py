"""Does what a sentence cites support it? Pure, given a reader's judgement.

Numbers, names and negation are compared exactly, words roughly; and the extractive reader is asked the question that
the sentence answers, or the sentence with one of its facts taken out, and has to find what the sentence says. A
logistic model of these signs, fitted by benchmarks/claims.py on claims apart from those that it reports, decides.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Protocol

from index.passages import sentences
from index.types import Article, Hit
from qa import facts
from qa.citations import locate, sentence_around
from qa.markup import day
from qa.orders import is_order
from qa.types import Quote, Verdict

if TYPE_CHECKING:
    from qa.readers.extractive import Judgement

MAX_EVIDENCE = 2
"""Sentences of one passage that a claim is compared with, where it quotes none."""
_ANSWERS = 10
_AGREES = 0.6
_WIDEST = 10.0
_COVERS_QUESTION = 0.5
_MORE = 0.05
_NUMBER = re.compile(r"[$€£]?\d[\d,.]*\d|\d")
_NAME = re.compile(r"\b[A-Z][\w&.'-]*(?:\s+(?:(?:of|the|and|de|al)\s+)*[A-Z][\w&.'-]*)*")

# From `python -m benchmarks.claims --fit`. The lower threshold lets nine of ten true claims pass, the upper one of ten
# false ones.
WEIGHTS: Mapping[str, float] = {
    "numbers_apart": -0.712,
    "names_apart": -0.695,
    "names_unheard": -1.765,
    "words_apart": -0.813,
    "denies": -3.173,
    "denied": -0.307,
    "distance": -2.518,
}
BIAS = 1.763
SUPPORTED_FROM = 0.712
PARTLY_FROM = 0.277


class Judge(Protocol):
    """What the extractive reader does."""

    def judge(self, question: str, hits: Sequence[Hit]) -> Judgement | None: ...


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence that a chat model wrote, the passages that it cites, and the words of them that it quotes."""

    text: str
    hits: tuple[Hit, ...]
    quotes: tuple[Quote, ...] = ()


@dataclass(frozen=True, slots=True)
class Signs:
    """What speaks for and against a claim. All in [0, 1]; shares of nothing are 0."""

    numbers_apart: float
    """The share of its numbers that the cited sentence nearest to it doesn't have."""
    names_apart: float
    names_unheard: float
    """The share that nothing cited has: neither the passages, nor the articles' titles, authors and dates."""
    words_apart: float
    """The share of its words of content that the nearest sentence doesn't have."""
    denies: float
    """1 if it denies and the nearest sentence doesn't."""
    denied: float
    """1 if the nearest sentence denies and it doesn't."""
    distance: float
    """By how much what the claim says is worse in the reader's eyes than what it finds: 1 for ten logits and more."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A verdict, with quotes that stand in their articles: the cited sentences, or the words quoted of them."""

    verdict: Verdict
    probability: float
    quotes: tuple[Quote, ...]


def check(claim: Claim, question: str, judge: Judge) -> Checked:
    """Whether what the claim cites supports it, as an answer or a part of one to the question."""
    quotes = evidence(claim)
    if not quotes:
        return Checked("unsupported", 0.0, ())
    signs = signs_of(claim, quotes, distance_of(claim, question, judge))
    return Checked(verdict_of(signs), probability_of(signs), quotes)


def verdict_of(signs: Signs) -> Verdict:
    """By the probability, but for what can be known.

    What denies what nothing cited denies is not supported. What has a number that its nearest sentence lacks, or a name
    that nothing cited has, is supported in part at most.
    """
    probability = probability_of(signs)
    if probability < PARTLY_FROM or signs.denies:
        return "unsupported"
    exact = signs.numbers_apart == signs.names_unheard == 0
    return "supported" if exact and probability >= SUPPORTED_FROM else "partly"


def probability_of(signs: Signs) -> float:
    """That the claim is supported."""
    logit = BIAS + sum(WEIGHTS.get(name, 0.0) * value for name, value in asdict(signs).items())
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))


def evidence(claim: Claim) -> tuple[Quote, ...]:
    """The words quoted, where they stand in a cited article; of a passage without any, the sentences that fit best.

    A sentence that gives a model orders is no evidence of anything.
    """
    found: list[Quote] = []
    for hit in claim.hits:
        located = [
            Quote(hit, hit.article.text[span[0] : span[1]], span[0])
            for quote in claim.quotes
            if quote.hit == hit and (span := locate(quote))
        ]
        found += located or _best_sentences(claim.text, hit)
    return tuple(quote for quote in found if not is_order(_sentences_of(quote)))


def _best_sentences(claim: str, hit: Hit) -> list[Quote]:
    """Up to two, the second only for what it adds; none if nothing of the claim is in the passage."""
    wanted = _traits(claim)
    passage = hit.passage
    left = {span: _traits(passage.text[span[0] : span[1]]) & wanted for span in sentences(passage.text)}
    chosen: list[tuple[int, int]] = []
    while left and len(chosen) < MAX_EVIDENCE:
        best = max(left, key=lambda span: (len(left[span]), -span[0]))
        gained = left.pop(best)
        if len(gained) <= _MORE * len(wanted):
            break
        chosen.append(best)
        left = {span: traits - gained for span, traits in left.items()}
    return [Quote(hit, passage.text[start:end], passage.start + start) for start, end in sorted(chosen)]


def fit(claim: str, hit: Hit) -> int:
    """How many of the claim's words and numbers the passage has."""
    return len(_traits(claim) & _traits(hit.passage.text))


def _traits(text: str) -> frozenset[object]:
    return facts.stems(text) | frozenset(number.value for number in facts.numbers(text))


def signs_of(claim: Claim, quotes: Sequence[Quote], distance: float) -> Signs:
    """The signs of a claim whose evidence is these located quotes."""
    stems, said, names = facts.stems(claim.text), facts.numbers(claim.text), facts.names(claim.text)
    cited = [_sentences_of(quote) for quote in quotes]
    nearest = max(cited, key=lambda sentence: len(stems & facts.stems(sentence)))
    heard = " ".join([*cited, *(_told(hit) for hit in claim.hits), *(_about(hit.article) for hit in claim.hits)])
    return Signs(
        numbers_apart=_share_of_numbers(said, nearest),
        names_apart=_share_of_names(names, nearest),
        names_unheard=_share_of_names(names, heard),
        words_apart=_share(len(stems - facts.stems(nearest)), len(stems)),
        denies=float(facts.is_negated(claim.text) and not facts.is_negated(nearest)),
        denied=float(facts.is_negated(nearest) and not facts.is_negated(claim.text)),
        distance=distance,
    )


def _sentences_of(quote: Quote) -> str:
    start = quote.start or 0
    first, last = sentence_around(quote.hit.article.text, (start, start + len(quote.text)))
    return quote.hit.article.text[first:last]


def _told(hit: Hit) -> str:
    """The passage without what it orders a model to do: a name that only an order has is not heard of."""
    text = hit.passage.text
    told = (text[start:end] for start, end in sentences(text))
    return " ".join(sentence for sentence in told if not is_order(sentence))


def _about(article: Article) -> str:
    published = day(article.published)
    return " ".join(part for part in (article.title, article.outlet, article.author, published) if part)


def _share_of_numbers(said: frozenset[facts.Number], text: str) -> float:
    there = facts.numbers(text)
    return _share(sum(not number.is_in(there) for number in said), len(said))


def _share_of_names(names: frozenset[str], text: str) -> float:
    there = facts.words(text) | facts.initials(text)
    return _share(len(names - there), len(names))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def distance_of(claim: Claim, question: str, judge: Judge) -> float:
    """The mean `distance` (see Signs) of the probes; 1 where there is nothing to ask or to find."""
    distances = [
        _distance(judgement, asked, expected)
        for asked, expected in probes(claim.text, question)
        if (judgement := judge.judge(asked, claim.hits)) is not None
    ]
    return sum(distances) / len(distances) if distances else 1.0


def _distance(judgement: Judgement, asked: str, expected: str) -> float:
    answers = [answer.best for answer in judgement.answers[:_ANSWERS]]
    agreeing = [answer.value for answer in answers if _within(answer.text, expected, asked) >= _AGREES]
    return max(0.0, min(1.0, (answers[0].value - agreeing[0]) / _WIDEST)) if agreeing else 1.0


def probes(claim: str, question: str) -> list[tuple[str, str]]:
    """Questions that the cited passages have to answer as the claim does, each with what the claim answers.

    The question itself, where the claim takes up enough of it; else the claim with one of its facts taken out.
    """
    asked = facts.stems(question)
    if asked and len(asked & facts.stems(claim)) >= _COVERS_QUESTION * len(asked):
        return [(question, claim)]
    names = [span for span in _NAME.finditer(claim) if facts.words(span.group())]
    spans = [*names, *_NUMBER.finditer(claim)]
    outer = [*spans[:1], *spans[1:][-1:]]
    return [
        (f"{claim[: span.start()]}{_asking(span)}{claim[span.end() :]}".rstrip(" .") + "?", span.group())
        for span in outer
    ]


def _asking(span: re.Match[str]) -> str:
    if span.group()[-1].isdigit():
        return "what number"
    return "what" if span.start() else "Who or what"


def _within(answer: str, expected: str, asked: str) -> float:
    """The share of the answer's words, without those of the question, that are among those expected."""
    found = _words(answer) - _words(asked) or _words(answer)
    return _share(len(found & _words(expected)), len(found))


def _words(text: str) -> frozenset[object]:
    return facts.words(text) | frozenset(number.value for number in facts.numbers(text))
