"""A few passages whose answers are plain, as a search would give them, and what holds of every reading."""

from __future__ import annotations

from index.types import Article, Hit, Passage
from qa.types import Reading

REPORT = (
    "The U.N. report, published in May 2022, found that the Haqqani Network controls much of Afghanistan's security, "
    "Kabul's included. It names Sirajuddin Haqqani (the acting interior minister) as its leader."
)
ECHO = "Diplomats in Doha agree: security in Kabul is controlled by the Haqqani network, the report by the U.N. said."
FOOTBALL = "Argentina won the World Cup final against France on penalties in Lusail, after a draw of three goals each."


def hits_of(*texts: str) -> list[Hit]:
    hits = []
    for rank, text in enumerate(texts, start=1):
        article = Article(str(rank), f"source {rank}", "", text, "")
        hits.append(Hit(Passage(article.id, 0, 0, len(text), text), article, 2 / (60 + rank), rank, rank))
    return hits


def assert_sound(reading: Reading) -> None:
    assert 0 <= reading.confidence <= 1
    assert (reading.text is None) == (not reading.quotes)
    assert (reading.text is None) == (reading.reason is not None)
    for quote in reading.quotes:
        assert quote.text == quote.hit.article.text[quote.start : quote.start + len(quote.text)]
        assert quote.text == quote.text.strip() != ""
