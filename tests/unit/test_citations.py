from dataclasses import replace

import pytest

from qa.citations import cite, sentence_around
from qa.types import Quote
from tests.doubles_qa import article, hit

TEXT = (
    "Security in Kabul is controlled by the Haqqani Network. Its leader, Sirajuddin Haqqani, is a minister.\n\n"
    "“We want peace,” he said. The Haqqani Network denies it. It's a well-known fact."
)
ARTICLE = article(TEXT)
LAST = TEXT.index("The Haqqani Network denies")


def only(quotes):
    (citation,) = cite(quotes)
    return citation


def assert_true(citation, text=TEXT):
    assert citation.quote == text[citation.start : citation.end]
    end = citation.sentence_start + len(citation.sentence)
    assert citation.sentence == text[citation.sentence_start : end]
    assert citation.sentence_start <= citation.start < citation.end <= end


def test_a_quote_is_taken_where_it_says_it_stands():
    start = LAST + len("The ")
    citation = only([Quote(hit(ARTICLE), "Haqqani Network", start)])
    assert (citation.start, citation.end) == (start, start + len("Haqqani Network"))
    assert citation.sentence == "The Haqqani Network denies it."
    assert_true(citation)


def test_white_space_around_a_quote_is_not_cited():
    start = TEXT.index(" Kabul ")
    citation = only([Quote(hit(ARTICLE), " Kabul ", start)])
    assert citation.quote == "Kabul"
    assert citation.start == start + 1


@pytest.mark.parametrize("start", [None, 0, 7, -3, 10**9])
def test_a_quote_whose_start_is_wrong_is_searched_for(start):
    citation = only([Quote(hit(ARTICLE), "Sirajuddin Haqqani", start)])
    assert citation.quote == "Sirajuddin Haqqani"
    assert citation.sentence == "Its leader, Sirajuddin Haqqani, is a minister."
    assert_true(citation)


def test_a_quote_is_searched_for_in_its_passage_before_the_rest():
    assert only([Quote(hit(ARTICLE, LAST), "Haqqani Network")]).start == LAST + len("The ")
    assert only([Quote(hit(ARTICLE, 0, 60), "Haqqani Network")]).start == TEXT.index("Haqqani Network")
    assert only([Quote(hit(ARTICLE, LAST), "Kabul")]).start == TEXT.index("Kabul")


@pytest.mark.parametrize(
    ("said", "stands"),
    [
        ("Security  in\nKabul", "Security in Kabul"),
        ('"We want peace," he said', "“We want peace,” he said"),
        ("It\u2019s a well-known fact", "It's a well-known fact"),
        ("It's a well\u2013known fact", "It's a well-known fact"),
        ("is a minister. “We want", "is a minister.\n\n“We want"),
    ],
)
def test_a_quote_is_found_but_for_its_typography(said, stands):
    citation = only([Quote(hit(ARTICLE), said)])
    assert citation.quote == stands
    assert_true(citation)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "  ",
        "…",
        '"',
        "Security in Herat",
        "security in kabul",
        "Kabul is controlled by Security",
        "x" * 100_000,
        "(.*)",
    ],
)
def test_what_the_article_does_not_say_is_dropped(said):
    assert cite([Quote(hit(ARTICLE), said)]) == ()


@pytest.mark.parametrize(
    ("quote", "row"),
    [
        ("Species", "Species | Pairs"),
        ("14", "Barn owl | 14"),
        ("6", "Bittern | 6"),
        ("14\nBittern", "Barn owl | 14\nBittern | 6"),
    ],
)
def test_of_a_table_the_row_is_cited(quote, row):
    table = article("They were counted in spring.\n\nSpecies | Pairs\nBarn owl | 14\nBittern | 6\n\nFoxes were not.")
    citation = only([Quote(hit(table), quote)])
    assert citation.sentence == row
    assert_true(citation, table.text)


def test_the_citation_carries_where_it_is_from():
    citation = only([Quote(hit(ARTICLE), "Kabul")])
    assert citation.article_id == ARTICLE.id
    assert (citation.title, citation.source, citation.outlet, citation.published) == (
        ARTICLE.title,
        ARTICLE.source,
        ARTICLE.outlet,
        ARTICLE.published,
    )


def test_the_same_span_is_cited_once_and_the_first_stays():
    quotes = [Quote(hit(ARTICLE), words) for words in ("the Haqqani Network", "Haqqani Network", "Kabul", "Kabul")]
    assert [citation.quote for citation in cite(quotes)] == ["the Haqqani Network", "Kabul"]


def test_the_same_words_in_two_articles_are_two_citations():
    other = article(TEXT, source="https://wire.example/b")
    citations = cite([Quote(hit(ARTICLE), "Kabul"), Quote(hit(other), "Kabul")])
    assert [citation.article_id for citation in citations] == [ARTICLE.id, other.id]


@pytest.mark.parametrize("mark", ["- ", "* ", "• ", "\u2013  "])
def test_the_item_of_a_list_is_shown_without_its_mark(mark):
    text = f"Four things:\n{mark}donors gave a lot\n{mark}-5 degrees were measured\n1. work began"
    for quote, sentence in (
        ("a lot", "donors gave a lot"),
        ("-5", "-5 degrees were measured"),
        ("work", "1. work began"),
    ):
        citation = only([Quote(hit(article(text)), quote)])
        assert citation.sentence == sentence
        assert_true(citation, text)
    assert only([Quote(hit(article(text)), f"{mark}donors")]).sentence == f"{mark}donors gave a lot"


def test_a_quote_across_two_sentences_shows_both():
    citation = only([Quote(hit(ARTICLE), "Haqqani Network. Its leader")])
    assert citation.sentence == TEXT.split("\n\n")[0]


def test_offsets_count_characters_not_bytes():
    text = "Zürich 👍 lies in 瑞士. " + TEXT
    citation = only([Quote(hit(replace(ARTICLE, text=text)), "Kabul")])
    assert_true(citation, text)


def test_a_sentence_in_a_long_article_is_the_same_as_alone():
    filler = "Nothing of note was said that day. " * 20_000
    start = len(filler)
    text = filler + "Here is Kabul now. " + filler
    span = (start + len("Here is "), start + len("Here is Kabul"))
    first, last = sentence_around(text, span)
    assert text[first:last] == "Here is Kabul now."


def test_text_without_sentences_shows_a_stretch_around_the_span():
    text = "word " * 10_000 + "Kabul" + " word" * 10_000
    start = text.index("Kabul")
    first, last = sentence_around(text, (start, start + 5))
    assert first <= start
    assert last >= start + 5
    assert last - first <= 4_005
