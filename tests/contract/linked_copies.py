"""What an index must do with near copies. A backend's test class inherits these tests and gives the two fixtures."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date

import pytest

from index.protocols import ArticleIndex
from index.types import Article
from tests.doubles_index import stored_article

WIRE = """The government of Sri Lanka said on Monday that it would suspend payments on its foreign debt, the first such
default since independence in 1948. The finance ministry called the step a last resort. Officials blamed the
pandemic, the war in Ukraine and years of tax cuts that had emptied the treasury. Crowds had gathered for weeks
outside the president's office in Colombo, demanding that he resign. Fuel, medicine and cooking gas have become
scarce, and power cuts last for up to thirteen hours a day. The central bank holds less than two billion dollars
of reserves, a third of what is due this year. A team was to fly to Washington for talks with the International
Monetary Fund. Shares in Colombo did not trade."""
OTHER = """Colombo will not pay its bondholders for now, the treasury told creditors in a letter. Its reserves have
shrunk to about a month of imports. Economists had expected the move since rating agencies cut the
country's standing in the winter. Queues at filling stations reached two kilometres over the weekend, and
hospitals have put off all but urgent surgery. In the capital protesters slept in tents by the sea. Talks
with the Fund are to begin within days and may last for months."""

ORIGINAL = stored_article("wire", WIRE, title="Sri Lanka suspends debt payments", published=date(2022, 4, 12))
INDEPENDENT = stored_article("independent", OTHER, title="Colombo stops paying")


def _copy(name: str, text: str) -> Article:
    return stored_article(name, text, title=f"As told by {name}")


COPIES = {
    "the same under another headline": WIRE,
    "other lines, case and quotes": WIRE.replace("\n", " ").replace("'", "\u2019").upper(),
    "the first half": WIRE[: len(WIRE) // 2],
    "a paragraph of its own before it": f"{OTHER[:150]}\n\n{WIRE}",
    "with a name changed throughout": WIRE.replace("Colombo", "the capital"),
}


class LinkedCopiesContract:
    """Subclasses define the fixtures `index`, empty and writable, and `reopen`, which opens the same one again."""

    @pytest.mark.parametrize("text", COPIES.values(), ids=COPIES.keys())
    def test_a_near_copy_is_kept_and_linked(self, index: ArticleIndex, text: str) -> None:
        copy = _copy("paper", text)
        index.add([ORIGINAL, INDEPENDENT])
        assert index.add([copy]) == ["added"]
        assert index.article("paper") == copy
        assert index.article("paper").copy_of == "wire"
        assert index.article("wire").copy_of is None
        assert {one.id: one.copy_of for one in index.articles()} == {"wire": None, "independent": None, "paper": "wire"}
        assert index.copies(["paper", "wire", "independent", "absent"]) == {"paper": "wire"}

    def test_a_hit_tells_its_story(self, index: ArticleIndex) -> None:
        index.add([ORIGINAL, INDEPENDENT, _copy("paper", WIRE), _copy("radio", WIRE[:400])])
        hits = index.search("Why did Sri Lanka stop paying its debt?", 20)
        assert {hit.article.id for hit in hits} == {"wire", "independent", "paper", "radio"}
        assert {hit.article.story for hit in hits} == {"wire", "independent"}

    def test_copies_in_one_batch_are_linked(self, index: ArticleIndex) -> None:
        index.add([_copy("first", WIRE), _copy("second", WIRE), _copy("third", WIRE)])
        assert index.copies(["first", "second", "third"]) == {"second": "first", "third": "first"}

    def test_short_texts_are_copies_only_of_the_very_same_words(self, index: ArticleIndex) -> None:
        index.add(
            [
                stored_article("a", "Finland has joined the alliance today."),
                stored_article("b", "FINLAND has joined \u2013 the alliance today"),
            ]
        )
        index.add(
            [
                stored_article("c", "Finland has joined the alliance."),
                stored_article("d", "..."),
                stored_article("e", "?!"),
            ]
        )
        assert index.copies(["a", "b", "c", "d", "e"]) == {"b": "a"}

    def test_scripts_without_spaces_are_compared_too(self, index: ArticleIndex) -> None:
        text = "斯里兰卡政府周一宣布暂停偿还外债。这是该国独立以来首次违约。财政部称这是万不得已的措施。"
        index.add(
            [
                stored_article("一", text),
                stored_article("二", f"据报道。{text}"),
                stored_article("三", "芬兰于四月四日加入北约。成为第三十一个成员国。" * 2),
            ]
        )
        assert index.copies(["一", "二", "三"]) == {"二": "一"}

    def test_when_the_original_goes_the_next_takes_its_place(self, index: ArticleIndex) -> None:
        index.add([ORIGINAL, _copy("second", WIRE), _copy("third", WIRE)])
        index.remove(["wire"])
        assert index.copies(["second", "third"]) == {"third": "second"}
        index.add([_copy("fourth", WIRE)])
        assert index.copies(["fourth"]) == {"fourth": "second"}
        index.remove(["second", "third", "fourth"])
        index.add([_copy("fifth", WIRE)])
        assert index.copies(["fifth"]) == {}
        assert index.verify() == []

    def test_a_changed_article_leaves_its_story(self, index: ArticleIndex) -> None:
        index.add([ORIGINAL, _copy("paper", WIRE)])
        index.add([dataclasses.replace(ORIGINAL, text=OTHER, content_hash="0")])
        assert index.copies(["wire", "paper"]) == {}
        index.add([INDEPENDENT])
        assert index.copies(["independent"]) == {"independent": "wire"}
        assert index.verify() == []

    def test_what_is_linked_stays_linked_when_it_is_opened_again(
        self, index: ArticleIndex, reopen: Callable[[], ArticleIndex]
    ) -> None:
        index.add([ORIGINAL, _copy("paper", WIRE)])
        index.close()
        again = reopen()
        assert again.copies(["paper"]) == {"paper": "wire"}
        assert again.verify() == []
