"""The index as a LangChain retriever, for other people's chains."""

from __future__ import annotations

from pathlib import Path

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import Field, SkipValidation

from index.protocols import ArticleIndex
from index.types import Hit
from qa.question import clean_question


class ArticleRetriever(BaseRetriever):
    """Finds the `k` best passages for a query, by words and by meaning.

    A document's `page_content` is `article.text[start:end]`; its metadata says which article that is, with `published`
    as an ISO date or None. `copy_of` is the id of the article that this one is a near copy of, or None; documents with
    the same `story` tell one text. An empty or overlong query raises QuestionError.

        retriever = ArticleRetriever.open("my-index", k=4)
        retriever.invoke("Who controls Kabul's security?")
    """

    # A protocol cannot be checked by isinstance.
    index: SkipValidation[ArticleIndex]
    k: int = Field(default=8, ge=1)

    @classmethod
    def open(cls, folder: str | Path, *, k: int = 8) -> ArticleRetriever:
        """A retriever over the index in a folder, with the embedder that is configured."""
        from qa.assemble import open_index
        from qa.config import load_config

        return cls(index=open_index(load_config(index=folder)), k=k)

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002 - the base class passes it by this name
        k: int | None = None,
    ) -> list[Document]:
        return [_document(hit) for hit in self.index.search(clean_question(query), k or self.k)]


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
            "published": article.published.isoformat() if article.published else None,
            "start": passage.start,
            "end": passage.end,
            "copy_of": article.copy_of,
            "story": article.story,
            "score": hit.score,
        },
    )
