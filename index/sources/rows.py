"""JSONL: one article a line, `{"title", "text", "url", "published", "outlet", "author", "language"}`.

Only `text` is needed; the names of rows without it are guessed or told as the columns of tables are. Read line by line,
however long the file. A bad row is reported with its line number and does not stop the rest.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO

from index.errors import SourceError
from index.sources.columns import Columns, choose_columns, draft_of_row, language_code, row_name, without_markup
from index.sources.decoding import encoding_by_mark
from index.sources.drafts import Draft, exported_source, finish
from index.sources.front_matter import parse_stated_date
from index.sources.text import name_as_title
from index.types import Article, Failure

MAX_LINE_CHARACTERS = 20_000_000

_SURROGATE = re.compile("[\ud800-\udfff]")


def read_rows(
    stream: BinaryIO, origin: str, named: Mapping[str, str] | None = None
) -> Iterator[Article | Failure | Columns]:
    """An article or a failure for each line that is not blank; before the first with other names, what they mean."""
    yield from articles_of(_numbered(stream), origin, named or {}, unit="line")


def articles_of(
    rows: Iterable[tuple[int, dict[str, object] | SourceError]], origin: str, named: Mapping[str, str], *, unit: str
) -> Iterator[Article | Failure | Columns]:
    """The same for rows that were parsed, or why they could not be; `unit` is what a numbered one is called."""
    told = False
    for number, row in rows:
        try:
            if isinstance(row, SourceError):
                raise row
            columns = columns_of(row, named)
            if columns and not told:
                told = True
                yield columns
            yield finish(_named(row, columns, origin, number) if columns else _draft(row, origin, number, unit))
        except SourceError as error:
            yield Failure(f"{origin}, {unit} {number}", str(error))


def _numbered(stream: BinaryIO) -> Iterator[tuple[int, dict[str, object] | SourceError]]:
    for number, line in enumerate(_lines(stream), start=1):
        if line is None:
            yield number, SourceError(f"it is longer than {MAX_LINE_CHARACTERS // 1_000_000} million characters")
        elif line.strip():
            try:
                yield number, _parse(line)
            except SourceError as error:
                yield number, error


def count_rows(stream: BinaryIO) -> int:
    """How many articles and failures `read_rows` will yield."""
    return sum(line is None or bool(line.strip()) for line in _lines(stream))


def _lines(stream: BinaryIO) -> Iterator[str | None]:
    """The lines; None for one that is too long. A byte that does not decode becomes a lone surrogate."""
    encoding = encoding_by_mark(stream.read(4)) or "utf-8"
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding=encoding, errors="surrogateescape", newline="\n")
    try:
        while line := text.readline(MAX_LINE_CHARACTERS):
            is_whole = line.endswith("\n") or len(line) < MAX_LINE_CHARACTERS
            yield line if is_whole else None
            while line and not line.endswith("\n"):
                line = text.readline(MAX_LINE_CHARACTERS)
    finally:
        text.detach()


def columns_of(row: Mapping[str, object], named: Mapping[str, str]) -> Columns | None:
    """What the names of a row mean; None where they are those that we ask for."""
    told = {field: name for field, name in named.items() if name in row}
    if "text" in row and not told:
        return None
    try:
        return choose_columns(list(row), told)
    except SourceError as error:
        names = ", ".join(repr(name[:60]) for name in list(row)[:20]) or "nothing"
        raise SourceError(f'it has no "text", but {names}: name one with --column text=NAME') from error


def _named(row: Mapping[str, object], columns: Columns, origin: str, number: int) -> Draft:
    """What says nothing in words is none of these fields."""
    strings = {name: words for name, value in row.items() if (words := in_words(value))}
    return draft_of_row(strings, columns, origin=origin, number=number)


def in_words(value: object) -> str | None:
    """Of a text, of several, or of an object that has a name, as news services give outlets, or HTML, as blogs do."""
    if isinstance(value, list):  # not of lists within it, of which a hostile file may have thousands
        return ", ".join(filter(None, map(_one_in_words, value))) or None
    return _one_in_words(value)


def _one_in_words(value: object) -> str | None:
    match value:
        case str():
            return value
        case {"name": str(name)}:
            return name
        case {"rendered": str(markup)}:
            return without_markup(f"<div>{markup}</div>")
    return None


def _draft(row: dict[str, object], origin: str, number: int, unit: str) -> Draft:
    title = _text(row, "title") or ""
    text = _text(row, "text")
    if text is None:
        raise SourceError('its "text" is null')
    published, language = _text(row, "published"), _text(row, "language")
    source = exported_source(row.get("id"), row.get("source"))
    return Draft(
        origin=f"{origin}#{row_name(title, number)}",
        title=title if title or source else f"{name_as_title(origin)}, {unit} {number}",
        text=text if source else without_markup(text),
        url=_text(row, "url"),
        published=parse_stated_date(published, '"published"') if published else None,
        author=_text(row, "author"),
        outlet=_text(row, "outlet"),
        language=language if source else language_code(language),
        source=source,
    )


def _parse(line: str) -> dict[str, object]:
    if _SURROGATE.search(line):
        raise SourceError("it is not UTF-8")
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise SourceError(f"it is not JSON: {error.msg} at character {error.pos + 1}") from error
    except ValueError as error:  # a number of more digits than Python reads
        raise SourceError(f"it is not JSON: {error}") from error
    except RecursionError as error:
        raise SourceError("it is not an article: it is nested too deep") from error
    if not isinstance(row, dict):
        raise SourceError('it is not a JSON object with a "text"')
    return row


def _text(row: dict[str, object], name: str) -> str | None:
    value = row.get(name)
    if value is not None and not isinstance(value, str):
        raise SourceError(f'"{name}" is not a string')
    return value
