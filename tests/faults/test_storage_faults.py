"""The faults of storage, by their stable numbers: what was acknowledged stays, and what is wrong is said."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path

import pytest

from index.backup import back_up, restore
from index.errors import (
    EmbedderMismatchError,
    IndexFormatError,
    IndexLockedError,
    IndexMissingError,
    NotAnIndexError,
)
from index.local import LocalIndex
from index.storage.rows import Rows
from index.storage.schema import APPLICATION_ID, MIGRATIONS
from index.storage.store import LOCK_NAME, Store
from index.types import Article, Visit
from tests.doubles_index import HashingEmbedder, stored_article

PROJECT = Path(__file__).resolve().parents[2]
EMBEDDER = HashingEmbedder()
QUESTIONS = ("about kept 3", "second sentence", "this article about kept 7")
NOBODY = 65534


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An index of ten articles, published and closed."""
    return _filled(tmp_path / "index")


def _filled(folder: Path) -> Path:
    with closing(LocalIndex.create_or_open(folder, EMBEDDER)) as index:
        index.add([stored_article(f"kept {number}") for number in range(10)])
        index.publish()
    return folder


def _answers(folder: Path) -> list[object]:
    with closing(LocalIndex.open(folder, EMBEDDER)) as index:
        return [index.search(question, 5) for question in QUESTIONS]


def _problems(folder: Path) -> list[str]:
    with closing(LocalIndex.open(folder, EMBEDDER)) as index:
        return index.verify()


def _child(action: str, folder: Path, number: int = 0) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.faults.index_child", action, str(folder), str(number)]
    _begun.append(subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True))
    return _begun[-1]


_begun: list[subprocess.Popen[str]] = []


@pytest.fixture(autouse=True)
def _ended() -> Iterator[None]:
    """No child outlives its test: some work without end, and where the test failed they would slow all others."""
    yield
    while _begun:
        _begun.pop().kill()


def _assert_kept(folder: Path, acknowledged: list[str], attempted: Callable[[str], Article]) -> None:
    """INV: what was acknowledged is there byte for byte and found; the rest is whole or absent; verify is content."""
    expected: dict[str, bool] = {}
    for change in " ".join(acknowledged).split():
        expected[change[1:]] = change[0] == "+"
    try:
        index = LocalIndex.open(folder, EMBEDDER)
    except IndexMissingError:
        assert not expected
        return
    with closing(index):
        there = {summary.id for summary in index.articles()}
        assert all(index.article(article_id) == attempted(article_id) for article_id in there)
        assert not there & {article_id for article_id, kept in expected.items() if not kept}
        # The step that was cut short may have been committed without being acknowledged: a removal, of one article.
        missing = {article_id for article_id, kept in expected.items() if kept} - there
        assert len(missing) <= 1
        assert all(article_id.startswith("first-") for article_id in missing)
        for article_id in there:
            assert article_id in {hit.article.id for hit in index.search(f"on {article_id}", 50)}
        assert index.verify() == []


@pytest.mark.parametrize("operation", [0, 1, 2, 4, 7, 11, 16, 22, 29, 37])
def test_faults_01_to_04_killed_at_a_file_operation(tmp_path: Path, operation: int) -> None:
    child = _child("add_and_die", tmp_path / "index", operation)
    output, _ = child.communicate()
    lines = output.splitlines()
    assert child.returncode == (0 if lines[-1:] == ["done"] else -signal.SIGKILL)
    _assert_kept(tmp_path / "index", [line for line in lines if line != "done"], stored_article)


