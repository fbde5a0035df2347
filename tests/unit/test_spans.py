import numpy as np
import pytest

from qa.readers.spans import MAX_SPAN_TOKENS, Span, best_spans, is_parted, normalised, tidy


def _every_span(start: np.ndarray, end: np.ndarray, first: int, last: int) -> list[Span]:
    spans = [
        Span(i, j, float(start[i] + end[j] - (start[0] + end[0])))
        for i in range(first, last + 1)
        for j in range(i, min(last, i + MAX_SPAN_TOKENS - 1) + 1)
    ]
    return sorted(spans, key=lambda span: -span.score)


@pytest.mark.parametrize(("tokens", "first", "last"), [(80, 10, 78), (12, 5, 10), (9, 8, 8), (60, 20, 49)])
@pytest.mark.parametrize("limit", [1, 7, 5000])
def test_the_best_spans_are_those_that_trying_all_finds(tokens, first, last, limit):
    random = np.random.default_rng(tokens + limit)
    start, end = (random.normal(size=tokens).astype(np.float32) for _ in range(2))
    found = best_spans(start, end, first, last, limit)
    expected = _every_span(start, end, first, last)[:limit]
    assert [(span.first, span.last) for span in found] == [(span.first, span.last) for span in expected]
    assert [span.score for span in found] == pytest.approx([span.score for span in expected], abs=1e-5)


def test_a_score_is_taken_over_that_of_no_answer():
    start, end = np.array([3, 0, 5, 0], np.float32), np.array([2, 0, 0, 4], np.float32)
    assert best_spans(start, end, 1, 3, 1) == [Span(2, 3, 5 + 4 - (3 + 2))]


def test_a_passage_without_tokens_has_no_spans():
    scores = np.zeros(4, np.float32)
    assert best_spans(scores, scores, 3, 2, 5) == []


@pytest.mark.parametrize(
    ("text", "rough", "tidied"),
    [
        ("It names Sirajuddin Haqqani (the interior minister) too.", "Haqqani (", "Haqqani"),
        ("It names Sirajuddin Haqqani (the interior minister) too.", "irajuddin Haqq", "Sirajuddin Haqqani"),
        ("It names Sirajuddin Haqqani (the interior minister) too.", "the interior minister)", "the interior minister"),
        ("The (old) house, they said.", "The (old) house,", "The (old) house"),
        ("He said “we won” and left.", "“we won” and", "“we won”"),
        ("He said “we won” and left.", "“we won", "we won"),
        ("Losses of $1,234.5 million", "234", "$1,234.5 million"),
        ("Losses of $1,234.5 million", "$1,234.5 million", "$1,234.5 million"),
        ("It fell to -5 degrees.", "-5 degrees.", "-5 degrees"),
        ("Made in the U.S. in May.", "U.S. in", "U.S."),
        ("Sold to Acme Inc. in May.", "Acme Inc.", "Acme Inc."),
        ("They met on 13 July 2023.", "on 13 July 2023.", "on 13 July 2023"),
        ("The capital of the Netherlands is", "capital of the", "capital"),
        ("and the band The Who played", "The Who", "The Who"),
        ("- Paris\n- Rome", "- Paris\n-", "Paris"),
        ("Nothing — here", " — ", None),
        ("东京是日本的首都。", "日本", "日本"),
        ("Taliban’s rule", "Taliban", "Taliban"),  # noqa: RUF001
    ],
)
def test_spans_are_tidied_to_what_a_person_would_quote(text, rough, tidied):
    start = text.index(rough)
    edges = tidy(text, start, start + len(rough))
    assert (text[slice(*edges)] if edges else None) == tidied


@pytest.mark.parametrize(
    ("text", "number", "left"),
    [
        ("Open:\n1. Who pays?\n2. When?", "1", False),
        ("Open:\n1. Who pays?\n2. When?", "2.", False),
        ("  1) Who?", "1", False),
        ("1.5 million", "1.5", True),
        ("In 1. FC", "1", True),
        ("1. Who pays?", "1. Who", True),
    ],
)
def test_the_number_of_an_item_says_nothing(text, number, left):
    start = text.index(number)
    assert (tidy(text, start, start + len(number)) is not None) is left


