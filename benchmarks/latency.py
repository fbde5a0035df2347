"""What a person waits for: `qa --help` and `qa ask` from a cold start, and a question once everything is loaded.

python -m benchmarks.latency
"""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from time import perf_counter

from benchmarks.material import ROOT, SAMPLE, sample_questions
from benchmarks.record import percentiles, record
from index.ingest import ingest
from qa.assemble import create_or_open_index, open_chain
from qa.config import load_config

INDEX = ROOT / ".cache" / "sample-index"
QA = Path(sys.executable).parent / "qa"
COLD_STARTS = 10
WARM_QUESTIONS = 100


def main() -> None:
    config = load_config(index=INDEX)
    index = create_or_open_index(config)
    ingest(index, [SAMPLE])
    index.close()
    questions = [row["question"] for row in sample_questions()][:WARM_QUESTIONS]
    ask = [str(QA), "ask", "--json", "--index", str(INDEX), questions[0]]
    figures = {
        "help_ms": percentiles(_cold([str(QA), "--help"])),
        "cold_ask_ms": percentiles(_cold(ask)),
        "warm_ms": _warm(questions),
    }
    record("latency", "python -m benchmarks.latency", figures)


def _cold(command: list[str]) -> list[float]:
    """Whole processes, after one that is not counted; the files they read are then in the system's cache."""
    times_ms = []
    for _ in range(COLD_STARTS + 1):
        start = perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times_ms.append((perf_counter() - start) * 1000)
    return times_ms[1:]


def _warm(questions: list[str]) -> dict[str, dict[str, float]]:
    """By step of the chain, one question after the other in one process."""
    chain = open_chain(load_config(index=INDEX))
    chain.invoke(questions[0])
    times_ms: defaultdict[str, list[float]] = defaultdict(list)
    for question in questions:
        for step, taken_ms in chain.invoke(question).timings_ms.items():
            times_ms[step].append(taken_ms)
    return {step: percentiles(values) for step, values in times_ms.items()}


if __name__ == "__main__":
    main()
