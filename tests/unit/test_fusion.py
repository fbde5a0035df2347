from __future__ import annotations

from collections.abc import Callable
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


def _ranking(count: int, asked: list[int]) -> Callable[[int], tuple[list[Fused], bool]]:
    """Passages 0, 1, 2, ... in this order; notes how many candidates are asked for."""

    def ranked(candidates: int) -> tuple[list[Fused], bool]:
        asked.append(candidates)
        numbers = range(min(count, candidates))
        return [Fused(number, 1 / (1 + number), None, None) for number in numbers], candidates < count

    return ranked


def _best(count: int, story_of: Callable[[int], int], limit: int, asked: list[int] | None = None) -> list[int]:
    """Every passage is an article of its own."""
    found = search.best_of_many(
        _ranking(count, [] if asked is None else asked),
        lambda numbers: {number: (number, story_of(number)) for number in numbers},
        limit=limit,
        candidates=100,
    )
    return [one.number for one in found]


def test_where_there_are_no_copies_the_ranking_stays() -> None:
    asked: list[int] = []
    assert _best(1000, lambda number: number, 20, asked) == list(range(20))
    assert asked == [100]


def test_copies_beyond_the_third_wait_until_all_else_had_its_turn() -> None:
    """Passages below 900 tell one story, the others one each."""
    asked: list[int] = []
    assert _best(1000, lambda number: 0 if number < 900 else number, 8, asked) == [0, 1, 2, 900, 901, 902, 903, 904]
    assert asked == [100, 400, 1600]


def test_held_back_copies_fill_what_is_left() -> None:
    assert _best(10, lambda _: 0, 8) == list(range(8))
    assert _best(10, lambda number: number // 9, 8) == [0, 1, 2, 9, 3, 4, 5, 6]


def test_passages_of_one_article_are_no_copies_of_each_other() -> None:
    one_article = lambda numbers: dict.fromkeys(numbers, (1, 1))  # noqa: E731
    found = search.best_of_many(_ranking(50, []), one_article, limit=20, candidates=100)
    assert [one.number for one in found] == list(range(20))


@pytest.mark.parametrize("limit", range(1, 30))
def test_a_longer_answer_begins_like_a_shorter_one(limit: int) -> None:
    def story_of(number: int) -> int:
        return number % 7 and number

    assert _best(700, story_of, 40)[:limit] == _best(700, story_of, limit)
