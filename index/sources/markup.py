"""The blocks of HTML that no page surrounds: a chapter of a book, or what a feed says of an article."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from index.errors import SourceError
from index.sources.blocks import Block, row_block
from index.sources.inline import settle_inline

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BREAK = "\u2028"
_LEFT_OUT = ("script", "style", "template", "noscript", "head", "svg", "math", "nav", "form", "iframe", "object")
_FLOWING_LIST = """
    a abbr b bdi bdo br cite code data del dfn em font i img ins kbd label mark q rp rt ruby s samp small span strike
    strong sub sup time tt u var wbr
"""
_FLOWING = frozenset(_FLOWING_LIST.split())


def markup_blocks(markup: str | bytes) -> Iterator[Block]:
    """Headings, paragraphs, items and rows in their order. Raises SourceError for what is no markup at all."""
    from lxml import etree, html  # type: ignore[import-untyped]

    try:
        root = html.document_fromstring(markup)
    except (etree.LxmlError, ValueError) as error:
        raise SourceError("its HTML cannot be read: save its text as a .txt file") from error
    etree.strip_elements(root, *_LEFT_OUT, etree.Comment, etree.ProcessingInstruction, with_tail=False)
    settle_inline(root)
    yield from _blocks(root.find("body") if root.find("body") is not None else root)


def _blocks(element: Any) -> Iterator[Block]:
    parts = [element.text or ""]
    for child in element:
        if child.tag in _FLOWING:
            parts += [_text(child), child.tail or ""]
            continue
        yield from _block(element, parts)
        yield from [row_block(child)] if child.tag == "tr" else _blocks(child)
        parts = [child.tail or ""]
    yield from _block(element, parts)


def _block(element: Any, parts: list[str]) -> Iterator[Block]:
    if text := "".join(parts).strip():
        is_item = element.tag == "li"
        shown = text.replace(_BREAK, "\n") if element.tag == "pre" else _unwrapped(text)
        yield Block(f"- {shown}" if is_item else shown, level=_HEADINGS.get(element.tag, 0), is_line=is_item)


def _text(element: Any) -> str:
    own = _BREAK if element.tag == "br" else element.text or ""
    return own + "".join(_text(child) + (child.tail or "") for child in element)


def _unwrapped(text: str) -> str:
    """Its lines end where the author broke them, which is at `<br>` alone."""
    return "\n".join(" ".join(line.split()) for line in text.split(_BREAK))
