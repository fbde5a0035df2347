"""Faults 6 and 7: a disk that is full, and one that fails, said at once; nothing is acknowledged that is not safe."""

from __future__ import annotations

import errno
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults import full_disk
from tests.faults.depth import depth
from tests.faults.kills import Point, made_start, points, prepared, seen
from tests.faults.lives import LIVES, START, judged, state_after
from tests.faults.tracing import PROJECT, SYNCS, WRITES, Call, child_command, tampered, unavailable

traced = pytest.mark.skipif(bool(unavailable()), reason=f"no failing system calls: {unavailable()}")
BEFORE = state_after(START)


def test_fault_06_a_disk_that_is_full_at_any_step(tmp_path: Path) -> None:
    command = full_disk.command(tmp_path, depth(24_000, 4_000))
    done = subprocess.run(command, capture_output=True, text=True, cwd=PROJECT, check=False, timeout=280)
    if not done.stdout and ("unshare" in done.stderr or "mount" in done.stderr):
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    outcomes = [json.loads(line) for line in done.stdout.splitlines()]
    for outcome in outcomes:
        assert outcome["there"] == (not outcome["add"])
        assert outcome["kept"]
        assert outcome["retried"]
        assert outcome["verify"] == []
    refused = [outcome["add"] for outcome in outcomes if outcome["add"]]
    late = [outcome["publish"] for outcome in outcomes if outcome["publish"]]
    assert refused
    assert all("is full: nothing was changed; free some space" in line for line in refused)
    assert len({line.partition("(")[2] for line in late}) >= 2  # both caches ran into it
    assert all("the articles are safe" in line for line in late)


@dataclass(frozen=True)
class Fault:
    """What a system call answers in place of doing its work, once or from then on."""

    calls: tuple[str, ...]
    error: int
    lasting: bool


FAULTS = {
    "fault 6, no room once": Fault(WRITES, errno.ENOSPC, lasting=False),
    "fault 6, no room from now on": Fault(WRITES, errno.ENOSPC, lasting=True),
    "fault 7, a sync that fails once": Fault(SYNCS, errno.EIO, lasting=False),
    "fault 7, a disk that fails from now on": Fault(SYNCS, errno.EIO, lasting=True),
}


@dataclass(frozen=True)
class Witnessed:
    """A life, and what it does to the disk when nothing is wrong with it."""

    life: str
    start: Path
    scratch: Path
    calls: tuple[Call, ...]


@pytest.fixture(scope="module", params=["first build", "adding", "publishing"])
def witnessed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Witnessed:
    root = tmp_path_factory.mktemp("failing")
    start, scratch = made_start(root / "start"), root / "scratch"
    return Witnessed(request.param, start, scratch, tuple(seen(request.param, start, scratch)))


@traced
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_faults_06_and_07_a_call_that_fails_is_never_acknowledged(witnessed: Witnessed, fault: Fault) -> None:
    life = witnessed.life
    calls = [call for call in witnessed.calls if call.name in fault.calls and call.paths != ("",)]
    failing = points(calls, witnessed.scratch / "index")
    for point in depth(failing[len(failing) // 2 :][:1], failing):
        folder = prepared(life, witnessed.start, witnessed.scratch)
        rule = f"{point.name}:error={errno.errorcode[fault.error]}:when={point.turn}{'+' * fault.lasting}"
        run = tampered(child_command(folder, life), rule, path=point.path and folder / point.path)
        assert "Traceback" not in run.errors
        assert run.status == 0 or run.errors.splitlines()[-1].startswith("StorageError: ")
        assert run.status == 1 or len(run.lines) == len(LIVES[life])
        verdict = judged(folder, LIVES[life], len(run.lines), None if life == "first build" else BEFORE)
        assert verdict.sound, (point, verdict)


@traced
def test_fault_07_a_commit_that_was_not_synced_stops_the_writer(tmp_path: Path) -> None:
    start, scratch = made_start(tmp_path / "start"), tmp_path / "scratch"
    acknowledged = 0
    commits: dict[int, Point] = {}
    for call in seen("adding", start, scratch):
        if call.paths == ("",):
            acknowledged = int(call.data)
        elif call.name in SYNCS and call.paths[0].endswith("-wal") and acknowledged < len(LIVES["adding"]):
            commits[acknowledged] = Point(call.name, call.turn)
    assert len(commits) == len(LIVES["adding"])
    for acknowledged, point in commits.items():
        folder = prepared("adding", start, scratch)
        run = tampered(child_command(folder, "adding"), f"{point.name}:error=EIO:when={point.turn}")
        assert (run.status, len(run.lines)) == (1, acknowledged)
        assert "check the disk" in run.errors
