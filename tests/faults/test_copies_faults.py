"""The fault of many copies, by its stable number: one text told a thousand times is still one source."""

from __future__ import annotations

import random
from contextlib import closing
from pathlib import Path

from index.local import LocalIndex
from index.search import MOST_COPIES
from tests.contract.linked_copies import INDEPENDENT, WIRE
from tests.doubles_index import HashingEmbedder, stored_article

COPIES = 1000
QUESTION = "Why did the government of Sri Lanka suspend payments on its foreign debt?"


def _altered(words: list[str], chance: random.Random) -> str:
    """The text with five of its words left out."""
    gone = set(chance.sample(range(len(words)), 5))
    return " ".join(word for place, word in enumerate(words) if place not in gone)


def test_fault_46_a_thousand_copies_do_not_crowd_out_the_others(tmp_path: Path) -> None:
    chance = random.Random(46)
    words = WIRE.split()
    copies = [stored_article(f"copy {number}", _altered(words, chance)) for number in range(COPIES)]
    with closing(LocalIndex.create_or_open(tmp_path / "index", HashingEmbedder())) as index:
        for start in range(0, COPIES, 250):
            index.add(copies[start : start + 250])
        index.add([INDEPENDENT])
        index.publish()
        assert index.copies([copy.id for copy in copies]) == {copy.id: "copy 0" for copy in copies[1:]}
        for limit in (8, 20):
            hits = index.search(QUESTION, limit)
            assert len(hits) == limit
            assert {hit.article.story for hit in hits} == {"copy 0", "independent"}
            before = [hit.article.id for hit in hits].index("independent")
            assert len({hit.article.id for hit in hits[:before]}) <= MOST_COPIES
        assert index.search(QUESTION, 8) == index.search(QUESTION, 20)[:8]
