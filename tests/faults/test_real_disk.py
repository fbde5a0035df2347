"""Fault 5 on a real ext4, in a disk image: what had not reached the disk is lost, and ext4 says what had."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults import real_disk
from tests.faults.depth import depth
from tests.faults.power_cuts import NO_SYNC
from tests.faults.tracing import PROJECT, unavailable

CUTS = depth(6, 60)


def cuts(folder: Path, number: int, *before: str) -> list[dict[str, object]]:
    writer = [*before, sys.executable, "-m", "tests.faults.index_child", "add_for_ever", f"{folder}/mounted/index", "0"]
    command = real_disk.command(folder, number, writer)
    done = subprocess.run(command, capture_output=True, text=True, cwd=PROJECT, check=False, timeout=600)
    if not done.stdout and any(what in done.stderr for what in ("unshare", "mkfs", "mount")):
        pytest.skip(f"no disk image can be mounted here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.timeout(900)
def test_fault_05_ext4_keeps_what_was_acknowledged(tmp_path: Path) -> None:
    found = cuts(tmp_path, CUTS)
    assert len(found) == CUTS
    assert [cut for cut in found if cut["lost"] or not cut["whole"] or cut["problems"]] == []


@pytest.mark.skipif(bool(unavailable()), reason=f"nothing can pretend to sync: {unavailable()}")
def test_fault_05_ext4_keeps_nothing_where_nothing_is_synced(tmp_path: Path) -> None:
    """The control: the very program, while the system only pretends to sync."""
    found = cuts(tmp_path, 2, "strace", "-f", "-qq", "-o", "/dev/null", *(f"--inject={rule}" for rule in NO_SYNC), "--")
    assert [cut["lost"] for cut in found] == [cut["acknowledged"] for cut in found]
