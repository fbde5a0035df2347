"""What judging and keeping the answers costs, and how many questions a second are asked."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.evaluation_data import INDEX, filled
from benchmarks.record import record
from qa.assemble import create_or_open_index, load_answerer, load_reader
from qa.chain import answer_chain
from qa.config import load_config
from qa.evaluation.evaluate import Opened, evaluate, silent
from qa.evaluation.journal import Journal
from qa.evaluation.pairs import Pair
from qa.evaluation.report import write_report
from qa.evaluation.results import evaluation_of
from qa.evaluation.retrieval import RecordingSearch
from qa.evaluation.rows import Row
from qa.evaluation.run import ArticleNames, Asker, ask_all

BLOCK, WARM = 50, 10
QUESTIONS, SPEED_QUESTIONS, ROUNDS = 1_000, 100, 3
THREADS = (1, 2, 4)

Seconds = tuple[float, float]
"""By the clock, and of processor time."""


def overhead(questions: int = QUESTIONS) -> None:
    """Each block of questions is asked both ways, one right after the other, which first by lot.

    So whatever else the machine does falls on both alike, and the ratio of each pair counts. Everything is warm. Each
    block has a journal of its own, with the waits for the disk that a run has once: rather too much overhead is told.
    """
    config = load_config(index=INDEX)
    dataset = filled(questions, config)
    with closing(create_or_open_index(config)) as index, TemporaryDirectory() as place:
        reader, names = load_reader(config), ArticleNames(index.articles())
        plain = answer_chain(index, reader, passages=config.passages)
        asker = Asker(answer_chain(RecordingSearch(index), reader, passages=config.passages), names)
        rows: list[Row] = []

        def in_a_loop(some: Sequence[Pair]) -> None:
            for pair in some:
                plain.invoke({"question": pair.question, "history": pair.history})

        def evaluated(some: Sequence[Pair]) -> None:
            with Journal(Path(place) / some[0].id) as journal:
                rows.extend(ask_all(some, asker, journal, fingerprint={}, threads=1, watch=silent))

        blocks = [dataset.pairs[start : start + BLOCK] for start in range(0, len(dataset.pairs), BLOCK)]
        in_a_loop(blocks[-1][:WARM])
        asker.ask(blocks[-1][0])
        pairs = _by_turns(blocks, in_a_loop, evaluated)
        started = time.perf_counter()
        write_report(evaluation_of(rows, {}), Path(place) / "report")
        closing_s = time.perf_counter() - started
    plain_s = sum(old[0] for old, _ in pairs)
    figures = {
        "questions": len(rows),
        "pairs_of_blocks": len(pairs),
        "overhead_percent_by_the_clock": _overhead([(old[0], new[0]) for old, new in pairs]),
        "overhead_percent_of_processor_time": _overhead([(old[1], new[1]) for old, new in pairs]),
        "figures_and_report_s": round(closing_s, 2),
        "figures_and_report_percent_of_these_questions": round(100 * closing_s / plain_s, 2),
        "all_told_percent_by_the_clock": round(100 * (sum(new[0] for _, new in pairs) + closing_s) / plain_s - 100, 2),
        "ms_per_question_in_a_plain_loop": round(1000 * plain_s / len(rows), 1),
    }
    command = f"python -m benchmarks.evaluation overhead {questions}"
    record("evaluation_overhead", command, figures, whole=questions >= QUESTIONS)


def _by_turns(
    blocks: Sequence[Sequence[Pair]],
    one: Callable[[Sequence[Pair]], None],
    other: Callable[[Sequence[Pair]], None],
) -> list[tuple[Seconds, Seconds]]:
    lot, spent = random.Random(0), []
    for some in blocks:
        if lot.random() < 0.5:
            first = _timed(one, some)
            spent.append((first, _timed(other, some)))
        else:
            second = _timed(other, some)
            spent.append((_timed(one, some), second))
    return spent


def _timed(work: Callable[[Sequence[Pair]], None], some: Sequence[Pair]) -> Seconds:
    wall, processor = time.perf_counter(), time.process_time()
    work(some)
    return time.perf_counter() - wall, time.process_time() - processor


def _overhead(pairs: Sequence[Seconds], resamples: int = 2_000) -> dict[str, float]:
    """The median of the paired ratios, with a 95% bootstrap interval over the blocks, and the ratio of the sums."""
    ratios = 100 * (np.array([new / old for old, new in pairs]) - 1)
    drawn = np.median(np.random.default_rng(0).choice(ratios, size=(resamples, len(ratios))), axis=1)
    low, high = np.percentile(drawn, [2.5, 97.5])
    old, new = (sum(column) for column in zip(*pairs, strict=True))
    told = {"median": float(np.median(ratios)), "low": low, "high": high, "of_the_sums": 100 * (new / old - 1)}
    return {name: round(float(value), 2) for name, value in told.items()}


def speed(questions: int = SPEED_QUESTIONS) -> None:
    """The same questions with 1, 2 and 4 threads, in three rounds, each in another order; models are loaded once."""
    config = load_config(index=INDEX)
    dataset = filled(questions, config)
    found: dict[int, list[dict[str, float]]] = {threads: [] for threads in THREADS}
    with closing(create_or_open_index(config)) as index:
        opened = Opened(index, load_answerer(config))
        evaluate(filled(WARM, config), config=config, threads=max(THREADS), opened=opened)  # warm
        for number in range(ROUNDS):
            for threads in (*THREADS[number:], *THREADS[:number]):
                done = evaluate(dataset, config=config, threads=threads, opened=opened)
                found[threads].append({name: one.value or 0.0 for name, one in done.metrics.items()})
    figures: dict[str, Any] = {"questions": questions, "rounds": ROUNDS}
    figures |= {f"{threads} threads": _of_rounds(rounds) for threads, rounds in found.items()}
    command = f"python -m benchmarks.evaluation speed {questions}"
    record("evaluation_speed", command, figures, whole=questions >= SPEED_QUESTIONS)


def _of_rounds(rounds: Sequence[dict[str, float]]) -> dict[str, Any]:
    """The median of the rounds, and of the questions a second each round."""
    names = ("questions_per_second", "latency_ms_p50", "latency_ms_p95")
    medians = {name: round(statistics.median(one[name] for one in rounds), 2) for name in names}
    return {**medians, "questions_per_second_of_each_round": [round(one[names[0]], 2) for one in rounds]}
