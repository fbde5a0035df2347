"""How many near copies are found, and how far from being taken for copies independent articles are.

    python -m benchmarks.copies

The sample's articles are altered as desks alter what comes over the wire, and added after the originals. These
alterations are made up (what is "from elsewhere" has its words shuffled), so the figures say what is recognised, not
how often outlets do it. Results: benchmarks/results/copies.json
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from itertools import combinations
from pathlib import Path

from benchmarks.large_index import HashEmbedder
from benchmarks.material import sample_articles
from benchmarks.record import record
from index.local import LocalIndex
from index.passages import sentences
from index.storage.likeness import bands, shared
from index.types import Article

Alteration = Callable[[str, str, random.Random], str]
"""Makes of a text, and of an unrelated one, what a desk might print."""


def _paragraphs(text: str) -> list[str]:
    return [paragraph for paragraph in text.split("\n\n") if paragraph]


def _first(share: float) -> Alteration:
    return lambda text, _, __: text[: int(len(text) * share)]


def _elsewhere(other: str, chance: random.Random) -> list[str]:
    """Sentences that stand in no article."""
    words = other.split()
    chance.shuffle(words)
    return [" ".join(words[start : start + 20]) + "." for start in range(0, len(words), 20)]


def _own_lead(text: str, other: str, chance: random.Random) -> str:
    return "\n\n".join([" ".join(_elsewhere(other, chance)[:2]), *_paragraphs(text)[1:]])


def _shuffled(text: str, _: str, chance: random.Random) -> str:
    paragraphs = _paragraphs(text)
    chance.shuffle(paragraphs)
    return "\n\n".join(paragraphs)


def _words_changed(one_in: int) -> Alteration:
    def alter(text: str, _: str, chance: random.Random) -> str:
        return " ".join("another" if chance.random() < 1 / one_in else word for word in text.split())

    return alter


def _rewritten(share: float) -> Alteration:
    """With that share of its sentences from elsewhere."""

    def alter(text: str, other: str, chance: random.Random) -> str:
        foreign = [sentence for _ in range(5) for sentence in _elsewhere(other, chance)]
        own = [text[start:end] for start, end in sentences(text)]
        gone = set(chance.sample(range(len(own)), int(len(own) * share)))
        return " ".join(foreign.pop() if place in gone else sentence for place, sentence in enumerate(own))

    return alter


ALTERATIONS: dict[str, Alteration] = {
    "under another headline": lambda text, _, __: text,
    "the first 60%": _first(0.6),
    "the first 35%": _first(0.35),
    "the first 20%": _first(0.2),
    "with a lead of its own": _own_lead,
    "paragraphs in another order": _shuffled,
    "one word in 20 changed": _words_changed(20),
    "one word in 10 changed": _words_changed(10),
    "a quarter of the sentences from elsewhere": _rewritten(0.25),
    "half of the sentences from elsewhere (no copy by our measure)": _rewritten(0.5),
    "three quarters of the sentences from elsewhere (no copy)": _rewritten(0.75),
}


def found(originals: list[Article], alter: Alteration) -> str:
    """Of the altered articles, how many are linked to their own original; fails if one is to another's."""
    chance = random.Random(7)
    others = originals[1:] + originals[:1]
    altered = [
        replace(one, id=f"altered-{one.id}", text=alter(one.text, other.text, chance), content_hash=f"altered {one.id}")
        for one, other in zip(originals, others, strict=True)
    ]
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(LocalIndex.create_or_open(Path(folder), HashEmbedder())) as index,
    ):
        index.add(originals)
        index.add(altered)
        links = index.copies([one.id for one in altered])
    if wrong := [one for one in links.items() if one[0] != f"altered-{one[1]}"]:
        raise SystemExit(f"linked to a stranger: {wrong}")
    return f"{len(links)} of {len(altered)}"


def main() -> None:
    originals = sample_articles()
    shares = sorted((shared(one.text, other.text) for one, other in combinations(originals, 2)), reverse=True)
    started = time.perf_counter()
    for one in originals:
        bands(one.text)
    sketch_ms = 1000 * (time.perf_counter() - started) / len(originals)
    figures = {
        "linked_to_their_original": {name: found(originals, alter) for name, alter in ALTERATIONS.items()},
        "independent_pairs": len(shares),
        "share_of_the_shorter_in_the_other_at_most": round(shares[0], 3),
        "milliseconds_to_sketch_an_article": round(sketch_ms, 2),
    }
    record("copies", "python -m benchmarks.copies", figures)


if __name__ == "__main__":
    main()
