"""Questions with known answers: what they are, and how a file's fields become one. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any

from index.clean import clean, clean_line
from index.types import Article
from qa.types import Turn

ANSWERS = (
    *("answers", "answer", "expected_answers", "expected_answer"),
    *("ground_truths", "ground_truth", "references", "reference"),
)
"""What the accepted answers may be called: the first of these that is there, the others being what it is elsewhere."""
RIGHT = frozenset([*ANSWERS, "is_impossible", "article", "articles", "passage", "context"])
"""The fields of which any says what is right."""
FIELDS = RIGHT | {"id", "question", "history", "title"}
"""What a row's fields may be called. Any other field is an extra column, to slice by."""


class RowError(ValueError):
    """What is wrong with one row, in words for the person who wrote it."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and what is known about it."""

    id: str
    question: str
    answers: tuple[str, ...] | None
    """The accepted answers; empty where nothing answers it; None where they are not known (retrieval alone counts)."""
    gold: Mapping[str, int] = field(default_factory=dict)
    """The right articles, each by its id, source or file name, with its relevance (1, or a graded judgement)."""
    passage: str | None = None
    """Text that the right passage of those articles holds or lies within; None where any passage of them is right."""
    history: tuple[Turn, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that cannot be used."""

    file: str
    place: str
    """Where in the file: `line 7`, or for JSON that is one value its path, `data[0].paragraphs[2].qas[1]`."""
    reason: str

    def __str__(self) -> str:
        return f"{self.file}, {self.place}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Dataset:
    """Pairs with unique ids, at least one of them, and the articles that came along."""

    name: str
    pairs: tuple[Pair, ...]
    articles: tuple[Article, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256, in hexadecimal, over everything that the pairs and the articles say."""
        pairs = [{**asdict(pair), "gold": dict(pair.gold), "extra": dict(pair.extra)} for pair in self.pairs]
        articles = sorted([article.id, article.content_hash] for article in self.articles)
        return sha256(json.dumps([pairs, articles], sort_keys=True).encode()).hexdigest()


def pair_of(row: Mapping[str, Any], *, place: str, gold: Mapping[str, int] | None = None) -> Pair:
    """A row's fields as a Pair; where it has no id, its place is. Raises RowError."""
    question = _text(row.get("question"), "question")
    if not question.strip():
        raise RowError("the question is empty")
    gold = gold if gold is not None else _gold(row)
    passage = row.get("passage")
    return Pair(
        id=_identifier(row.get("id"), place),
        question=question,
        answers=_answers(row, known_elsewhere=bool(gold or passage)),
        gold=gold,
        passage=clean(_text(passage, "passage")) if passage else None,
        history=tuple(_turn(turn) for turn in _list(row.get("history"), "history")),
        extra={key: _shown(value) for key, value in row.items() if key not in FIELDS},
    )


def article_of(text: Any, *, title: Any, source: str | None = None, of: str) -> Article:
    """An article made of a text that came along with the questions of `of`. Raises RowError."""
    cleaned = clean(_text(text, "text of the article"))
    if not cleaned:
        raise RowError("the text of the article is empty")
    heading = clean_line(title.replace("_", " ")) if isinstance(title, str) else ""
    source = source or f"{of}/{sha256(cleaned.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"
    hashed = json.dumps([heading, cleaned]).encode()
    return Article(
        id=sha256(source.encode("utf-8", "surrogatepass")).hexdigest()[:16],
        source=source,
        title=heading or cleaned[:60],
        text=cleaned,
        content_hash=sha256(hashed).hexdigest(),
    )


def _identifier(value: Any, place: str) -> str:
    if value is None or value == "":
        return place
    if isinstance(value, str | int) and not isinstance(value, bool):
        return str(value)
    raise RowError("the id must be a text or a whole number")


def _answers(row: Mapping[str, Any], *, known_elsewhere: bool) -> tuple[str, ...] | None:
    if row.get("is_impossible") is True:
        return ()
    if not any(name in row for name in ANSWERS):
        return None if known_elsewhere else ()
    given = next((row[name] for name in ANSWERS if row.get(name) is not None), None)
    if isinstance(given, Mapping):
        given = given.get("text")
    answers = [_answer(one.get("text") if isinstance(one, Mapping) else one) for one in _list(given, "answers")]
    return tuple(dict.fromkeys(answer for answer in answers if answer.strip()))


def _answer(given: Any) -> str:
    """A number as it is written in JSON, but for a whole one that some tool made a fraction of: 74.0."""
    match given:
        case bool():
            return _text(given, "answer")
        case float() if given.is_integer():
            return f"{given:.0f}"
        case int() | float() if math.isfinite(given):
            return str(given)
        case _:
            return _text(given, "answer")


def _gold(row: Mapping[str, Any]) -> dict[str, int]:
    given = row.get("articles") if row.get("articles") is not None else row.get("article")
    return dict.fromkeys((_text(one, "article") for one in _list(given, "article") if one), 1)


def _turn(given: Any) -> Turn:
    match given:
        case [str() as question, str() | None as answer] | {
            "question": str() as question,
            "answer": str() | None as answer,
        }:
            return Turn(question, answer)
        case str():
            return Turn(given, None)
        case _:
            raise RowError("each turn of the history must be [question, answer]")


def _list(given: Any, name: str) -> Sequence[Any]:
    match given:
        case None:
            return ()
        case str() | int() | float():
            return (given,)
        case list() | tuple():
            return given
        case _:
            raise RowError(f"{name} must be a text or a list")


def _text(given: Any, name: str) -> str:
    if isinstance(given, str):
        return given
    raise RowError(f"there is no {name}" if given is None else f"{name} must be a text")


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
