"""Every article of an index in one file that other programs read, and that `qa add` takes in again as it was.

A row holds `id` and `source`, from which a reader can tell that it was exported: the id is made of the source.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from index.durable import replace_with
from index.errors import ConfigError
from index.storage.database import check_place, disk_errors
from index.storage.rows import OnProgress
from index.storage.store import Store
from index.types import Article

FIELDS = ("id", "source", "title", "text", "published", "author", "outlet", "language", "content_hash", "copy_of")
_ROWS_AT_ONCE = 256


def export(folder: Path, file: Path, on_progress: OnProgress | None = None) -> int:
    """Write the articles as of one moment, in the order in which they were taken in, as .jsonl or .parquet.

    The file is whole or not there; an older one is replaced. Answers the number of articles. Raises ConfigError for
    another ending or where Parquet cannot be written, StorageError, and what `Store.open` does.
    """
    write = _writer(file)
    check_place(file, folder)
    fresh = file.with_name(f".{file.name}.{uuid.uuid4().hex[:8]}.tmp")
    try:
        with closing(Store.open(folder)) as store, store.reading() as rows, disk_errors(file.parent):
            total = rows.count_articles()
            with fresh.open("xb") as stream:
                write(_counted(rows.articles(), total, on_progress), stream)
            replace_with(fresh, file)
    finally:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
    return total


def export_lines(folder: Path, stream: BinaryIO) -> int:
    """The same as JSONL into a stream."""
    with closing(Store.open(folder)) as store, store.reading() as rows:
        _write_lines(rows.articles(), stream)
        return rows.count_articles()


def _writer(file: Path) -> Callable[[Iterable[Article], BinaryIO], None]:
    match file.suffix.lower():
        case ".jsonl":
            return _write_lines
        case ".parquet":
            try:
                import pyarrow.parquet  # noqa: F401 - asked for before anything is read
            except ImportError as error:
                raise ConfigError("Parquet needs pyarrow: pip install 'article-qa[parquet]'.") from error
            return _write_parquet
    raise ConfigError(f"{file.name!r} ends neither in .jsonl nor in .parquet: name the file so.")


def _counted(articles: Iterable[Article], total: int, on_progress: OnProgress | None) -> Iterator[Article]:
    for number, article in enumerate(articles, start=1):
        yield article
        if on_progress:
            on_progress(number, total)


def _row(article: Article) -> dict[str, Any]:
    values = asdict(article)
    return {name: values[name] for name in FIELDS} | {"published": article.published and article.published.isoformat()}


def _write_lines(articles: Iterable[Article], stream: BinaryIO) -> None:
    for article in articles:
        stream.write(json.dumps(_row(article), ensure_ascii=False).encode() + b"\n")


def _write_parquet(articles: Iterable[Article], stream: BinaryIO) -> None:
    import pyarrow
    from pyarrow.parquet import ParquetWriter

    schema = pyarrow.schema([(name, pyarrow.string()) for name in FIELDS])
    waiting = iter(articles)
    with ParquetWriter(stream, schema) as writer:
        while batch := [_row(article) for article in islice(waiting, _ROWS_AT_ONCE)]:
            writer.write_table(pyarrow.Table.from_pylist(batch, schema=schema))
