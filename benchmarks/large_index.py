"""An index of 100,000 passages: adding with its memory, opening cold, verifying, rebuilding its caches, backing up.

    python -m benchmarks.large_index [PASSAGES]

Storage, FAISS and Tantivy are the real ones. The embedder is not: it draws a vector of 384 numbers from a hash of each
text. The real one embeds some 35 to 75 passages a second on two free processors, so 100,000 would take from 22 to 48
minutes, and `benchmarks.ingestion` measures it; its own memory (some 270 MB) comes on top of what is measured here. The
vectors are as many and as long as real ones, and nothing here depends on what they mean. All of it takes about five
minutes. Each step runs in a process of its own.

Results, of 100,000 passages or more: benchmarks/results/large_index.json
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.memory import TENTHS, PeakMemory, most_mb, peak_mb, peaks_in_words
from benchmarks.record import record
from index.backup import back_up, drop_caches
from index.caches.lexical import WordIndex
from index.caches.vectors import Snapshot
from index.ingest import Progress, ingest
from index.local import LocalIndex
from index.protocols import Vectors
from index.storage.store import Store
from index.types import EmbedderIdentity

PASSAGES_AN_ARTICLE = 4
WORDS_A_PASSAGE = 75
COPIES_SHARE = 0.05
WHOLE = 100_000
"""Passages of a run that is worth keeping."""
VOCABULARY = 50_000
QUESTION = "Which w17 said that w230 and w4711 had met?"


class HashEmbedder:
    """Gives every text its own direction. It means nothing, and costs next to nothing."""

    max_tokens = 100
    identity = EmbedderIdentity("hash", "1", 384, hashlib.sha256(b"hash").hexdigest())

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self.embed_query(text) for text in texts])

    def embed_query(self, text: str) -> Vectors:
        seed = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
        vector = np.random.default_rng(seed).standard_normal(384, dtype=np.float32)
        return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


def write_articles(path: Path, passages: int) -> int:
    """Articles of words as frequent as in a language, one in twenty a copy of the one before."""
    chance = random.Random(1)
    ranks = (1 / np.arange(1, VOCABULARY + 1)).cumsum().tolist()
    words = [f"w{number}" for number in range(VOCABULARY)]
    count, text = passages // PASSAGES_AN_ARTICLE, ""
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            if not text or chance.random() > COPIES_SHARE:
                drawn = chance.choices(words, cum_weights=ranks, k=PASSAGES_AN_ARTICLE * WORDS_A_PASSAGE)
                sentences = (drawn[start : start + 20] for start in range(0, len(drawn), 20))
                text = " ".join(" ".join(sentence).capitalize() + "." for sentence in sentences)
            file.write(json.dumps({"title": f"Report {number}", "text": text}) + "\n")
    return count


def add(folder: Path) -> dict[str, Any]:
    """The memory is the most in each tenth of the articles: what a batch takes for a moment counts."""
    clock: list[tuple[int, float]] = []
    count = sum(1 for _ in (folder.parent / "rows.jsonl").open())
    with closing(LocalIndex.create_or_open(folder, HashEmbedder())) as index:
        memory, started = PeakMemory(), time.perf_counter()

        def look(now: Progress) -> None:
            memory.note(now.done)
            clock.append((now.done, time.perf_counter() - started))

        report = ingest(index, [str(folder.parent / "rows.jsonl")], on_progress=look)
        seconds, publishing = time.perf_counter() - started, peak_mb()
        info = index.info()
    return {
        "articles": info.articles,
        "passages": info.passages,
        "copies": len(report.copies),
        "seconds": round(seconds, 1),
        "articles_per_second": round(info.articles / seconds, 1),
        "seconds_until_each_tenth": [
            round(next(at for done, at in clock if done >= count * tenth / TENTHS), 1) for tenth in range(1, TENTHS + 1)
        ],
        "mb_on_disk": round(info.bytes_on_disk / 1e6, 1),
        "peak_mb": {
            "before": memory.at_first,
            "in each tenth": memory.by_tenth(count),
            "publishing": publishing,
        },
    }


def open_cold(folder: Path) -> dict[str, Any]:
    """With the files out of the system's cache, as far as it lets them go."""
    for file in folder.rglob("*"):
        if file.is_file():
            with file.open("rb") as stream:
                os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    started = time.perf_counter()
    with closing(LocalIndex.open(folder, HashEmbedder())) as index:
        opened = time.perf_counter()
        index.search(QUESTION, 8)
        first = time.perf_counter()
        index.search(f"{QUESTION} Once more.", 8)
        second = time.perf_counter()
    return {
        "open_s": round(opened - started, 3),
        "first_question_s": round(first - opened, 2),
        "second_question_s": round(second - first, 3),
        "mb_in_memory_at_most": most_mb(),
    }


