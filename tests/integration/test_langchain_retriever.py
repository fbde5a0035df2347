from contextlib import closing
from datetime import date

import pytest
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableLambda
from langchain_tests.integration_tests import RetrieversIntegrationTests

from index.errors import IndexMissingError, QuestionError
from index.local import LocalIndex
from qa.langchain import ArticleRetriever
from tests.doubles_qa import article

ARTICLES = [
    article("Security in Kabul is controlled by the Haqqani Network.", source="https://wire.example/kabul"),
    article("Finland joined NATO in April 2023.", source="https://wire.example/finland"),
    article("A volcano erupted in Tonga and a tsunami followed.", source="https://wire.example/tonga"),
    article("Notre-Dame reopened its doors in Paris.", source="https://wire.example/paris"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory, embedder):
    folder = tmp_path_factory.mktemp("retriever") / "index"
    index = LocalIndex.create_or_open(folder, embedder)
    index.add(ARTICLES)
    index.close()
    return folder


@pytest.fixture(scope="module")
def index(folder, embedder):
    index = LocalIndex.open(folder, embedder)
    yield index
    index.close()


@pytest.mark.asyncio
class TestStandard(RetrieversIntegrationTests):
    @pytest.fixture(autouse=True)
    def _over(self, index):
        self.index = index

    @property
    def retriever_constructor(self) -> type[BaseRetriever]:
        return ArticleRetriever

    @property
    def retriever_constructor_params(self):
        return {"index": self.index}

    @property
    def retriever_query_example(self) -> str:
        return "Who controls Kabul's security?"


def test_a_document_is_a_slice_of_its_article(index):
    (document,) = ArticleRetriever(index=index, k=1).invoke("Who controls Kabul's security?")
    metadata = document.metadata
    assert document.page_content == ARTICLES[0].text[metadata["start"] : metadata["end"]]
    assert metadata["article_id"] == ARTICLES[0].id
    assert date.fromisoformat(metadata["published"]) == ARTICLES[0].published
    assert (metadata["title"], metadata["source"], metadata["outlet"]) == (
        ARTICLES[0].title,
        ARTICLES[0].source,
        ARTICLES[0].outlet,
    )
    assert (metadata["author"], metadata["language"]) == (ARTICLES[0].author, ARTICLES[0].language)
    assert isinstance(metadata["score"], float)
    assert (metadata["copy_of"], metadata["story"]) == (None, ARTICLES[0].id)


def test_a_document_says_which_article_its_own_is_a_near_copy_of(tmp_path, embedder):
    words = " ".join(f"The dam at Quuxville let {number} cubic metres through." for number in range(20))
    first, copy = article(words, source="https://wire.example/dam"), article(words, source="https://paper.example/dam")
    with closing(LocalIndex.create_or_open(tmp_path / "index", embedder)) as index:
        index.add([first])
        index.add([copy])
        documents = ArticleRetriever(index=index, k=8).invoke("What did the dam at Quuxville let through?")
    told = {(one.metadata["article_id"], one.metadata["copy_of"], one.metadata["story"]) for one in documents}
    assert told == {(first.id, None, first.id), (copy.id, first.id, first.id)}


def test_it_opens_a_folder_and_fits_into_a_chain(folder):
    chain = ArticleRetriever.open(folder, k=2) | RunnableLambda(lambda documents: [d.page_content for d in documents])
    found = chain.invoke("When did Finland join NATO?")
    assert len(found) == 2
    assert found[0] == ARTICLES[1].text


def test_a_filter_chooses_the_articles(folder, index):
    only = {"article_ids": [ARTICLES[1].id]}
    for chosen in (ArticleRetriever(index=index, filter=only), ArticleRetriever.open(folder, filter=only)):
        assert [one.metadata["article_id"] for one in chosen.invoke("a volcano in Tonga")] == [ARTICLES[1].id]
        again = chosen.invoke("a volcano in Tonga", filter={"article_ids": [ARTICLES[2].id]})
        assert [one.metadata["article_id"] for one in again] == [ARTICLES[2].id]
    with pytest.raises(QuestionError, match="mapping"):
        ArticleRetriever.open(folder, filter={"article": ["x"]})


async def test_a_query_may_have_a_number_and_a_filter_of_its_own(index):
    retriever, only = ArticleRetriever(index=index, k=2), {"article_ids": [ARTICLES[2].id]}
    for given in ({"k": 1}, {"filter": only}):
        found = retriever.invoke("a volcano in Tonga", **given)
        assert len(found) == 1
        assert await retriever.ainvoke("a volcano in Tonga", **given) == found


@pytest.mark.parametrize("k", [0, -3, "2", 2.5, True])
def test_what_is_no_number_of_documents_is_refused(index, k):
    with pytest.raises(QuestionError, match="k must be a whole number"):
        ArticleRetriever(index=index).invoke("a volcano in Tonga", k=k)


def test_braces_are_words(index):
    assert len(ArticleRetriever(index=index, k=2).invoke('{question} "AND" NOT (')) <= 2


@pytest.mark.parametrize("query", ["", " ", "a" * 2_001])
def test_what_is_no_question_is_refused(index, query):
    with pytest.raises(QuestionError):
        ArticleRetriever(index=index).invoke(query)


def test_a_folder_without_an_index_is_refused(tmp_path):
    with pytest.raises(IndexMissingError):
        ArticleRetriever.open(tmp_path / "none")
