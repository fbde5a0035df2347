"""Make the questions that a reader gets wrong out of those that it gets right, by rule.

SQuAD 2.0's adversarial questions fall into a few kinds (Rajpurkar et al., 2018, table 1): a swapped entity or number,
an antonym, a negation, something that the passage does not mention. Each function here makes one kind, from a row that
has an answer, and gives None where its rule does not apply. A rule may now and then leave a question answerable
after all; that noise is the price of having thousands of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random

from qa.wording import meaning
from training.rows import Row, letters, sentences

_YEAR = r"\b1[0-9]{3}s?\b|\b20[0-9]{2}s?\b"
_NUMBER = (
    r"\b\d[\d,.]*\d\b|\b\d\b|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|fifty|hundred)\b"
)
_MONTH = r"\b(?:January|February|March|April|June|July|August|September|October|November|December)\b"
_NAME = r"\b[A-Z][\w'\u2019-]+(?:\s+(?:(?:of|de|the|von|van|and)\s+)?[A-Z][\w'\u2019-]+)*"
KINDS = {
    "year": re.compile(_YEAR),
    "month": re.compile(_MONTH),
    "number": re.compile(_NUMBER),
    "name": re.compile(_NAME),
}
_NOT_A_NAME = frozenset(
    re.findall(
        r"\w+",
        "What Who When Where Why How Which Whose Whom In On At The A An Is Are Was Were Did Does Do During After "
        "Before For From To By With Of And But If It Its He She They We I You His Her Their This That These Those "
        "As Since While Although Though However Some Many Most Other Both Each One All There Then Besides Name "
        "According About",
    )
)
_PRONOUNS = ("it", "it", "that", "they", "them", "he", "she")
_ANTONYM_FILE = Path(__file__).with_name("antonyms.txt")
_AUXILIARY = re.compile(
    r"\b(is|are|was|were|can|could|will|would|has|had|have|did|does|do|should|must)\b", re.IGNORECASE
)


@cache
def antonyms() -> dict[str, str]:
    """Words and their opposites, lower case, both ways; a word's first pair in the file counts."""
    opposites: dict[str, str] = {}
    for pair in _ANTONYM_FILE.read_text(encoding="utf-8").splitlines():
        one, other = pair.split()
        opposites.setdefault(one, other)
        opposites.setdefault(other, one)
    return opposites


def spans_of(kind: str, text: str) -> list[tuple[int, int]]:
    """Where spans of a kind stand; names without the capitalised words that open a sentence or ask the question."""
    found = []
    for match in KINDS[kind].finditer(text):
        start, end = match.span()
        if kind == "name":
            while text[start:end].split() and text[start:end].split()[0] in _NOT_A_NAME:
                start += len(text[start:end].split()[0])
                start += len(text[start:end]) - len(text[start:end].lstrip())
        if end - start > 1 or kind == "number":
            found.append((start, end))
    return found


def kind_of(text: str) -> str | None:
    """The kind that the whole text is of, or None."""
    return next((kind for kind, pattern in KINDS.items() if pattern.fullmatch(text.strip())), None)


def swap_in_question(row: Row, random: Random, corpus: dict[str, Sequence[str]]) -> Row | None:
    """Another name, number, month or year of the question: mostly one from the passage, else one from the corpus."""
    options = [(kind, span) for kind in KINDS for span in spans_of(kind, row.question)]
    random.shuffle(options)
    for kind, (start, end) in options:
        old = row.question[start:end]
        near = {row.passage[a:b] for a, b in spans_of(kind, row.passage)}
        fits = sorted(other for other in near if not _overlap(other, row.question) and not _is_answer(other, row))
        pool = fits if fits and random.random() < 0.7 else corpus.get(kind, ())
        other = random.choice(pool) if pool else old
        if not _overlap(other, old):
            return _unanswerable(row, row.question[:start] + other + row.question[end:], "swapped")
    return None


def antonym_in_question(row: Row, random: Random) -> Row | None:
    """One word of the question turned into its opposite."""
    opposites = antonyms()
    words = [match for match in re.finditer(r"[A-Za-z]+", row.question) if match.group().lower() in opposites]
    if not words:
        return None
    match = random.choice(words)
    other = opposites[match.group().lower()]
    return _unanswerable(row, row.question[: match.start()] + other + row.question[match.end() :], "antonym")


