from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from index.errors import IndexMissingError, StorageError
from index.storage.schema import APPLICATION_ID, MIGRATIONS
from index.storage.store import Store
from tests.doubles_index import HashingEmbedder, put, stored_article

EMBEDDER = HashingEmbedder()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store.create_or_open(tmp_path, EMBEDDER.identity)) as store:
        yield store


def _asked(store: Store, statement: str) -> object:
    with closing(sqlite3.connect(store.folder / "store.db")) as connection:
        return connection.execute(statement).fetchone()[0]


def test_the_file_says_what_it_is(store: Store) -> None:
    assert _asked(store, "PRAGMA application_id") == APPLICATION_ID
    assert _asked(store, "PRAGMA journal_mode") == "wal"
    assert _asked(store, "SELECT value FROM meta WHERE key = 'schema_version'") == str(len(MIGRATIONS))


def test_every_connection_waits_for_the_disk_and_keeps_references(store: Store) -> None:
    with store.writing() as changes:
        connection = changes._connection
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)


def test_an_index_that_lost_its_store_asks_for_a_backup(tmp_path: Path) -> None:
    (tmp_path / "words").mkdir()
    with pytest.raises(IndexMissingError, match=r"has lost its store.db.*qa restore"):
        Store.open(tmp_path)


def test_a_block_that_raises_commits_nothing(store: Store) -> None:
    def interrupted() -> None:
        with store.writing() as changes:
            changes.put(stored_article("a"), [], EMBEDDER.embed_passages([]))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    with store.reading() as rows:
        assert rows.count_articles() == 0
        assert rows.meta.generation == 0


def test_a_block_that_changes_nothing_keeps_the_generation(store: Store) -> None:
    with store.writing() as changes:
        assert not changes.remove("absent")
    with store.reading() as rows:
        assert rows.meta.generation == 0


def test_numbers_of_passages_are_never_given_twice(store: Store) -> None:
    put(store, stored_article("a"), stored_article("b"))
    with store.reading() as rows:
        before, _ = rows.vectors()
    with store.writing() as changes:
        changes.remove("a")
        changes.remove("b")
    put(store, stored_article("b"))
    with store.reading() as rows:
        after, _ = rows.vectors()
    assert len(before) > 0
    assert min(after) > max(before)


def test_removed_passages_are_known_by_the_generation_that_removed_them(store: Store) -> None:
    put(store, stored_article("a"))
    put(store, stored_article("b"))
    with store.reading() as rows:
        numbers, _ = rows.vectors()
    with store.writing() as changes:
        changes.remove("a")
    with store.reading() as rows:
        left, _ = rows.vectors()
        gone = set(numbers.tolist()) - set(left.tolist())
        assert set(rows.removed_since(2, max(gone)).tolist()) == gone
        assert rows.removed_since(3, max(gone)).tolist() == []
        assert rows.removed_since(2, min(gone) - 1).tolist() == []
        assert rows.passages_since(2, int(max(numbers))) == len(gone)


def test_a_read_sees_one_generation_whatever_is_committed_meanwhile(store: Store) -> None:
    put(store, stored_article("a"))
    with store.reading() as rows:
        put(store, stored_article("b"))
        assert [summary.id for summary in rows.summaries()] == ["a"]
    with store.reading() as rows:
        assert rows.count_articles() == 2


def test_many_threads_read_at_once(store: Store) -> None:
    put(store, stored_article("a"))
    together = threading.Barrier(8, timeout=30)
    found: list[str] = []

    def read() -> None:
        with store.reading() as rows:
            together.wait()
            found.extend(summary.id for summary in rows.summaries())

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["a"] * 8


def test_a_closed_store_says_so(store: Store) -> None:
    store.close()
    with pytest.raises(StorageError, match="closed"), store.reading():
        pass


def test_closing_leaves_one_file_that_holds_everything(tmp_path: Path) -> None:
    with closing(Store.create_or_open(tmp_path, EMBEDDER.identity)) as store:
        put(store, stored_article("a"))
    assert sorted(file.name for file in tmp_path.glob("store.db*")) == ["store.db"]
