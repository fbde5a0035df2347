"""How far the fault tests go: `make faults` sets QA_FAULTS=long, `make test` leaves it."""

from __future__ import annotations

import os
from typing import TypeVar

LONG = os.environ.get("QA_FAULTS") == "long"
T = TypeVar("T")


def depth(short: T, long: T) -> T:
    """The amount for this run."""
    return long if LONG else short