def negate_question(row: Row, random: Random) -> Row | None:
    """The question's first auxiliary negated, as people who write trick questions do it."""
    match = _AUXILIARY.search(row.question)
    if match is None or re.search(r"\b(not|never)\b|n't", row.question):
        return None
    negated = random.choice((f"{match.group()}n't", f"{match.group()} not", f"{match.group()} never"))
    if match.group().lower() in ("can", "will", "did", "does", "do") and negated.endswith(" not"):
        negated = {"can": "cannot", "will": "won't"}.get(match.group().lower(), f"{match.group()}n't")
    return _unanswerable(row, row.question[: match.start()] + negated + row.question[match.end() :], "negated")


def swap_in_passage(row: Row, random: Random, corpus: dict[str, Sequence[str]]) -> Row | None:
    """A name or number that question and passage share, replaced in the passage: a person's question, no answer."""
    shared = [
        row.question[start:end]
        for kind in KINDS
        for start, end in spans_of(kind, row.question)
        if row.question[start:end] in row.passage and not _is_answer(row.question[start:end], row)
    ]
    random.shuffle(shared)
    for old in shared:
        kind = kind_of(old)
        pool = corpus.get(kind, ()) if kind else ()
        other = random.choice(pool) if pool else old
        if not _overlap(other, old) and not _overlap(other, row.question):
            passage = _whole(old).sub(other.replace("\\", r"\\"), row.passage)
            return replace(row, id=f"{row.id}-elsewhere", passage=passage, answers=())
    return None


def without_answer(row: Row) -> Row | None:
    """The passage without the sentences that hold an answer: on the topic, and silent on the question."""
    answers = [letters(text) for _, text in row.answers]
    kept = [row.passage[a:b] for a, b in sentences(row.passage)]
    kept = [text for text in kept if not any(answer in letters(text) for answer in answers)]
    passage = "".join(kept).strip()
    if len(kept) < 2 or any(answer in letters(passage) for answer in answers):
        return None
    return replace(row, id=f"{row.id}-cut", passage=passage, answers=())


def swap_answer(row: Row, random: Random, corpus: dict[str, Sequence[str]]) -> Row | None:
    """The answer replaced in the passage, and so the right answer with it: what the passage says counts.

    (Longpre et al., 2021: readers otherwise answer from what they remember.)
    """
    start, old = row.answers[0]
    kind = kind_of(old)
    other = random.choice(corpus[kind]) if kind and corpus.get(kind) else old
    if _overlap(other, old) or _overlap(other, row.question):
        return None
    shift = len(_whole(old).findall(row.passage[:start])) * (len(other) - len(old))
    passage = _whole(old).sub(other.replace("\\", r"\\"), row.passage)
    start += shift
    if passage[start : start + len(other)] != other:
        return None
    return replace(row, id=f"{row.id}-other", passage=passage, answers=((start, other),))


def as_completed_follow_up(row: Row, random: Random) -> Row | None:
    """A name of the question given up for a pronoun, and put after it in brackets with more of what it is about.

    As `qa.followups.rewriting` completes a follow-up: "When was it founded (Silicon Valley Bank failed)?"
    """
    names = [span for span in spans_of("name", row.question) if not _is_answer(row.question[slice(*span)], row)]
    if not names:
        return None
    start, end = random.choice(names)
    bare = (row.question[:start] + random.choice(_PRONOUNS) + row.question[end:]).rstrip(" ?.!")
    words = [word for word in meaning(row.passage) if letters(word) not in letters(bare) and not _is_answer(word, row)]
    around = random.sample(words, min(random.randrange(6), len(words)))
    around.insert(random.randint(0, len(around)), row.question[start:end])
    if random.random() < 0.25:
        bare = f"And {bare}"
    return replace(row, id=f"{row.id}-completed", question=f"{bare} ({' '.join(around)})?")


def _whole(text: str) -> re.Pattern[str]:
    """The text where no word runs on before or after it."""
    return re.compile(rf"(?<!\w){re.escape(text)}(?!\w)")


def _unanswerable(row: Row, question: str, how: str) -> Row:
    return replace(row, id=f"{row.id}-{how}", question=question, answers=())


def _overlap(one: str, other: str) -> bool:
    return letters(one) in letters(other) or letters(other) in letters(one)


def _is_answer(text: str, row: Row) -> bool:
    return any(_overlap(text, answer) for _, answer in row.answers)
