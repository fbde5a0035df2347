"""Should a follow-up look into the conversation's articles first? python -m benchmarks.conversation_articles

The articles that the earlier answers of a conversation cite are preferred in three ways, in an index of the sample
articles: not at all; by letting their passages' scores grow by a quarter; and by putting their best passages before all
others. Counted are the sample's own follow-ups, which stay with an article, and short questions on another topic, which
do not (benchmarks/topic_changes.py, those that may be looked at): F1, and whether the right article is first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from benchmarks.material import sample_index, sample_questions, stand_alone_questions
from benchmarks.record import interval, record
from benchmarks.topic_changes import DEVELOPED_ON, after_others
from index.types import Hit
from qa.chain import PASSAGES, answer_chain
from qa.evaluation.answers import f1
from qa.readers.extractive import load_reader

GROWS_BY = 0.25
CANDIDATES = 3 * PASSAGES
Way = Callable[[Sequence[Hit], frozenset[str]], list[Hit]]


def main() -> None:
    following = [row for row in sample_questions() if row["history"]]
    own = [(row["history"], row["question"], row["answers"], row["article"] or "") for row in following]
    short = [(question, (answer,), article) for question, article, answer in DEVELOPED_ON]
    changed = [
        ([[one.turn.question, one.turn.answer]], one.question, list(one.answers), one.article)
        for one in after_others(short, stand_alone_questions())[::2]
    ]
    reader = load_reader()
    with sample_index() as index:
        chain = answer_chain(index, reader)
        figures: dict[str, Any] = {}
        for kind, asked in (("follow_ups", own), ("another_topic", changed)):
            scores: dict[str, dict[str, list[float]]] = {name: defaultdict(list) for name in WAYS}
            for history, question, accepted, article in asked:
                before = frozenset(
                    citation.article_id
                    for place, (said, _) in enumerate(history)
                    for citation in chain.invoke({"question": said, "history": history[:place]}).citations
                )
                alone = chain.invoke({"question": question, "history": history}).standalone_question
                candidates = index.search(alone, CANDIDATES)
                for name, way in WAYS.items():
                    hits = way(candidates, before)[:PASSAGES]
                    scores[name]["f1"].append(f1(reader.read(alone, hits).text, accepted))
                    scores[name]["right_article_first"].append(float(hits[0].article.id.startswith(article)))
            figures[kind] = {
                name: {key: interval(values) for key, values in some.items()} for name, some in scores.items()
            }
    record("conversation_articles", "python -m benchmarks.conversation_articles", figures)


def as_found(hits: Sequence[Hit], _: frozenset[str]) -> list[Hit]:
    return list(hits)


def grown(hits: Sequence[Hit], before: frozenset[str]) -> list[Hit]:
    weighed = [replace(hit, score=hit.score * (1 + GROWS_BY * (hit.article.id in before))) for hit in hits]
    return sorted(weighed, key=lambda hit: -hit.score)


def first(hits: Sequence[Hit], before: frozenset[str]) -> list[Hit]:
    """Those of the conversation's articles with twice their score: none of another has more."""
    weighed = [replace(hit, score=hit.score * (2 if hit.article.id in before else 1)) for hit in hits]
    return sorted(weighed, key=lambda hit: (hit.article.id not in before, -hit.score))


WAYS: dict[str, Way] = {"as_found": as_found, "scores_grow": grown, "before_all_others": first}


if __name__ == "__main__":
    main()
