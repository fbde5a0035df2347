"""The files of a folder: which of them are sources, in a stable order, without leaving the folder."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from index.sources.beside import PassedOver, holds_no_article, is_never_an_article, is_of_a_page, is_source
from index.storage.database import STORE_NAME
from index.types import Failure

_CACHES = {"snapshots", "words"}
"""Folders in an index, of which it has either as soon as it has articles."""
_GLOB = re.compile(r"[*?\[]")
_SEPARATOR = rf"[/{re.escape(os.sep)}]"
_ANY_DEPTH = re.compile(rf"(?:^|{_SEPARATOR})(?P<stars>\*\*)(?:{_SEPARATOR}|$)")


def walk(folder: Path, passed_over: PassedOver | None = None) -> Iterator[Path | Failure]:
    """The files whose names say that they are sources, sorted, folder by folder; what is hidden is passed over.

    No link is followed: one that stays within leads to what is walked anyway. Those that lead out and files of
    other kinds are counted in `passed_over`. A subfolder that cannot be read is a Failure. One that is an index, as
    `--index` may put it beside the articles, is passed over.
    """
    unreadable: list[Failure] = []
    root = os.path.realpath(folder)
    for parent, folders, files in os.walk(root, onerror=lambda error: unreadable.append(_unreadable(error))):
        if _is_index(folders, files):
            folders.clear()
            continue
        links = {name for name in [*folders, *files] if os.path.islink(os.path.join(parent, name))}
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in links)
        of_a_page = is_of_a_page(Path(parent, "a file"), os.path.lexists)
        for name in sorted(name for name in {*files, *links} if not name.startswith(".")):
            path = Path(parent, name)
            if name not in links and is_source(path, of_a_page=of_a_page):
                yield path
            elif passed_over and name not in links:
                passed_over.add(path, is_never=of_a_page or is_never_an_article(path) or holds_no_article(path))
            elif passed_over and not Path(os.path.realpath(path)).is_relative_to(root):
                passed_over.unread["links that lead out of it"] += 1
    yield from unreadable


def _is_index(folders: Iterable[str], files: Iterable[str]) -> bool:
    return STORE_NAME in files and not _CACHES.isdisjoint(folders)


def _unreadable(error: OSError) -> Failure:
    return Failure(str(error.filename), f"it cannot be read: {error.strerror}")


def is_pattern(source: str) -> bool:
    """Whether it is a pattern such as `news/**/*.html`, and no file of that very name."""
    return bool(_GLOB.search(source)) and not os.path.lexists(source)


def source_files(source: str, passed_over: PassedOver | None = None) -> Iterator[Path | Failure]:
    """The files that a person names: a file, what is in a folder, or what fits a pattern such as `news/**/*.html`."""
    if os.path.isdir(source):
        yield from walk(Path(source), passed_over)
    elif is_pattern(source):
        found = map(Path, sorted(_matches(source)))
        files = [path for path in found if not os.path.isdir(path)]
        yield from _fitting(source, files, passed_over) if files else [Failure(source, "no file fits this pattern")]
    else:
        yield Path(source)


def _matches(pattern: str) -> set[str]:
    """What fits a pattern. As in a folder, `**` follows no link: with a few that lead in a circle there is no end."""
    if not (found := _ANY_DEPTH.search(pattern)):
        return set(glob.glob(pattern))
    above, below = pattern[: found.start("stars")], pattern[found.end() :] or "*"
    matches: set[str] = set()
    for base in glob.glob(above) if above else [os.curdir]:
        for folder, folders, _ in os.walk(base):
            folders[:] = [name for name in folders if not name.startswith(".")]
            matches |= _matches(os.path.join(glob.escape(folder), below))
    return matches


def _fitting(pattern: str, files: Iterable[Path], passed_over: PassedOver | None) -> Iterator[Path]:
    """What fits a pattern, but for what is never an article unless the pattern names its kind, as `*.css` does."""
    for path in files:
        if is_never_an_article(path) and not pattern.lower().endswith(path.suffix.lower()):
            if passed_over:
                passed_over.add(path, is_never=True)
        else:
            yield path
