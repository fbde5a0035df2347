"""Do follow-ups find what the person's own stand-alone question finds? python -m benchmarks.followups

Conversations of TREC CAsT 2019 to 2022, with a person's rewrite of each question. They come without the passages that
were searched, so this is a proxy: the corpus is every distinct response of the conversations (438 paragraphs, 2021 and
2022 only), among the paragraphs of SQuAD's and Natural Questions' development sets. Measured for each way of asking:

- recall@10 of the turn's own response, where it has one;
- overlap@10: the share of the first ten passages that the person's rewrite finds; and whether the first is the same.

Conversations are split by topic. Ways were chosen, and weights fitted, on one half (`--develop` measures there,
`--fit` prints weights for `followups.carrying`); the other half is reported, with 95% bootstrap intervals over topics.
`after_another_topic` asks stand-alone questions after a conversation about something else, and `after_a_change` each
follow-up after such a conversation and a person's stand-alone form of the question before it. Then
the sample's own follow-ups are asked of the whole chain (benchmarks/sample_follow_ups.py), and its other questions
after a change of topic (benchmarks/topic_changes.py); `--sample` asks these alone. Needs ../shared/data. The index is
kept under .cache/.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, fields, replace
from functools import cache
from typing import Any

from benchmarks.follow_up_data import (
    CAST,
    DEPTH,
    SHIFT,
    FollowUp,
    article_id,
    changed_topics,
    corpus,
    follow_ups,
    found,
    interval,
    is_developed_on,
)
from benchmarks.material import sample_index, sample_questions
from benchmarks.record import record
from benchmarks.sample_follow_ups import sample_follow_ups
from benchmarks.topic_changes import topic_changes
from qa.followups.carrying import Signs, signs_of, stem
from qa.followups.rewriting import last_question, rewrite
from qa.followups.topic import settled
from qa.readers.extractive import load_reader
from qa.types import Turn
from qa.wording import meaning, open_pronoun

Way = Callable[[FollowUp], str]
"""What is searched for."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--develop", action="store_true", help="measure on the half that ways are chosen on")
    parser.add_argument("--fit", action="store_true", help="print weights fitted on that half")
    parser.add_argument("--sample", action="store_true", help="print what is measured on the sample, and no more")
    given = parser.parse_args()
    if given.sample:
        print(json.dumps(of_sample(develop=given.develop), indent=2))
        return
    if not CAST.exists():
        raise SystemExit(f"{CAST} is not there: this benchmark needs CAsT's conversations")
    if given.fit:
        print(json.dumps(fitted([one for one in follow_ups() if is_developed_on(one.topic)]), indent=2))
        return
    asked = [one for one in follow_ups() if is_developed_on(one.topic) == given.develop]
    with closing(corpus()) as index:
        search = cache(lambda query: found(index, query))
        made = cache(lambda one: settled(index, one.question, rewrite(one.question, one.history), one.history))
        figures = measured(asked, search, {**ways(), "rewritten": made})
        figures["after_another_topic"] = on_another_topic(asked, search, made)
        figures["after_a_change"] = after_a_change(asked, search, made)
    if not given.develop:
        record("followups", "python -m benchmarks.followups", figures)  # the sample's follow-ups take long to ask
    figures |= of_sample(develop=given.develop)
    if given.develop:
        print(json.dumps(figures, indent=2))
    else:
        record("followups", "python -m benchmarks.followups", figures)


def ways() -> dict[str, Way]:
    return {
        "question": lambda one: one.question,
        "last_question_and_question": lambda one: f"{one.history[-1].question} {one.question}",
        "all_questions": lambda one: " ".join([*(turn.question for turn in one.history), one.question]),
        "whole_history": lambda one: " ".join([*_said(one.history), one.question])[-2000:],
        "by_the_rules_alone": lambda one: rewrite(one.question, one.history),
        "person": lambda one: one.rewrite,
    }


def on_another_topic(
    asked: Sequence[FollowUp], search: Callable[[str], list[tuple[str, int]]], way: Way
) -> dict[str, Any]:
    """Every second stand-alone question, after a conversation about something else: the best is to change nothing."""
    changed = changed_topics(asked)[::2]
    topics = [one.topic for one in changed]
    rewritten = [way(one) for one in changed]
    pairs = [(search(mine), search(one.question)) for mine, one in zip(rewritten, changed, strict=True)]
    unchanged = [float(mine == one.question) for mine, one in zip(rewritten, changed, strict=True)]
    return {
        "unchanged": interval(topics, unchanged),
        "overlap@10": interval(topics, [len(set(mine) & set(theirs)) / DEPTH for mine, theirs in pairs]),
    }


