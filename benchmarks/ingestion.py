"""How fast articles are taken in, from HTML files and from one JSONL file, and where the time goes.

    python -m benchmarks.ingestion [ARTICLES]

The articles are as long as a news agency's, put together from the sample's. Reading alone is timed apart; the rest of a
run is embedding and storing. Results: benchmarks/results/ingestion.json
"""

from __future__ import annotations

import html
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

from benchmarks.record import record
from index.ingest import ingest
from index.local import LocalIndex
from index.protocols import Embedder, Vectors
from index.sources import SourceReader, read_source
from index.types import Article, EmbedderIdentity
from qa.assemble import load_embedder
from qa.config import load_config

SAMPLE = Path(__file__).parents[1] / "sample" / "articles"
CHARACTERS = 2_500


def articles(count: int) -> list[tuple[str, list[str]]]:
    """Titles and paragraphs, no two alike."""
    found = [one for one in read_source(str(SAMPLE)) if isinstance(one, Article)]
    paragraphs = [paragraph for one in found for paragraph in one.text.split("\n\n") if len(paragraph) > 100]
    endless = cycle(paragraphs)
    made = []
    for number in range(count):
        chosen: list[str] = []
        while sum(map(len, chosen)) < CHARACTERS:
            chosen.append(f"{next(endless)} This is told in report {number}.")
        made.append((f"{found[number % len(found)].title}, part {number}", chosen))
        next(islice(endless, 1), None)
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


def timed(source: str, folder: Path, count: int) -> dict[str, float]:
    """Articles a second end to end, and where the time goes."""
    embedder = TimedEmbedder(load_embedder(load_config(index=folder)))
    embedder.embed_query("warm")
    started = time.perf_counter()
    with SourceReader() as reader:
        read = sum(isinstance(one, Article) for one in reader.read(source))
    reading_s = time.perf_counter() - started
    started = time.perf_counter()
    with closing(LocalIndex.create_or_open(folder, embedder)) as index:
        report = ingest(index, [source])
        whole_s = time.perf_counter() - started
        started = time.perf_counter()
        again = ingest(index, [source])
        again_s = time.perf_counter() - started
        passages = index.info().passages
    if read != count or len(report.added) != count or len(again.unchanged) != count:
        raise SystemExit(f"of {count} articles, {read} were read and {len(report.added)} taken in")
    return {
        "articles": count,
        "passages": passages,
        "articles_per_second": round(count / whole_s, 1),
        "seconds": round(whole_s, 1),
        "of_these_reading": round(reading_s, 1),
        "of_these_counting_tokens": round(embedder.splitting_s, 1),
        "of_these_embedding": round(embedder.embedding_s, 1),
        "of_these_storing_and_the_rest": round(whole_s - reading_s - embedder.splitting_s - embedder.embedding_s, 1),
        "seconds_again_unchanged": round(again_s, 1),
    }


def main(count: int = 1000) -> None:
    made = articles(count)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        figures = {
            "html_files": timed(write_html(place / "html", made), place / "a", count),
            "one_jsonl_file": timed(write_rows(place / "rows.jsonl", made), place / "b", count),
        }
    record("ingestion", f"python -m benchmarks.ingestion {count}", figures)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
