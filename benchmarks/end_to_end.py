"""From a question to its answer, or a refusal, over 5,000 articles, and how long it takes.

    python -m benchmarks.end_to_end [READER...] [--questions N]

Every distinct paragraph of SQuAD's development set is an article, and so are as many of Natural Questions as make them
5,000. `squad_v2` asks questions of which half are written to be unanswerable, `squad_v1.1` answerable ones; `both`
together are as people are taken to ask, three of four answerable, which is what confidence was fitted for. The articles
that are asked about are those on which nothing was fitted (`training.measured`), the questions of v1.1 those on which
no ranking was, too. Figures are those of `qa evaluate`, one question at a time.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from itertools import islice
from random import Random
from typing import Any

import click

from benchmarks.material import KEPT, kept_index
from benchmarks.record import SHARED_DATA, record
from index.types import Article
from qa.config import load_config
from qa.evaluation.evaluate import evaluate
from qa.evaluation.metrics import figures
from qa.evaluation.pairs import Dataset, Pair
from qa.evaluation.rows import Row
from qa.readers import EMBEDDED, LARGER
from training.cases import article_of
from training.measured import fitted_on
from training.rows import Row as SquadRow
from training.rows import read_rows

DEV = SHARED_DATA / "dev"
INDEX = KEPT / "end-to-end-index"
ARTICLES = 5_000
SETS = ("squad_v2", "squad_v1.1")
FIGURES = (
    "f1", "exact_match", "f1_answerable", "recall@1", "recall@5", "coverage", "risk", "refusal_precision",
    "refusal_recall", "citation_precision", "risk_coverage_area", "ece", "latency_ms_p50", "latency_ms_p95",
    "latency_ms_search_p50", "latency_ms_read_p50", "latency_ms_read_p95",
)  # fmt: skip


@click.command()
@click.argument("readers", nargs=-1)
@click.option("--questions", default=1_000, show_default=True, help="Questions of each set, drawn at random.")
@click.option("--keep/--no-keep", default=True, help="Write benchmarks/results/end_to_end.json.")
def main(readers: tuple[str, ...], questions: int, keep: bool) -> None:
    """Ask each set's questions over all the articles; both readers of ours where none is named."""
    if not DEV.exists():
        sys.exit(f"{DEV} is not there: this benchmark needs the development sets")
    kept_index(INDEX, articles()).close()
    readers = readers or (LARGER, EMBEDDED)
    told: dict[str, Any] = {"articles": ARTICLES} | {reader: measured(reader, questions) for reader in readers}
    if keep:
        record("end_to_end", f"python -m benchmarks.end_to_end {' '.join(readers)} --questions {questions}", told)
    else:
        print(json.dumps(told, indent=1))


def measured(reader: str, questions: int) -> dict[str, Any]:
    """The figures of both sets together, and of each."""
    pairs = [pair for name in SETS for pair in asked(name, questions)]
    config = load_config(index=INDEX, reader=reader)
    rows = evaluate(Dataset("both", tuple(pairs)), config=config, threads=1).rows
    return {"both": _told(rows)} | {name: _told([row for row in rows if row.slices["set"] == name]) for name in SETS}


def _told(rows: Sequence[Row]) -> dict[str, list[float | int | None]]:
    found = figures(rows)
    return {name: [found[name].value, found[name].low, found[name].high, found[name].n] for name in FIGURES}


def asked(name: str, count: int) -> list[Pair]:
    """Questions on which nothing was fitted, drawn without looking."""
    rows = read_rows(DEV / f"{name}.jsonl.gz")
    fair = [row for row in (rows[1::2] if name == "squad_v1.1" else rows) if not fitted_on(row)]
    return [pair(row, name) for row in Random(7).sample(fair, min(count, len(fair)))]


def pair(row: SquadRow, name: str) -> Pair:
    """The right article of an unanswerable question is none."""
    accepted = tuple(dict.fromkeys(text for _, text in row.answers))
    gold = {article_of(row).id: 1} if accepted else {}
    return Pair(f"{name} {row.id}", row.question, accepted, gold, extra={"set": name})


def articles() -> list[Article]:
    """All of SQuAD's paragraphs, and as many others as make them ARTICLES."""
    names = ("squad_v1.1", "natural_questions_qed", "nq_swap")
    rows = (row for name in names for row in read_rows(DEV / f"{name}.jsonl.gz"))
    return list(islice({article.id: article for article in map(article_of, rows)}.values(), ARTICLES))


if __name__ == "__main__":
    main()
