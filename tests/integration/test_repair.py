"""Damaged indexes made sound again: what is lost is named, what is left is as it was."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from index.errors import EmbedderMismatchError, ModelError, NotAnIndexError
from index.local import LocalIndex
from index.protocols import Embedder
from index.repair import RepairReport, repair
from index.types import Visit
from tests.doubles_index import HashingEmbedder, stored_article

EMBEDDER = HashingEmbedder()
ARTICLES = [stored_article(f"kept {number}") for number in range(10)]
VISIT = Visit("https://wire.example/feed", '"etag"', None, ("kept 1",))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with closing(LocalIndex.create_or_open(tmp_path / "index", EMBEDDER)) as index:
        index.add(ARTICLES)
        index.remember([VISIT])
        index.publish()
    return tmp_path / "index"


def _change(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / "store.db")) as connection, connection:
        connection.execute(statement)


def _assert_sound(folder: Path, *lost: str) -> None:
    with closing(LocalIndex.open(folder, EMBEDDER)) as index:
        assert index.verify() == []
        left = [article for article in ARTICLES if article.id not in lost]
        assert {summary.id for summary in index.articles()} == {article.id for article in left}
        assert [index.article(article.id) for article in left] == left
        assert all(index.search(f"about {one.id}", 1)[0].article.id == one.id for one in left)
        index.add([stored_article("more")])
        assert index.verify() == []


def _absent() -> Embedder:
    raise ModelError("This model is not on this machine.")


def test_a_sound_index_gets_new_caches_and_keeps_everything(folder: Path) -> None:
    (folder / "CURRENT").write_text("garbage")
    report = repair(folder, _absent)
    assert len(report.problems) == 1
    assert "snapshot" in report.problems[0]
    assert (report.quarantined, report.embedded_anew, report.quarantine) == ((), (), None)
    assert repair(folder, _absent) == RepairReport()
    _assert_sound(folder)


def test_a_damaged_article_is_set_apart_and_named(folder: Path) -> None:
    _change(folder, "UPDATE articles SET text = replace(text, 'second', 'sekond') WHERE id = 'kept 3'")
    steps: list[tuple[int, int]] = []
    report = repair(folder, _absent, lambda done, total: steps.append((done, total)))
    assert [(one.id, one.source, one.title) for one in report.quarantined] == [
        ("kept 3", "https://wire.example/kept 3", "On kept 3")
    ]
    assert report.problems == ("article 'kept 3' is not as it was written",)
    assert report.quarantine is not None
    (row,) = map(json.loads, Path(report.quarantine).read_text().splitlines())
    assert (row["id"], row["problem"]) == ("kept 3", "it is damaged")
    assert "sekond" in row["text"]
    _assert_sound(folder, "kept 3")


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE passages SET vector = zeroblob(64) WHERE number = 4",
        "UPDATE passages SET start = 1 WHERE number = 4",
        "DELETE FROM passages WHERE number = 4",
    ],
)
def test_damaged_passages_are_made_anew(folder: Path, damage: str) -> None:
    _change(folder, damage)
    if damage.startswith("DELETE"):  # which no hash can tell, so something else must be wrong too
        _change(folder, "UPDATE visits SET etag = 'other'")
    before = (folder / "store.db").read_bytes()
    with pytest.raises(ModelError):
        repair(folder, _absent)
    assert (folder / "store.db").read_bytes() == before
    report = repair(folder, lambda: EMBEDDER)
    assert report.embedded_anew == ("kept 3",)
    assert report.quarantined == ()
    _assert_sound(folder)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE stories SET story = 1",
        "DELETE FROM stories WHERE article = 2",
        "DELETE FROM bands",
        "UPDATE visits SET etag = 'other'",
    ],
)
def test_what_can_be_found_again_is(folder: Path, damage: str) -> None:
    _change(folder, damage)
    report = repair(folder, _absent)
    assert report.problems
    assert report.quarantined == ()
    assert report.visits_forgotten == damage.startswith("UPDATE visits")
    _assert_sound(folder)


def test_a_broken_page_costs_only_its_own_rows(folder: Path) -> None:
    with closing(LocalIndex.open(folder, EMBEDDER)) as index:
        index.add(
            [stored_article(f"long {number}", f"Number {number}. " + "Many words here. " * 400) for number in range(9)]
        )
    store = folder / "store.db"
    data = bytearray(store.read_bytes())
    place = data.index(b"Number 4. Many words") // 4096 * 4096
    data[place : place + 4096] = b"\x00" * 4096
    store.write_bytes(data)
    report = repair(folder, lambda: EMBEDDER)
    assert 1 <= len(report.quarantined) <= 3
    assert "long 4" in {one.id for one in report.quarantined}
    with closing(LocalIndex.open(folder, EMBEDDER)) as index:
        assert index.verify() == []
        assert len(index.articles()) == 19 - len(report.quarantined)


def _first_page(folder: Path) -> None:
    store = folder / "store.db"
    store.write_bytes(b"\x00" * 4096 + store.read_bytes()[4096:])


@pytest.mark.parametrize("damage", [_first_page, lambda folder: _change(folder, "DELETE FROM meta")])
def test_what_is_past_repair_is_said_and_left_alone(folder: Path, damage: Callable[[Path], None]) -> None:
    damage(folder)
    before = (folder / "store.db").read_bytes()
    with pytest.raises(NotAnIndexError, match="restore a backup"):
        repair(folder, lambda: EMBEDDER)
    assert (folder / "store.db").read_bytes() == before


def test_another_embedder_repairs_nothing(folder: Path) -> None:
    _change(folder, "UPDATE passages SET start = 1 WHERE number = 4")
    before = (folder / "store.db").read_bytes()
    with pytest.raises(EmbedderMismatchError, match=f"--index {folder} --re-embed"):
        repair(folder, lambda: HashingEmbedder(revision="2"))
    assert (folder / "store.db").read_bytes() == before
