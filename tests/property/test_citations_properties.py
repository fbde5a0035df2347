from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from qa.citations import cite
from qa.types import Quote
from tests.doubles_qa import article, hit

PIECES = st.sampled_from(
    [
        "Kabul",
        "the UN",
        "3.5",
        "Mr. Ghani",
        " ",
        "  ",
        "\n",
        "\n\n",
        ". ",
        "? ",
        '"',
        "”",
        "'",
        "\u2019",
        "-",
        "\u2013",
        "é",
        "👍",
    ]
)
TEXTS = st.lists(PIECES, min_size=1, max_size=60).map("".join)


@st.composite
def slices(draw):
    """A text and a span of it."""
    text = draw(TEXTS)
    start = draw(st.integers(0, len(text) - 1))
    return text, start, draw(st.integers(start + 1, len(text)))


def check(citation, text):
    assert citation.quote == text[citation.start : citation.end] != ""
    end = citation.sentence_start + len(citation.sentence)
    assert citation.sentence == text[citation.sentence_start : end]
    assert citation.sentence_start <= citation.start < citation.end <= end


@given(slices(), st.booleans())
def test_every_slice_with_words_is_cited_true_to_the_article(cut, with_start):
    text, start, end = cut
    quote = Quote(hit(article(text)), text[start:end], start if with_start else None)
    citations = cite([quote])
    assert bool(citations) == any(character.isalnum() for character in text[start:end])
    for citation in citations:
        check(citation, text)
        assert citation.quote == text[start:end].strip()
        if with_start:
            assert start <= citation.start <= citation.end <= end


@given(slices())
def test_respaced_slices_are_found_again(cut):
    text, start, end = cut
    respaced = "\t ".join(text[start:end].split())
    citations = cite([Quote(hit(article(text)), respaced)])
    assert bool(citations) == any(character.isalnum() for character in respaced)
    for citation in citations:
        check(citation, text)


@given(TEXTS, st.lists(st.tuples(st.text(max_size=30), st.none() | st.integers(-5, 400)), max_size=6))
def test_whatever_a_reader_quotes_each_citation_is_true(text, quoted):
    citations = cite([Quote(hit(article(text)), words, start) for words, start in quoted])
    for citation in citations:
        check(citation, text)
    spans = sorted((citation.start, citation.end) for citation in citations)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
