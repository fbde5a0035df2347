"""What an answer rests on, as a person would sum it up: how many articles, who says otherwise, since when. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from index.caches.terms import analyser
from index.types import Article, Hit
from qa.facts import WORD, folded, names, numbers, says, stem, words
from qa.types import Answer, Citation, Sentence
from qa.wording import IRREGULAR

PARTLY = "only partly supported"
_ASKS_WHEN = re.compile(r"^\W*(?:(?:since|until|from|by) )?when\b|\b(?:what|which) (?:day|date|month|year)\b", re.I)
_DATES_OF_INTEREST = 3
_LOOKED_FOR_LETTERS = 5
"""A common word of fewer letters may well stand in an article in another form: "died" as "dead"."""
_WORD_OR_NUMBER = re.compile(rf"\d{{1,3}}(?:,\d{{3}})+(?!\d)|{WORD.pattern}")
_KEPT_BY_STEMMING = 2
"""Letters that a word of several and all its regular forms begin with."""


@dataclass(frozen=True, slots=True)
class Support:
    """How many articles say something, and how many of them are no copies of each other."""

    articles: int
    independent: int


def support(citations: Iterable[Citation]) -> Support:
    """Near copies of one text count once among the independent ones."""
    cited = list(citations)
    return Support(len({one.article_id for one in cited}), len({one.story or one.article_id for one in cited}))


def support_words(found: Support) -> str:
    """ "5 articles say so, 2 of them independent"; empty for a single article, of which nothing need be said."""
    if found.articles < 2:
        return ""
    if found.independent == found.articles:
        return f"{found.articles} articles say so"
    copies = "all copies of one text" if found.independent == 1 else f"{found.independent} of them independent"
    return f"{found.articles} articles say so, {copies}"


def written_words(answer: Answer) -> str | None:
    """Whose words an answer is where they are not the articles'; None where it is quoted."""
    if not answer.written_by:
        return None
    return f"Written by {answer.written_by} and checked against the sources; the check can overlook a mistake"


def marks(sentence: Sentence) -> str:
    """What stands after a sentence: the numbers of its citations, and a warning where they say a part of it only."""
    numbers = "".join(f"[{number}]" for number in sentence.citations)
    return f"{numbers} ({PARTLY})" if sentence.verdict == "partly" else numbers


@dataclass(frozen=True, slots=True)
class Position:
    """One of several answers, with the numbers from 1 of what supports it among all that the answer cites."""

    text: str
    given: bool
    """Whether it is the answer that was given."""
    citations: tuple[Citation, ...]
    numbers: tuple[int, ...]

    @property
    def newest(self) -> Citation:
        return newest_first(self.citations)[0]


def cited(answer: Answer) -> tuple[Citation, ...]:
    """All that is cited, in the order of its numbers: for the answer, then for the alternatives."""
    return (*answer.citations, *(citation for one in answer.alternatives for citation in one.citations))


def positions(answer: Answer) -> tuple[Position, ...]:
    """Where articles differ: the answers, the one with the newest article first. Empty where they don't."""
    if not answer.alternatives or answer.text is None:
        return ()
    found, first = [_given(answer)], len(answer.citations) + 1
    for one in answer.alternatives:
        numbers = tuple(range(first, first + len(one.citations)))
        found.append(Position(one.text, given=False, citations=one.citations, numbers=numbers))
        first += len(one.citations)
    return tuple(sorted(found, key=lambda one: _age(one.newest.published)))


def differ_words(found: Sequence[Position]) -> str:
    """What stands above them: an order only where days tell of one."""
    dated = sum(one.newest.published is not None for one in found)
    return f"The articles seem to differ{'. The newest first' if dated > 1 else ''}:"


def _given(answer: Answer) -> Position:
    """The answer; of one that a chat model wrote, the words that are disputed, with what is cited for them."""
    said = answer.disputed or answer.text or ""
    cited_there = [number for one in answer.sentences if says(one.text, said) for number in one.citations]
    numbers = tuple(sorted(set(cited_there))) or tuple(range(1, len(answer.citations) + 1))
    return Position(said, given=True, citations=tuple(answer.citations[one - 1] for one in numbers), numbers=numbers)


