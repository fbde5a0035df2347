"""What every ArticleIndex must do. A backend's test class inherits these tests and gives the two fixtures."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date

import pytest

from index.errors import ArticleMissingError, QaError
from index.protocols import ArticleIndex
from index.types import Filter
from tests.doubles_index import stored_article

KABUL = stored_article(
    "kabul",
    "The Haqqani Network controls much of the security in Kabul. A report to the Security Council says so.",
    title="Haqqani Network holds Kabul",
    published=date(2022, 6, 6),
    outlet="Example Wire",
    author="A. Writer",
    language="en",
)
FINLAND = stored_article(
    "finland",
    "Finland joined the alliance on 4 April 2023. Its border with Russia is 1,340 kilometres long.",
    title="Finland joins",
    published=date(2023, 4, 4),
    outlet="Nordic Post",
    author="B. Writer",
    language="en",
)
MOON = stored_article("mond", "Eine Sonde landete am Südpol des Mondes. Indien feierte.", title="Mond", language="de")
ALL = (KABUL, FINLAND, MOON)

HOSTILE = [
    "'; DROP TABLE articles; --",
    'title:kabul AND (text:"x" OR *)',
    "text:[a TO z} ~2 ^9 +must -not \\",
    "{{ 7 * 7 }} {0} {question!r} %s",
    '{"lc": 1, "type": "constructor"}',
    "NEAR(kabul, 5) MATCH kabul*",
    "\0kabul\0 \x1b[31m \u202e",
    "\ud800 half a character",
    "<script>alert(1)</script>",
    "()[]{}\"'`~!@#$%^&*",
    "word " * 20_000,
    "x" * 100_000,
]


class ArticleIndexContract:
    """Subclasses define the fixtures `index`, empty and writable, and `reopen`, which opens the same one again."""

    @pytest.fixture
    def filled(self, index: ArticleIndex) -> ArticleIndex:
        index.add(ALL)
        return index

    def test_an_empty_index_finds_nothing(self, index: ArticleIndex) -> None:
        assert index.search("anything", 5) == []
        assert index.articles() == []
        assert index.verify() == []

    def test_an_added_article_comes_back_as_it_was(self, filled: ArticleIndex) -> None:
        assert [filled.article(article.id) for article in ALL] == list(ALL)

    @pytest.mark.parametrize(
        "text", ["A\0B \x1b c.", "🦉 owls. \u202eright to left\u202c.", "e\u0301 \ufeff ﬁ.", "a\r\nb. c"]
    )
    def test_odd_characters_come_back_as_they_were(self, index: ArticleIndex, text: str) -> None:
        article = stored_article("odd", text, title=text)
        index.add([article])
        assert index.article("odd") == article
        (summary,) = index.articles()
        assert summary.characters == len(text)
        assert index.search("owls right a", 1)[0].article == article

    def test_add_says_what_became_of_each_in_order(self, filled: ArticleIndex) -> None:
        changed = dataclasses.replace(KABUL, text="Other words.", content_hash="0")
        assert filled.add([FINLAND, changed, stored_article("new")]) == ["unchanged", "updated", "added"]

    def test_fault_36_the_same_article_twice_changes_nothing(self, filled: ArticleIndex) -> None:
        before = filled.info()
        assert filled.add(ALL) == ["unchanged"] * 3
        after = filled.info()
        assert (after.generation, after.articles, after.passages) == (
            before.generation,
            before.articles,
            before.passages,
        )

    def test_fault_36_a_changed_article_replaces_its_old_self(self, filled: ArticleIndex) -> None:
        changed = dataclasses.replace(KABUL, text="Rain fell on the harbour of Bergen.", content_hash="0")
        filled.add([changed])
        assert filled.article("kabul") == changed
        assert filled.info().articles == 3
        texts = [hit.passage.text for hit in filled.search("Who controls security in Kabul?", 50)]
        assert "Rain fell on the harbour of Bergen." in texts
        assert not any("Haqqani" in text for text in texts)

    def test_adding_nothing_is_nothing(self, filled: ArticleIndex) -> None:
        before = filled.info().generation
        assert filled.add([]) == []
        assert filled.info().generation == before

    def test_an_id_twice_in_a_batch_is_refused_whole(self, index: ArticleIndex) -> None:
        with pytest.raises(ValueError, match="once"):
            index.add([KABUL, KABUL])
        assert index.articles() == []

    def test_a_batch_with_an_article_that_cannot_be_stored_is_refused_whole(self, index: ArticleIndex) -> None:
        with pytest.raises(QaError):
            index.add([KABUL, stored_article("half", "Half a character: \ud800.")])
        assert index.articles() == []
        assert index.search("Kabul", 5) == []

    def test_a_removed_article_is_gone_everywhere(self, filled: ArticleIndex) -> None:
        filled.remove(["kabul"])
        assert "kabul" not in {summary.id for summary in filled.articles()}
        assert "kabul" not in _found(filled, "Who controls security in Kabul?")
        with pytest.raises(ArticleMissingError, match="kabul"):
            filled.article("kabul")
        assert filled.verify() == []

    def test_a_removed_article_can_be_added_again(self, filled: ArticleIndex) -> None:
        filled.publish()
        filled.remove(["kabul"])
        assert filled.add([KABUL]) == ["added"]
        assert _found(filled, "Who controls security in Kabul?")[0] == "kabul"

    def test_removing_what_is_not_there_changes_nothing(self, filled: ArticleIndex) -> None:
        before = filled.info()
        with pytest.raises(ArticleMissingError, match="absent"):
            filled.remove(["kabul", "absent"])
        assert filled.info().generation == before.generation
        assert filled.article("kabul") == KABUL

    @pytest.mark.parametrize("article_id", ["absent", "", "\0", "\ud800", "' OR 1=1"])
    def test_an_unknown_article_is_named(self, filled: ArticleIndex, article_id: str) -> None:
        with pytest.raises(ArticleMissingError):
            filled.article(article_id)

    def test_the_list_is_newest_first_then_by_title_with_undated_last(self, filled: ArticleIndex) -> None:
        filled.add(
            [stored_article("older", title="B"), stored_article("same day", title="A", published=KABUL.published)]
        )
        assert [summary.id for summary in filled.articles()] == ["finland", "same day", "kabul", "older", "mond"]

    def test_the_list_says_what_each_article_has(self, filled: ArticleIndex) -> None:
        summary = filled.articles()[0]
        assert (summary.title, summary.outlet, summary.published) == (FINLAND.title, FINLAND.outlet, FINLAND.published)
        assert (summary.source, summary.author, summary.language) == (FINLAND.source, FINLAND.author, FINLAND.language)
        assert summary.characters == len(FINLAND.text)
        assert sum(one.passages for one in filled.articles()) == filled.info().passages

    def test_hits_are_slices_of_whole_articles_with_their_ranks(self, filled: ArticleIndex) -> None:
        hits = filled.search("How long is the border with Russia?", 10)
        assert hits[0].article == FINLAND
        assert hits[0].word_rank == 1
        for hit in hits:
            passage = hit.passage
            assert passage.text == hit.article.text[passage.start : passage.end]
            assert passage.article_id == hit.article.id
            assert hit.word_rank or hit.vector_rank
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)

    def test_searching_twice_gives_the_same(self, filled: ArticleIndex) -> None:
        assert filled.search("the report", 10) == filled.search("the report", 10)

    @pytest.mark.parametrize("limit", [0, 1, 2])
    def test_never_more_than_the_limit(self, filled: ArticleIndex, limit: int) -> None:
        assert len(filled.search("security border Mond", limit)) == limit

    @pytest.mark.parametrize("query", ["", "   ", "\n\t"])
    def test_a_blank_query_finds_nothing(self, filled: ArticleIndex, query: str) -> None:
        assert filled.search(query, 5) == []

    @pytest.mark.parametrize("query", ["Who are they?", "🦉", "...", "what is it"])
    def test_a_query_without_telling_words_is_no_error(self, filled: ArticleIndex, query: str) -> None:
        assert filled.search(query, 5)

    @pytest.mark.parametrize("query", HOSTILE, ids=[query[:12].encode("ascii", "replace").hex() for query in HOSTILE])
    def test_fault_42_a_query_is_words_and_never_a_language(self, filled: ArticleIndex, query: str) -> None:
        filled.search(query, 5)
        assert len(filled.articles()) == 3

    def test_fault_42_operators_are_words_like_any_other(self, filled: ArticleIndex) -> None:
        assert _found(filled, "Kabul AND NOT Haqqani -security")[0] == "kabul"

    @pytest.mark.parametrize(
        ("where", "expected"),
        [
            (Filter(article_ids=("mond",)), {"mond"}),
            (Filter(article_ids=("mond", "finland", "absent")), {"mond", "finland"}),
            (Filter(outlets=("Nordic Post", "Example Wire")), {"kabul", "finland"}),
            (Filter(authors=("A. Writer",)), {"kabul"}),
            (Filter(languages=("de",)), {"mond"}),
            (Filter(since=date(2023, 4, 4)), {"finland"}),
            (Filter(until=date(2022, 6, 6)), {"kabul"}),
            (Filter(since=date(2022, 6, 7), until=date(2023, 4, 3)), set()),
            (Filter(languages=("en",), since=date(2023, 1, 1)), {"finland"}),
            (Filter(outlets=("' OR 1=1 --",)), set()),
        ],
    )
    @pytest.mark.parametrize("published", [True, False])
    def test_a_filter_leaves_only_what_fits(
        self, filled: ArticleIndex, where: Filter, expected: set[str], published: bool
    ) -> None:
        if published:
            filled.publish()
        assert set(_found(filled, "Who controls security in Kabul?", where)) == expected

    @pytest.mark.parametrize("published", [True, False])
    def test_a_filter_acts_before_ranking(self, index: ArticleIndex, published: bool) -> None:
        index.add([stored_article(f"kabul {n}", f"Kabul and its security, again, {n}.") for n in range(150)])
        index.add([MOON])
        if published:
            index.publish()
        (hit,) = index.search("Who controls security in Kabul?", 1, Filter(languages=("de",)))
        assert hit.article == MOON

    def test_publishing_changes_no_answer(self, index: ArticleIndex) -> None:
        index.add([KABUL, FINLAND])
        index.publish()
        index.add([MOON])
        index.remove(["finland"])
        before = _found(index, "Wer landete am Südpol?")
        index.publish()
        assert _found(index, "Wer landete am Südpol?") == before
        assert before[0] == "mond"
        assert index.verify() == []

    def test_the_generation_grows_by_one_with_every_commit(self, index: ArticleIndex) -> None:
        generations = [index.info().generation]
        for step in (lambda: index.add(ALL), lambda: index.remove(["mond", "kabul"]), lambda: index.add([MOON])):
            step()
            generations.append(index.info().generation)
        index.publish()
        assert generations == [0, 1, 2, 3]
        assert index.info().generation == 3

    def test_what_was_added_is_there_when_it_is_opened_again(
        self, filled: ArticleIndex, reopen: Callable[[], ArticleIndex]
    ) -> None:
        before = filled.search("Who controls security in Kabul?", 5)
        filled.close()
        again = reopen()
        assert again.search("Who controls security in Kabul?", 5) == before
        assert [again.article(article.id) for article in ALL] == list(ALL)
        assert again.verify() == []

    def test_a_reader_sees_what_another_handle_commits(
        self, filled: ArticleIndex, reopen: Callable[[], ArticleIndex]
    ) -> None:
        reader = reopen()
        assert "new" not in _found(reader, "the new thing")
        filled.add([stored_article("new", "The new thing arrived.")])
        assert _found(reader, "the new thing")[0] == "new"
        filled.publish()
        filled.remove(["new"])
        assert "new" not in _found(reader, "the new thing")
        reader.close()


def _found(index: ArticleIndex, query: str, where: Filter | None = None) -> list[str]:
    hits = index.search(query, 50) if where is None else index.search(query, 50, where)
    return list(dict.fromkeys(hit.article.id for hit in hits))
