"""Fault 5: no acknowledged article is lost to a power cut, and the harness sees it where a single fsync is missing."""

from __future__ import annotations

import pytest

from tests.faults import power_cuts
from tests.faults.depth import depth
from tests.faults.power_cuts import DISTRUSTED, NO_SYNC, Recording, cuts
from tests.faults.tracing import SYNCS, unavailable

pytestmark = pytest.mark.skipif(bool(unavailable()), reason=f"no power cuts: {unavailable()}")
TOO_LONG_S = 3600


@pytest.fixture(scope="module")
def recording() -> Recording:
    return power_cuts.recording("whole")


@pytest.mark.timeout(TOO_LONG_S)
def test_fault_05_a_power_cut_at_any_point_loses_nothing_that_was_acknowledged(recording: Recording) -> None:
    made = list(cuts(recording, every=depth(29, 1)))
    assert len(made) >= 100
    assert [cut for cut in made if not cut.verdict.sound] == []
    assert max(cut.acknowledged for cut in made) > 10


def test_fault_05_without_any_fsync_the_same_harness_finds_losses() -> None:
    """The control: the very program, while the system only pretends to sync."""
    recording = power_cuts.recording("whole", inject=NO_SYNC)
    syncs = [call for call in recording.calls if call.name in SYNCS]
    assert syncs
    assert not any(call.happened for call in syncs)
    made = list(cuts(recording, every=depth(60, 5), fates=["lost", "hollow", "torn"]))
    assert sum(bool(cut.verdict.losses) for cut in made) > len(made) / 2


@pytest.mark.parametrize("what", DISTRUSTED)
def test_fault_05_without_one_kind_of_fsync_too(recording: Recording, what: str) -> None:
    made = cuts(recording, every=depth(60, 5), fates=["lost"], trusts=DISTRUSTED[what])
    assert any(cut.verdict.losses for cut in made)
