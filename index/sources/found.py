"""What reading a source gives, one at a time."""

from __future__ import annotations

from dataclasses import dataclass

from index.sources.columns import Columns
from index.sources.kinds import Kind
from index.types import Article, Failure, Note, Skipped, Visit


@dataclass(frozen=True, slots=True)
class Opened:
    """A document was found, and is of this kind; for a table, its columns follow once they are known."""

    origin: str
    kind: Kind
    columns: Columns | None = None


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A site says, or a file's bytes do, that nothing has changed since a visit, whose articles these are."""

    visit: Visit


Found = Article | Failure | Skipped | Note | Opened | Unchanged | Visit
"""A `Visit` follows the articles that it gave: remember it once these are safe."""
