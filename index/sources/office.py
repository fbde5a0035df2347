"""Word and OpenDocument texts. Their libraries are given the text alone, unpacked and checked beforehand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from index.errors import SourceError
from index.sources.blocks import Block, join_blocks, title_of, without_title
from index.sources.drafts import Draft, finish
from index.sources.text import name_as_title
from index.sources.zipped import without_pictures
from index.types import Article

_HEADING = re.compile(r"heading (\d)")
_NO_TITLES = {"", "word document", "untitled", "untitled document", "powerpoint presentation"}


def read_docx(stream: BinaryIO, origin: str) -> Iterator[Article]:
    """One article: titled by its properties, else by its first heading, else by the file's name."""
    import docx

    bare = without_pictures(stream)
    try:
        document = docx.Document(bare)
        blocks = list(_docx_blocks(document))
        properties = document.core_properties
        title, author, language = properties.title, properties.author, properties.language
    except Exception as error:  # what a library trips over in a stranger's file is of no fixed kind
        raise _broken() from error
    yield _article(origin, blocks, title=title, author=author, language=language)


def read_odt(stream: BinaryIO, origin: str) -> Iterator[Article]:
    """One article: titled by its properties, else by its first heading, else by the file's name."""
    import odfdo

    bare = without_pictures(stream)
    try:
        document = odfdo.Document(bare)
        blocks = list(_odt_blocks(document.body))
        title, author, language = document.meta.title, document.meta.creator, document.meta.language
    except Exception as error:  # as above
        raise _broken() from error
    yield _article(origin, blocks, title=title, author=author, language=language)


def _article(
    origin: str, blocks: list[Block], *, title: str | None, author: str | None, language: str | None
) -> Article:
    stated = (title or "").strip()
    title = (stated if stated.casefold() not in _NO_TITLES else "") or title_of(blocks) or name_as_title(origin)
    found = re.match(r"[A-Za-z]{2,3}\b", language or "")
    return finish(
        Draft(
            origin=origin,
            title=title,
            text=join_blocks(without_title(blocks, title)),
            author=author or None,
            language=found[0].lower() if found else None,
        )
    )


def _docx_blocks(document: Any) -> Iterator[Block]:
    for part in document.iter_inner_content():
        if hasattr(part, "rows"):
            yield from (Block(_joined(cell.text for cell in row.cells), is_line=True) for row in part.rows)
            continue
        style = (part.style.name or "").lower() if part.style is not None else ""
        heading = _HEADING.match(style)
        level = 1 if style == "title" else int(heading[1]) if heading else 0
        is_item = style.startswith("list")
        yield Block(f"- {part.text}" if is_item and part.text.strip() else part.text, level=level, is_line=is_item)


def _odt_blocks(body: Any) -> Iterator[Block]:
    for part in body.children:
        match part.tag:
            case "text:h":
                yield Block(str(part), level=int(part.get_attribute_integer("text:outline-level") or 1))
            case "text:p":
                yield Block(str(part), level=1 if part.style == "Title" else 0)
            case "text:list":
                yield from (Block(f"- {_inner(item)}", is_line=True) for item in part.get_elements("text:list-item"))
            case "table:table":
                rows = part.get_elements(".//table:table-row")
                yield from (Block(_joined(map(_inner, row.children)), is_line=True) for row in rows)
            case "text:section" | "text:note-body":
                yield from _odt_blocks(part)


def _inner(element: Any) -> str:
    return " ".join(str(part).strip() for part in element.get_elements(".//text:p|.//text:h"))


def _joined(cells: Iterator[str]) -> str:
    return " | ".join(dict.fromkeys(filter(None, (" ".join(cell.split()) for cell in cells))))


def _broken() -> SourceError:
    return SourceError("it is broken inside: open it in a word processor and save it anew")
