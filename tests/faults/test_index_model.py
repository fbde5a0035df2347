"""Every other fault test asks what must hold after one thing; this one, after anything in any order."""

from __future__ import annotations

import pytest

from tests.faults.depth import depth
from tests.faults.index_model import check


@pytest.mark.timeout(3600)
def test_the_index_holds_what_a_dictionary_holds() -> None:
    assert check(*depth((8, 30), (250, 50))) >= depth(100, 10_000)
