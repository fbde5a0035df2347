"""A question and a passage, or a part of it, as a network reads them at once, with what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa.readers.spans import Scores, best_spans

if TYPE_CHECKING:
    from tokenizers import Encoding

SPANS_PER_WINDOW = 20


@dataclass(frozen=True, slots=True)
class Window:
    """`start` and `end` hold a score for each word piece of `encoding`."""

    encoding: Encoding
    start: Scores
    end: Scores

    def spans(self) -> list[tuple[int, int, float]]:
        """(first character, character after the last, score over no answer) of the best spans of the passage."""
        tokens = [token for token, part in enumerate(self.encoding.sequence_ids) if part == 1]
        if not tokens:
            return []
        offsets = self.encoding.offsets
        found = best_spans(self.start, self.end, tokens[0], tokens[-1], SPANS_PER_WINDOW)
        return [(offsets[span.first][0], offsets[span.last][1], span.score) for span in found]
