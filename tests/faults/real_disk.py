"""Run by the test of power cuts on a real file system (fault 5), with a disk image that it mounts.

    python -m tests.faults.real_disk FOLDER CUTS COMMAND...

COMMAND adds articles under FOLDER/mounted and says so. Again and again it is stopped, and the image is copied: that is
what had reached the disk by then, and the rest is lost with the page cache. Each copy is mounted, as after a power cut.
What it held of what was acknowledged is printed as a line of JSON.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from index.errors import QaError
from index.local import LocalIndex
from tests.doubles_index import HashingEmbedder, stored_article

SIZE = "48M"
# Whatever is not synced stays in memory: nothing is written by itself for ten minutes.
OPTIONS = "loop,commit=600"


def command(folder: Path, cuts: int, writer: list[str]) -> list[str]:
    """The command that does this in a mount namespace: what it mounts goes with it."""
    script = (
        f'mkfs.ext4 -q "$1/disk" {SIZE} >/dev/null && mkdir "$1/mounted" "$1/after" '
        f'&& mount -o {OPTIONS} "$1/disk" "$1/mounted" '
        '&& exec "$0" -m tests.faults.real_disk "$@"'
    )
    return ["unshare", "--mount", "sh", "-c", script, sys.executable, str(folder), str(cuts), *writer]


def main() -> None:
    folder, cuts = Path(sys.argv[1]), int(sys.argv[2])
    acknowledged: list[str] = []
    with subprocess.Popen(sys.argv[3:], stdout=subprocess.PIPE, text=True, start_new_session=True) as writer:
        assert writer.stdout is not None
        for cut in range(cuts):
            acknowledged += [writer.stdout.readline().strip().removeprefix("+") for _ in range(1 + cut % 3)]
            os.killpg(writer.pid, signal.SIGSTOP)
            os.waitid(os.P_PID, writer.pid, os.WSTOPPED | os.WNOWAIT)
            subprocess.run(["cp", "--sparse=always", folder / "disk", folder / "copy"], check=True)
            os.killpg(writer.pid, signal.SIGCONT)
            sys.stdout.write(f"{json.dumps(_found(folder, acknowledged))}\n")
        os.killpg(writer.pid, signal.SIGKILL)


def _found(folder: Path, acknowledged: list[str]) -> dict[str, object]:
    """What the copy holds; its journal is replayed as it is mounted."""
    subprocess.run(["mount", "-o", "loop", folder / "copy", folder / "after"], check=True)
    try:
        return {"acknowledged": len(acknowledged), **_judged(folder / "after" / "index", acknowledged)}
    finally:
        gc.collect()  # Tantivy's files are mapped until then
        subprocess.run(["umount", folder / "after"], check=True)


def _judged(index_folder: Path, acknowledged: list[str]) -> dict[str, object]:
    try:
        with closing(LocalIndex.open(index_folder, HashingEmbedder())) as index:
            there = {summary.id for summary in index.articles()}
            whole = all(index.article(one) == stored_article(one) for one in there)
            found = {hit.article.id for one in acknowledged for hit in index.search(f"about {one}", 50)}
            return {"lost": len(set(acknowledged) - (there & found)), "whole": whole, "problems": index.verify()}
    except QaError as error:
        return {"lost": len(acknowledged), "whole": False, "problems": [str(error)]}


if __name__ == "__main__":
    main()
