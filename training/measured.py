"""Which questions of the measuring sets something may be fitted on. Nothing is ever trained on any of them."""

from __future__ import annotations

from hashlib import sha256

from training.rows import Row


def fitted_on(row: Row) -> bool:
    """Whether its article is of the half on which thresholds are fitted; figures are reported on the other half.

    By title, so that no paragraph is in both, and by its hash, so that nobody chose which.
    """
    return sha256(row.title.encode()).digest()[0] % 2 == 0
