from __future__ import annotations

from functools import partial

import pytest

from index import search
from index.search import Fused

fuse = partial(search.fuse, word_weight=1.0, vector_weight=1.0, rank_constant=60)


def test_a_passage_of_both_rankings_comes_first() -> None:
    assert fuse([1, 2, 3], [4, 2, 5])[0].number == 2


def test_scores_are_the_papers() -> None:
    first, second, third = fuse([7, 8], [8, 9])
    assert first == Fused(8, 1 / 62 + 1 / 61, 2, 1)
    assert second == Fused(7, 1 / 61, 1, None)
    assert third == Fused(9, 1 / 62, None, 2)


def test_a_tie_goes_to_the_better_rank_then_to_the_lower_number() -> None:
    assert [one.number for one in fuse([5], [3])] == [3, 5]
    assert [one.number for one in fuse([5, 4], [3, 4], word_weight=0.0, vector_weight=0.0)] == [3, 5, 4]


@pytest.mark.parametrize(("word_weight", "expected"), [(2.0, 1), (0.5, 2)])
def test_a_weight_decides_between_the_rankings(word_weight: float, expected: int) -> None:
    assert fuse([1], [2], word_weight=word_weight)[0].number == expected


def test_a_repeated_passage_counts_where_it_is_first() -> None:
    assert fuse([1, 2, 1], []) == [Fused(1, 1 / 61, 1, None), Fused(2, 1 / 62, 2, None)]


def test_nothing_fuses_to_nothing() -> None:
    assert fuse([], []) == []
