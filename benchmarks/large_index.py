"""An index of 100,000 passages: adding with its memory, opening cold, verifying, rebuilding its caches, backing up.

    python -m benchmarks.large_index [PASSAGES]

Storage, FAISS and Tantivy are the real ones. The embedder is not: it draws a vector of 384 numbers from a hash of each
text, because embedding 100,000 passages takes half an hour of two processors, and `benchmarks.ingestion` measures that.
Each step runs in a process of its own. Results: benchmarks/results/large_index.json
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from benchmarks.record import record
from index.backup import back_up, drop_caches
from index.ingest import Progress, ingest
from index.lexical import WordIndex
from index.local import LocalIndex
from index.protocols import Vectors
from index.store import Store
from index.types import EmbedderIdentity
from index.vectors import Snapshot

PASSAGES_AN_ARTICLE = 4
WORDS_A_PASSAGE = 75
COPIES_SHARE = 0.05
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


def add(folder: Path) -> dict[str, object]:
    """The memory is asked for after every batch, and told at ten moments."""
    seen: list[tuple[int, float]] = []

    def look(now: Progress) -> None:
        seen.append((now.done, _resident_mb()))

    started = time.perf_counter()
    with closing(LocalIndex.create_or_open(folder, HashEmbedder())) as index:
        report = ingest(index, [str(folder.parent / "rows.jsonl")], on_progress=look)
        seconds = time.perf_counter() - started
        info = index.info()
    at = [seen[min(len(seen) - 1, len(seen) * tenth // 10)] for tenth in range(11)]
    return {
        "articles": info.articles,
        "passages": info.passages,
        "copies": len(report.copies),
        "seconds": round(seconds, 1),
        "articles_per_second": round(info.articles / seconds, 1),
        "mb_on_disk": round(info.bytes_on_disk / 1e6, 1),
        "mb_in_memory_after_articles": {str(done): resident for done, resident in at},
        "mb_in_memory_at_most": _most_mb(),
    }


def open_cold(folder: Path) -> dict[str, object]:
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
        "mb_in_memory_at_most": _most_mb(),
    }


def verify(folder: Path) -> dict[str, object]:
    with closing(LocalIndex.open(folder, HashEmbedder())) as index:
        started = time.perf_counter()
        problems = index.verify()
        seconds = time.perf_counter() - started
    if problems:
        raise SystemExit(f"the index has problems: {problems[:3]}")
    return {"seconds": round(seconds, 1), "mb_in_memory_at_most": _most_mb()}


def rebuild(folder: Path) -> dict[str, object]:
    with closing(Store.open(folder)) as store, store.locked(), store.reading() as rows:
        drop_caches(folder)
        started = time.perf_counter()
        Snapshot.build(rows).save(folder)
        vectors = time.perf_counter()
        WordIndex.update(folder, rows, None)
        words = time.perf_counter()
    figures = {"faiss_s": round(vectors - started, 1), "tantivy_s": round(words - vectors, 1)}
    return {**figures, "mb_in_memory_at_most": _most_mb()}


def backup(folder: Path) -> dict[str, object]:
    started = time.perf_counter()
    done = back_up(folder, folder.parent / "backup.qa")
    return {"seconds": round(time.perf_counter() - started, 1), "mb": round(done.bytes / 1e6, 1)}


STEPS: dict[str, Callable[[Path], dict[str, object]]] = {
    step.__name__: step for step in (add, open_cold, verify, rebuild, backup)
}


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


def _most_mb() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6, 1)


def _run(step: str, folder: Path) -> dict[str, object]:
    command = [sys.executable, "-m", "benchmarks.large_index", "--step", step, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{step} failed: {done.stderr}")
    print(step, done.stdout.strip(), flush=True)
    figures: dict[str, object] = json.loads(done.stdout)
    return figures


def _steps(folder: Path) -> Iterator[tuple[str, dict[str, object]]]:
    for step in STEPS:
        yield step, _run(step, folder)


def main(passages: int = 100_000) -> None:
    with tempfile.TemporaryDirectory() as place:
        write_articles(Path(place) / "rows.jsonl", passages)
        figures = dict(_steps(Path(place) / "index"))
    record(
        "large_index",
        f"python -m benchmarks.large_index {passages}",
        {"embedder": "none: vectors of 384 numbers are drawn from a hash of the text", **figures},
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--step"]:
        print(json.dumps(STEPS[sys.argv[2]](Path(sys.argv[3]))))
    else:
        main(*map(int, sys.argv[1:]))
