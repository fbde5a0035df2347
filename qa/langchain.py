"""The index as a LangChain retriever, for other people's chains."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import run_in_executor
from pydantic import Field, SkipValidation

from index.errors import QuestionError
from index.protocols import ArticleIndex
from index.types import Hit
from qa.filters import as_filter
from qa.question import clean_question


class ArticleRetriever(BaseRetriever):
    """Finds the `k` best passages for a query, by words and by meaning.

    A document's `page_content` is `article.text[start:end]`; its metadata says which article that is, with `published`
    as an ISO date or None. `copy_of` is the id of the article that this one is a near copy of, or None; documents with
    the same `story` tell one text. `filter` says which articles are looked at, as `qa.filters.as_filter` takes it; `k`
    and `filter` can be given with a query, too. An empty or overlong query, what is no filter and a `k` below 1
    raise QuestionError.

        retriever = ArticleRetriever.open("my-index", k=4, filter={"outlets": ["Example Wire"]})
        retriever.invoke("Who controls Kabul's security?")
        retriever.invoke("Who controls Kabul's security?", k=2, filter={"until": "2022-12-31"})
    """

    # A protocol cannot be checked by isinstance.
    index: SkipValidation[ArticleIndex]
    k: int = Field(default=8, ge=1)
    filter: SkipValidation[Any] = None

    @classmethod
    def open(cls, folder: str | Path, *, k: int = 8, filter: Any = None) -> ArticleRetriever:
        """A retriever over the index in a folder, with the embedder that is configured. Raises QuestionError, too."""
        from qa.assemble import open_index
        from qa.config import load_config

        where = as_filter(filter)
        return cls(index=open_index(load_config(index=folder)), k=k, filter=where)

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002 - the base class passes it by this name
        k: int | None = None,
        filter: Any = None,
    ) -> list[Document]:
        k = self.k if k is None else k
        if type(k) is not int or k < 1:
            raise QuestionError(f"k must be a whole number of at least 1, not {k!r}.")
        where = as_filter(self.filter if filter is None else filter)
        return [_document(hit) for hit in self.index.search(clean_question(query), k, where)]

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun, **given: Any
    ) -> list[Document]:
        """As the base class does it, which takes neither `k` nor `filter`."""
        sync = run_manager.get_sync()
        return await run_in_executor(None, self._get_relevant_documents, query, run_manager=sync, **given)


def _document(hit: Hit) -> Document:
    article, passage = hit.article, hit.passage
    return Document(
        id=f"{article.id}:{passage.start}-{passage.end}",
        page_content=passage.text,
        metadata={
            "article_id": article.id,
            "title": article.title,
            "source": article.source,
            "outlet": article.outlet,
            "author": article.author,
            "language": article.language,
            "published": article.published.isoformat() if article.published else None,
            "start": passage.start,
            "end": passage.end,
            "copy_of": article.copy_of,
            "story": article.story,
            "score": hit.score,
        },
    )
