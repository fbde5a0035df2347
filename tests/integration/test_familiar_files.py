"""Files that are taken in again. Where they must not be parsed, a parser has no memory and would fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.ingest import ingest
from index.local import LocalIndex
from index.sources import SourceReader
from index.sources.isolation import DEFAULT_LIMITS, Limits
from index.types import IngestReport
from tests import made_files

NOTHING_IS_PARSED = Limits(memory_bytes=1)
TABLE = b"title,text,summary\nRain,It rained in Velt for three days.,It rained.\n"


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "velt.html").write_bytes(made_files.html())
    (folder / "report.docx").write_bytes(made_files.docx())
    (folder / "all.zip").write_bytes(made_files.zipped({"table.csv": TABLE, "note.md": b"# A note\n\nShort."}))
    return folder


def _add(
    index: LocalIndex, *sources: Path, limits: Limits = DEFAULT_LIMITS, columns: dict[str, str] | None = None
) -> IngestReport:
    with SourceReader(memory=index, limits=limits, columns=columns) as reader:
        return ingest(index, [str(source) for source in sources], reader=reader, memory=index)


def test_what_has_not_changed_is_not_parsed_again(index: LocalIndex, sources: Path) -> None:
    first = _add(index, sources)
    assert (len(first.added), first.failed) == (4, ())
    again = _add(index, sources, limits=NOTHING_IS_PARSED)
    assert sorted(again.unchanged) == sorted(first.added)
    assert (again.added, again.updated, again.failed) == ((), (), ())
    (sources / "velt.html").write_bytes(made_files.html().replace(b"Velt", b"Voort"))
    assert len(_add(index, sources, limits=NOTHING_IS_PARSED).failed) == 1
    assert len(_add(index, sources).updated) == 1


def test_an_article_that_has_gone_comes_back(index: LocalIndex, sources: Path) -> None:
    first = _add(index, sources / "all.zip")
    index.remove([first.added[0]])
    again = _add(index, sources / "all.zip")
    assert (again.added, again.unchanged) == (first.added[:1], first.added[1:])


def test_what_another_source_gave_since_is_replaced_again(index: LocalIndex, sources: Path) -> None:
    page = made_files.html(head='<link rel="canonical" href="https://wire.example/velt">')
    (sources / "velt.html").write_bytes(page)
    for name in ("other.html", "a-third.html"):
        (sources / name).write_bytes(page.replace(b"Velt", b"Voort"))
    (article_id,) = _add(index, sources / "velt.html").added
    assert "Velt" in index.article(article_id).text
    assert _add(index, sources / "other.html").updated == (article_id,)
    assert _add(index, sources / "velt.html").updated == (article_id,)
    assert "Velt" in index.article(article_id).text
    _add(index, sources / "a-third.html", sources / "velt.html")  # the last one stays, unchanged though it is
    assert "Velt" in index.article(article_id).text


def test_other_columns_are_read_anew(index: LocalIndex, sources: Path) -> None:
    _add(index, sources / "all.zip")
    assert len(_add(index, sources / "all.zip", columns={"text": "summary"}).updated) == 1


def test_a_failure_is_said_again(index: LocalIndex, sources: Path) -> None:
    (sources / "all.zip").write_bytes(made_files.zipped({"note.md": b"# A note\n\nShort.", "empty.txt": b""}))
    for _ in range(2):
        assert [failure.reason for failure in _add(index, sources / "all.zip").failed] == ["it has no text"]
