"""Parquet: one article a row, read a few rows at a time. Needs pyarrow, which is large and so an extra."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, BinaryIO

from index.errors import SourceError
from index.sources.columns import Columns, choose_columns, draft_of_row
from index.sources.drafts import finish
from index.types import Article, Failure

_ROWS_AT_ONCE = 256
_EXPORTED = ("id", "source")
"""Columns by which a row tells that it was exported from an index."""


def read_parquet(stream: BinaryIO, origin: str, columns: Mapping[str, str]) -> Iterator[Article | Failure | Columns]:
    """First which columns are used, then an article or a failure for each row. Rows are numbered from 1."""
    file = _open(stream)
    chosen = choose_columns(list(file.schema_arrow.names), columns)
    yield chosen
    used = set(chosen.by_field.values())
    for number, row in enumerate(_rows(file, chosen), start=1):
        try:
            texts = {name: _text(value) for name, value in row.items() if name in used}
            texts |= {name: value for name, value in row.items() if name in _EXPORTED and isinstance(value, str)}
            yield finish(draft_of_row(texts, chosen, origin=origin, number=number))
        except SourceError as error:
            yield Failure(f"{origin}, row {number}", str(error))


def _open(stream: BinaryIO) -> Any:
    try:
        import pyarrow
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        raise SourceError("Parquet needs pyarrow: pip install 'article-qa[parquet]'") from error
    try:
        return ParquetFile(stream)
    except (pyarrow.ArrowException, OSError) as error:
        raise _broken() from error


def _rows(file: Any, chosen: Columns) -> Iterator[dict[str, object]]:
    import pyarrow

    others = [name for name in _EXPORTED if name in file.schema_arrow.names]
    try:
        for batch in file.iter_batches(_ROWS_AT_ONCE, columns=[*chosen.by_field.values(), *others]):
            yield from batch.to_pylist()
    except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as error:
        raise _broken() from error


def _text(value: object) -> str | None:
    match value:
        case None:
            return None
        case str():
            return value
        case date():
            return value.isoformat()
        case list():
            return ", ".join(str(item) for item in value if item is not None)
        case bytes() | dict():
            raise SourceError("a column that was chosen holds no plain text: name another with --column")
        case _:
            return str(value)


def _broken() -> SourceError:
    return SourceError("it is broken or cut off: get it anew")
