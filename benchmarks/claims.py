"""Does the checker of citations find the claims that their citations don't support? python -m benchmarks.claims [--fit]

Claims are made of questions with known answers: "Who designed the garden?" and "Capability Brown" make "Capability
Brown designed the garden." Each true claim has false twins: with another answer, number or name of the same paragraph,
denied, or citing another paragraph. Articles are split by title: --fit prints weights and thresholds fitted on one half
for qa.checking.claims; without it, the other half is measured and benchmarks/results/claims.json written. Half of the
claims come with their question, half with a question on something else, as the later sentences of a long answer do.
Needs ../shared/data.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import dropwhile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.record import SHARED_DATA, record, rows_of
from index.types import Article, Hit, Passage
from qa import facts
from qa.checking import claims
from qa.checking.claims import Claim, Signs
from qa.readers.extractive import ExtractiveReader, load_reader

FILES = {"squad_v1.1": 130, "squad_v2": 50, "natural_questions_qed": 30, "nq_swap": 30}
"""Questions to make claims of, by file of ../shared/data/dev, in the half that is reported."""
FITTED_ON = 3
"""How many times as many are taken of the other half."""
UNRELATED = "What is being talked about here?"
KEPT_OF_TRUE = 0.9
"""The share of true claims that the lower threshold lets pass, in the half that is fitted."""
FALSE_CALLED_SUPPORTED = 0.03
"""The share of false claims that are called supported at the upper threshold, in that half."""

_SUBJECT = re.compile(
    r"^(?:who|what|which) (?P<rest>(?!(?:did|do|does|will|would|can|could|should|type|kind)\b).+)", re.I
)
_IS = re.compile(r"^(?:is|was|are|were)\b", re.I)
_COUNT = re.compile(r"^how many (?P<rest>.+)", re.I)
_INVERTED = re.compile(r"\b(?:did|do|does|is|was|are|were|has|have|had|can|could|will|would)\b", re.I)
_VERB_FIRST = re.compile(
    r"^(?:(?:is|was|are|were|has|had|have)\b|(?:\w+(?:ed|s)|won|led|wrote|made|took|became|began|gave|built|came|went|"
    r"ran|held|left|won|sang|sings|fought|taught|brought|bought|sold|told|found|met|drove|drew|grew|knew|threw|beat|hit)\b)",
    re.I,
)
_PASSIVE = re.compile(
    r"^(?P<asks>when|where|(?:in )?(?:what|which) year) (?P<verb>was|were|is|are) (?P<who>.+) "
    r"(?P<done>\w+ed|born|built|held|made|written|won|set|found|begun|sold|taken|given|chosen|led)$",
    re.I,
)
_CAPITALS = re.compile(r"\b(?:[A-Z]\. ?|[A-Z]\w+[ -]?(?:(?:of|the|de) (?=[A-Z]))?)+")
_NUMBER = re.compile(r"\b\d[\d,]*(?:\.\d+)?\b")


@dataclass(frozen=True)
class Case:
    """A claim, the paragraph that it cites, the question it comes with, and what was done to it."""

    text: str
    context: str
    title: str
    question: str
    kind: str

    @property
    def true(self) -> bool:
        return self.kind == "true"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fit", action="store_true", help="fit on the other half, and print what was found")
    parser.add_argument("--share", type=float, default=1.0, help="of the questions, for a quick look")
    parser.add_argument("--save", type=Path, help="keep the signs of every claim in this file")
    given = parser.parse_args()
    cases = [case for name in FILES for case in made(name, fit=given.fit, share=given.share)]
    reader = load_reader()
    signs = [signs_of(case, reader) for case in cases]
    if given.save:
        given.save.write_text(
            json.dumps([[asdict(case), one and asdict(one)] for case, one in zip(cases, signs, strict=True)])
        )
    if given.fit:
        print(json.dumps(fitted(cases, signs), indent=2))
    elif given.share < 1:
        print(json.dumps(measured(cases, signs), indent=2))
    else:
        record("claims", "python -m benchmarks.claims", measured(cases, signs))


def made(name: str, *, fit: bool, share: float) -> Iterator[Case]:
    """The claims of one file: each question's true one, then one false twin of each kind that can be made."""
    rows = [row for row in rows_of(SHARED_DATA / "dev" / f"{name}.jsonl.gz") if row["answers"]["text"]]
    rows = [row for row in rows if _of_fit(row) == fit and declared(row["question"], row["answers"]["text"][0])]
    chance = random.Random(name)
    chance.shuffle(rows)
    answers = defaultdict(set)
    for row in rows:
        answers[row["context"]].add(row["answers"]["text"][0])
    for number, row in enumerate(rows[: int(FILES[name] * (FITTED_ON if fit else 1) * share)]):
        question = row["question"] if number % 2 else UNRELATED
        other = chance.choice(rows)
        yield from twins(row, question, answers=sorted(answers[row["context"]]), other=other, chance=chance)


