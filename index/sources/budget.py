"""What an archive may unpack to, counted by what comes out rather than by what it says."""

from __future__ import annotations

from dataclasses import dataclass

from index.errors import SourceError

MAX_ENTRIES = 100_000
MAX_UNPACKED_BYTES = 2_000_000_000
"""Of all that is unpacked of one archive, of the archives within it too."""

MAX_RATIO = 200
"""How many times its packed size anything may have; articles have about five, repetitive tables fifty."""

MAX_DEPTH = 3
"""How many archives a document may lie in: 3 for a .gz in a .tar in a .zip."""

_FREE_BYTES = 1_000_000


@dataclass(slots=True)
class Budget:
    """Of one archive that a person named, shared with the archives in it. Spending more raises SourceError."""

    entries: int = MAX_ENTRIES
    unpacked_bytes: int = MAX_UNPACKED_BYTES

    def enter(self) -> None:
        """Count an entry."""
        self.entries -= 1
        if self.entries < 0:
            raise SourceError(f"it has more than {MAX_ENTRIES:,} entries, and the rest was left: split it")

    def unpack(self, count: int) -> None:
        """Count bytes that came out."""
        self.unpacked_bytes -= count
        if self.unpacked_bytes < 0:
            limit = MAX_UNPACKED_BYTES // 1_000_000
            raise SourceError(f"it unpacks to more than {limit:,} MB, and the rest was left: split it")


def check_ratio(unpacked: int, packed: int) -> None:
    """Raises SourceError for what is packed more densely than honest text."""
    if unpacked > _FREE_BYTES and unpacked > MAX_RATIO * packed:
        raise SourceError(f"it unpacks to more than {MAX_RATIO} times its size, as attacks do: unpack it yourself")
