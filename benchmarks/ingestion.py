"""How fast articles are taken in, from HTML files and from one JSONL file, and where the time goes.

    python -m benchmarks.ingestion [ARTICLES]

The articles are as long as a news agency's, put together from the sample's paragraphs. Each source is taken in by a
process of its own with the default embedder, as `qa add` does, and then once more.
The clocks run within that one run. 1,000 articles, some 3,200 passages, take about two minutes for each source on two
free processors, nearly all of them embedding. Results, of 1,000 articles or more: benchmarks/results/ingestion.json
"""

from __future__ import annotations

import html
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.material import sample_articles
from benchmarks.memory import PeakMemory, most_mb, peak_mb, peaks_in_words
from benchmarks.record import record
from index.ingest import ingest
from index.local import LocalIndex
from index.protocols import Change, Embedder, OnEmbedded, Vectors
from index.sources import SourceReader
from index.sources.found import Found
from index.types import Article, EmbedderIdentity
from qa.assemble import load_embedder
from qa.config import load_config

CHARACTERS = 2_500
WHOLE = 1_000
"""Articles of a run that is worth keeping."""


def articles(count: int) -> list[tuple[str, list[str]]]:
    """Titles and paragraphs, no two alike."""
    found = sample_articles()
    paragraphs = [paragraph for one in found for paragraph in one.text.split("\n\n") if len(paragraph) > 100]
    made = []
    for number in range(count):
        drawn = random.Random(number).sample(paragraphs, len(paragraphs))
        chosen: list[str] = []
        while sum(map(len, chosen)) < CHARACTERS:
            chosen.append(f"{drawn.pop()} This is told in report {number}.")
        made.append((f"{found[number % len(found)].title}, part {number}", chosen))
    return made


def write_html(folder: Path, made: list[tuple[str, list[str]]]) -> str:
    folder.mkdir()
    for number, (title, paragraphs) in enumerate(made):
        body = "".join(f"<p>{html.escape(paragraph)}</p>" for paragraph in paragraphs)
        page = (
            f"<!DOCTYPE html><html lang='en'><head><title>{html.escape(title)}</title></head><body><nav><a href='/'>"
            f"Home</a></nav><article><h1>{html.escape(title)}</h1>{body}</article></body></html>"
        )
        (folder / f"{number:05}.html").write_text(page, encoding="utf-8")
    return str(folder)


def write_rows(path: Path, made: list[tuple[str, list[str]]]) -> str:
    rows = (json.dumps({"title": title, "text": "\n\n".join(paragraphs)}) for title, paragraphs in made)
    path.write_text("\n".join(rows), encoding="utf-8")
    return str(path)


@dataclass
class TimedEmbedder:
    """An embedder with a clock at each door."""

    embedder: Embedder
    splitting_s: float = 0.0
    """Spent on counting tokens, which is most of splitting."""
    embedding_s: float = 0.0

    @property
    def identity(self) -> EmbedderIdentity:
        return self.embedder.identity

    @property
    def max_tokens(self) -> int:
        return self.embedder.max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        started = time.perf_counter()
        counts = self.embedder.count_tokens(texts)
        self.splitting_s += time.perf_counter() - started
        return counts

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        started = time.perf_counter()
        vectors = self.embedder.embed_passages(texts)
        self.embedding_s += time.perf_counter() - started
        return vectors

    def embed_query(self, text: str) -> Vectors:
        return self.embedder.embed_query(text)


class TimedReader(SourceReader):
    """A reader with a clock: what it takes to open, understand and clean the articles."""

    reading_s = 0.0

    def read(self, source: str) -> Iterator[Found]:
        found = super().read(source)
        while True:
            started = time.perf_counter()
            one = next(found, None)
            self.reading_s += time.perf_counter() - started
            if one is None:
                return
            yield one