@pytest.mark.parametrize("seed", range(4))
def test_fault_02_killed_at_any_moment_of_an_add(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    child = _child("add_for_ever", tmp_path / "index")
    assert child.stdout is not None
    lines = [child.stdout.readline().strip() for _ in range(chance.randint(1, 6))]
    # Spin rather than wait: the moment should fall anywhere within the next add or publish.
    for _ in range(chance.randint(0, 500_000)):
        pass
    child.kill()
    lines += [line.strip() for line in child.stdout]
    child.wait()
    _assert_kept(tmp_path / "index", lines, stored_article)


def test_fault_01_a_killed_first_build_can_be_begun_again(tmp_path: Path) -> None:
    child = _child("add_and_die", tmp_path / "index", 2)
    child.communicate()
    assert child.returncode == -signal.SIGKILL
    with pytest.raises(IndexMissingError, match="qa add"):
        LocalIndex.open(tmp_path / "index", EMBEDDER)
    assert _answers(_filled(tmp_path / "index"))


def test_fault_06_no_room_left_is_said_and_leaves_readers_and_a_retry_alone(folder: Path) -> None:
    child = _child("run_out_of_disk", folder, (folder / "store.db").stat().st_size + 8192)
    output, _ = child.communicate()
    refusal, *rest = output.splitlines()
    assert refusal.startswith("refused: ")
    assert "nothing was changed" in refusal
    assert rest == ["still answers", "recovered"]
    assert _problems(folder) == []


def _largest(folder: Path, pattern: str) -> Path:
    return max(folder.glob(pattern), key=lambda file: file.stat().st_size)


CACHE_FILES = ["snapshots/*/vectors.bin", "snapshots/*/manifest.json", "CURRENT", "words/meta.json", "words/*.store"]
CACHE_FILES += ["words/*.idx", "words/*.term", "words/*.fieldnorm", "words/*.fast"]


@pytest.mark.parametrize(
    ("pattern", "damage"),
    [
        (pattern, damage)
        for pattern in CACHE_FILES
        for damage in ("truncated", "zero-tailed", "emptied", "missing")
        if (pattern, damage) != ("CURRENT", "missing")  # fault 10
    ],
)
def test_fault_08_a_broken_cache_is_rebuilt(
    folder: Path, pattern: str, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    before = _answers(folder)
    file = _largest(folder, pattern)
    data = file.read_bytes()
    half = len(data) // 2
    if damage == "missing":
        file.unlink()
    else:
        # Another file of that name: for a while, a thread of Tantivy's looks at the one that has just been opened, and
        # the system ends a process (SIGBUS) that reads a mapped file behind its end.
        file.unlink()
        file.write_bytes({"truncated": data[:half], "zero-tailed": data[:half] + bytes(half), "emptied": b""}[damage])
    assert len(_problems(folder)) == 1
    assert _answers(folder) == before
    assert "rebuilt" in caplog.text
    assert _problems(folder) == []


def test_fault_10_without_current_the_newest_snapshot_serves(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    before = _answers(folder)
    (folder / "CURRENT").unlink()
    assert _problems(folder) == []
    assert _answers(folder) == before
    assert "rebuilt" not in caplog.text


@pytest.mark.parametrize("words", [b"It has a second sentence", b"On kept 3", b"https://wire.example/kept 3"])
def test_fault_09_a_changed_letter_of_an_article_is_named(folder: Path, words: bytes) -> None:
    store = folder / "store.db"
    data = store.read_bytes()
    place = data.rindex(words)
    store.write_bytes(data[: place + 3] + bytes([data[place + 3] ^ 1]) + data[place + 4 :])
    with closing(LocalIndex.open(folder, EMBEDDER)) as index:
        assert any("not as it was written" in line for line in index.verify())
        with pytest.raises(NotAnIndexError, match="damaged"):
            [index.article(summary.id) for summary in index.articles()]


def test_fault_09_a_changed_vector_is_named(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "store.db")) as connection, connection:
        (vector,) = connection.execute("SELECT vector FROM passages WHERE number = 4").fetchone()
        changed = bytes([vector[0] ^ 1]) + vector[1:]
        connection.execute("UPDATE passages SET vector = ? WHERE number = 4", (changed,))
    assert any("passage number 4" in line for line in _problems(folder))


@pytest.mark.parametrize("pointer", [b"", b"garbage\n", b"../../etc\n", b"\xff\xfe", b".", b"000000000009-absent"])
def test_fault_10_a_wrong_pointer_means_a_rebuild(folder: Path, pointer: bytes) -> None:
    before = _answers(folder)
    (folder / "CURRENT").write_bytes(pointer)
    assert _answers(folder) == before
    assert _problems(folder) == []
    assert len(list((folder / "snapshots").iterdir())) == 1


def test_fault_11_two_writers_take_turns(folder: Path) -> None:
    writers = [_child("add_twenty", folder, number) for number in (1, 2)]
    assert [writer.wait() for writer in writers] == [0, 0]
    with closing(LocalIndex.open(folder, EMBEDDER)) as index:
        assert index.info().articles == 50
        assert index.verify() == []


def test_fault_11_a_writer_that_waited_in_vain_says_so(folder: Path) -> None:
    with closing(Store.open(folder)) as one, closing(Store.open(folder)) as other, one.locked():
        waiting = other.writing(timeout_s=0.1)
        with pytest.raises(IndexLockedError, match="Another process is writing"):
            waiting.__enter__()


def test_fault_11_what_is_stored_counts_as_done_though_the_caches_must_wait(folder: Path) -> None:
    with closing(LocalIndex.open(folder, EMBEDDER)) as index, _child("hold_the_lock", folder) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            index.publish()
            assert index.search("about kept 3", 1)[0].article.id == "kept 3"
        finally:
            holder.kill()


def test_fault_11_two_processes_remove_what_is_old_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    old = [stored_article(f"old {n}", os.urandom(20).hex(), published=date(2001, 1, 1)) for n in range(600)]
    with closing(LocalIndex.create_or_open(folder, EMBEDDER)) as index:
        index.add([*old, stored_article("undated"), stored_article("new", published=date(2024, 1, 1))])
        others = [_child("remove_older_than_2002", folder) for _ in range(2)]
        told = [other.communicate()[0] for other in others]
        assert [other.returncode for other in others] == [0, 0]
        assert sum(map(int, told)) == 600
        assert [article.id for article in index.articles()] == ["new", "undated"]
        assert index.verify() == []


def test_fault_12_a_dead_holders_lock_is_free_at_once(folder: Path) -> None:
    holder = _child("hold_the_lock", folder)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with closing(Store.open(folder)) as store:
        with pytest.raises(IndexLockedError), store.locked(timeout_s=0):
            pass
        holder.kill()
        holder.communicate()
        with store.locked(timeout_s=0):
            assert (folder / LOCK_NAME).exists()


def test_fault_13_every_answer_is_of_one_generation(tmp_path: Path) -> None:
    """Eight processes ask all the time. Each commit replaces both articles at once, so an answer with two numbers saw
    two generations. After each commit one of the readers is waited for, and the others are wherever they are.
    """

    def pair(number: int) -> list[Article]:
        return [stored_article(name, f"The {name} bulletin has number {number}.") for name in ("north", "south")]

    folder, last = tmp_path / "index", 15
    with closing(LocalIndex.create_or_open(folder, EMBEDDER)) as writer:
        writer.add(pair(0))
        readers = [_child("read_bulletins", folder, last) for _ in range(8)]
        for reader in readers:
            _wait_until(reader, "saw 0")
        for number in range(1, last + 1):
            writer.add(pair(number))
            if number % 3 == 0:
                writer.publish()
                assert len(list((folder / "snapshots").iterdir())) == 1  # the older ones are gone, whoever reads
            _wait_until(readers[number % 8], f"saw {number}")
        for reader in readers:
            told = reader.communicate()[0].splitlines()[-1]
            assert (reader.returncode, told) == (0, "every answer was of one generation")
        assert writer.verify() == []


def test_fault_13_checking_an_index_finds_nothing_wrong_when_another_process_publishes_meanwhile(folder: Path) -> None:
    class Overtaken(Store):
        @contextmanager
        def reading(self) -> Iterator[Rows]:
            with super().reading() as rows:
                with closing(LocalIndex.open(folder, EMBEDDER)) as another:
                    another.add([stored_article(f"more {rows.meta.generation}")])
                    another.publish()
                yield rows

    with closing(LocalIndex(Overtaken.open(folder), EMBEDDER)) as index:
        assert index.verify() == []


def test_fault_13_the_size_on_disk_is_told_while_snapshots_come_and_go(folder: Path) -> None:
    with closing(LocalIndex.open(folder, EMBEDDER)) as index, _child("replace_folders", folder / "snapshots") as child:
        assert child.stdout is not None
        try:
            assert child.stdout.readline() == "begun\n"
            assert len({index.info().bytes_on_disk for _ in range(200)}) == 1
        finally:
            child.kill()


def _wait_until(child: subprocess.Popen[str], line: str) -> None:
    assert child.stdout is not None
    assert any(said.strip() == line for said in child.stdout), f"it ended without {line!r}"


def test_fault_14_a_newer_format_is_refused_unchanged(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "store.db")) as connection, connection:
        connection.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'")
    before = (folder / "store.db").read_bytes()
    for opening in (LocalIndex.open, LocalIndex.create_or_open):
        with pytest.raises(IndexFormatError, match=r"format 99.*formats up to \d+:"):
            opening(folder, EMBEDDER)
    assert (folder / "store.db").read_bytes() == before


def _as_format(folder: Path, version: int) -> None:
    """Turn the index into one that an older version of the program wrote: its schema, with the same rows."""
    new, old = folder / "store.db", folder / "old.db"
    with closing(sqlite3.connect(old, isolation_level=None)) as connection:
        for statement in (statement for step in MIGRATIONS[:version] for statement in step):
            connection.execute(statement)
        connection.execute(f"ATTACH '{new}' AS new")
        names = "SELECT name FROM main.sqlite_master WHERE type = 'table'"
        for (name,) in connection.execute(names).fetchall():
            connection.execute(f"DELETE FROM main.{name}")
            connection.execute(f"INSERT INTO main.{name} SELECT * FROM new.{name}")
        connection.execute("DELETE FROM meta WHERE key = 'likeness'")
        connection.execute("UPDATE meta SET value = ? WHERE key = 'schema_version'", (str(version),))
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    old.replace(new)


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS)))
def test_fault_15_an_index_of_an_older_format_is_brought_up_to_date(folder: Path, version: int) -> None:
    words = " ".join(f"word{number}" for number in range(60))
    with closing(LocalIndex.open(folder, EMBEDDER)) as index:
        index.add([stored_article("wire", words), stored_article("paper", f"{words} and more")])
        before = index.articles()
    answers = _answers(folder)
    _as_format(folder, version)
    with closing(LocalIndex.open(folder, EMBEDDER)) as index:
        assert index.articles() == before
        assert index.copies(["paper"]) == {"paper": "wire"}
        assert index.verify() == []
        visit = Visit("https://wire.example/a", '"etag"', None, (before[0].id,))
        index.remember([visit])
        assert index.visit(visit.url) == visit
    assert _answers(folder) == answers


