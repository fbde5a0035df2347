"""Books in EPUB: each chapter is an article, in the order of reading."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any, BinaryIO
from urllib.parse import unquote

from index.errors import SourceError
from index.sources.blocks import join_blocks, title_of, without_title
from index.sources.columns import language_code
from index.sources.drafts import Draft, finish, parse_date
from index.sources.markup import markup_blocks
from index.sources.text import name_as_title
from index.sources.xml import parse_xml
from index.sources.zipped import read_parts
from index.types import Article, Failure

MIN_CHARACTERS = 200
"""Of a chapter. What is shorter is a cover, a title page or a divider."""


def read_epub(stream: BinaryIO, origin: str) -> Iterator[Article | Failure]:
    """The chapters. A book whose chapters cannot be found is refused; a broken chapter is a Failure."""
    parts = read_parts(stream)
    package_path = _package_path(parts)
    package = parse_xml(_part(parts, package_path))
    book = _texts(package, "title") or name_as_title(origin)
    day, language = parse_date(_texts(package, "date")), language_code(_texts(package, "language"))
    for path in _reading_order(package, package_path):
        try:
            blocks = list(markup_blocks(_part(parts, path)))
            chapter = title_of(blocks)
            text = join_blocks(without_title(blocks, chapter))
            if len(text) < MIN_CHARACTERS:
                continue
            yield finish(
                Draft(
                    origin=f"{origin}#{path}",
                    title=f"{book}: {chapter}" if chapter and chapter != book else book,
                    text=text,
                    published=day,
                    author=_texts(package, "creator"),
                    outlet=_texts(package, "publisher"),
                    language=language,
                )
            )
        except SourceError as error:
            yield Failure(f"{origin}#{path}", str(error))


def _package_path(parts: dict[str, bytes]) -> str:
    container = parse_xml(_part(parts, "META-INF/container.xml"))
    path = next((one.get("full-path") for one in container.iter("{*}rootfile")), None)
    if not path:
        raise SourceError("it is a book without a table of contents: get it anew")
    return str(path)


def _reading_order(package: Any, package_path: str) -> Iterator[str]:
    folder = posixpath.dirname(package_path)
    places = {one.get("id"): one.get("href") for one in package.iter("{*}item")}
    order = [places.get(one.get("idref")) for one in package.iter("{*}itemref")]
    for href in dict.fromkeys(order):
        if href:
            yield posixpath.normpath(posixpath.join(folder, unquote(href.partition("#")[0])))


def _part(parts: dict[str, bytes], path: str) -> bytes:
    if path not in parts:
        raise SourceError("a part of the book is missing: get it anew")
    return parts[path]


def _texts(package: Any, name: str) -> str | None:
    """The Dublin Core elements of that name, joined by commas where there are several creators."""
    found = [" ".join((one.text or "").split()) for one in package.iter("{http://purl.org/dc/elements/1.1/}" + name)]
    return ", ".join(filter(None, found if name == "creator" else found[:1])) or None
