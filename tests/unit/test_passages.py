import time
from collections.abc import Sequence

import pytest

from index.passages import MAX_TITLE_BYTES, embedded_text, sentences, split_article
from index.types import Article, Passage


def article(text: str, title: str = "") -> Article:
    return Article(id="a-1", source="/a.txt", title=title, text=text, content_hash="0")


def words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def split(text: str, max_tokens: int, title: str = "") -> list[str]:
    return [passage.text for passage in split_article(article(text, title), words, max_tokens=max_tokens)]


NEWS = [
    ["The U.S. said on Jan. 6 that Mr. Smith had won.", "Dr. J. K. Rowling lives at No. 10 Downing St. in London."],
    ["He moved to the U.S.", "She stayed in the U.K. with Gen. Mark Milley."],
    ['"We will not stop," she said.', '"Never!" he added.', '"Is it over?" asked Sen. John McCain of Arizona.'],
    ["Prices rose 3.5 per cent to $1.25 in Q3.", "In 2022, output fell by 0.2 percent, i.e. slightly."],
    ["It happened at 5 p.m. on Tuesday.", "It happened at 5 p.m.", "Then they left."],
    ["Shares of Amazon.com Inc. rose.", "Mr. Cook, of Apple Inc., agreed.", "Visit example.com for more."],
    ["Lt. Gen. H. R. McMaster met George W. Bush.", "The bill, H.R. 1, passed.", "Gov. Gavin Newsom signed it."],
    ["“It runs Kabul,” the report said.", "The toll rose to 59,259.", "“We don’t know,” said the governor."],  # noqa: RUF001
    ["The Sept. 11 attacks killed 2,977 people.", "Washington, D.C., mourned.", "The No. 1 seed lost."],
    ["Miners struck on 24 May.", "Talks will go on in Mainz on 14 June."],
    ["Prices fell 3 p.c.", "Trade rose by 2 p.c. of it.", "It was May.", "“Why?” she asked."],
    ["Mr. May met J. May.", "On May 5 Theresa May left.", "Fruit, e.g. Apples, sold in May. 5 tonnes, e.g. of pears."],
    ["Headline without a stop", "The text begins."],
    ["Three things:", "- donors gave", "- work began", "1. it ended"],
]


@pytest.mark.parametrize("expected", NEWS, ids=lambda expected: expected[0][:24])
def test_sentences_of_news_english(expected: list[str]) -> None:
    joiner = {"Headline without a stop": "\n\n", "Three things:": "\n"}.get(expected[0], " ")
    text = joiner.join(expected)
    assert [text[start:end] for start, end in sentences(text)] == expected


def test_sentences_have_no_blanks_around_them() -> None:
    assert sentences("  One.  Two.\n\n") == [(2, 6), (8, 12)]
    assert sentences(" \n\n ") == []
    assert sentences("") == []


def test_a_lone_surrogate_does_not_move_offsets() -> None:
    text = "Bad \ud800 here. Next 😀 one."
    assert [text[start:end] for start, end in sentences(text)] == ["Bad \ud800 here.", "Next 😀 one."]


@pytest.mark.parametrize(
    "unit", ["a", "abc ", ".", ". ", "“", "'", '"', "(", "\n", "\r\n", "U.S. ", "! ", "((a. B", "\n- ", "😀. "]
)
def test_hostile_text_takes_linear_time(unit: str) -> None:
    characters = 300_000 if unit in "“'" else 100_000  # on these the library alone would take half a minute
    text = (unit * characters)[:characters]
    began = time.process_time()
    sentences(text)
    split_article(article(text), words, max_tokens=256)
    assert time.process_time() - began < 15


def test_passages_fill_up_to_the_limit_along_sentences() -> None:
    one = "One two three. Four five six. Seven eight nine."
    assert split(" ".join([one] * 3), 22) == [f"{one} {one}", one]


def test_a_paragraph_that_does_not_fit_opens_a_new_passage() -> None:
    first, second = "a b c d e f g h i j. " * 2, "k l m n o. " * 3
    text = f"{first.strip()}\n\n{second.strip()}"
    assert split(text, 32) == [first.strip(), second.strip()]


def test_but_not_if_that_leaves_the_passage_half_empty() -> None:
    first, second = "a b c d e.", "F g h i j k l m n end. " * 4
    text = f"{first}\n\n{second.strip()}"
    assert split(text, 32)[0] == f"{first}\n\n" + "F g h i j k l m n end. F g h i j k l m n end."


def test_a_heading_goes_with_what_it_heads() -> None:
    before, body = "a b c d e f g h i j. " * 2, "k l m n o p q r. "
    text = f"{before.strip()}\n\nThe heading\n\n{body.strip()}"
    assert split(text, 31) == [before.strip(), f"The heading\n\n{body.strip()}"]


def test_a_sentence_that_is_too_long_is_cut_between_words() -> None:
    text = " ".join(f"w{n}" for n in range(100))
    passages = split(text, 22)
    assert [len(passage.split()) for passage in passages] == [20] * 5
    assert " ".join(passages) == text


def test_a_word_that_is_too_long_is_cut_between_characters() -> None:
    text = "x" * 1000
    passages = split(text, 256)
    assert "".join(passages) == text
    assert max(map(len, passages)) <= 254


def test_the_title_takes_its_room() -> None:
    text = "a b c d e f g h i j. " * 4
    assert len(split(text, 46)) == 1
    assert len(split(text, 46, title="five words make a title")) == 2


def test_an_absurd_title_is_cut_between_words_when_embedded() -> None:
    passage = Passage("a-1", 0, 0, 5, "Text.")
    embedded = embedded_text("word " * 1000, passage)
    assert embedded.endswith("word\nText.")
    assert len(embedded) <= MAX_TITLE_BYTES + len("\nText.")
    assert embedded_text("é" * 1000, passage) == "é" * 80 + "\nText."
    assert embedded_text("A title", passage) == "A title\nText."
    assert embedded_text("", passage) == "Text."


def test_tokens_are_counted_once_for_an_ordinary_article() -> None:
    calls: list[Sequence[str]] = []

    def counting(texts: Sequence[str]) -> list[int]:
        calls.append(texts)
        return words(texts)

    split_article(article("One two. Three four.\n\nFive.", "T"), counting, max_tokens=64)
    assert calls == [["T\n", "One two. ", "Three four.\n\n", "Five."]]


def test_nothing_to_split() -> None:
    assert split_article(article(""), words, max_tokens=64) == []