@pytest.mark.parametrize("written_bytes", [16, 5_000, 30_000, 60_000])
def test_fault_15_a_migration_that_is_killed_is_begun_again(folder: Path, written_bytes: int) -> None:
    before = _answers(folder)
    _as_format(folder, 1)
    child = _child("migrate_and_die", folder, written_bytes)
    assert child.communicate() == ("", None)
    assert child.returncode == -signal.SIGXFSZ
    with closing(sqlite3.connect(folder / "store.db")) as connection:
        assert connection.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone() == ("1",)
    assert _answers(folder) == before
    assert _problems(folder) == []


DYING_BYTES = [16, 5_000, 30_000, 60_000, 80_000, 90_000, 120_000]


@pytest.mark.parametrize("written_bytes", DYING_BYTES)
def test_fault_02_a_backup_that_is_killed_leaves_the_older_one(folder: Path, written_bytes: int) -> None:
    backup = folder.parent / "backup.qa"
    back_up(folder, backup)
    before = backup.read_bytes()
    with closing(LocalIndex.open(folder, EMBEDDER)) as index:
        index.add([stored_article(f"long {number}", f"Number {number} and many words. " * 300) for number in range(3)])
    child = _child("back_up_and_die", folder, written_bytes)
    assert child.communicate() == ("", None)
    assert child.returncode == -signal.SIGXFSZ
    assert backup.read_bytes() == before
    assert back_up(folder, backup).articles == 13
    assert [entry.name for entry in folder.parent.glob("*backup*")] == ["backup.qa"]
    assert _problems(folder) == []