def verify(folder: Path) -> dict[str, Any]:
    with closing(LocalIndex.open(folder, HashEmbedder())) as index:
        started = time.perf_counter()
        problems = index.verify()
        seconds = time.perf_counter() - started
    if problems:
        raise SystemExit(f"the index has problems: {problems[:3]}")
    return {"seconds": round(seconds, 1), "mb_in_memory_at_most": most_mb()}


def rebuild(folder: Path) -> dict[str, Any]:
    with closing(Store.open(folder)) as store, store.locked(), store.reading() as rows:
        drop_caches(folder)
        started = time.perf_counter()
        Snapshot.write(folder, rows)
        vectors = time.perf_counter()
        WordIndex.update(folder, rows, None)
        words = time.perf_counter()
    figures = {"faiss_s": round(vectors - started, 1), "tantivy_s": round(words - vectors, 1)}
    return {**figures, "mb_in_memory_at_most": most_mb()}


def backup(folder: Path) -> dict[str, Any]:
    started = time.perf_counter()
    done = back_up(folder, folder.parent / "backup.qa")
    return {"seconds": round(time.perf_counter() - started, 1), "mb": round(done.bytes / 1e6, 1)}


STEPS: dict[str, Callable[[Path], dict[str, Any]]] = {
    step.__name__: step for step in (add, open_cold, verify, rebuild, backup)
}


def _run(step: str, folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.large_index", "--step", step, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{step} failed: {done.stderr}")
    print(step, done.stdout.strip(), flush=True)
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def _steps(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for step in STEPS:
        yield step, _run(step, folder)


def summary(figures: dict[str, dict[str, Any]]) -> str:
    """The same in words."""
    added, opened, rebuilt = figures["add"], figures["open_cold"], figures["rebuild"]
    return "\n".join([
        f"{added['articles']:,} articles, {added['passages']:,} passages, {added['copies']:,} near copies, "
        f"{added['mb_on_disk']:,} MB on disk",
        f"added in {added['seconds']:,} s without embedding, {added['articles_per_second']} articles a second; "
        f"each tenth was there after {' '.join(f'{one:.0f}' for one in added['seconds_until_each_tenth'])} s",
        peaks_in_words(added["peak_mb"]),
        f"opened cold in {opened['open_s']} s; its first question {opened['first_question_s']} s, the next "
        f"{opened['second_question_s']} s; {opened['mb_in_memory_at_most']:.0f} MB",
        f"verified in {figures['verify']['seconds']} s, with {figures['verify']['mb_in_memory_at_most']:.0f} MB",
        f"caches built anew: FAISS {rebuilt['faiss_s']} s, Tantivy {rebuilt['tantivy_s']} s, with "
        f"{rebuilt['mb_in_memory_at_most']:.0f} MB",
        f"backed up in {figures['backup']['seconds']} s, {figures['backup']['mb']} MB",
    ])  # fmt: skip


def main(passages: int = WHOLE) -> None:
    with tempfile.TemporaryDirectory() as place:
        write_articles(Path(place) / "rows.jsonl", passages)
        figures = dict(_steps(Path(place) / "index"))
    record(
        "large_index",
        f"python -m benchmarks.large_index {passages}",
        {"embedder": "none: vectors of 384 numbers are drawn from a hash of the text", **figures},
        whole=passages >= WHOLE,
    )
    print(summary(figures))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--step"]:
        print(json.dumps(STEPS[sys.argv[2]](Path(sys.argv[3]))))
    else:
        main(*map(int, sys.argv[1:]))