@pytest.mark.parametrize(
    ("text", "span", "parted"),
    [
        ("It rained\nfor days.", "rained\nfor", False),
        ("Why\n\nIt rained.", "Why\n\nIt", True),
        ("Owl | 14\nBittern | 6", "14\nBittern", True),
        ("Owl | 14\nBittern | 6", "Owl | 14", True),
        ("- S: 150 cm\n- M: 165 cm", "150 cm\n- M", True),
        ("1. Who pays?\n2. When?", "Who pays?\n2", True),
        ("1. Who pays?\n2. When?", "Who pays?", False),
        ("In\n2020 it rained", "In\n2020", False),
    ],
)
def test_what_goes_on_into_another_cell_item_or_paragraph_is_parted(text, span, parted):
    start = text.index(span)
    assert is_parted(text, start, start + len(span)) is parted


def test_tidying_what_is_tidy_changes_nothing():
    text = "In May 2022 the (so-called) “Haqqani Network” controlled Kabul, said the U.N. report."
    for start in range(len(text)):
        for end in range(start + 1, len(text) + 1):
            edges = tidy(text, start, end)
            assert edges is None or tidy(text, *edges) == edges


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("The Haqqani Network", "Haqqani network", True),
        ("$3 billion", "3 billion", True),
        ("U.S.", "U S", True),
        ("3 million", "3 billion", False),
        ("The", "A", False),
    ],
)
def test_answers_are_the_same_but_for_case_articles_and_marks(one, other, same):
    assert (normalised(one) == normalised(other)) is same


@pytest.mark.parametrize(
    ("text", "found", "whole"),
    [
        ("It cost $3.5 billion in all.", "3.5", "$3.5 billion"),
        ("It cost $3.5 billion in all.", "$3.5", "$3.5 billion"),
        ("Some 42 per cent agreed.", "42", "42 per cent"),
        ("Growth was 7% last year.", "7", "7%"),
        ("Of 1,200 people, 3 died.", "1,200", "1,200"),
        ("On 6 February 2023 the earth shook.", "6 February", "6 February 2023"),
        ("On February 6, 2023, the earth shook.", "February", "February 6, 2023"),
        ("On February 6, 2023, the earth shook.", "2023", "2023"),
        ("By May 12,500 had left.", "May", "May"),
        ("The may of 1940 bloomed.", "may", "may"),
        ("In 1999 2 million came.", "1999", "1999"),
        ("The US$ 5 million deal", "5 million", "US$ 5 million"),
        ("It took 2 hours, 17 minutes and 43 seconds in all.", "2 hours", "2 hours, 17 minutes and 43 seconds"),
        ("It took 2 hours, 17 minutes and 43 seconds in all.", "43", "2 hours, 17 minutes and 43 seconds"),
        ("Two years and three months later", "Two years", "Two years and three months"),
        ("She is 6 feet 2 inches tall.", "6 feet", "6 feet 2 inches"),
        ("Between 5 minutes and 10 minutes", "5 minutes", "5 minutes"),
        ("After 3 minutes, 2 hours before noon", "3 minutes", "3 minutes"),
        ("In 2 hours, 3 goals fell.", "2 hours", "2 hours"),
    ],
)
def test_amounts_and_dates_are_whole(text, found, whole):
    start = text.index(found)
    edges = tidy(text, start, start + len(found))
    assert text[slice(*edges)] == whole


@pytest.mark.parametrize(
    ("text", "found", "whole"),
    [
        ("The dam opened on 6 November 2023.", "2023", "6 November 2023"),
        ("The dam opened on February 6, 2023, a Monday.", "6", "February 6, 2023"),
        ("The dam opened in 2023.", "2023", "2023"),
        ("From 1999 to 6 May 2003 it was closed.", "1999", "1999"),
    ],
)
def test_a_year_grows_to_its_date_where_the_date_is_asked_for(text, found, whole):
    start = text.index(found)
    assert text[slice(*tidy(text, start, start + len(found), whole_date=True))] == whole
