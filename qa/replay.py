"""A receipt's question asked again of the articles as they are now, and what is different. Pure, but for the asking."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from index.errors import ArticleMissingError
from index.types import Article
from qa.types import Answer

Outcome = Literal["same", "same answer, other evidence", "different"]


@dataclass(frozen=True, slots=True)
class ArticleChange:
    """A cited article that is not as it was. `says_so` is whether the cited sentence still stands in it."""

    article_id: str
    title: str
    change: Literal["changed", "gone"]
    says_so: bool


@dataclass(frozen=True, slots=True)
class Replay:
    """What came of asking again, as `qa replay --json` prints it."""

    outcome: Outcome
    question: str
    searched_for: str
    before: str | None
    now: str | None
    articles: tuple[ArticleChange, ...]
    """The cited articles that changed or went since."""
    passages: int
    """How many passages were read then."""
    passages_again: int
    """How many of them were read again, word for word."""
    made_otherwise: tuple[str, ...]
    """What it was made with then and is not now, in words."""


def asked_in(receipt: Mapping[str, Any]) -> dict[str, Any]:
    """What the chain has to be asked, to ask the same again."""
    return {name: receipt.get(name) for name in ("question", "history", "filter")}


def compare(
    receipt: Mapping[str, Any], answer: Answer, now: Mapping[str, Any], find: Callable[[str], Article]
) -> Replay:
    """What is different now: `answer` came to the same question, `now` is its receipt, `find` gives an article by id.

    The evidence is other if what is quoted is not the same, or a cited article changed or went.
    """
    articles = _changes(receipt["citations"], find)
    same_answer = receipt["answer"] == answer.text
    same_evidence = _quotes(receipt) == _quotes(now) and not articles
    before = {(one["article_id"], one["sha256"]) for one in receipt["read"]}
    return Replay(
        outcome="different" if not same_answer else "same" if same_evidence else "same answer, other evidence",
        question=receipt["question"],
        searched_for=answer.standalone_question,
        before=receipt["answer"],
        now=answer.text,
        articles=articles,
        passages=len(before),
        passages_again=len(before & {(one["article_id"], one["sha256"]) for one in now["read"]}),
        made_otherwise=tuple(_made_otherwise(receipt, now)),
    )


def _quotes(receipt: Mapping[str, Any]) -> list[tuple[str, str]]:
    return sorted((one["article_id"], one["quote"]) for one in receipt["citations"])


def _changes(citations: list[dict[str, Any]], find: Callable[[str], Article]) -> tuple[ArticleChange, ...]:
    changes: dict[str, ArticleChange] = {}
    for one in citations:
        try:
            article = find(one["article_id"])
        except ArticleMissingError:
            changes[one["article_id"]] = ArticleChange(one["article_id"], one["title"], "gone", says_so=False)
            continue
        if article.content_hash != one["content_hash"]:
            says_so = one["sentence"] in article.text and changes.get(article.id, _SAYS_SO).says_so
            changes[article.id] = ArticleChange(article.id, one["title"], "changed", says_so)
    return tuple(changes.values())


_SAYS_SO = ArticleChange("", "", "changed", says_so=True)
_PARTS = {
    "product": "the program",
    "reader": "the reader",
    "chat_model": "the chat model",
    "passages": "the number of passages",
    "word_weight": "the weight of words",
    "caution": "the caution",
    "searched_for": "the question as it is searched",
}


def _made_otherwise(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    parts = [(what, before.get(part), now.get(part)) for part, what in _PARTS.items()]
    parts.append(("the embedder", before["index"]["embedder"], now["index"]["embedder"]))
    return [f"{what} was {_named(then)}, and is {_named(present)}" for what, then, present in parts if then != present]


def _named(value: Any) -> str:
    if not isinstance(value, Mapping):
        return "none" if value is None else str(value)
    known = value.get("version") or str(value.get("fingerprint") or "")[:12]
    return f"{value.get('name')} {known}".strip()