def newest_first(citations: Sequence[Citation]) -> list[Citation]:
    """Undated ones last; of the same day, as they were."""
    return sorted(citations, key=lambda one: _age(one.published))


def _age(published: date | None) -> int:
    return -published.toordinal() if published else 1


@dataclass(frozen=True, slots=True)
class Moment:
    """What an article said on the day on which it was published."""

    day: date
    says: str
    citation: Citation
    number: int


def timeline(answer: Answer) -> tuple[Moment, ...]:
    """What was said when, the oldest first, where several days matter; empty where they don't.

    They do where what is said changed, over three days or more, and where the question asks when and the sources are of
    two days or more; but what the positions tell is not told again.
    """
    moments = {
        (one.published, one.quote.casefold()): Moment(one.published, one.quote, one, number)
        for number, one in reversed(list(enumerate(cited(answer), 1)))
        if one.published is not None
    }
    days, said = (len(set(one)) for one in zip(*moments, strict=True)) if moments else (0, 0)
    asks_when = _ASKS_WHEN.search(answer.standalone_question) is not None
    of_interest = days >= 2 if asks_when else days >= _DATES_OF_INTEREST and said > 1
    if not of_interest or len(moments) <= len(positions(answer)):
        return ()
    return tuple(sorted(moments.values(), key=lambda one: (one.day, one.number)))


@dataclass(frozen=True, slots=True)
class Search:
    """What was looked for where nothing was found."""

    question: str
    words: tuple[str, ...]
    """The words of the question that carry meaning, as they were typed."""
    missing: tuple[str, ...]
    """Those of them that none of the articles found has: names, numbers and long words with regular forms."""


def looked_for(answer: Answer) -> Search:
    """What the search was for, told from the stand-alone question and the articles that came nearest."""
    asked = answer.standalone_question
    typed = tuple(dict.fromkeys(word for word in _WORD_OR_NUMBER.findall(asked) if words(word)))
    return Search(asked, typed, _missing(answer, typed) if answer.missing is None else answer.missing)


def _missing(answer: Answer, typed: Iterable[str]) -> tuple[str, ...]:
    articles = [article for article in _one_of_each(answer.nearest) if article.text]  # of titles alone nothing is told
    texts = [folded(f"{article.title}\n{article.text}") for article in articles]
    named = names(answer.standalone_question)
    telling = [word for word in typed if folded(word) in named or _forms_are_regular(word) or _is_number(word)]
    return tuple(word for word in telling if not any(_has(text, word) for text in texts)) if texts else ()


def _one_of_each(hits: Iterable[Hit]) -> Iterable[Article]:
    return {hit.article.id: hit.article for hit in hits}.values()


def _forms_are_regular(word: str) -> bool:
    return len(word) >= _LOOKED_FOR_LETTERS and word.casefold() not in IRREGULAR


def _is_number(word: str) -> bool:
    return word.replace(",", "").isdecimal()


def _has(text: str, word: str) -> bool:
    """Whether a word of the text is this number, begins as this word does, or is a form of it: "carried" of "carry"."""
    plain = folded(word)
    whole = rf"(?<![\d.,]){re.escape(plain)}(?!,?\d)" if _is_number(word) else rf"(?<!\w){re.escape(stem(plain))}"
    return re.search(whole, text) is not None or _has_number(text, word) or _has_form(text, plain)


def _has_number(text: str, word: str) -> bool:
    return bool(asked := numbers(word)) and asked <= numbers(text)


def _has_form(text: str, word: str) -> bool:
    form, alike = analyser().analyze(word)[:1], rf"(?<!\w){re.escape(word[:_KEPT_BY_STEMMING])}\w*"
    return any(form == analyser().analyze(other) for other in set(re.findall(alike, text)))
