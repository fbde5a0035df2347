"""ZIP files, and the Office documents and books that are ZIP files inside. Nothing is ever written to a disk."""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from index.errors import SourceError
from index.sources.budget import check_ratio
from index.sources.decoding import decode
from index.sources.kinds import Kind
from index.sources.reading import MAX_FILE_BYTES
from index.sources.xml import refuse_definitions

MAX_DIRECTORY_BYTES = 20_000_000
"""Of a ZIP file's table of contents, which is read as a whole."""

MAX_PART_BYTES = 100_000_000
"""Of one part of a document."""

MAX_PARTS_BYTES = 300_000_000
"""Of all parts of a document."""

MAX_PARTS = 20_000
"""Of a document. A book has a few hundred."""

_TEXT_PARTS = (".xml", ".rels", ".opf", ".xhtml", ".html", ".htm", "mimetype")
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError),
    *(ValueError, LookupError, NotImplementedError, RuntimeError, OverflowError),
)
"""What zipfile raises for files that were damaged or made to hurt."""

_TAIL_BYTES = 65_536 + 22
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_KIND_BY_MIMETYPE: dict[bytes, Kind] = {
    b"application/epub+zip": "epub",
    b"application/vnd.oasis.opendocument.text": "odt",
}
_DOCX = "word/document.xml"
_TO_CSV = "it is a workbook, which is not read: save each sheet as a .csv file"
_TO_PDF = "it is a presentation, which is not read: save it as a .pdf file"
_NOT_READ: dict[str | bytes, str] = {
    "xl/workbook.xml": _TO_CSV,
    "xl/workbook.bin": _TO_CSV,
    "ppt/presentation.xml": _TO_PDF,
    b"application/vnd.oasis.opendocument.spreadsheet": _TO_CSV,
    b"application/vnd.oasis.opendocument.presentation": _TO_PDF,
}
"""By a part's name, or by what the part `mimetype` says."""


@contextmanager
def open_zip(stream: BinaryIO) -> Iterator[zipfile.ZipFile]:
    """A ZIP file whose table of contents fits into memory. Raises SourceError for what is none, or is broken."""
    if _directory_bytes(stream) > MAX_DIRECTORY_BYTES:
        raise SourceError(f"its table of contents is larger than {MAX_DIRECTORY_BYTES // 1_000_000} MB: split it")
    try:
        with zipfile.ZipFile(stream) as archive:
            yield archive
    except _BROKEN as error:
        raise SourceError("it is broken or cut off: get it anew") from error


def kind_of_zip(stream: BinaryIO) -> Kind:
    """Whether a ZIP file is a document or an archive. Raises SourceError for a document that is not read."""
    with open_zip(stream) as archive:
        names = set(archive.namelist())
        if _DOCX in names:
            return "docx"
        mimetype = b""
        if "mimetype" in names:
            mimetype = read_entry(archive, archive.getinfo("mimetype"), max_bytes=1000).strip()
        if unread := next((_NOT_READ[one] for one in (*names, mimetype) if one in _NOT_READ), None):
            raise SourceError(unread)
        if "mimetype" in names:
            return _KIND_BY_MIMETYPE.get(mimetype, "zip")
        return "epub" if "META-INF/container.xml" in names else "zip"


def read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, *, max_bytes: int = MAX_FILE_BYTES) -> bytes:
    """An entry unpacked, at most so far as the limit. Raises SourceError."""
    if entry.flag_bits & 1:
        raise SourceError("it is locked with a password: unlock it first")
    if entry.compress_type not in _METHODS:
        raise SourceError("it is packed in an unusual way: unpack it yourself")
    try:
        with archive.open(entry) as packed:
            data = packed.read(max_bytes + 1)
    except _BROKEN as error:
        raise SourceError("it is broken in its archive: get it anew") from error
    if len(data) > max_bytes:
        raise SourceError(f"it unpacks to more than {max_bytes // 1_000_000} MB: split it into articles")
    check_ratio(len(data), entry.compress_size)
    return data


def is_link(entry: zipfile.ZipInfo) -> bool:
    """Whether the entry would become a symbolic link."""
    return stat.S_ISLNK(entry.external_attr >> 16)


def read_parts(stream: BinaryIO) -> dict[str, bytes]:
    """The parts of a document, pictures and the like as empty ones. Raises SourceError."""
    parts: dict[str, bytes] = {}
    total = 0
    with open_zip(stream) as archive:
        if len(archive.infolist()) > MAX_PARTS:
            raise SourceError(f"it has more than {MAX_PARTS:,} parts: split it")
        for entry in archive.infolist():
            is_text = entry.filename.lower().endswith(_TEXT_PARTS)
            parts[entry.filename] = read_entry(archive, entry, max_bytes=MAX_PART_BYTES) if is_text else b""
            total += len(parts[entry.filename])
            if total > MAX_PARTS_BYTES:
                raise SourceError(f"it unpacks to more than {MAX_PARTS_BYTES // 1_000_000} MB: split it")
    return parts


def without_pictures(stream: BinaryIO) -> io.BytesIO:
    """The same document with its text alone, each part checked for a DTD: its library then meets no surprise."""
    bare = io.BytesIO()
    with zipfile.ZipFile(bare, "w", zipfile.ZIP_STORED) as archive:
        for name, part in read_parts(stream).items():
            if name.lower().endswith((".xml", ".rels")):
                refuse_definitions(decode(part))
            archive.writestr(name, part)
    bare.seek(0)
    return bare


def _directory_bytes(stream: BinaryIO) -> int:
    """The largest size that anything which looks like the end of a ZIP file states for its table of contents."""
    size = stream.seek(0, io.SEEK_END)
    stream.seek(max(0, size - _TAIL_BYTES - 76))
    tail = stream.read()
    stream.seek(0)
    stated = [int.from_bytes(tail[at.start() + 12 : at.start() + 16], "little") for at in re.finditer(b"PK\5\6", tail)]
    large = [int.from_bytes(tail[at.start() + 40 : at.start() + 48], "little") for at in re.finditer(b"PK\6\6", tail)]
    return min(size, max([0, *large, *(count for count in stated if count != 0xFFFFFFFF)]))
