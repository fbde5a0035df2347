"""Small true implementations of the protocols, for tests of the chain that need to decide what is found and read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from hashlib import sha256

from index.errors import ArticleMissingError
from index.protocols import OnEmbedded
from index.types import EVERYTHING, Article, ArticleSummary, EmbedderIdentity, Filter, Hit, IndexInfo, Passage
from qa.types import Quote, Reading


def article(text: str, *, title: str = "A title", source: str = "https://wire.example/a") -> Article:
    digest = sha256(source.encode()).hexdigest()
    return Article(
        id=digest[:16],
        source=source,
        title=title,
        text=text,
        content_hash=sha256(text.encode()).hexdigest(),
        published=date(2022, 6, 6),
        outlet="Example Wire",
    )


def hit(of: Article, start: int = 0, end: int | None = None, *, ordinal: int = 0) -> Hit:
    end = len(of.text) if end is None else end
    passage = Passage(article_id=of.id, ordinal=ordinal, start=start, end=end, text=of.text[start:end])
    return Hit(passage=passage, article=of, score=1.0 / (ordinal + 1), word_rank=ordinal + 1)


class ListIndex:
    """An index of whole articles in a list, ranked by how many of the query's words they have."""

    def __init__(self, articles: Sequence[Article]) -> None:
        self._articles = list(articles)
        self.queries: list[str] = []

    def add(self, articles: Sequence[Article], *, on_embedded: OnEmbedded | None = None) -> list[str]:  # noqa: ARG002
        self._articles += articles
        return ["added"] * len(articles)

    def remove(self, article_ids: Sequence[str]) -> None:
        self._articles = [kept for kept in self._articles if kept.id not in article_ids]

    def publish(self) -> None:
        return

    def article(self, article_id: str) -> Article:
        for held in self._articles:
            if held.id == article_id:
                return held
        raise ArticleMissingError(f"There is no article {article_id}.")

    def articles(self) -> list[ArticleSummary]:
        return [
            ArticleSummary(a.id, a.source, a.title, a.published, a.author, a.outlet, a.language, len(a.text), 1)
            for a in self._articles
        ]

    def copies(self, article_ids: Sequence[str]) -> dict[str, str]:
        return {held.id: held.copy_of for held in self._articles if held.id in article_ids and held.copy_of}

    def search(self, query: str, limit: int, where: Filter = EVERYTHING) -> list[Hit]:  # noqa: ARG002
        self.queries.append(query)
        words = set(query.lower().split())
        ranked = sorted(self._articles, key=lambda held: -len(words & set(held.text.lower().split())))
        return [hit(held, ordinal=rank) for rank, held in enumerate(ranked[:limit])]

    def info(self) -> IndexInfo:
        identity = EmbedderIdentity("none", "none", 1, "none")
        return IndexInfo("memory", 1, len(self._articles), len(self._articles), identity, 0)

    def verify(self) -> list[str]:
        return []

    def close(self) -> None:
        return


class ScriptedReader:
    """Reads what the test says: a function from question and hits to a Reading."""

    name = "scripted"

    def __init__(self, script: Callable[[str, Sequence[Hit]], Reading]) -> None:
        self._script = script

    def read(self, question: str, hits: Sequence[Hit]) -> Reading:
        return self._script(question, hits)


def finds(words: str, *, confidence: float = 0.9) -> ScriptedReader:
    """A reader that answers with these words where the first passage that has them says so."""

    def script(question: str, hits: Sequence[Hit]) -> Reading:
        for found in hits:
            if words in found.passage.text:
                return Reading(words, confidence, (Quote(found, words),))
        return Reading(None, confidence=0.1, reason="No passage has it.")

    return ScriptedReader(script)
