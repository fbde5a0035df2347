"""Run by the storage fault tests in a process of its own, which is killed, starved or stripped of its rights.

    python -m tests.faults.index_child ACTION FOLDER [NUMBER]

It prints the id of each article after it was acknowledged.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from contextlib import closing
from datetime import date
from pathlib import Path

import faiss  # noqa: F401  # imported before rights are given up: the environment may be readable for its owner alone
import tantivy  # noqa: F401
from filelock import FileLock

from index.backup import back_up, restore
from index.errors import QaError, StorageError
from index.local import LocalIndex
from index.storage.store import LOCK_NAME
from tests.doubles_index import HashingEmbedder, stored_article


def main() -> None:
    action, folder, number = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    ACTIONS[action](folder, number)


def add_and_die(folder: Path, number: int) -> None:
    """Add, publish and remove, each acknowledged, until the given count of file operations; then die at once."""
    _die_at_file_operation(folder, number)
    with closing(LocalIndex.create_or_open(folder, HashingEmbedder())) as index:
        for count in range(3):
            index.add([stored_article(f"first-{count}"), stored_article(f"second-{count}")])
            _acknowledge(f"+first-{count} +second-{count}")
            index.publish()
            index.remove([f"first-{count}"])
            _acknowledge(f"-first-{count}")
    _acknowledge("done")


def add_for_ever(folder: Path, number: int) -> None:
    with closing(LocalIndex.create_or_open(folder, HashingEmbedder())) as index:
        while True:
            index.add([stored_article(f"a{number}")])
            _acknowledge(f"+a{number}")
            index.publish()
            number += 1


def add_twenty(folder: Path, number: int) -> None:
    with closing(LocalIndex.open(folder, HashingEmbedder())) as index:
        for count in range(20):
            index.add([stored_article(f"writer {number} article {count}")])


def read_bulletins(folder: Path, last: int) -> None:
    """Ask until the bulletins have the last number, saying each number once; an answer with two of them is an error."""
    seen = -1
    with closing(LocalIndex.open(folder, HashingEmbedder())) as index:
        while seen < last:
            numbers = {int(hit.passage.text.rstrip(".").split()[-1]) for hit in index.search("bulletin number", 10)}
            if len(numbers) != 1 or min(numbers) < seen:
                return _acknowledge(f"after {seen} an answer had {sorted(numbers)}")
            if numbers != {seen}:
                seen = numbers.pop()
                _acknowledge(f"saw {seen}")
    return _acknowledge("every answer was of one generation")


def remove_older_than_2002(folder: Path, _: int) -> None:
    with closing(LocalIndex.open(folder, HashingEmbedder())) as index:
        _acknowledge(str(index.remove_older(date(2002, 1, 1))))


def replace_folders(folder: Path, _: int) -> None:
    """Make and remove folders in this one, as fast as can be."""
    _acknowledge("begun")
    while True:
        for change in (Path.mkdir, Path.rmdir):
            for number in range(200):
                change(folder / f"{number}.tmp")


def hold_the_lock(folder: Path, _: int) -> None:
    with FileLock(folder / LOCK_NAME):
        _acknowledge("held")
        signal.pause()


def run_out_of_disk(folder: Path, number: int) -> None:
    """Limit the size of every file, fail to add, lift the limit, and add."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with closing(LocalIndex.open(folder, HashingEmbedder())) as index:
        before = index.search("first article", 5)
        resource.setrlimit(resource.RLIMIT_FSIZE, (number, resource.RLIM_INFINITY))
        try:
            index.add([stored_article(f"big-{count}", "Many words. " * 500) for count in range(10)])
        except StorageError as error:
            _acknowledge(f"refused: {error}")
        if index.search("first article", 5) == before:
            _acknowledge("still answers")
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        index.add([stored_article("after")])
        _acknowledge("recovered")


def read_only(folder: Path, user: int) -> None:
    """Give up the rights to write, then ask and try to add."""
    if os.geteuid() == 0:
        os.setuid(user)
    with closing(LocalIndex.open(folder, HashingEmbedder())) as index:
        _acknowledge(",".join(hit.article.id for hit in index.search("about kept", 1)))
        try:
            index.add([stored_article("more")])
        except QaError as error:
            _acknowledge(f"{type(error).__name__}: {error}")


def back_up_and_die(folder: Path, number: int) -> None:
    """Write `backup.qa` beside the index, and die of the first write beyond that many bytes of a file."""
    _die_at_byte(number)
    back_up(folder, folder.parent / "backup.qa")
    _acknowledge("done")


def restore_and_die(folder: Path, number: int) -> None:
    """Restore `backup.qa`, and die of the first write beyond that many bytes of a file."""
    _die_at_byte(number)
    restore(folder.parent / "backup.qa", folder, replace=True)
    _acknowledge("done")


def migrate_and_die(folder: Path, number: int) -> None:
    """Open an index of an older format, and die of the first write beyond that many bytes of a file."""
    _die_at_byte(number)
    LocalIndex.open(folder, HashingEmbedder()).close()
    _acknowledge("done")


def _die_at_byte(number: int) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (number, number))


def _die_at_file_operation(folder: Path, number: int) -> None:
    remaining = [number]

    def count(event: str, arguments: tuple[object, ...]) -> None:
        if event in FILE_EVENTS and str(arguments[0]).startswith(str(folder)):
            remaining[0] -= 1
            if remaining[0] < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)


def _acknowledge(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


FILE_EVENTS = {
    "open",
    "os.rename",
    "os.mkdir",
    "os.remove",
    "os.rmdir",
    "os.scandir",
    "shutil.rmtree",
    "sqlite3.connect",
}
ACTIONS = {
    action.__name__: action
    for action in (
        *(add_and_die, add_for_ever, add_twenty, back_up_and_die, hold_the_lock, migrate_and_die, read_bulletins),
        *(read_only, remove_older_than_2002, replace_folders, restore_and_die, run_out_of_disk),
    )
}

if __name__ == "__main__":
    main()