class TimedIndex(LocalIndex):
    """An index with a clock: what it takes to add, all in all, and to publish what is left to publish at the end."""

    adding_s = 0.0
    publishing_s = 0.0

    def add(self, articles: Sequence[Article], *, on_embedded: OnEmbedded | None = None) -> list[Change]:
        started = time.perf_counter()
        changes = super().add(articles, on_embedded=on_embedded)
        self.adding_s += time.perf_counter() - started
        return changes

    def publish(self) -> None:
        started = time.perf_counter()
        super().publish()
        self.publishing_s += time.perf_counter() - started


def taken_in(source: str, folder: Path, count: int) -> dict[str, Any]:
    """Articles a second end to end, where the time goes, and the memory as it goes on."""
    embedder = TimedEmbedder(load_embedder(load_config(index=folder)))
    embedder.embed_query("warm")
    with closing(TimedIndex.create_or_open(folder, embedder)) as index, TimedReader() as reader:
        memory = PeakMemory()
        started = time.perf_counter()
        report = ingest(index, [source], reader=reader, on_progress=lambda now: memory.note(now.done))
        whole_s, reading_s, at_the_end = time.perf_counter() - started, reader.reading_s, peak_mb()
        adding_s, publishing_s = index.adding_s, index.publishing_s
        started = time.perf_counter()
        again = ingest(index, [source], reader=reader)
        again_s = time.perf_counter() - started
        info = index.info()
    if len(report.added) != count or len(again.unchanged) != count:
        raise SystemExit(f"of {count} articles, {len(report.added)} were taken in: {report.failed[:3]}")
    storing_s = adding_s - embedder.splitting_s - embedder.embedding_s
    spent = {
        "reading": reading_s,
        "counting tokens": embedder.splitting_s,
        "embedding": embedder.embedding_s,
        "storing, finding copies, keeping the caches up": storing_s,
        "publishing at the end": publishing_s,
        "the rest": whole_s - reading_s - adding_s - publishing_s,
    }
    return {
        "articles": count,
        "passages": info.passages,
        "copies": len(report.copies),
        "seconds": round(whole_s, 1),
        "articles_per_second": round(count / whole_s, 1),
        "passages_per_second": round(info.passages / whole_s, 1),
        "seconds_of": {name: round(seconds, 2) for name, seconds in spent.items()},
        "percent_of": {name: round(100 * seconds / whole_s, 1) for name, seconds in spent.items()},
        "seconds_again_unchanged": round(again_s, 1),
        "mb_on_disk": round(info.bytes_on_disk / 1e6, 1),
        "peak_mb": {
            "before": memory.at_first,
            "in each tenth": memory.by_tenth(count),
            "publishing": at_the_end,
            "a process that reads": most_mb(resource.RUSAGE_CHILDREN),
        },
    }


def in_its_own_process(source: str, folder: Path, count: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.ingestion", "--source", source, str(folder), str(count)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(done.returncode)
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def summary(figures: dict[str, Any]) -> str:
    """The same in words."""
    lines = []
    for name, one in figures.items():
        lines.append(
            f"{name}: {one['articles']:,} articles, {one['passages']:,} passages in {one['seconds']} s, "
            f"{one['articles_per_second']} articles a second; again, unchanged: {one['seconds_again_unchanged']} s"
        )
        lines += [f"  {share:5.1f}%  {part}" for part, share in one["percent_of"].items()]
        lines.append(f"  {peaks_in_words(one['peak_mb'])}")
    return "\n".join(lines)


def main(count: int = WHOLE) -> None:
    made = articles(count)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        figures = {
            "HTML files": in_its_own_process(write_html(place / "html", made), place / "a", count),
            "one JSONL file": in_its_own_process(write_rows(place / "rows.jsonl", made), place / "b", count),
        }
    record("ingestion", f"python -m benchmarks.ingestion {count}", figures, whole=count >= WHOLE)
    print(summary(figures))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--source"]:
        print(json.dumps(taken_in(sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))))
    else:
        main(*map(int, sys.argv[1:]))