def after_a_change(
    asked: Sequence[FollowUp], search: Callable[[str], list[tuple[str, int]]], way: Way
) -> dict[str, Any]:
    """overlap@10 of follow-ups whose conversation began with something else, and of the same without that beginning."""
    turned = turned_from(asked)
    kinds = {"all": turned, "with_a_pronoun": [one for one in turned if open_pronoun(one.question)]}
    ways: dict[str, Way] = {
        "question": lambda one: one.question,
        "rewritten": way,
        "rewritten_without_the_beginning": lambda one: way(replace(one, history=one.history[-1:])),
    }

    def overlap(one: FollowUp, how: Way) -> float:
        return len(set(search(how(one))) & set(search(one.rewrite))) / DEPTH

    return {
        kind: {
            name: interval([one.topic for one in some], [overlap(one, how) for one in some])
            for name, how in ways.items()
        }
        for kind, some in kinds.items()
    }


def turned_from(asked: Sequence[FollowUp]) -> list[FollowUp]:
    """Follow-ups on another follow-up, each after another conversation and a person's own form of the one before it."""
    known = {(one.topic, one.history, one.question): one for one in asked}
    turned = []
    for one, other in zip(asked, (*asked[SHIFT:], *asked[:SHIFT]), strict=True):
        last = one.history[-1]
        before = known.get((one.topic, one.history[:-1], last.question))
        if before and one.topic != other.topic:
            turned.append(replace(one, history=(*other.history, Turn(before.rewrite, last.answer))))
    return turned


def of_sample(*, develop: bool) -> dict[str, Any]:
    """What is measured by the whole chain on the sample's articles."""
    rows, reader = sample_questions(), load_reader()
    with sample_index() as index:
        return {
            "sample": sample_follow_ups(index, reader, rows),
            "topic_changes": topic_changes(index, reader, rows, develop=develop),
        }


def _said(history: Iterable[Turn]) -> list[str]:
    return [text for turn in history for text in (turn.question, turn.answer) if text]


def measured(
    asked: Sequence[FollowUp], search: Callable[[str], list[tuple[str, int]]], ways: Mapping[str, Way]
) -> dict[str, Any]:
    topics = [one.topic for one in asked]
    persons = [search(one.rewrite) for one in asked]
    figures: dict[str, Any] = {"follow_ups": len(asked), "topics": len(set(topics))}
    for name, way in ways.items():
        results = [search(way(one)) for one in asked]
        recalls = [
            (one.topic, float(article_id(one.response) in {article for article, _ in result}))
            for one, result in zip(asked, results, strict=True)
            if one.response
        ]
        overlaps = [len(set(mine) & set(theirs)) / DEPTH for mine, theirs in zip(results, persons, strict=True)]
        same_first = [float(mine[:1] == theirs[:1]) for mine, theirs in zip(results, persons, strict=True)]
        figures[name] = {
            "recall@10": interval([topic for topic, _ in recalls], [value for _, value in recalls]),
            "overlap@10": interval(topics, overlaps),
            "same_first": interval(topics, same_first),
        }
        print(name, {key: value["value"] for key, value in figures[name].items()}, flush=True)
    return figures


def fitted(asked: Sequence[FollowUp]) -> dict[str, Any]:
    """Weights of the signs of a word that a person puts in, and how well topics apart are ranked with such weights."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import average_precision_score
    from sklearn.model_selection import GroupKFold, cross_val_predict

    values, truth, groups = [], [], []
    for one in (*asked, *changed_topics(asked)):
        wanted = frozenset(map(stem, meaning(one.rewrite)))
        for word, signs in signs_of(one.question, one.history, last_question(one.history)).items():
            values.append(list(asdict(signs).values()))
            truth.append(stem(word) in wanted)
            groups.append(one.topic)
    model = LogisticRegression(max_iter=3000)
    held = cross_val_predict(model, values, truth, groups=groups, cv=GroupKFold(5), method="predict_proba")[:, 1]
    model.fit(values, truth)
    return {
        "words": len(truth),
        "put_in": int(sum(truth)),
        "average_precision_held_apart": round(float(average_precision_score(truth, held)), 4),
        "weights": dict(zip((field.name for field in fields(Signs)), model.coef_[0].round(3).tolist(), strict=True)),
        "bias": round(float(model.intercept_[0]), 3),
    }


if __name__ == "__main__":
    main()
