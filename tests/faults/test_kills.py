"""Faults 1 to 4: killed by `kill -9` at a system call that writes, nothing that was acknowledged is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.depth import depth
from tests.faults.kills import KILLED, kills
from tests.faults.tracing import unavailable

pytestmark = pytest.mark.skipif(bool(unavailable()), reason=f"no kills at system calls: {unavailable()}")
FAULTS = dict(zip(KILLED, ("fault 1", "fault 2", "fault 3", "fault 4", "backup"), strict=True))


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("life", KILLED, ids=FAULTS.get)
def test_faults_01_to_04_killed_at_any_system_call_that_writes(life: str, tmp_path: Path) -> None:
    made = list(kills(life, tmp_path, every=depth(40, 1)))
    died = [kill for kill in made if kill.place]
    assert len(died) >= 0.9 * len(made)
    assert [kill for kill in made if not kill.verdict.sound] == []
