"""Archives opened in memory: what they hold comes out one piece at a time, counted, and is never written anywhere."""

from __future__ import annotations

import bz2
import gzip
import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import BinaryIO, NamedTuple, Protocol

from index.errors import SourceError
from index.sources.beside import PassedOver, is_never_an_article, is_of_a_page, is_source
from index.sources.budget import Budget, check_ratio
from index.sources.kinds import HEAD_BYTES, Kind, kind_of
from index.sources.reading import MAX_FILE_BYTES
from index.sources.zipped import is_link, open_zip, read_entry
from index.types import Failure, Skipped

ARCHIVES: set[Kind] = {"zip", "tar", "gzip", "bzip2"}
_TAR_HEADER_BYTES = 1_000_000
_LEADS_OUT = re.compile(r"\\|^/|^[A-Za-z]:|(?:^|/)\.\.(?:/|$)")
_HIDDEN = re.compile(r"(?:^|/)(?:\.|__MACOSX/)")
_HERE = re.compile(r"(?:^|(?<=/))(?:\./)+")
"""Steps that go nowhere: `tar -C folder -cf all.tar .` puts one before every name."""


class Member(NamedTuple):
    """A piece of an archive: its data, or why it is not to be had."""

    name: str
    data: bytes | SourceError
    of_a_page: bool = False
    """Saved by a browser along with a page."""
    is_alone: bool = False
    """A file that was compressed by itself: who names the one has named the other."""


def members(kind: Kind, stream: BinaryIO, name: str, budget: Budget) -> Iterator[Member | Skipped | Failure]:
    """What an archive holds of the kinds that are read; at last, without the archive's name, what else is in it.

    Raises SourceError where the archive itself is no good.

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


def _zip_members(stream: BinaryIO, budget: Budget) -> Iterator[Member | Skipped | Failure]:
    passed_over = PassedOver()
    with open_zip(stream) as archive:
        names = {_plain(entry.filename) for entry in archive.infolist()}
        for entry in archive.infolist():
            budget.enter()
            passed_over.unread["links"] += is_link(entry)
            name = _plain(entry.filename)
            of_a_page = _is_of_a_page(name, names)
            if not (entry.filename.endswith("/") or is_link(entry)) and _is_wanted(name, passed_over, of_a_page):
                yield _zip_member(archive, entry, name, budget)._replace(of_a_page=of_a_page)
    yield from passed_over.told("")


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


def _tar_members(stream: _Counted) -> Iterator[Member | Skipped | Failure]:
    passed_over, names = PassedOver(), set[str]()
    stream.allowance = _TAR_HEADER_BYTES
    try:
        with tarfile.open(fileobj=stream, mode="r|") as archive:  # type: ignore[call-overload]  # it only reads
            for entry in archive:
                stream.budget.enter()
                stream.allowance = entry.size + _TAR_HEADER_BYTES
                passed_over.unread["links or devices"] += not (entry.isreg() or entry.isdir())
                name = _plain(entry.name)
                names.add(name)  # a page comes before its files in most archives; what is to come is not known
                of_a_page = _is_of_a_page(name, names)
                if entry.isreg() and _is_wanted(name, passed_over, of_a_page):
                    yield _tar_member(archive, entry, name)._replace(of_a_page=of_a_page)
    except tarfile.TarError as error:
        raise SourceError("it is broken or cut off: get it anew") from error
    yield from passed_over.told("")


def _tar_member(archive: tarfile.TarFile, entry: tarfile.TarInfo, name: str) -> Member:
    if _LEADS_OUT.search(name):
        return _leading_out(name)
    if entry.size > MAX_FILE_BYTES:
        return Member(name, _too_large())
    packed = archive.extractfile(entry)
    data = packed.read() if packed else b""
    return Member(name, data if len(data) == entry.size else SourceError("it is cut off: get its archive anew"))


def _unpacked(stream: _Counted, name: str) -> Iterator[Member | Skipped | Failure]:
    """What a compressed tar archive holds, or the one file that was compressed."""
    head = stream.read(HEAD_BYTES)
    stream.give_back(head)
    if _is_tar(head):
        yield from _tar_members(stream)
        return
    stream.budget.enter()
    data = stream.read(MAX_FILE_BYTES + 1)
    yield Member(PurePosixPath(name).stem, data if len(data) <= MAX_FILE_BYTES else _too_large(), is_alone=True)


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


def _plain(name: str) -> str:
    return _HERE.sub("", name)


def _is_of_a_page(name: str, names: set[str]) -> bool:
    return is_of_a_page(PurePosixPath(name), lambda path: str(path) in names)


def _is_wanted(name: str, passed_over: PassedOver, of_a_page: bool) -> bool:
    if _HIDDEN.search(name) and not _LEADS_OUT.search(name):
        return False
    path = PurePosixPath(name)
    if is_source(path, of_a_page=of_a_page):
        return True
    passed_over.add(path, is_never=of_a_page or is_never_an_article(path))
    return False


def _leading_out(name: str) -> Member:
    return Member(name, SourceError("its name leads out of the archive, as attacks do: it was not read"))


def _too_large() -> SourceError:
    return SourceError(f"it unpacks to more than {MAX_FILE_BYTES // 1_000_000} MB: split it into articles")
