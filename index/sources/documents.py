"""What is read as one: a file, a piece of an archive, or what an address gave; and which code reads it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from index.sources.columns import Columns
from index.sources.epub import read_epub
from index.sources.html import read_html
from index.sources.json_file import read_json
from index.sources.kinds import HEAD_BYTES, Kind, kind_of
from index.sources.markdown import read_markdown
from index.sources.office import read_docx, read_odt
from index.sources.parquet import read_parquet
from index.sources.pdf import read_pdf
from index.sources.rows import read_rows
from index.sources.tables import is_table, read_table
from index.sources.text import read_text
from index.sources.zipped import kind_of_zip
from index.types import Article, Failure

Piece = Article | Failure | Columns
Reader = Callable[[BinaryIO, str], Iterator[Piece]]
"""Reads a seekable stream of bytes that was found at a place. Raises SourceError when it holds no article."""

_READERS: dict[Kind, Reader] = {
    "text": read_text,
    "markdown": read_markdown,
    "pdf": read_pdf,
    "docx": read_docx,
    "odt": read_odt,
    "epub": read_epub,
}
_TABLE_READERS: dict[Kind, Callable[[BinaryIO, str, Mapping[str, str]], Iterator[Piece]]] = {
    "rows": read_rows,
    "json": read_json,
    "table": read_table,
    "parquet": read_parquet,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """`origin` is what its articles will say; the content is in the file at `path`, or else is `data`."""

    origin: str
    name: str
    path: Path | None = None
    data: bytes = b""
    charset: str | None = None
    """As the site stated it that the document came from."""

    def open(self) -> BinaryIO:
        """Raises OSError."""
        return io.BytesIO(self.data) if self.path is None else self.path.open("rb")

    def size(self) -> int:
        return len(self.data) if self.path is None else self.path.stat().st_size


@dataclass(frozen=True, slots=True)
class Hints:
    """What a person or a site said about a document."""

    charset: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


def document_kind(stream: BinaryIO, name: str) -> Kind:
    """By content, then by name; the stream is left at its start. Raises SourceError."""
    head = stream.read(HEAD_BYTES)
    stream.seek(0)
    kind = kind_of(head, name)
    if kind == "zip":
        kind = kind_of_zip(stream)
        stream.seek(0)
    if kind == "text" and "." not in name and is_table(head.decode("utf-8", "ignore")):
        kind = "table"
    return kind


def read_stream(kind: Kind, stream: BinaryIO, origin: str, hints: Hints) -> Iterator[Piece]:
    """The articles of a document of a kind that has a reader. Raises SourceError."""
    if kind == "html":
        return read_html(stream, origin, hints.charset)
    if kind in _TABLE_READERS:
        return _TABLE_READERS[kind](stream, origin, hints.columns)
    return _READERS[kind](stream, origin)