def _of_fit(row: dict[str, Any]) -> bool:
    """Which half: by title where there is one, else by text, so that no article is in both."""
    return hashlib.sha256((row["title"] or row["context"]).encode()).digest()[0] % 2 == 0


def declared(question: str, answer: str) -> str | None:
    """The question and its answer as a sentence; None where that takes more than putting one in the other."""
    question = question.strip().rstrip(" ?.")
    if (count := _COUNT.match(question)) and not _INVERTED.search(count["rest"]) and answer[:1].isdigit():
        return f"{answer} {count['rest']}."
    if passive := _PASSIVE.match(question):
        who, place = passive["who"], re.sub(r"^(?:in|on|at) ", "", answer)
        preposition = "on" if re.search(r"\b[A-Z][a-z]+ \d{1,2}\b|\b\d{1,2} [A-Z][a-z]+", place) else "in"
        return f"{who[0].upper()}{who[1:]} {passive['verb']} {passive['done']} {preposition} {place}."
    subject = _SUBJECT.match(question)
    if not subject or not _VERB_FIRST.match(subject["rest"]):
        return None
    if _IS.match(subject["rest"]) and subject["rest"].split()[-1].lower() in (
        "of",
        "in",
        "for",
        "by",
        "to",
        "with",
        "on",
    ):
        return None
    return f"{answer[0].upper()}{answer[1:]} {subject['rest']}."


def twins(
    row: dict[str, Any], question: str, *, answers: Sequence[str], other: dict[str, Any], chance: random.Random
) -> Iterator[Case]:
    """The true claim of a question, and its false twins."""
    answer, context = row["answers"]["text"][0], row["context"]
    true = str(declared(row["question"], answer))
    cited = (context, row["title"], question)
    yield Case(true, *cited, "true")
    accepted = {text.casefold() for text in row["answers"]["text"]}
    wrong = [one for one in (*answers, *_like(answer, context)) if not _same(one, accepted)]
    if wrong:
        yield Case(str(declared(row["question"], chance.choice(wrong))), *cited, "answer")
    for kind, twin in (("number", _other_number(true, context, chance)), ("name", _other_name(true, context, chance))):
        if twin:
            yield Case(twin, *cited, kind)
    denied = re.sub(r"\b(is|was|are|were|has|had|have)\b", r"\1 not", true, count=1)
    if denied != true and len(true) % 3 == 0:
        yield Case(denied, *cited, "denied")
    if other["context"] != context:
        yield Case(true, other["context"], other["title"], question, "citation")


def _like(answer: str, context: str) -> list[str]:
    """What stands in the paragraph and might answer as well: numbers for a number, names for a name."""
    found = _NUMBER.findall(context) if any(letter.isdigit() for letter in answer) else names(context, context)
    return [one for one in found if one not in answer]


def names(text: str, context: str) -> list[str]:
    """Whole names of the paragraph, as they stand in the text: not the "Although" that opens a sentence."""
    known, found = facts.names(context), []
    for run in _CAPITALS.findall(text):
        words = list(dropwhile(lambda word: not facts.words(word) & known, run.split()))
        found += [" ".join(words).rstrip("- ")] if words else []
    return found


def _same(answer: str, accepted: set[str]) -> bool:
    return any(answer.casefold() in one or one in answer.casefold() for one in accepted)


def _other_number(claim: str, context: str, chance: random.Random) -> str | None:
    there = [one for one in _NUMBER.findall(claim) if one in context]
    if not there:
        return None
    old = chance.choice(there)
    others = sorted({one for one in _NUMBER.findall(context) if one not in claim and old not in one})
    if not others and old.isdigit():
        others = [str(int(old) + chance.choice((1, 2, 10)))]
    return claim.replace(old, chance.choice(others), 1) if others else None


