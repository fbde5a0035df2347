"""What programs ask for, whatever they speak: the same for HTTP, for MCP and for whoever calls it from Python.

Every method takes and gives plain JSON values and raises QaError, in words for a person, for what it can't use.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from index.errors import QuestionError
from index.protocols import ArticleIndex
from index.types import Article, ArticleSummary, Hit
from qa.answer_json import answer_json
from qa.filters import as_filter
from qa.library import matching
from qa.question import clean_question
from qa.readers.deadline import awaited

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

    from qa.types import Answer

MOST_PASSAGES = 50
LISTED = 100
"""Articles that one look at the list gives."""
READ_CHARACTERS = 20_000
"""Characters that one look at an article gives."""


class Api:
    """Asks, searches, lists and reads. Safe to use from many threads."""

    def __init__(self, chain: Runnable[Any, Answer], index: ArticleIndex) -> None:
        self._chain = chain
        self._index = index

    async def ask(self, question: str, history: Sequence[Any] | None = None, where: Any = None) -> dict[str, Any]:
        """What `qa ask --json` prints.

        Whoever cancels it stops the chain after the step that it is at, and a chat model in the middle of its reply.
        """
        asked = {"question": question, "history": history or (), "filter": where}
        with awaited():
            return answer_json(await self._chain.ainvoke(asked))

    def search_articles(self, words: str, limit: int = 8, where: Any = None) -> dict[str, Any]:
        """The `limit` best passages for these words, best first: what a reader would be given."""
        limit = _whole("limit", limit, 1, MOST_PASSAGES)
        hits = self._index.search(clean_question(words), limit, as_filter(where))
        return {"passages": [_passage_json(hit) for hit in hits]}

    def list_articles(self, words: str = "", first: int = 0) -> dict[str, Any]:
        """The articles with all these words in title or outlet, newest first: LISTED of them from number `first` on."""
        first = _whole("first", first, 0, None)
        found = matching(self._index.articles(), _text("words", words))
        listed = [_about(one) | {"characters": one.characters} for one in found[first : first + LISTED]]
        return {"total": len(found), "articles": listed}

    def read_article(self, article_id: str, start: int = 0) -> dict[str, Any]:
        """READ_CHARACTERS characters of an article's text from `start` on, with what is known of it."""
        start = _whole("start", start, 0, None)
        article = self._index.article(_text("article_id", article_id))
        text = article.text[start : start + READ_CHARACTERS]
        end = min(start + READ_CHARACTERS, len(article.text))
        return _about(article) | {"text": text, "start": start, "next": end if end < len(article.text) else None}


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise QuestionError(f"{name} must be text.")
    return value


def _whole(name: str, value: object, least: int, most: int | None) -> int:
    if isinstance(value, float) and value.is_integer():  # what has no integers writes 8.0
        value = int(value)
    if type(value) is not int or value < least or (most is not None and value > most):
        to = f" to {most}" if most is not None else " up"
        raise QuestionError(f"{name} must be a whole number from {least}{to}.")
    return value


def _passage_json(hit: Hit) -> dict[str, Any]:
    passage = hit.passage
    place = {"start": passage.start, "end": passage.end, "text": passage.text, "score": round(hit.score, 4)}
    return _about(hit.article) | place


def _about(article: Article | ArticleSummary) -> dict[str, Any]:
    return {
        "article_id": article.id,
        "title": article.title,
        "outlet": article.outlet,
        "author": article.author,
        "published": article.published.isoformat() if article.published else None,
        "language": article.language,
        "source": article.source,
        "copy_of": article.copy_of,
    }