@pytest.mark.parametrize("written_bytes", DYING_BYTES)
def test_fault_02_a_restore_that_is_killed_leaves_the_old_or_the_new(folder: Path, written_bytes: int) -> None:
    back_up(folder, folder.parent / "backup.qa")
    with closing(LocalIndex.open(folder, EMBEDDER)) as index:
        index.add([stored_article(f"long {number}", f"Number {number} and many words. " * 300) for number in range(3)])
    child = _child("restore_and_die", folder, written_bytes)
    assert (child.communicate()[0] == "done\n") == (child.returncode == 0)
    assert child.returncode in {0, -signal.SIGXFSZ}
    with closing(LocalIndex.open(folder, EMBEDDER)) as index:
        assert index.search(QUESTIONS[0], 5)
        assert len(index.articles()) in ({10} if child.returncode == 0 else {10, 13})
        assert index.verify() == []
    restore(folder.parent / "backup.qa", folder, replace=True)
    assert not (folder / "restoring").exists()
    assert _problems(folder) == []


@pytest.mark.parametrize(
    "other",
    [HashingEmbedder(revision="2"), HashingEmbedder(dimension=8), HashingEmbedder(weights="b")],
    ids=["revision", "dimension", "weights"],
)
def test_fault_16_another_embedder_is_refused_until_all_is_embedded_anew(folder: Path, other: HashingEmbedder) -> None:
    for opening in (LocalIndex.open, LocalIndex.create_or_open):
        with pytest.raises(EmbedderMismatchError, match=r"qa add --index .* --re-embed"):
            opening(folder, other)
    steps: list[tuple[int, int]] = []
    with closing(LocalIndex.open(folder, EMBEDDER)) as running:
        with closing(LocalIndex.reembed(folder, other, lambda done, total: steps.append((done, total)))) as index:
            assert index.info().embedder == other.identity
            assert index.search("about kept 3", 1)[0].article == stored_article("kept 3")
            assert index.verify() == []
        with pytest.raises(EmbedderMismatchError):
            running.search("about kept 3", 1)
    assert steps[-1] == (10, 10)


