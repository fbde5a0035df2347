"""The files of a folder: which of them are sources, in a stable order, without leaving the folder."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from index.sources.kinds import KIND_BY_SUFFIX
from index.types import Failure


def walk(folder: Path, left_out: Counter[str] | None = None) -> Iterator[Path | Failure]:
    """The files whose names say that they are sources, sorted, folder by folder; what is hidden is passed over.

    No link is followed: one that stays within leads to what is walked anyway. Those that lead out and files of
    other kinds are counted in `left_out`. A subfolder that cannot be read is a Failure.
    """
    counts = Counter[str]() if left_out is None else left_out
    unreadable: list[Failure] = []
    root = os.path.realpath(folder)
    for parent, folders, files in os.walk(root, onerror=lambda error: unreadable.append(_unreadable(error))):
        links = {name for name in [*folders, *files] if os.path.islink(os.path.join(parent, name))}
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in links)
        for name in sorted(name for name in {*files, *links} if not name.startswith(".")):
            path = Path(parent, name)
            if name in links:
                counts["links that lead out of it"] += not Path(os.path.realpath(path)).is_relative_to(root)
            elif path.suffix.lower() in KIND_BY_SUFFIX:
                yield path
            else:
                counts[f"{path.suffix.lower()} files" if path.suffix else "files without an extension"] += 1
    yield from unreadable


def left_out_failure(folder: str, left_out: Counter[str]) -> Failure | None:
    """One line for all that a walk passed over; None when there is nothing to say."""
    kinds = ", ".join(f"{count} {what}" for what, count in sorted(left_out.items()) if count)
    return Failure(folder, f"left out, as not of a kind that is read: {kinds}") if kinds else None


def _unreadable(error: OSError) -> Failure:
    return Failure(str(error.filename), f"it cannot be read: {error.strerror}")
