"""Keep what is reported out of what is trained on.

The files of the data folder overlap with its own measuring sets here and there: the same Wikipedia paragraph under
other tokenisation, the same search question with its real passage. A row goes if it shares its question, or a run
of words of its passage, with anything that is measured.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from training.rows import Row, letters

RUN = 10
"""Words in a run: long enough that two texts share one only where one copies the other."""


def word_runs(text: str) -> set[int]:
    """Hashes of every run of `RUN` words; of the whole text where it is shorter."""
    words = re.findall(r"[^\W_]+", text.lower())
    return {hash(" ".join(words[at : at + RUN])) for at in range(max(1, len(words) - RUN + 1))}


class Leaks:
    """What the measuring sets hold, to be asked about a row of the training set."""

    def __init__(self, measured: Iterable[Row]) -> None:
        rows = list(measured)
        self._questions = {letters(row.question) for row in rows}
        self._runs: set[int] = set()
        for passage in {row.passage for row in rows}:
            self._runs |= word_runs(passage)

    def __contains__(self, row: Row) -> bool:
        return letters(row.question) in self._questions or not self._runs.isdisjoint(word_runs(row.passage))
