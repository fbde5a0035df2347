"""CSV and TSV: one article a row, the columns named by the first line. Read row by row, however long the file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from itertools import chain
from typing import BinaryIO

from index.errors import SourceError
from index.sources.columns import Columns, choose_columns, draft_of_row, is_header
from index.sources.decoding import decode, encoding_by_mark
from index.sources.drafts import finish
from index.types import Article, Failure

MAX_ROW_CHARACTERS = 20_000_000

_SAMPLE_BYTES = 65_536
_SEPARATOR_LINE = re.compile(r"\s*\"?sep=.\"?\s*", re.IGNORECASE)
"""By which a table tells spreadsheets what separates its columns."""
_DELIMITERS = ",;\t|"


def read_table(stream: BinaryIO, origin: str, columns: Mapping[str, str]) -> Iterator[Article | Failure | Columns]:
    """First which columns are used, then an article or a failure for each row. Rows are numbered from 1.

    Raises SourceError where no column holds the text.
    """
    csv.field_size_limit(MAX_ROW_CHARACTERS)
    with closing(_rows(stream)) as rows:
        header = [name.strip() for name in next(rows, None) or []]
        if not header:
            raise SourceError("it has no text")
        chosen = choose_columns(header, columns)
        yield chosen
        for number, row in enumerate(rows, start=1):
            try:
                if row is None or any(value.strip() for value in row):
                    yield finish(draft_of_row(_fields(row, header), chosen, origin=origin, number=number))
            except SourceError as error:
                yield Failure(f"{origin}, row {number}", str(error))


def _fields(row: list[str] | None, header: list[str]) -> dict[str, str]:
    if row is None:
        raise SourceError("it is no row: it may hold a quotation mark that is never closed")
    if len(row) != len(header):
        raise SourceError(f"it has {len(row)} columns instead of {len(header)}: quote texts with separators")
    return dict(zip(header, row, strict=True))


def is_table(start: str) -> bool:
    """Whether a text without a telling name begins like a table of articles."""
    lines = start.split("\n")[:2]
    if len(lines) < 2:
        return False
    header, first = (next(csv.reader([line], delimiter=_delimiter(lines[0])), []) for line in lines)
    return is_header(header) and len(first) == len(header)


def _rows(stream: BinaryIO) -> Generator[list[str] | None, None, None]:
    """The rows; None for one that is too long or not to be parsed."""
    sample = stream.read(_SAMPLE_BYTES)
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding=_encoding(sample), errors="surrogateescape", newline="")
    try:
        first = text.readline(MAX_ROW_CHARACTERS)
        while first and (not first.strip() or _SEPARATOR_LINE.fullmatch(first)):
            first = text.readline(MAX_ROW_CHARACTERS)
        reader = csv.reader(chain([first], _Lines(text)), delimiter=_delimiter(first))
        while True:
            try:
                yield next(reader)
            except csv.Error:
                yield None
            except StopIteration:
                return
    finally:
        text.detach()


class _Lines:
    """The lines of a text. One that is too long is passed over and raises csv.Error; the next one is still there."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = piece = self._text.readline(MAX_ROW_CHARACTERS)
        if not line:
            raise StopIteration
        while len(piece) == MAX_ROW_CHARACTERS and not piece.endswith("\n"):
            piece = self._text.readline(MAX_ROW_CHARACTERS)
        if piece is not line:
            raise csv.Error
        return line


def _encoding(sample: bytes) -> str:
    """UTF-8 or UTF-16, or a Western code page, which spreadsheets still write, where that is certain.

    Where nothing is, it is UTF-8, and the rows that are not are reported one by one.
    """
    if encoding := encoding_by_mark(sample):
        return encoding
    whole = sample.rpartition(b"\n")[0] or sample
    try:
        is_western = decode(whole) == whole.decode("cp1252", "replace") != whole.decode("utf-8", "replace")
    except SourceError:
        is_western = False
    return "cp1252" if is_western else "utf-8"


def _delimiter(header: str) -> str:
    """What separates the names of the columns: whichever of the usual ones stands there most often."""
    return max(_DELIMITERS, key=header.count)
