from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from index.caches.lexical import WordIndex
from index.caches.terms import MAX_QUERY_TERMS, query_terms
from index.caches.word_view import WordView
from index.durable import CacheMissingError, CacheUnusableError
from index.storage.rows import Rows
from index.storage.store import Store
from tests.doubles_index import HashingEmbedder, put, stored_article

EMBEDDER = HashingEmbedder()
TEXTS = {
    "kabul": "The network controls the security of Kabul. Its fighters hold the gates.",
    "harvest": "Farmers brought in the harvest early. The cafés were full.",
    "election": "Voters went to the polls. The running candidate lost.",
    "kabul weather": "It snowed in Kabul, and Kabul was quiet.",
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store.create_or_open(tmp_path, EMBEDDER.identity)) as store:
        _put(store, *TEXTS)
        yield store


def _put(store: Store, *names: str) -> None:
    put(store, *(stored_article(name, TEXTS.get(name, f"All about {name}.")) for name in names))


def _found(rows: Rows, base: WordIndex, query: str) -> list[str]:
    numbers = WordView.at(base, rows).search(query, 50)
    passages = rows.passages(numbers)
    return list(dict.fromkeys(passages[number][0].article_id for number in numbers))


@pytest.mark.parametrize(
    ("query", "terms"),
    [
        ("Who controls Kabul's security?", ["control", "kabul", "secur"]),
        ("What is it?", ["what", "is", "it"]),
        ("Café RUNNING running", ["cafe", "run"]),
        ("title:x AND -y*", ["titl", "x", "y"]),
        ("1,340 km", ["1", "340", "km"]),
        ("a\0b", ["b"]),
        ("🦉 ...", []),
        ("", []),
    ],
)
def test_a_question_becomes_stems_without_its_stop_words(query: str, terms: list[str]) -> None:
    assert query_terms(query) == terms


def test_the_number_of_terms_is_bounded() -> None:
    assert len(query_terms(" ".join(f"word{number}" for number in range(10_000)))) == MAX_QUERY_TERMS


def test_words_are_found_by_stem_and_without_accents(store: Store) -> None:
    with store.reading() as rows:
        index = WordIndex.build(rows)
        assert _found(rows, index, "Who runs?") == ["election"]
        assert _found(rows, index, "the cafe") == ["harvest"]
        assert _found(rows, index, "dragons") == []


def test_words_in_the_title_count(store: Store) -> None:
    _put(store, "dragon stories")
    with store.reading() as rows:
        assert _found(rows, WordIndex.build(rows), "dragons") == ["dragon stories"]


def test_an_index_on_disk_is_what_was_written(store: Store) -> None:
    with store.reading() as rows:
        WordIndex.update(store.folder, rows, None)
        loaded = WordIndex.load(store.folder)
        loaded.check(rows)
        assert loaded.mark.generation == rows.meta.generation
        assert _found(rows, loaded, "Kabul security") == _found(rows, WordIndex.build(rows), "Kabul security")


def test_an_update_takes_in_what_came_and_drops_what_went(store: Store) -> None:
    with store.reading() as rows:
        WordIndex.update(store.folder, rows, None)
    _put(store, "dragons", "harvest")
    with store.writing() as changes:
        changes.remove("kabul")
    with store.reading() as rows:
        base = WordIndex.load(store.folder)
        assert base.behind(rows) > 0
        WordIndex.update(store.folder, rows, base)
        updated = WordIndex.load(store.folder)
        updated.check(rows)
        assert updated.behind(rows) == 0
        assert _found(rows, updated, "dragons") == ["dragons"]
        assert _found(rows, updated, "Kabul") == ["kabul weather"]


def test_what_is_not_written_yet_ranks_as_if_it_were(store: Store) -> None:
    with store.reading() as rows:
        base = WordIndex.build(rows)
    _put(store, "kabul", "kabul news", "dragons")
    with store.reading() as rows:
        complete = WordIndex.build(rows)
        assert _found(rows, base, "Kabul security") == _found(rows, complete, "Kabul security")
        assert _found(rows, base, "dragons") == ["dragons"]
        fresh = WordView.at(base, rows)
        assert len(fresh.removed) > 0
        assert not set(fresh.removed.tolist()) & set(fresh.search("Kabul security", 50))


def test_a_searcher_keeps_to_its_commit(store: Store) -> None:
    with store.reading() as before:
        WordIndex.update(store.folder, before, None)
        base = WordIndex.load(store.folder)
        _put(store, "dragons")
        with store.reading() as after:
            WordIndex.update(store.folder, after, base)
        assert _found(before, base, "dragons") == []
        assert WordIndex.load(store.folder).mark.generation == base.mark.generation + 1


def test_what_a_commit_that_was_cut_short_left_is_not_in_the_way(store: Store, tmp_path: Path) -> None:
    with store.reading() as rows:
        WordIndex.update(store.folder, rows, None)
        base = WordIndex.load(store.folder)
    _put(store, "kabul")
    words, elsewhere = store.folder / "words", tmp_path / "elsewhere"
    shutil.copytree(words, elsewhere / "words")
    with store.reading() as rows:
        WordIndex.update(elsewhere, rows, base)
        deletions = {file.name for file in (elsewhere / "words").glob("*.del")}
        assert deletions
        for name in deletions:
            (words / name).write_bytes(b"half of i")
        WordIndex.update(store.folder, rows, base)
        updated = WordIndex.load(store.folder)
        updated.check(rows)
        assert _found(rows, updated, "Kabul gates") == ["kabul", "kabul weather"]


def test_none_yet_is_told_from_a_broken_one(store: Store) -> None:
    with pytest.raises(CacheMissingError):
        WordIndex.load(store.folder)
    (store.folder / "words").mkdir()
    with pytest.raises(CacheUnusableError, match="cannot be read"):
        WordIndex.load(store.folder)
