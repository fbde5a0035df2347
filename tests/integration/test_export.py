"""Every article into a file and back: the same ids, hashes and fields, whatever they came from."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from index.errors import ConfigError, StorageError
from index.export import FIELDS, export, export_lines
from index.ingest import ingest
from index.local import LocalIndex
from index.sources.columns import choose_columns
from index.sources.drafts import article_id
from tests.doubles_index import HashingEmbedder

EMBEDDER = HashingEmbedder(max_tokens=64)
SAMPLE = Path(__file__).resolve().parents[2] / "sample" / "articles"
ODD = [
    {"title": "", "text": 'Κάτι 🦉 \u2028 e\u0301 "quoted",\nline', "language": "zh-Hant", "author": "A, B"},
    {"title": "= 1 + 1", "text": "x", "url": "https://wire.example/a?b=c&utm_source=x", "published": "2020-01-02"},
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = tmp_path / "rows.jsonl"
    rows.write_text("\n".join(map(json.dumps, ODD)))
    table = tmp_path / "table.csv"
    table.write_text("title,text,lang\nA row,Some words.,DE-at\n")
    with closing(LocalIndex.create_or_open(tmp_path / "index", EMBEDDER)) as index:
        report = ingest(index, [str(SAMPLE), str(rows), str(table)])
    assert report.failed == ()
    return tmp_path / "index"


@pytest.fixture
def index(folder: Path) -> Iterator[LocalIndex]:
    with closing(LocalIndex.open(folder, EMBEDDER)) as index:
        yield index


@pytest.mark.parametrize("name", ["articles.jsonl", "articles.parquet"])
def test_what_is_exported_comes_back_as_it_was(index: LocalIndex, folder: Path, tmp_path: Path, name: str) -> None:
    steps: list[tuple[int, int]] = []
    count = export(folder, tmp_path / name, lambda *step: steps.append(step))
    assert count == len(index.articles()) == 37
    assert steps[-1] == (37, 37)
    assert set(ingest(index, [str(tmp_path / name)]).unchanged) == {summary.id for summary in index.articles()}
    other = HashingEmbedder(revision="2")
    with closing(LocalIndex.create_or_open(tmp_path / "other", other)) as again:
        report = ingest(again, [str(tmp_path / name)])
        assert (len(report.added), report.failed) == (37, ())
        assert [again.article(one.id) for one in index.articles()] == [
            index.article(one.id) for one in index.articles()
        ]


def test_every_field_is_exported(folder: Path, index: LocalIndex) -> None:
    stream = io.BytesIO()
    assert export_lines(folder, stream) == 37
    rows = [json.loads(line) for line in stream.getvalue().splitlines()]
    article = index.article(rows[0]["id"])
    assert rows[0] == {
        "id": article.id,
        "source": article.source,
        "title": article.title,
        "text": article.text,
        "published": article.published.isoformat() if article.published else None,
        "author": article.author,
        "outlet": article.outlet,
        "language": article.language,
        "content_hash": article.content_hash,
        "copy_of": None,
    }
    assert {row["language"] for row in rows} >= {"zh", "de"}


@pytest.mark.parametrize("row", [{"id": "a-1", "source": "Example Wire"}, {"id": 7, "source": "a"}, {"source": "b"}])
def test_a_source_is_believed_only_where_the_id_was_made_of_it(index: LocalIndex, tmp_path: Path, row: object) -> None:
    file = tmp_path / "strange.jsonl"
    file.write_text(json.dumps({"title": "T", "text": "Words.", **row}))  # type: ignore[dict-item]
    (added,) = ingest(index, [str(file)]).added
    assert index.article(added).source == f"{file.resolve()}#t"


def test_an_exported_article_that_was_edited_replaces_itself(index: LocalIndex, tmp_path: Path) -> None:
    source = "https://wire.example/edited"
    file = tmp_path / "edited.jsonl"
    for text, change in (("One.", "added"), ("Two.", "updated")):
        file.write_text(json.dumps({"id": article_id(source), "source": source, "title": "T", "text": text}))
        assert getattr(ingest(index, [str(file)]), change) == (article_id(source),)


def test_only_what_can_be_read_again_is_written(folder: Path, tmp_path: Path) -> None:
    for file in (tmp_path / "articles.csv", tmp_path / "absent" / "articles.jsonl", folder / "articles.jsonl"):
        with pytest.raises((ConfigError, StorageError)):
            export(folder, file)
    assert not list(tmp_path.glob(".*tmp"))


def test_no_column_of_an_export_is_called_unused() -> None:
    assert choose_columns(FIELDS, {}).unused == ()
    assert choose_columns(("id", "text"), {}).unused == ("id",)