def _other_name(claim: str, context: str, chance: random.Random) -> str | None:
    """With another whole name that shares no word with the claim: "Anna Berg" for "Bergen" may be no mistake."""
    there = [one for one in names(claim, context) if one in context]
    others = [one for one in names(context, context) if not facts.words(one) & facts.words(claim)]
    if not there or not others:
        return None
    return claim.replace(chance.choice(there), chance.choice(sorted(set(others))), 1)


def signs_of(case: Case, reader: ExtractiveReader) -> Signs | None:
    """None where nothing of the claim is in what it cites."""
    article = Article("a", "s", case.title.replace("_", " ") or "Untitled", case.context, "h")
    hit = Hit(Passage("a", 0, 0, len(case.context), case.context), article, score=1.0, word_rank=1, vector_rank=1)
    claim = Claim(case.text, (hit,))
    quotes = claims.evidence(claim)
    return claims.signs_of(claim, case.question, quotes, claims.asked(claim, case.question, reader)) if quotes else None


def fitted(cases: Sequence[Case], signs: Sequence[Signs | None]) -> dict[str, Any]:
    from sklearn.linear_model import LogisticRegression

    known = [(case, one) for case, one in zip(cases, signs, strict=True) if one is not None]
    truth = np.array([case.true for case, _ in known])
    values = np.array([[getattr(one, name) for name in claims.WEIGHTS] for _, one in known])
    model = LogisticRegression(class_weight="balanced", C=3.0).fit(values, truth)
    scores = model.predict_proba(values)[:, 1]
    passing = np.array([claims.is_exact(one) for _, one in known])[~truth] * scores[~truth]
    false = np.concatenate([passing, np.zeros(len(cases) - len(known))])  # what cites nothing is dropped
    return {
        "claims": len(known),
        "weights": dict(zip(claims.WEIGHTS, model.coef_[0].round(3).tolist(), strict=True)),
        "bias": round(float(model.intercept_[0]), 3),
        "supported_from": round(float(np.quantile(false, 1 - FALSE_CALLED_SUPPORTED)), 3),
        "partly_from": round(float(np.quantile(scores[truth], 1 - KEPT_OF_TRUE)), 3),
    }


def measured(cases: Sequence[Case], signs: Sequence[Signs | None]) -> dict[str, Any]:
    verdicts = [claims.verdict_of(one) if one else "unsupported" for one in signs]
    rows = list(zip(cases, verdicts, strict=True))
    kinds = sorted({case.kind for case in cases})
    return {
        "true": sum(case.true for case in cases),
        "false": sum(not case.true for case in cases),
        "false_claims_dropped": scores([(not case.true, verdict == "unsupported") for case, verdict in rows]),
        "false_claims_marked_or_dropped": scores([(not case.true, verdict != "supported") for case, verdict in rows]),
        "true_claims_called_supported": scores([(case.true, verdict == "supported") for case, verdict in rows]),
        "with_their_question": of_question(rows, related=True),
        "with_another_question": of_question(rows, related=False),
        "verdicts_by_kind": {
            kind: {
                v: sum(case.kind == kind and found == v for case, found in rows)
                for v in ("supported", "partly", "unsupported")
            }
            for kind in kinds
        },
    }


def of_question(rows: Sequence[tuple[Case, str]], *, related: bool) -> dict[str, Any]:
    some = [(case, verdict) for case, verdict in rows if (case.question != UNRELATED) == related]
    return {
        "false_claims_dropped": scores([(not case.true, verdict == "unsupported") for case, verdict in some]),
        "false_claims_marked_or_dropped": scores([(not case.true, verdict != "supported") for case, verdict in some]),
    }


def scores(pairs: Sequence[tuple[bool, bool]]) -> dict[str, float]:
    """Precision and recall of (is so, was found so)."""
    hits = sum(so and found for so, found in pairs)
    found, so = sum(found for _, found in pairs), sum(so for so, _ in pairs)
    return {"precision": round(hits / found, 4) if found else 0.0, "recall": round(hits / so, 4) if so else 0.0}


if __name__ == "__main__":
    main()
