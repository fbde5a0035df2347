"""Does the packed reader answer as the trained one does? python -m benchmarks.packed_reader TRAINED [--questions 1000]

Each question is read in its own paragraph, and the best span is taken whether or not the reader would give it.
Needs ../shared/data. Writes benchmarks/results/packed_reader.json.
"""

from __future__ import annotations

import argparse
import random
from typing import Any

from benchmarks.material import only_hit
from benchmarks.record import SHARED_DATA, record, rows_of
from qa.evaluation.answers import exact_match, f1
from qa.readers import EMBEDDED
from qa.readers.extractive import ExtractiveReader, load_reader

DATA = SHARED_DATA / "dev"
FILES = ("squad_v1.1", "squad_v2", "natural_questions_qed")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trained", help="folder of the reader that was packed")
    parser.add_argument("--questions", type=int, default=1000, help="of each file")
    given = parser.parse_args()
    readers = {"trained": load_reader(given.trained), "packed": load_reader(EMBEDDED)}
    results = {name: compare(readers, sample(name, given.questions)) for name in FILES}
    record("packed_reader", f"python -m benchmarks.packed_reader TRAINED --questions {given.questions}", results)


def sample(name: str, questions: int) -> list[dict[str, Any]]:
    rows = [row for row in rows_of(DATA / f"{name}.jsonl.gz") if row["answers"]["text"]]
    return random.Random(0).sample(rows, min(questions, len(rows)))


def compare(readers: dict[str, ExtractiveReader], rows: list[dict[str, Any]]) -> dict[str, float]:
    answers = {name: [best_answer(reader, row) for row in rows] for name, reader in readers.items()}
    accepted = [row["answers"]["text"] for row in rows]
    results: dict[str, float] = {"questions": len(rows)}
    for name, given in answers.items():
        pairs = list(zip(given, accepted, strict=True))
        results[f"{name}_exact_match"] = mean([float(exact_match(*pair)) for pair in pairs])
        results[f"{name}_f1"] = mean([f1(*pair) for pair in pairs])
    results["same_answer"] = mean([float(a == b) for a, b in zip(*answers.values(), strict=True)])
    return results


def best_answer(reader: ExtractiveReader, row: dict[str, Any]) -> str:
    judgement = reader.judge(row["question"], [only_hit(row["context"])])
    return judgement.answers[0].best.text if judgement else ""


def mean(values: list[float]) -> float:
    return round(100 * sum(values) / len(values), 2)


if __name__ == "__main__":
    main()
