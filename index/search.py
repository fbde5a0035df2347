"""Joining two rankings into one: pure, and the same answer every time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

RANK_CONSTANT = 5
"""The k of the paper below: how slowly a rank's weight falls. Its authors' 60 is for fusing many rankings; of two, both
good at the top, 5 found more: recall@8 0.966 for 0.956, recall@20 0.992 for 0.988 on 2,000 SQuAD questions that no
figure is reported on, with the weight below. `python -m benchmarks.retrieval --fusions` measures others."""

VECTOR_WEIGHT = 0.7
"""Of the vectors' ranking, where that of the words weighs 1; chosen in the same run."""

MOST_COPIES = 3
"""Articles of one story that come before everything else has had its turn."""

Place = tuple[int, int]
"""The number of a passage's article, and of that article's story."""


@dataclass(frozen=True, slots=True)
class Fused:
    """A passage's number with its fused score and its rank, from 1, in each ranking that holds it."""

    number: int
    score: float
    word_rank: int | None
    vector_rank: int | None


def fuse(
    words: Sequence[int],
    vectors: Sequence[int],
    *,
    word_weight: float = 1.0,
    vector_weight: float = VECTOR_WEIGHT,
    rank_constant: int = RANK_CONSTANT,
) -> list[Fused]:
    """Reciprocal rank fusion (Cormack, Clarke and Buettcher, SIGIR 2009) of two rankings, each best first.

    Every passage of either ranking occurs once; a passage repeated within a ranking counts where it is first.
    Equal scores are ordered by the better of the two ranks, then by number.
    """
    word_ranks, vector_ranks = _ranks(words), _ranks(vectors)
    fused = []
    for number in word_ranks.keys() | vector_ranks.keys():
        by_words, by_vectors = word_ranks.get(number), vector_ranks.get(number)
        score = _share(by_words, word_weight, rank_constant) + _share(by_vectors, vector_weight, rank_constant)
        fused.append(Fused(number, score, by_words, by_vectors))
    return sorted(fused, key=_best_first)


def best_of_many(
    ranked: Callable[[int], tuple[list[Fused], bool]],
    places: Callable[[Sequence[int]], Mapping[int, Place]],
    *,
    limit: int,
    candidates: int,
) -> list[Fused]:
    """The first `limit` of a ranking in which a story with many copies doesn't crowd out the others.

    `ranked` fuses that many candidates of each retriever, and says whether there are more. Passages of a story's
    fourth article and of later ones are held back, and more candidates taken until there are enough of the others;
    then they follow. A longer answer begins like a shorter one.
    """
    first: dict[int, Fused] = {}
    held_back: dict[int, Fused] = {}
    articles: dict[int, set[int]] = {}
    more = True
    while more and len(first) < limit:
        found, more = ranked(candidates)
        candidates *= 4
        waiting = [one for one in found if one.number not in first and one.number not in held_back]
        while waiting and len(first) < limit:
            turn, waiting = waiting[:limit], waiting[limit:]
            where = places([one.number for one in turn])
            for one in turn:
                article, story = where.get(one.number, (0, -one.number))
                of_story = articles.setdefault(story, set())
                has_turn = article in of_story or len(of_story) < MOST_COPIES
                if has_turn:
                    of_story.add(article)
                (first if has_turn else held_back)[one.number] = one
    return [*first.values(), *held_back.values()][:limit]


def _ranks(ranking: Sequence[int]) -> dict[int, int]:
    return {number: rank for rank, number in enumerate(dict.fromkeys(ranking), start=1)}


def _share(rank: int | None, weight: float, rank_constant: int) -> float:
    return 0.0 if rank is None else weight / (rank_constant + rank)


def _best_first(found: Fused) -> tuple[float, int, int]:
    ranks = [rank for rank in (found.word_rank, found.vector_rank) if rank is not None]
    return -found.score, min(ranks), found.number
