from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from index.search import fuse


def _equally(words: list[int], vectors: list[int]) -> list[int]:
    return [one.number for one in fuse(words, vectors, word_weight=1.0, vector_weight=1.0)]


RANKINGS = st.lists(st.integers(min_value=1, max_value=50), max_size=30, unique=True)


@given(RANKINGS, RANKINGS)
def test_every_passage_occurs_once_with_its_ranks(words: list[int], vectors: list[int]) -> None:
    fused = fuse(words, vectors)
    assert sorted(one.number for one in fused) == sorted({*words, *vectors})
    for one in fused:
        assert one.word_rank == (words.index(one.number) + 1 if one.number in words else None)
        assert one.vector_rank == (vectors.index(one.number) + 1 if one.number in vectors else None)


@given(RANKINGS, RANKINGS)
def test_scores_never_rise_down_the_list(words: list[int], vectors: list[int]) -> None:
    scores = [one.score for one in fuse(words, vectors)]
    assert scores == sorted(scores, reverse=True)


@given(RANKINGS, RANKINGS)
def test_the_two_rankings_have_equal_say(words: list[int], vectors: list[int]) -> None:
    assert _equally(words, vectors) == _equally(vectors, words)


@given(RANKINGS)
def test_one_ranking_alone_or_twice_keeps_its_order(ranking: list[int]) -> None:
    assert [one.number for one in fuse(ranking, [])] == ranking
    assert [one.number for one in fuse(ranking, ranking)] == ranking


@given(RANKINGS, RANKINGS)
def test_a_better_rank_in_both_means_a_better_place(words: list[int], vectors: list[int]) -> None:
    place = {one.number: at for at, one in enumerate(fuse(words, vectors))}
    both = [number for number in words if number in vectors]
    for one in both:
        for other in both:
            if words.index(one) < words.index(other) and vectors.index(one) < vectors.index(other):
                assert place[one] < place[other]