def test_fault_16_another_name_for_the_same_embedder_is_fine(folder: Path) -> None:
    with closing(LocalIndex.open(folder, HashingEmbedder(name="/models/hashing"))) as index:
        assert index.search("about kept 3", 1)


def test_fault_16_a_re_embedding_that_fails_changes_nothing(folder: Path) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    before = _answers(folder)
    with pytest.raises(KeyboardInterrupt):
        LocalIndex.reembed(folder, HashingEmbedder(revision="2"), stop)
    assert _answers(folder) == before
    assert _problems(folder) == []


@pytest.fixture
def shared_folder() -> Iterator[Path]:
    """An index that another user may read; pytest's own folders are closed to others."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        folder = _filled(Path(name) / "index")
        yield folder
        for path in (folder, *folder.rglob("*")):
            path.chmod(path.stat().st_mode | stat.S_IWUSR)


@pytest.mark.parametrize("caches", ["sound", "missing"])
def test_fault_17_a_read_only_folder_answers_and_refuses_to_add(shared_folder: Path, caches: str) -> None:
    if caches == "missing":
        shutil.rmtree(shared_folder / "snapshots")
        shutil.rmtree(shared_folder / "words")
    _assert_closed(shared_folder)
    for path in (shared_folder, *shared_folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    output, _ = _child("read_only", shared_folder, NOBODY).communicate()
    answer, refusal = output.splitlines()
    assert answer.startswith("kept")
    assert refusal.startswith("StorageError: Cannot write to")


def _assert_closed(folder: Path) -> None:
    """No process may be left that keeps the write-ahead log open."""
    assert not (folder / "store.db-wal").exists()


def test_fault_18_a_vector_too_many_is_repaired_and_logged(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    with closing(sqlite3.connect(folder / "store.db")) as connection, connection:
        connection.execute("DELETE FROM passages WHERE number = 4")
    assert any("holds 10 passages, the store 9" in line for line in _problems(folder))
    assert _answers(folder)
    assert "holds 10 passages, the store 9; it is rebuilt" in caplog.text
    assert _problems(folder) == []


def test_a_folder_of_other_files_is_no_index_and_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear reader")
    for opening in (LocalIndex.open, LocalIndex.create_or_open):
        with pytest.raises(NotAnIndexError, match=r"letter\.txt"):
            opening(tmp_path, EMBEDDER)
    assert os.listdir(tmp_path) == ["letter.txt"]


@pytest.mark.parametrize("content", [b"not a database at all, but long enough to have a header" * 100, b"short"])
def test_a_store_that_is_no_database_is_no_index(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "store.db").write_bytes(content)
    with pytest.raises(NotAnIndexError):
        LocalIndex.open(tmp_path, EMBEDDER)


def test_another_programs_database_is_no_index(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "store.db")) as connection, connection:
        connection.execute("CREATE TABLE meta (key, value)")
    with pytest.raises(NotAnIndexError, match="not an index of this program"):
        LocalIndex.create_or_open(tmp_path, EMBEDDER)


def test_no_folder_is_a_missing_index_and_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(IndexMissingError, match="qa add"):
        LocalIndex.open(tmp_path / "absent", EMBEDDER)
    assert not (tmp_path / "absent").exists()


def test_nothing_is_acknowledged_into_an_index_that_was_deleted(folder: Path) -> None:
    with closing(LocalIndex.open(folder, EMBEDDER)) as index:
        index.search("about kept 3", 1)
        shutil.rmtree(folder)
        calls = (
            lambda: index.add([stored_article("more")]),
            lambda: index.remove(["kept 1"]),
            lambda: index.search("about kept 3", 1),
            index.articles,
            index.publish,
        )
        for call in calls:
            with pytest.raises(IndexMissingError):
                call()
    assert not folder.exists()


def test_an_index_put_in_the_place_of_a_deleted_one_is_the_one_that_is_used(folder: Path, tmp_path: Path) -> None:
    with closing(LocalIndex.create_or_open(tmp_path / "other", EMBEDDER)) as other:
        other.add([stored_article("another")])  # both stores are at generation 1, which must not pass for the same
    with closing(LocalIndex.open(folder, EMBEDDER)) as index:
        assert index.search("about", 1)
        shutil.rmtree(folder)
        (tmp_path / "other").rename(folder)
        assert [hit.article.id for hit in index.search("about", 20)] == ["another"]
        index.add([stored_article("more")])
    with closing(LocalIndex.open(folder, EMBEDDER)) as index:
        assert {article.id for article in index.articles()} == {"another", "more"}
        assert index.verify() == []


def test_what_takes_the_place_of_an_index_is_checked_before_it_is_used(folder: Path) -> None:
    with closing(LocalIndex.open(folder, EMBEDDER)) as index:
        (folder / "store.db").unlink()
        with closing(sqlite3.connect(folder / "store.db")) as connection, connection:
            connection.execute("CREATE TABLE theirs (x)")
        with pytest.raises(NotAnIndexError, match="is not an index"):
            index.articles()
