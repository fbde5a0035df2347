"""Run by the tests of a full disk (fault 6) on a small file system of its own.

    python -m tests.faults.full_disk MOUNTED_FOLDER STEP_BYTES

It leaves more and more room on the disk, each time adds an article and publishes, then makes room and tries again. It
prints what became of each as a line of JSON.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from index.errors import StorageError
from index.local import LocalIndex
from tests.doubles_index import stored_article
from tests.faults.lives import EMBEDDER, START, live

MOST_ROOM_BYTES = 200_000
SIZE_BYTES = 16_000_000
"""Room for all of it, and for the log of SQLite, which grows to 4 MB before it is used anew."""


def command(mount_point: Path, step_bytes: int) -> list[str]:
    """The command that does this in a mount namespace: what it mounts goes with it."""
    script = f'mount -t tmpfs -o size={SIZE_BYTES} tmpfs "$1" && exec "$0" -m tests.faults.full_disk "$1" {step_bytes}'
    rights = [] if os.geteuid() == 0 else ["--map-root-user"]
    return ["unshare", "--mount", *rights, "sh", "-c", script, sys.executable, str(mount_point)]


def main() -> None:
    disk, step_bytes = Path(sys.argv[1]), int(sys.argv[2])
    folder = disk / "index"
    for _ in live(folder, START):
        pass
    with closing(LocalIndex.open(folder, EMBEDDER)) as index, closing(LocalIndex.open(folder, EMBEDDER)) as reader:
        for room in range(0, MOST_ROOM_BYTES, step_bytes):
            article = stored_article(f"with room {room}", f"This article came with {room} bytes left. " * 300)
            _fill(disk, room)
            added = _refusal(lambda article=article: index.add([article]))
            published = _refusal(index.publish)
            found = {hit.article.id for hit in reader.search("kept", 10)}
            whole = article.id in {summary.id for summary in reader.articles()}
            (disk / "filler").unlink()
            index.add([article])
            index.publish()
            outcome = {"room": room, "add": added, "publish": published, "there": whole}
            outcome |= {"kept": {f"kept {number}" for number in range(6)} <= found, "verify": index.verify()}
            outcome["retried"] = reader.article(article.id) == article
            sys.stdout.write(f"{json.dumps(outcome)}\n")


def _fill(disk: Path, room: int) -> None:
    """Write a file until only so much room is left."""
    with (disk / "filler").open("wb", buffering=0) as filler:
        filler.write(bytes(max(0, _free(disk) - room)))


def _free(disk: Path) -> int:
    facts = os.statvfs(disk)
    return facts.f_bavail * facts.f_frsize


def _refusal(step: Callable[[], object]) -> str:
    try:
        step()
    except StorageError as error:
        return str(error)
    return ""


if __name__ == "__main__":
    main()
