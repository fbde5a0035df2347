"""Which files are due: what is new, what has changed, and not what is still being written."""

import os
from pathlib import Path

from index.watching import Watch


def take(watch: Watch) -> list[str]:
    due = watch.due()
    watch.taken()
    return due


def touch(path: Path, text: str, time_s: int) -> str:
    path.write_text(text)
    os.utime(path, (time_s, time_s))
    return str(path)


def test_the_first_look_takes_everything_and_the_next_nothing(tmp_path: Path) -> None:
    files = [touch(tmp_path / name, "Some text.", 1) for name in ("a.txt", "b.txt")]
    watch = Watch([str(tmp_path)])
    assert take(watch) == files
    assert take(watch) == []


def test_a_new_file_is_due_once_it_has_come_to_rest(tmp_path: Path) -> None:
    watch = Watch([str(tmp_path)])
    assert take(watch) == []
    path = touch(tmp_path / "a.txt", "Some", 1)
    assert take(watch) == []
    touch(tmp_path / "a.txt", "Some text", 2)
    assert take(watch) == []
    assert take(watch) == [path]
    assert take(watch) == []


def test_a_changed_file_is_due_again(tmp_path: Path) -> None:
    path = touch(tmp_path / "a.txt", "Some text.", 1)
    watch = Watch([str(tmp_path)])
    assert take(watch) == [path]
    touch(tmp_path / "a.txt", "Some text.", 2)
    assert take(watch) == []
    assert take(watch) == [path]


def test_another_file_of_the_same_time_and_size_is_due(tmp_path: Path) -> None:
    path = touch(tmp_path / "a.txt", "Some text.", 1)
    watch = Watch([str(tmp_path / "a.txt")])
    assert take(watch) == [path]
    touch(tmp_path / "b.txt", "More text.", 1)
    (tmp_path / "b.txt").replace(path)
    assert take(watch) == []
    assert take(watch) == [path]


def test_all_is_due_again_for_another_store(tmp_path: Path) -> None:
    path = touch(tmp_path / "a.txt", "Some text.", 1)
    watch = Watch([str(tmp_path)])
    assert watch.due("") == [path]  # there is no index yet
    watch.taken()
    assert watch.due("one") == []
    assert watch.due("one") == []
    assert watch.due("another") == [path]
    watch.taken()
    assert watch.due("another") == []


def test_a_file_that_goes_and_comes_back_is_due(tmp_path: Path) -> None:
    path = touch(tmp_path / "a.txt", "Some text.", 1)
    watch = Watch([str(tmp_path)])
    take(watch)
    (tmp_path / "a.txt").unlink()
    assert take(watch) == []
    touch(tmp_path / "a.txt", "Some text.", 1)
    assert take(watch) == []
    assert take(watch) == [path]


def test_addresses_are_always_due(tmp_path: Path) -> None:
    watch = Watch(["https://wire.example/feed", str(tmp_path)])
    assert take(watch) == take(watch) == ["https://wire.example/feed"]


def test_what_could_not_be_taken_is_due_again(tmp_path: Path) -> None:
    path = touch(tmp_path / "a.txt", "Some text.", 1)
    watch = Watch([str(tmp_path)])
    assert watch.due() == [path]
    assert take(watch) == [path]
    assert take(watch) == []
