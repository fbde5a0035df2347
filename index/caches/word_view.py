"""The word index at one generation of the store: what is on disk, less what was removed, with what was added since.

A question is words here, never a query language: it is analysed as the passages were, and each term is looked up.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from index.caches.lexical import FIELDS, WordIndex
from index.caches.terms import analyser, query_terms
from index.storage.records import Matching, Numbers, PassageWords
from index.storage.rows import Rows

TITLE_BOOST = 0.5
"""Weight of a word in the title against one in the passage; see benchmarks/retrieval.py for how it was chosen."""
_K1, _B = 1.2, 0.75
"""Tantivy's own BM25 constants."""


@dataclass(frozen=True, slots=True)
class FreshPassage:
    """A passage that the index does not hold yet, analysed."""

    number: int
    article: int
    counts: Mapping[str, Counter[str]]

    @classmethod
    def of(cls, words: PassageWords) -> FreshPassage:
        analyse = analyser().analyze
        counts = {"title": Counter(analyse(words.title)), "text": Counter(analyse(words.text))}
        return cls(words.number, words.article, counts)


@dataclass(frozen=True, slots=True)
class WordView:
    """An index, what was removed since, and what was added since: together one generation of the store."""

    base: WordIndex
    removed: Numbers
    fresh: tuple[FreshPassage, ...] = field(repr=False)

    @classmethod
    def at(cls, base: WordIndex, rows: Rows) -> WordView:
        removed = rows.removed_since(base.mark.generation, base.mark.last_passage)
        return cls(base, removed, tuple(map(FreshPassage.of, rows.words(after=base.mark.last_passage))))

    def search(
        self, query: str, limit: int, only: Matching | None = None, *, title_boost: float = TITLE_BOOST
    ) -> list[int]:
        """The numbers of the passages with the best words, of `only` where it is given. May be empty."""
        terms = query_terms(query)
        if not terms or limit < 1:
            return []
        boosts = {"title": title_boost, "text": 1.0}
        scored = [*self._of_index(terms, boosts, limit, only), *self._of_fresh(terms, boosts, only)]
        return [number for _, number in sorted((-score, number) for score, number in scored)[:limit]]

    def _of_index(
        self, terms: list[str], boosts: Mapping[str, float], limit: int, only: Matching | None
    ) -> Iterable[tuple[float, int]]:
        from tantivy import Occur, Query

        schema, searcher = self.base.index.schema, self.base.searcher
        clauses = [
            (Occur.Should, Query.boost_query(Query.term_query(schema, name, term), boost))
            for name, boost in boosts.items()
            for term in terms
            if boost
        ]
        parts = [(Occur.Must, Query.boolean_query(clauses))]
        if only is not None:
            parts.append((Occur.Must, Query.term_set_query(schema, "article", only.articles.tolist())))
        if len(self.removed):
            parts.append((Occur.MustNot, Query.term_set_query(schema, "passage", self.removed.tolist())))
        hits = searcher.search(Query.boolean_query(parts), limit, count=False).hits
        numbers = searcher.fast_field_values("passage", [address for _, address in hits])
        return ((score, int(number or 0)) for (score, _), number in zip(hits, numbers, strict=True))

    def _of_fresh(
        self, terms: list[str], boosts: Mapping[str, float], only: Matching | None
    ) -> Iterable[tuple[float, int]]:
        """BM25 as Tantivy computes it, over few passages; average lengths are those of the fresh ones alone."""
        if not self.fresh:
            return
        allowed = None if only is None else set(only.passages.tolist())
        rarity = {(name, term): self._rarity(name, term) for name in FIELDS for term in terms}
        lengths = {name: sum(one.counts[name].total() for one in self.fresh) / len(self.fresh) for name in FIELDS}
        for passage in self.fresh:
            if allowed is None or passage.number in allowed:
                score = 0.0
                for (name, term), idf in rarity.items():
                    counts = passage.counts[name]
                    if times := counts[term]:
                        norm = _K1 * (1 - _B + _B * counts.total() / lengths[name])
                        score += boosts[name] * idf * times * (_K1 + 1) / (times + norm)
                if score:
                    yield score, passage.number

    def _rarity(self, name: str, term: str) -> float:
        holding = self.base.searcher.doc_freq(name, term) + sum(term in one.counts[name] for one in self.fresh)
        count = self.base.searcher.num_docs + len(self.fresh)
        return math.log(1 + (count - holding + 0.5) / (holding + 0.5))
