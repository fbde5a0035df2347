"""Questions that could be asked next, made from sentences near an answer by a few patterns, without any model. Pure.

Only what stands alone in English and keeps its grammar when it is turned into a question is taken. Whether the articles
answer it is for the chain to say: `holds` tells whether an answer came from the very sentence the question was made of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.passages import sentences
from index.types import Hit
from qa.facts import stems
from qa.types import Answer

MAX_CANDIDATES = 6
MAX_SHOWN = 3
SURE_ENOUGH = 0.5
_TELLING = 2
"""Content words of a question; fewer, such as those of "When was it built?", may be of anything."""
_ENGLISH = (None, "en")
_LEAST, _MOST = 20, 110
"""Characters of a question: a shorter one says too little, a longer one nobody reads."""

_ROLES = (
    "president|minister|chancellor|leader|chief|director|professor|officer|mayor|spokes(?:man|woman|person)|executive"
    "|governor|secretary|founder|captain|coach|judge|chair(?:man|woman)?|commissioner|king|queen|scientist|author|senator"
)
_OPENERS = "After|And|As|At|Before|But|By|Even|For|From|In|Like|On|Since|So|To|Under|Unlike|When|While|With"
"""What may stand in capitals before a name that opens a sentence, and is no part of it."""
_WHO = re.compile(
    rf"\b(?!(?:{_OPENERS}) )"
    r"(?P<name>[A-Z][\w'’-]+(?: [A-Z][\w'’-]+){1,3}), "  # noqa: RUF001 - both apostrophes are written
    rf"(?:(?:the|a|an|its|their) )?[^,.;]{{0,40}}?\b(?:{_ROLES})\b"
)
_HOW_MANY = re.compile(
    r"^(?:(?:At least|About|More than|Nearly|Almost|Some|Around|Over|Roughly|Up to) )?\d[\d,.]*(?: million| billion)? "
    r"(?P<rest>(?:\w+ )?(?:people|men|women|children|\w{3,}s)\b[^,;:()]*? "
    r"(?:were|are|have|had|was|has|will|died|took|live|voted|attended|joined|left|remain|lost|fell|rose)\b"
    r"[^,;:()]*?)(?:[,;:]| and | but |\.?$)"
)
_WHEN = re.compile(
    r"^(?P<subject>(?:The|A|An|[A-Z])[^,;:()]{2,60}?) (?P<was>was|were) (?P<rest>\w+(?:ed|wn|en|unched|uilt|old|ent)\b"
    r"[^,;:()]*?) (?:on|in) (?:\d{1,2} [A-Z]\w+(?: \d{4})?|[A-Z]\w{2,8} \d{4}|\d{4})\b"
)
_POINTS_ELSEWHERE = re.compile(
    r"\b(?:it|its|he|him|his|she|her|they|them|their|this|that|these|those|there|here|we|our|you|i|one|ones|others?"
    r"|former|latter|same|such|yesterday|today|tomorrow|ago|then|now|also)\b",
    re.IGNORECASE,
)
_TWO_COUNTS = re.compile(r"^How many .*\b(?:and|or) \d")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question, and the sentence it was made of, by its place in the article."""

    question: str
    article_id: str
    start: int
    end: int


def candidates(answer: Answer, asked: Sequence[str]) -> list[Candidate]:
    """Questions about the articles that an answer cites, without what was `asked` already. None about a refusal."""
    cited = {citation.article_id for citation in answer.citations}
    found: dict[str, Candidate] = {}
    for hit in answer.nearest:
        if hit.article.id in cited:
            for candidate in _of_passage(hit):
                found.setdefault(_key(candidate.question), candidate)
    new = [one for one in found.values() if not any(_repeats(one.question, question) for question in asked)]
    return new[:MAX_CANDIDATES]


def _repeats(question: str, asked: str) -> bool:
    """Whether it asks the same in other words: as it begins, and with no content word that the other has not."""
    if _key(question) == _key(asked):
        return True
    fewer, more = sorted((stems(question), stems(asked)), key=len)
    return _opening(question) == _opening(asked) and len(fewer) >= _TELLING and fewer <= more


def _opening(question: str) -> str:
    """ "when", "how many", "who is"; "who did" asks something else about a person."""
    return " ".join(re.findall(r"\w+", question.casefold())[: 1 if question[:4].casefold() == "when" else 2])


def _of_passage(hit: Hit) -> Iterator[Candidate]:
    if hit.article.language not in _ENGLISH:
        return
    for start, end in sentences(hit.passage.text):
        sentence = " ".join(hit.passage.text[start:end].split())
        for question in questions_of(sentence):
            yield Candidate(question, hit.article.id, hit.passage.start + start, hit.passage.start + end)


def questions_of(sentence: str) -> list[str]:
    """What the sentence answers, as far as it can be asked without knowing what came before."""
    made = []
    if many := _HOW_MANY.match(sentence):
        made.append(f"How many {many['rest']}?")
    if when := _WHEN.match(sentence):
        subject = re.sub(r"^(?:The|A|An)\b", lambda word: word.group().lower(), when["subject"])
        made.append(f"When {when['was']} {subject} {when['rest']}?")
    made += [f"Who is {who['name']}?" for who in _WHO.finditer(sentence)]
    return [one for one in made if _stands_alone(one)]


def _stands_alone(question: str) -> bool:
    fits = _LEAST <= len(question) <= _MOST or question.startswith("Who is ")
    return fits and not _POINTS_ELSEWHERE.search(question) and not _TWO_COUNTS.search(question)


def _key(question: str) -> str:
    return " ".join(re.findall(r"\w+", question.casefold()))


def holds(candidate: Candidate, answer: Answer) -> bool:
    """Whether the articles answer the question, surely enough, and with the sentence that it was made of."""
    return answer.text is not None and answer.confidence >= SURE_ENOUGH and any(
        one.article_id == candidate.article_id and one.start < candidate.end and candidate.start < one.end
        for one in answer.citations
    )  # fmt: skip
