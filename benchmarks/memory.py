"""How much memory a process takes as its work goes on: the highest in each tenth of it, so that growth is seen."""

from __future__ import annotations

import resource
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")
TENTHS = 10


def peak_mb() -> float:
    """The most that this process had resident since this was last asked (Linux; elsewhere, since it began)."""
    try:
        line = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM"))
        _RESET.write_text("5")
    except OSError:
        return most_mb()
    return round(int(line.split()[1]) * 1024 / 1e6, 1)


def most_mb(who: int = resource.RUSAGE_SELF) -> float:
    """The most since the process began, or of any of its children that has ended."""
    return round(resource.getrusage(who).ru_maxrss * 1024 / 1e6, 1)


@dataclass
class PeakMemory:
    """The peaks between one call of `note` and the next."""

    at_first: float = field(default_factory=peak_mb)
    _peaks: list[tuple[int, float]] = field(default_factory=list)

    def note(self, done: int) -> None:
        self._peaks.append((done, peak_mb()))

    def by_tenth(self, total: int) -> list[float]:
        """The highest peak in each tenth of the work; where one batch is more than a tenth, that of the batch."""
        ends = [total * tenth / TENTHS for tenth in range(1, TENTHS + 1)]
        return [max(_within(self._peaks, end - total / TENTHS, end)) for end in ends]


def peaks_in_words(peaks: Mapping[str, Any]) -> str:
    """Of the figures `before`, `in each tenth` and `publishing`."""
    tenths = " ".join(f"{mb:.0f}" for mb in peaks["in each tenth"])
    return f"peak memory before {peaks['before']:.0f} MB, in each tenth {tenths}, publishing {peaks['publishing']:.0f}"


def _within(peaks: Sequence[tuple[int, float]], start: float, end: float) -> list[float]:
    inside = [mb for done, mb in peaks if start < done <= end]
    return inside or [next((mb for done, mb in peaks if done > end), peaks[-1][1])]
