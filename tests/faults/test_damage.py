"""Faults 8 and 9: whatever is flipped or cut off in any file of an index, no answer is changed by it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.damage import WOUNDS, damages, filled
from tests.faults.depth import depth


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("damage") / "index")


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", WOUNDS)
@pytest.mark.parametrize(("pattern", "count"), [("*", depth(17, 1000)), ("store.db", depth(20, 1000))])
def test_faults_08_and_09_damage_is_harmless_or_refused(
    folder: Path, tmp_path: Path, kind: str, pattern: str, count: int
) -> None:
    made = list(damages(kind, folder, tmp_path, count, pattern=pattern))
    assert len(made) == count
    assert [one for one in made if one.answers == "changed"] == []
    assert any(one.named for one in made)
