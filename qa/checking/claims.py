"""Does what a sentence cites support it? Pure, given a reader's judgement.

Numbers, names and negation are compared exactly, words roughly; and the extractive reader is asked (`probing`) and
has to find what the sentence says. A logistic model of these signs, fitted by benchmarks/claims.py on claims apart from
those that it reports, decides.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from index.passages import sentences
from index.types import Article, Hit
from qa import facts
from qa.checking import probing
from qa.checking.orders import is_order
from qa.checking.probing import Judge
from qa.citations import after_bullet, locate, sentence_around
from qa.markup import day
from qa.types import Quote, Verdict
from qa.wording import is_open

MAX_EVIDENCE = 2
"""Sentences of one passage that a claim is compared with, where it quotes none."""
_MORE = 0.05
_OF_QUESTIONS = facts.stems("question answer asks asking asked article text passage source mentions")

# From `python -m benchmarks.claims --fit`. The lower threshold lets nine of ten true claims pass, the upper three of a
# hundred false ones.
WEIGHTS: Mapping[str, float] = {
    "numbers_apart": -0.939,
    "names_apart": -0.99,
    "names_mixed": -1.275,
    "words_apart": -1.1,
    "distance": -1.878,
    "misplaced": -1.179,
}
BIAS = 2.076
SUPPORTED_FROM = 0.682
PARTLY_FROM = 0.252


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
    """The share of its names that neither that sentence has nor the articles' titles, authors and dates.

    A name that the question gave is there if anything cited has it.
    """
    names_mixed: float
    """The share of its names of several words that neither what is cited nor the question has in this order."""
    words_apart: float
    """The share of its words of content that the nearest sentence doesn't have."""
    denies: float
    """1 if it denies something that the nearest sentence doesn't."""
    denied: float
    """1 if the nearest sentence denies something of it and it denies nothing."""
    distance: float
    """By how much what the claim says is worse in the reader's eyes than what it finds (`probing.distance`)."""
    misplaced: float
    """The same of the name that fits its place in the claim worst (`probing.misplaced`)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the reader says to a claim. See Signs."""

    distance: float
    misplaced: float


@dataclass(frozen=True, slots=True)
class Checked:
    """A verdict, with quotes that stand in their articles: the cited sentences, or the words quoted of them."""

    verdict: Verdict
    probability: float
    quotes: tuple[Quote, ...]


def check(claim: Claim, question: str, judge: Judge) -> Checked:
    """Whether what the claim cites supports it, as an answer or a part of one to the question."""
    quotes = evidence(claim)
    if not quotes or repeats(claim.text, question):
        return Checked("unsupported", 0.0, ())
    signs = signs_of(claim, question, quotes, asked(claim, question, judge))
    return Checked(verdict_of(signs), probability_of(signs), quotes)


def repeats(claim: str, question: str) -> bool:
    """Whether it says no more than the question did: "The question asks who controls Kabul's security."

    Where the question is answered by yes or no, or names what there is to choose from, that can be the answer.
    """
    return is_open(question) and facts.stems(claim) <= facts.stems(question) | _OF_QUESTIONS


def verdict_of(signs: Signs) -> Verdict:
    """By the probability, but for what can be known.

    What denies what the nearest sentence doesn't is not supported. What this sentence denies, what has a number or a
    name that it lacks, and what mixes names, is supported in part at most.
    """
    probability = probability_of(signs)
    if probability < PARTLY_FROM or signs.denies:
        return "unsupported"
    return "supported" if is_exact(signs) and probability >= SUPPORTED_FROM else "partly"


def is_exact(signs: Signs) -> bool:
    """Whether nothing that can be compared exactly speaks against the claim."""
    return signs.numbers_apart == signs.names_apart == signs.names_mixed == signs.denies == signs.denied == 0


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
    said = [(after_bullet(passage.text, span), span[1]) for span in sorted(chosen)]
    return [Quote(hit, passage.text[start:end], passage.start + start) for start, end in said]


def fit(claim: str, hit: Hit) -> int:
    """How many of the claim's words and numbers the passage has."""
    return len(_traits(claim) & _traits(hit.passage.text))


def _traits(text: str) -> frozenset[object]:
    return facts.stems(text) | frozenset(number.value for number in facts.numbers(text))


def asked(claim: Claim, question: str, judge: Judge) -> Asked:
    """What the reader says to a claim that is to answer the question, of the passages that it cites."""
    given = (claim.text, question, claim.hits, judge)
    return Asked(probing.distance(*given), probing.misplaced(*given))


def signs_of(claim: Claim, question: str, quotes: Sequence[Quote], said_to_it: Asked) -> Signs:
    """The signs of a claim whose evidence is these located quotes."""
    text, names = claim.text, facts.names(claim.text)
    stems = facts.stems(text)
    cited = [_sentences_of(quote) for quote in quotes]
    nearest = max(cited, key=lambda sentence: len(stems & facts.stems(sentence)))
    about = [_about(hit.article) for hit in claim.hits]
    heard = [*cited, *(_told(hit) for hit in claim.hits), *about]
    given = _heard_of(question, heard)
    negated, negates = facts.is_negated(text), facts.is_negated(nearest)
    return Signs(
        numbers_apart=_share_of_numbers(facts.numbers(text), nearest),
        names_apart=_share_of_names(names, " ".join([nearest, *about, given])),
        names_mixed=_share_mixed(text, [*heard, given]),
        words_apart=_share(len(stems - facts.stems(nearest)), len(stems)),
        denies=float(negated and not (negates and facts.denied(text) & facts.denied(nearest))),
        denied=float(not negated and bool(facts.denied(nearest) & stems)),
        distance=said_to_it.distance,
        misplaced=said_to_it.misplaced,
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


def _heard_of(question: str, heard: Sequence[str]) -> str:
    """The question without the words that nothing cited has: who asks may be wrong."""
    there = frozenset[str]().union(*(facts.words(text) | facts.initials(text) for text in heard))
    return " ".join(word for word in facts.WORD.findall(question) if facts.words(word) <= there)


def _share_of_numbers(said: frozenset[facts.Number], text: str) -> float:
    there = facts.numbers(text)
    return _share(sum(not number.is_in(there) for number in said), len(said))


def _share_of_names(names: frozenset[str], text: str) -> float:
    there = facts.words(text) | facts.initials(text)
    return _share(len(names - there), len(names))


def _share_mixed(text: str, heard: Sequence[str]) -> float:
    compounds = facts.compounds(text)
    mixed = sum(not any(facts.has_compound(one, compound) for one in heard) for compound in compounds)
    return _share(mixed, len(compounds))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
