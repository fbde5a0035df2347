"""Readers: a question and the passages found for it in, an answer with its quotes out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from index.types import Hit
from qa.types import Reading

EMBEDDED = "embedded"
"""The name of the reader that ships with the product."""


class Reader(Protocol):
    """Answers a question from passages, and says which words of them support it."""

    @property
    def name(self) -> str:
        """What was asked for: a model's name, a folder, or `embedded`."""

    def read(self, question: str, hits: Sequence[Hit]) -> Reading:
        """Answer from these passages alone, best hit first. An empty `hits` gives a Reading without text."""
