"""JSON: one article as an object, or several in a list, which may stand under a name as news services give it.

The names mean what they do in JSONL, and a file of several objects one after another is read as that.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

from index.errors import NoArticleError, SourceError
from index.sources.columns import Columns
from index.sources.decoding import decode
from index.sources.reading import read_limited
from index.sources.rows import articles_of, columns_of, in_words, read_rows
from index.types import Article, Failure

MAX_JSON_BYTES = 20_000_000
"""It is read as a whole, unlike JSONL."""


def read_json(stream: BinaryIO, origin: str, named: Mapping[str, str]) -> Iterator[Article | Failure | Columns]:
    """An article or a failure for each item. Raises SourceError, a NoArticleError where it is other data."""
    try:
        value = json.loads(decode(read_limited(stream, MAX_JSON_BYTES)))
    except json.JSONDecodeError as error:
        if error.msg != "Extra data":
            raise SourceError(f"it is not JSON: {error.msg} in line {error.lineno}") from error
        stream.seek(0)
        yield from read_rows(stream, origin, named)
        return
    except (ValueError, RecursionError) as error:
        raise SourceError("it is not JSON that can be read: write one article a line") from error
    items = _items(value, named)
    rows = (item if isinstance(item, dict) else SourceError("it is not a JSON object") for item in items)
    yield from articles_of(enumerate(rows, start=1), origin, named, unit="item")


def _items(value: Any, named: Mapping[str, str]) -> Sequence[Any]:
    """The items of the first list that has an article, or the one article."""
    lists = [value] if isinstance(value, list) else list(value.values()) if isinstance(value, dict) else []
    for items in ([value], *lists):
        if isinstance(items, list) and any(_is_article(item, named) for item in items):
            return items
    raise NoArticleError("it is JSON, but no object in it has a text: name what holds it with --column text=NAME")


def _is_article(item: Any, named: Mapping[str, str]) -> bool:
    if not isinstance(item, dict):
        return False
    try:
        columns = columns_of(item, named)
    except SourceError:
        return False
    return (
        isinstance(item.get("text"), str)
        if columns is None
        else in_words(item.get(columns.by_field["text"])) is not None
    )
