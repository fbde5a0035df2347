from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from index.caches.vector_view import VectorView
from index.caches.vectors import Snapshot
from index.durable import CacheMissingError, CacheUnusableError
from index.storage.store import Store
from tests.doubles_index import HashingEmbedder, put, stored_article

EMBEDDER = HashingEmbedder()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store.create_or_open(tmp_path, EMBEDDER.identity)) as store:
        _put(store, *(f"subject {number}" for number in range(20)))
        yield store


def _put(store: Store, *names: str) -> None:
    put(store, *map(stored_article, names))


def _exact(store: Store, query: str) -> list[int]:
    with store.reading() as rows:
        numbers, vectors = rows.vectors()
    scores = vectors @ EMBEDDER.embed_query(query)
    return [int(number) for number in numbers[np.lexsort((numbers, -scores))]]


def _found(store: Store, snapshot: Snapshot, query: str, limit: int = 1000) -> list[int]:
    with store.reading() as rows:
        return VectorView.at(snapshot, rows).search(EMBEDDER.embed_query(query), limit)


def test_a_snapshot_is_what_was_saved(store: Store) -> None:
    with store.reading() as rows:
        saved = Snapshot.write(store.folder, rows)
        loaded = Snapshot.load(store.folder)
        loaded.check(rows)
    assert loaded.manifest == saved
    assert _found(store, loaded, "about subject 3") == _exact(store, "about subject 3")


def test_saving_leaves_nothing_but_the_current_snapshot(store: Store) -> None:
    with store.reading() as rows:
        for _ in range(3):
            Snapshot.write(store.folder, rows)
    (name,) = [entry.name for entry in (store.folder / "snapshots").iterdir()]
    assert (store.folder / "CURRENT").read_text() == f"{name}\n"
    assert list(store.folder.glob("*.tmp")) == []


def test_what_came_and_went_since_is_searched_all_the_same(store: Store) -> None:
    with store.reading() as rows:
        snapshot = Snapshot.build(rows)
    _put(store, "subject 3", "something new")
    with store.writing() as changes:
        changes.remove("subject 4")
    for query in ("about subject 3", "something new", "subject 4"):
        assert _found(store, snapshot, query) == _exact(store, query)
        assert _found(store, snapshot, query, limit=2) == _exact(store, query)[:2]


@pytest.mark.parametrize("published", [True, False])
def test_only_what_is_asked_for_is_found(store: Store, published: bool) -> None:
    with store.reading() as rows:
        snapshot = Snapshot.build(rows)
    if not published:
        _put(store, *(f"subject {number}" for number in range(20)))
    some = np.array(_exact(store, "second")[-5:], dtype=np.int64)
    with store.reading() as rows:
        found = VectorView.at(snapshot, rows).search(EMBEDDER.embed_query("second"), 3, some)
    assert found == _exact(store, "second")[-5:-2]


def test_an_empty_snapshot_finds_nothing(tmp_path: Path) -> None:
    with closing(Store.create_or_open(tmp_path, EMBEDDER.identity)) as store:
        with store.reading() as rows:
            Snapshot.write(store.folder, rows)
        assert _found(store, Snapshot.load(store.folder), "anything") == []


def test_none_yet_is_told_from_a_broken_one(store: Store) -> None:
    with pytest.raises(CacheMissingError):
        Snapshot.load(store.folder)
    (store.folder / "snapshots" / "000000000001-cut-short.tmp").mkdir(parents=True)
    with pytest.raises(CacheMissingError):
        Snapshot.load(store.folder)
    (store.folder / "CURRENT").write_text("000000000001-lost")
    with pytest.raises(CacheUnusableError, match="cannot be read"):
        Snapshot.load(store.folder)


def test_a_snapshot_of_another_store_is_refused(store: Store, tmp_path: Path) -> None:
    with closing(Store.create_or_open(tmp_path / "other", EMBEDDER.identity)) as other, other.reading() as rows:
        with store.reading() as own:
            snapshot = Snapshot.build(own)
        with pytest.raises(CacheUnusableError, match="another index"):
            snapshot.check(rows)


def test_a_snapshot_newer_than_the_store_is_refused(store: Store) -> None:
    with store.reading() as before:
        _put(store, "later")
        with store.reading() as after:
            snapshot = Snapshot.build(after)
        with pytest.raises(CacheUnusableError, match="void"):
            snapshot.check(before)
