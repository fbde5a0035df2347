"""An index into one file and back, with real files, processes that write meanwhile, and damage."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from index.backup import back_up, restore
from index.errors import IndexFormatError, IndexNotEmptyError, NotAnIndexError, QaError
from index.local import LocalIndex
from tests.doubles_index import HashingEmbedder, stored_article

PROJECT = Path(__file__).resolve().parents[2]
EMBEDDER = HashingEmbedder()
ARTICLES = [stored_article(f"kept {number}") for number in range(10)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with closing(LocalIndex.create_or_open(tmp_path / "index", EMBEDDER)) as index:
        index.add(ARTICLES)
        index.publish()
    return tmp_path / "index"


@pytest.fixture
def backup(folder: Path, tmp_path: Path) -> Path:
    back_up(folder, tmp_path / "backup.qa")
    return tmp_path / "backup.qa"


def _titles(folder: Path) -> set[str]:
    with closing(LocalIndex.open(folder, EMBEDDER)) as index:
        assert index.verify() == []
        return {summary.title for summary in index.articles()}


def test_a_backup_is_one_file_that_comes_back_as_it_was(folder: Path, tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    done = back_up(folder, tmp_path / "backup.qa", lambda *step: steps.append(step))
    assert (done.articles, done.bytes) == (10, (tmp_path / "backup.qa").stat().st_size)
    assert steps[-1][0] == steps[-1][1] > 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup.qa", "index"]
    assert restore(tmp_path / "backup.qa", tmp_path / "new" / "index") == done
    with closing(LocalIndex.open(tmp_path / "new" / "index", EMBEDDER)) as index:
        assert [index.article(article.id) for article in ARTICLES] == ARTICLES
        assert index.search("about kept 3", 1)[0].article.id == "kept 3"
        assert index.verify() == []
        index.add([stored_article("more")])
    assert not (tmp_path / "new" / "index" / "restoring").exists()


def test_a_newer_backup_takes_the_place_of_an_older_one(folder: Path, backup: Path) -> None:
    with closing(LocalIndex.open(folder, EMBEDDER)) as index:
        index.remove(["kept 1"])
    assert back_up(folder, backup).articles == 9


def test_a_backup_while_another_process_writes_is_of_one_moment(folder: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.faults.index_child", "add_for_ever", str(folder), "0"]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        counts, there = [0], len(ARTICLES)
        try:
            for number in range(3):
                while there <= counts[-1]:  # until it has added one more than the last backup holds
                    assert writer.stdout.readline()
                    there += 1
                counts.append(back_up(folder, tmp_path / f"{number}.qa").articles)
        finally:
            writer.kill()
    assert counts == sorted(set(counts))
    for number, count in enumerate(counts[1:]):
        restore(tmp_path / f"{number}.qa", tmp_path / f"index {number}")
        assert len(_titles(tmp_path / f"index {number}")) == count


def test_restoring_takes_the_place_of_articles_only_where_that_is_said(folder: Path, backup: Path) -> None:
    with closing(LocalIndex.open(folder, EMBEDDER)) as running:
        running.add([stored_article("newer")])
        assert running.search("about newer", 1)[0].article.id == "newer"
        with pytest.raises(IndexNotEmptyError, match=r"holds articles \(11\): with --replace"):
            restore(backup, folder)
        assert running.article("newer")
        restore(backup, folder, replace=True)
        assert running.search("about newer", 1)[0].article.id != "newer"
        running.add([stored_article("another")])
        assert running.search("about another", 1)[0].article.id == "another"
        assert running.verify() == []
    assert _titles(folder) == {article.title for article in [*ARTICLES, stored_article("another")]}


def test_a_cache_of_before_never_answers_for_what_was_restored(folder: Path, backup: Path) -> None:
    """The generation and the passages' numbers may come again, with other articles behind them."""
    with closing(LocalIndex.open(folder, EMBEDDER)) as index:
        index.add([stored_article("red herring")])
        index.publish()
    caches = [shutil.copytree(folder / name, folder.parent / name) for name in ("snapshots", "words")]
    pointer = (folder / "CURRENT").read_bytes()
    restore(backup, folder, replace=True)
    with closing(LocalIndex.open(folder, EMBEDDER)) as index:
        index.add([stored_article("green herring")])
    for cache in caches:
        shutil.rmtree(folder / cache.name, ignore_errors=True)
        shutil.copytree(cache, folder / cache.name)
    (folder / "CURRENT").write_bytes(pointer)
    with closing(LocalIndex.open(folder, EMBEDDER)) as index:
        assert index.search("about green herring", 1)[0].article.id == "green herring"


@pytest.mark.parametrize("damage", ["a letter", "cut short", "another program's", "no database", "newer"])
def test_a_damaged_backup_changes_nothing(folder: Path, backup: Path, damage: str) -> None:
    data = backup.read_bytes()
    if damage == "a letter":
        backup.write_bytes(data.replace(b"On kept 3", b"On kepT 3"))
    elif damage == "cut short":
        backup.write_bytes(data[: len(data) // 2])
    elif damage == "no database":
        backup.write_text("Dear reader")
    else:
        with closing(sqlite3.connect(backup)) as connection, connection:
            if damage == "newer":
                connection.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'")
            else:
                connection.execute("PRAGMA application_id = 1")
    with pytest.raises(IndexFormatError if damage == "newer" else NotAnIndexError) as refusal:
        restore(backup, folder, replace=True)
    assert damage == "newer" or str(refusal.value).startswith(str(backup))
    assert _titles(folder) == {article.title for article in ARTICLES}
    (folder.parent / "empty").mkdir()
    before = sorted(folder.parent.rglob("*"))
    for place in ("empty", "new", "quite/new"):
        with pytest.raises((NotAnIndexError, IndexFormatError)):
            restore(backup, folder.parent / place)
    assert sorted(folder.parent.rglob("*")) == before


@pytest.mark.parametrize("damage", ["a letter", "the header", "the middle"])
def test_a_damaged_index_is_not_backed_up_and_can_be_restored(folder: Path, backup: Path, damage: str) -> None:
    before = backup.read_bytes()
    store = folder / "store.db"
    data = bytearray(store.read_bytes())
    if damage == "a letter":
        data = data.replace(b"On kept 3", b"On kepT 3")
    else:
        place = 0 if damage == "the header" else 4096
        data[place : place + 4096] = bytes(range(256)) * 16
    store.write_bytes(data)
    with pytest.raises(NotAnIndexError):
        back_up(folder, backup)
    assert backup.read_bytes() == before
    restore(backup, folder, replace=True)
    assert _titles(folder) == {article.title for article in ARTICLES}


def test_nothing_else_is_overwritten(folder: Path, tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear reader")
    refusals = {
        letter: "something else than a backup",
        tmp_path: "is a folder",
        folder / "store.db": "in the index itself",
        folder / "backup.qa": "in the index itself",
        tmp_path / "absent" / "backup.qa": "no folder .*absent",
    }
    for file, refusal in refusals.items():
        with pytest.raises(QaError, match=refusal):
            back_up(folder, file)
    assert letter.read_text() == "Dear reader"
    back_up(folder, tmp_path / "backup.qa")
    (tmp_path / "other").mkdir()
    shutil.copy(letter, tmp_path / "other")
    with pytest.raises(NotAnIndexError, match=r"letter\.txt"):
        restore(tmp_path / "backup.qa", tmp_path / "other", replace=True)
