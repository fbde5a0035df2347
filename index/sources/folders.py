"""The files of a folder: which of them are sources, in a stable order, without leaving the folder."""

from __future__ import annotations

import glob
import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePath

from index.sources.kinds import KIND_BY_SUFFIX
from index.types import Failure

_GLOB = re.compile(r"[*?\[]")


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
                counts[suffix_kind(path)] += 1
    yield from unreadable


def left_out_failure(folder: str, left_out: Counter[str]) -> Failure | None:
    """One line for all that a walk passed over; None when there is nothing to say."""
    reason = left_out_reason(left_out)
    return Failure(folder, reason) if reason else None


def left_out_reason(left_out: Counter[str]) -> str | None:
    """What was passed over, in words; None when nothing was."""
    kinds = ", ".join(_counted(count, what) for what, count in sorted(left_out.items()) if count)
    return f"left out, as not of a kind that is read: {kinds}" if kinds else None


def _counted(count: int, what: str) -> str:
    one = re.sub(r"\b(link|file|device)s\b", r"\1", what).replace(" lead ", " leads ")
    return f"{count} {one if count == 1 else what}"


def suffix_kind(path: PurePath) -> str:
    """What to call the files of a kind that is not read."""
    return f"{path.suffix.lower()} files" if path.suffix else "files without an extension"


def _unreadable(error: OSError) -> Failure:
    return Failure(str(error.filename), f"it cannot be read: {error.strerror}")


def is_pattern(source: str) -> bool:
    """Whether it is a pattern such as `news/**/*.html`, and no file of that very name."""
    return bool(_GLOB.search(source)) and not os.path.lexists(source)


def source_files(source: str, left_out: Counter[str] | None = None) -> Iterator[Path | Failure]:
    """The files that a person names: a file, what is in a folder, or what fits a pattern such as `news/**/*.html`."""
    if os.path.isdir(source):
        yield from walk(Path(source), left_out)
    elif is_pattern(source):
        found = sorted(glob.glob(source, recursive=True))
        files = [path for path in found if not os.path.isdir(path)]
        yield from map(Path, files) if files else [Failure(source, "no file fits this pattern")]
    else:
        yield Path(source)
