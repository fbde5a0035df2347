"""Is a disagreement shown where articles disagree, and only there? python -m benchmarks.disagreement [--fit]

Paragraphs with known answers are articles. Half of those asked about have a copy in which the answer is another
number, day or name: a disagreement to be found. A quarter have a copy that writes the same answer in another way: to be
found to agree. Whatever else differs is a false disagreement, for the answer stands in no other paragraph. --fit looks
at training data and prints what other margins would do; without it, development data are measured.
Needs ../shared/data.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import random
import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from benchmarks.material import KEPT, kept_index
from benchmarks.record import SHARED_DATA, record, rows_of
from index.local import LocalIndex
from index.types import Article
from qa.agreement import compare, said
from qa.readers.disputes import MARGINS, Margins, hedged, is_about, likeness, opinions
from qa.readers.extractive import ExtractiveReader, load_reader

FILES = {
    "fit": ("train/squad", "train/natural_questions_qed"),
    "report": ("dev/squad_v1.1", "dev/natural_questions_qed"),
}
NEIGHBOURS = 4
"""Paragraphs of the same title that stand beside each that is asked about."""
GRID = tuple(
    Margins(differs=differs, least=least, covers=covers)
    for differs, least, covers in itertools.product(
        (2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0), (-2.0, -1.0, 0.0, 2.0), (0.6, 0.8, 1.0)
    )
)


@dataclass(frozen=True)
class Case:
    """A question on a paragraph, and the copy of it that is an article, too."""

    question: str
    answers: tuple[str, ...]
    article: Article
    kind: str
    """What its copy does: "differs", "agrees", or "none" for no copy."""
    copy: Article | None


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--fit", action="store_true", help="print what margins do to training data")
    parser.add_argument("--questions", type=int, default=120, help="how many questions (default 120)")
    options = parser.parse_args(arguments)
    part = "fit" if options.fit else "report"
    looks = collected(part, options.questions)
    if options.fit:
        for margins in GRID:
            found = figures(looks, margins)
            print(f"{margins.differs} {margins.least} {margins.covers}: {found['found']} {found['false']}")
        return
    record("disagreement", "python -m benchmarks.disagreement", figures(looks, MARGINS) | {"questions": len(looks)})


def figures(looks: Sequence[dict[str, Any]], margins: Margins) -> dict[str, Any]:
    """Over the questions that are answered, and rightly where the copy matters."""
    given = [look for look in looks if look["given"]]
    differing = [look for look in given if look["kind"] == "differs" and look["read_copy"] and look["sided"]]
    agreeing = [look for look in given if look["kind"] == "agrees" and look["read_copy"] and look["sided"]]
    shown = [(look, [one for one in look["opinions"] if _shown(one, look["span"], margins)]) for look in given]
    return {
        "found": _share([any(one["copy"] for one in _of(shown, look)) for look in differing]),
        "false": _share([any(not one["copy"] for one in ones) for look, ones in shown]),
        "agreement_called_disagreement": _share([any(one["copy"] for one in _of(shown, look)) for look in agreeing]),
        "agreement_found": _share([_agrees(look, margins) for look in agreeing]),
    }


def _of(shown: list[tuple[dict[str, Any], list[dict[str, Any]]]], look: dict[str, Any]) -> list[dict[str, Any]]:
    return next(ones for one, ones in shown if one is look)


def _shown(one: dict[str, Any], first_span: float, margins: Margins) -> bool:
    sure = one["span"] >= max(margins.least, first_span - margins.differs)
    return bool(one["relation"] == "differ" and sure and one["named"] and one["covers"] >= margins.covers)


def _agrees(look: dict[str, Any], margins: Margins) -> bool:
    return any(
        one["copy"] and one["relation"] == "agree" and one["span"] >= look["span"] - margins.agrees
        for one in look["opinions"]
    )


def _share(values: Sequence[bool]) -> dict[str, Any]:
    return {"share": round(sum(values) / len(values), 3) if values else None, "of": len(values)}


def collected(part: str, count: int) -> list[dict[str, Any]]:
    """What the reader makes of each question."""
    cases, articles = _cases(part, count)
    reader = load_reader()
    with closing(kept_index(KEPT / f"disagreement-{part}-{count}", articles)) as index:
        return [_look(case, index, reader) for case in cases]


def _look(case: Case, index: LocalIndex, reader: ExtractiveReader) -> dict[str, Any]:
    hits = index.search(case.question, 8)
    judgement = reader.judge(case.question, hits)
    if judgement is None:
        return {"kind": case.kind, "given": False}
    first = judgement.answers[0].best
    own = {case.article.id, case.copy.id if case.copy else ""}
    other = (own - {first.hit.article.id}).pop() if first.hit.article.id in own else ""
    return {
        "kind": case.kind,
        "question": case.question,
        "given": reader.decide(judgement).text is not None,
        "sided": first.hit.article.id in own,
        "read_copy": other != "" and any(hit.article.id == other for hit in hits),
        "text": first.text,
        "span": first.span,
        "opinions": [
            {
                "text": one.text,
                "span": one.span,
                "covers": likeness(case.question, first.hit, one.hit),
                "named": is_about(case.question, first.hit, one.hit, covers=0.0),
                "relation": compare(hedged(first).text, one.text),
                "copy": one.hit.article.id == other,
            }
            for one in map(hedged, opinions(judgement.answers))
        ],
    }


def _cases(part: str, count: int) -> tuple[list[Case], list[Article]]:
    rows = [row for name in FILES[part] for row in _rows(name)]
    chance = random.Random(part)
    chance.shuffle(rows)
    asked = list({row["context"]: row for row in rows[: 2 * count]}.values())[:count]
    answers = [row["answers"]["text"][0] for row in rows[:3000]]
    cases = [_case(row, number, answers, chance) for number, row in enumerate(asked)]
    beside = [
        _article(row["title"], row["context"])
        for case_row in asked
        for row in [one for one in rows if one["title"] == case_row["title"]][:NEIGHBOURS]
    ]
    articles = [case.article for case in cases] + [case.copy for case in cases if case.copy] + beside
    return cases, list({article.id: article for article in articles}.values())


def _rows(name: str) -> Iterator[dict[str, Any]]:
    for row in rows_of(SHARED_DATA / f"{name}.jsonl.gz"):
        if row["answers"]["text"] and not row.get("is_impossible"):
            yield row


def _case(row: dict[str, Any], number: int, answers: Sequence[str], chance: random.Random) -> Case:
    article, text = _article(row["title"], row["context"]), row["answers"]["text"][0]
    kind = ("differs", "agrees", "differs", "none")[number % 4]
    new = {"differs": _another(text, answers, chance), "agrees": _otherwise(text), "none": None}[kind]
    copy = _article(row["title"], _replaced(row["context"], text, new), "copy") if new else None
    return Case(row["question"], tuple(row["answers"]["text"]), article, kind if copy else "none", copy)


def _another(text: str, answers: Sequence[str], chance: random.Random) -> str | None:
    same_length = [one for one in answers if abs(len(one.split()) - len(text.split())) <= 1]
    differing = [
        one for one in chance.sample(same_length, min(400, len(same_length))) if compare(text, one) == "differ"
    ]
    return differing[0] if differing else None


def _otherwise(text: str) -> str | None:
    """The same answer, rounded, or by a name's last part."""
    whole = re.fullmatch(r"(\d{1,3}(?:,\d{3})+|\d{3,})", text)
    if whole and said(text).kind == "number":
        value = int(text.replace(",", ""))
        return f"about {round(value, 2 - len(str(value))):,}"
    if said(text).kind == "name" and len(text.split()) == 2 and text.istitle():
        return text.split()[1]
    return None


def _replaced(context: str, text: str, new: str) -> str:
    return re.sub(rf"(?<!\w){re.escape(text)}(?!\w)", lambda _: new, context)


def _article(title: str, text: str, outlet: str = "") -> Article:
    digest = hashlib.sha256(f"{outlet} {text}".encode()).hexdigest()
    return Article(digest[:20], f"https://wire.example/{digest[:20]}", title.replace("_", " "), text, digest)


if __name__ == "__main__":
    main()
