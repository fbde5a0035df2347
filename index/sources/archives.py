"""Archives opened in memory: what they hold comes out one piece at a time, counted, and is never written anywhere."""

from __future__ import annotations

import bz2
import gzip
import re
import tarfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import BinaryIO, NamedTuple, Protocol

from index.errors import SourceError
from index.sources.budget import Budget, check_ratio
from index.sources.folders import left_out_reason, suffix_kind
from index.sources.kinds import HEAD_BYTES, KIND_BY_SUFFIX, Kind, kind_of
from index.sources.reading import MAX_FILE_BYTES
from index.sources.zipped import is_link, open_zip, read_entry

ARCHIVES: set[Kind] = {"zip", "tar", "gzip", "bzip2"}
_TAR_HEADER_BYTES = 1_000_000
_LEADS_OUT = re.compile(r"\\|^/|^[A-Za-z]:|(?:^|/)\.\.(?:/|$)")
_HIDDEN = re.compile(r"(?:^|/)(?:\.|__MACOSX/)")
_HERE = re.compile(r"(?:^|(?<=/))(?:\./)+")
"""Steps that go nowhere: `tar -C folder -cf all.tar .` puts one before every name."""


class Member(NamedTuple):
    """A piece of an archive: its data, or why it is not to be had. Nameless where it speaks of several."""

    name: str
    data: bytes | SourceError


def members(kind: Kind, stream: BinaryIO, name: str, budget: Budget) -> Iterator[Member]:
    """What an archive holds of the kinds that are read. Raises SourceError where the archive itself is no good.

    Links are not followed, and an entry whose name leads out of the archive is refused.
    """
    match kind:
        case "zip":
            yield from _zip_members(stream, budget)
        case "tar":
            yield from _tar_members(_Counted(stream, budget))
        case "gzip":
            yield from _unpacked(_Counted(gzip.GzipFile(fileobj=stream), budget, packed=stream), name)
        case _:
            yield from _unpacked(_Counted(bz2.BZ2File(stream), budget, packed=stream), name)


def _zip_members(stream: BinaryIO, budget: Budget) -> Iterator[Member]:
    left_out = Counter[str]()
    with open_zip(stream) as archive:
        for entry in archive.infolist():
            budget.enter()
            left_out["links"] += is_link(entry)
            name = _HERE.sub("", entry.filename)
            if not (entry.filename.endswith("/") or is_link(entry)) and _is_wanted(name, left_out):
                yield _zip_member(archive, entry, name, budget)
    yield from _left_out(left_out)


def _zip_member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, budget: Budget) -> Member:
    if _LEADS_OUT.search(name):
        return _leading_out(name)
    try:
        data = read_entry(archive, entry)
    except SourceError as error:
        budget.unpack(MAX_FILE_BYTES)  # what was unpacked in vain was unpacked too
        return Member(name, error)
    budget.unpack(len(data))
    return Member(name, data)


def _tar_members(stream: _Counted) -> Iterator[Member]:
    left_out = Counter[str]()
    stream.allowance = _TAR_HEADER_BYTES
    try:
        with tarfile.open(fileobj=stream, mode="r|") as archive:  # type: ignore[call-overload]  # it only reads
            for entry in archive:
                stream.budget.enter()
                stream.allowance = entry.size + _TAR_HEADER_BYTES
                left_out["links or devices"] += not (entry.isreg() or entry.isdir())
                name = _HERE.sub("", entry.name)
                if entry.isreg() and _is_wanted(name, left_out):
                    yield _tar_member(archive, entry, name)
    except tarfile.TarError as error:
        raise SourceError("it is broken or cut off: get it anew") from error
    yield from _left_out(left_out)


def _tar_member(archive: tarfile.TarFile, entry: tarfile.TarInfo, name: str) -> Member:
    if _LEADS_OUT.search(name):
        return _leading_out(name)
    if entry.size > MAX_FILE_BYTES:
        return Member(name, _too_large())
    packed = archive.extractfile(entry)
    data = packed.read() if packed else b""
    return Member(name, data if len(data) == entry.size else SourceError("it is cut off: get its archive anew"))


def _unpacked(stream: _Counted, name: str) -> Iterator[Member]:
    """What a compressed tar archive holds, or the one file that was compressed."""
    head = stream.read(HEAD_BYTES)
    stream.give_back(head)
    if _is_tar(head):
        yield from _tar_members(stream)
        return
    stream.budget.enter()
    data = stream.read(MAX_FILE_BYTES + 1)
    yield Member(PurePosixPath(name).stem, data if len(data) <= MAX_FILE_BYTES else _too_large())


class _Stream(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class _Counted:
    """A stream whose bytes are counted as they come; `allowance`, where set, is how many more may."""

    def __init__(self, stream: _Stream, budget: Budget, *, packed: BinaryIO | None = None) -> None:
        self.budget = budget
        self.allowance: int | None = None
        self._stream = stream
        self._packed = packed
        self._unpacked_bytes = 0
        self._given_back = b""

    def read(self, size: int) -> bytes:
        """Exactly `size` bytes, unless the stream ends."""
        pieces = [self._given_back[:size]]
        self._given_back = self._given_back[size:]
        missing = size - len(pieces[0])
        while missing and (piece := self._next(min(missing, HEAD_BYTES))):
            pieces.append(piece)
            missing -= len(piece)
        return b"".join(pieces)

    def give_back(self, data: bytes) -> None:
        """What is given back is read again, without being counted again."""
        self._given_back = data

    def _next(self, size: int) -> bytes:
        try:
            piece = self._stream.read(size)
        except (zlib.error, EOFError, OSError) as error:
            raise SourceError("it is broken or cut off: get it anew") from error
        self._unpacked_bytes += len(piece)
        self.budget.unpack(len(piece))
        if self.allowance is not None:
            self.allowance -= len(piece)
            if self.allowance < 0:
                raise SourceError("it is broken, or made to exhaust memory: get it anew")
        if self._packed:
            check_ratio(self._unpacked_bytes, self._packed.tell())
        return piece


def _is_tar(head: bytes) -> bool:
    try:
        return kind_of(head, "") == "tar"
    except SourceError:
        return False


def _is_wanted(name: str, left_out: Counter[str]) -> bool:
    if _HIDDEN.search(name) and not _LEADS_OUT.search(name):
        return False
    path = PurePosixPath(name)
    if path.suffix.lower() in KIND_BY_SUFFIX:
        return True
    left_out[suffix_kind(path)] += 1
    return False


def _leading_out(name: str) -> Member:
    return Member(name, SourceError("its name leads out of the archive, as attacks do: it was not read"))


def _left_out(left_out: Counter[str]) -> Iterator[Member]:
    if reason := left_out_reason(left_out):
        yield Member("", SourceError(reason))


def _too_large() -> SourceError:
    return SourceError(f"it unpacks to more than {MAX_FILE_BYTES // 1_000_000} MB: split it into articles")
