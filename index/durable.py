"""Writing files so that a power cut leaves the old one or the new one, and never a piece of either."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class CacheUnusableError(Exception):
    """A derived file is missing, stale or damaged. Never leaves the index: the answer to it is to build anew."""


class CacheMissingError(CacheUnusableError):
    """There is none yet, which is how every index begins."""


class CacheOutdatedError(CacheUnusableError):
    """It is of before all articles were embedded anew, as it should be until it is built again."""


def write_file(path: Path, data: bytes | memoryview) -> None:
    """Write a new file and wait until it is on the disk."""
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def replace_file(path: Path, data: bytes) -> None:
    """Put `data` at `path` in one step; readers see the old bytes or the new ones."""
    fresh = path.with_name(f"{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        write_file(fresh, data)
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def replace_with(fresh: Path, path: Path) -> None:
    """Let a finished file take the place of another one in the same file system, and last there."""
    with fresh.open("rb+") as file:
        os.fsync(file.fileno())
    fresh.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make renames and new names in a folder last. A file's own fsync does not."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing, so that a power cut does not take their names."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for one in missing:
        sync_folder(one.parent)


@contextmanager
def new_folder(folder: Path) -> Iterator[None]:
    """Make a folder as `make_folder` does; of what was made, what is empty goes again if the block raises."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    make_folder(folder)
    try:
        yield
    except BaseException:
        with suppress(OSError):
            for one in missing:
                one.rmdir()
        raise


def remove_folder(folder: Path) -> None:
    """Remove a derived folder as far as it can be removed; what stays is found again by the next clean-up."""
    shutil.rmtree(folder, ignore_errors=True)
