"""What the benchmarks ask, and what they ask it of: the sample, indexes that are kept, and passages by themselves."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from index.ingest import ingest
from index.local import LocalIndex
from index.models.embedding import load_embedder
from index.sources import read_source
from index.types import Article, Hit, Passage

ROOT = Path(__file__).parents[1]
SAMPLE = str(ROOT / "sample" / "articles")
KEPT = ROOT / ".cache" / "benchmarks"
_ARTICLES_AT_ONCE = 64


def sample_articles() -> list[Article]:
    return [one for one in read_source(SAMPLE) if isinstance(one, Article)]


def sample_questions() -> list[dict[str, Any]]:
    return [json.loads(line) for line in (ROOT / "sample" / "questions.jsonl").read_text("utf-8").splitlines()]


def stand_alone_questions(count: int | None = None) -> list[dict[str, Any]]:
    """Those that follow no other; of them every few, so that there are at most `count`."""
    alone = [row for row in sample_questions() if not row["history"]]
    return alone[:: max(1, len(alone) // count)][:count] if count else alone


@contextmanager
def sample_index() -> Iterator[LocalIndex]:
    """An index of the sample's articles that is thrown away."""
    with TemporaryDirectory() as folder, closing(LocalIndex.create_or_open(Path(folder), load_embedder())) as index:
        ingest(index, [SAMPLE])
        yield index


def filled(index: LocalIndex, articles: Iterable[Article]) -> LocalIndex:
    """The index, with what it lacks of these articles; nothing is embedded twice."""
    remaining = iter(articles)
    while batch := list(islice(remaining, _ARTICLES_AT_ONCE)):
        index.add(batch)
    index.publish()
    return index


def kept_index(folder: Path, articles: Iterable[Article]) -> LocalIndex:
    """The index that is kept there, filled with these articles."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    return filled(LocalIndex.create_or_open(folder, load_embedder()), articles)


def only_hit(text: str, name: str = "passage", title: str = "") -> Hit:
    """A passage that is all of its article, as a search finds it that finds nothing else."""
    article = Article(name, f"https://wire.example/{name}", title, text, "h")
    return Hit(Passage(name, 0, 0, len(text), text), article, score=1.0, word_rank=1, vector_rank=1)
