"""Readers: a question and the passages found for it in, an answer with its quotes out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from index.types import Hit
from qa.types import Reading

EMBEDDED = "embedded"
"""The name of the reader that ships with the product."""
LARGER = "larger"
"""That one with a second look by a larger network (`qa.readers.second_look`)."""
AUTO = "auto"
"""The larger one where its network is installed, else the one that ships."""


class Reader(Protocol):
    """Answers a question from passages, and says which words of them support it."""

    @property
    def name(self) -> str:
        """What was asked for: a model's name, a folder, or `embedded`."""

    def read(self, question: str, hits: Sequence[Hit]) -> Reading:
        """Answer from these passages alone, best hit first. An empty `hits` gives a Reading without text."""
