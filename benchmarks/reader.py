"""The reader alone, on questions with their own passages: python -m benchmarks.reader [NAME_OR_FOLDER...]

The product's own reader reads, one question and its passage at a time, as if the search had found that passage alone.
SQuAD 2.0, the half of its articles on which nothing was fitted, with its unanswerable questions three ways: as the
product decides (the reader's calibration), where the best span beats the no-answer score, and at the threshold that
suits these questions best, which is no result, since it is fitted on them, but shows what a better calibration could
give. SQuAD 1.1, Natural Questions (QED) and nq_swap have an answer each, so the best span counts. nq_swap's answers
were exchanged in the passage: only reading finds them.
Definitions: the official SQuAD evaluation's, in percent.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from random import Random
from typing import Any

import click

from benchmarks.material import only_hit
from benchmarks.record import SHARED_DATA, record
from qa.readers import EMBEDDED, LARGER
from qa.readers.extractive import ExtractiveReader, load_reader
from training.measured import fitted_on
from training.rows import Row, read_rows
from training.scores import best_threshold, score
from training.spans import NOTHING, Best

DEV = SHARED_DATA / "dev"
ANSWERABLE = ("squad_v1.1", "natural_questions_qed", "nq_swap")
Read = list[tuple[Row, Best, float]]
"""Each row with the reader's best span and the probability that it gives it."""


@click.command()
@click.argument("names", nargs=-1)
@click.option("--limit", default=0, help="Questions of each set, drawn at random; 0 for all.")
@click.option("--seed", default=7, show_default=True)
@click.option("--keep/--no-keep", default=True, help="Write benchmarks/results/reader.json.")
def main(names: tuple[str, ...], limit: int, seed: int, keep: bool) -> None:
    """Measure these readers; both of ours where none is named."""
    names = names or (LARGER, EMBEDDED)
    measured = {name: measure(name, limit, seed) for name in names}
    if keep:
        options = f" --limit {limit} --seed {seed}" if limit else ""
        record("reader", f"python -m benchmarks.reader {' '.join(names)}{options}", measured)
    else:
        print(json.dumps(measured, indent=1))


def measure(name: str, limit: int, seed: int) -> dict[str, Any]:
    """Exact match and F1 on every set."""
    reader = load_reader(name)
    figures: dict[str, Any] = {"squad_v2": squad_v2(read(reader, sample("squad_v2", limit, seed)), reader.threshold)}
    for kind in ANSWERABLE:
        figures[kind] = _score(read(reader, sample(kind, limit, seed)))
        print(name, kind, figures[kind], flush=True)
    return figures


def sample(name: str, limit: int, seed: int) -> list[Row]:
    """That many rows of a set, drawn without looking; all of them for 0. Of SQuAD 2.0, none that thresholds saw."""
    rows = read_rows(DEV / f"{name}.jsonl.gz")
    rows = [row for row in rows if name != "squad_v2" or not fitted_on(row)]
    return Random(seed).sample(rows, min(limit, len(rows))) if limit else rows


def read(reader: ExtractiveReader, rows: list[Row]) -> Read:
    """What the reader makes of each question and its passage."""
    found: Read = []
    for row in rows:
        judgement = reader.judge(row.question, [only_hit(row.passage)])
        if judgement is None:
            found.append((row, NOTHING, 0.0))
        else:
            best = Best(judgement.answers[0].best.text, judgement.signals.span)
            found.append((row, best, judgement.probability))
    return found


def squad_v2(found: Read, threshold: float) -> dict[str, Any]:
    """Overall, and for answerable and unanswerable questions apart."""
    decided = [(row, best if probability >= threshold else NOTHING, 0.0) for row, best, probability in found]
    beating = [(row, best if best.margin > 0 else NOTHING, 0.0) for row, best, _ in found]
    fitted = best_threshold([row for row, *_ in found], [best for _, best, _ in found])
    fitting = [(row, best if best.margin > fitted else NOTHING, 0.0) for row, best, _ in found]
    figures: dict[str, Any] = {
        "as_the_product_decides": {"probability_threshold": threshold, **_halves(decided)},
        "over_the_no_answer_score": _halves(beating),
        "threshold_fitted_here_so_no_result": {"margin": round(fitted, 3), **_halves(fitting)},
        "best_span_of_answerable": _score([one for one in found if one[0].answerable]),
    }
    print("squad_v2", json.dumps(figures), flush=True)
    return figures


def _halves(found: Read) -> dict[str, Any]:
    return {
        "overall": _score(found),
        "answerable": _score([one for one in found if one[0].answerable]),
        "unanswerable": _score([one for one in found if not one[0].answerable]),
    }


def _score(found: Read) -> dict[str, Any]:
    return asdict(score([row for row, *_ in found], [best for _, best, _ in found]))


if __name__ == "__main__":
    main()
