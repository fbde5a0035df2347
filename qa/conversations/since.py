"""What became of the articles that an answer cites after it was given. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from index.errors import ArticleMissingError
from index.types import Article
from qa.evidence import cited
from qa.types import Answer, Citation

Change = Literal["changed", "gone"]


@dataclass(frozen=True, slots=True)
class Since:
    """An article changed or went. `shift` is how far the cited sentence moved in it; None where it stands no more."""

    change: Change
    shift: int | None = None

    @property
    def words(self) -> str:
        """For a person."""
        if self.change == "gone":
            return "This article has been removed since."
        still = "it still says this" if self.shift is not None else "it no longer says this"
        return f"This article has changed since; {still}."


def content_hashes(answer: Answer) -> dict[str, str]:
    """Of the articles that the answer was read from, by id, as they were then."""
    return {hit.article.id: hit.article.content_hash for hit in answer.nearest}


def changes_since(answer: Answer, find: Callable[[str], Article]) -> dict[int, Since]:
    """What became of each cited article, by the number of the citation; nothing of those that are as they were.

    `find` gives an article by its id, and raises ArticleMissingError.
    """

    @cache
    def found(article_id: str) -> Article | None:
        try:
            return find(article_id)
        except ArticleMissingError:
            return None

    hashes = content_hashes(answer)
    changes = {
        number: change_of(citation, hashes.get(citation.article_id), found(citation.article_id))
        for number, citation in enumerate(cited(answer), 1)
    }
    return {number: change for number, change in changes.items() if change is not None}


def change_of(citation: Citation, content_hash: str | None, article: Article | None) -> Since | None:
    """What became of one cited article; None if it is as it was."""
    if article is None:
        return Since("gone")
    if article.content_hash == content_hash:
        return None
    place = article.text.find(citation.sentence)
    return Since("changed", place - citation.sentence_start if place >= 0 else None)


def moved(since: Mapping[int, Since], number: int) -> int | None:
    """How far a citation's marks have to be moved in the article as it is; None where there is nothing to mark."""
    return since[number].shift if number in since else 0
