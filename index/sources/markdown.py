"""Markdown with an optional YAML front matter, as plain text that reads and quotes well.

A link becomes its text, a heading a line, a list item a line with its mark, a table row a line; images and what
HTML hides are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, BinaryIO

from index.sources.blocks import Block, join_blocks, title_of, without_title
from index.sources.columns import language_code
from index.sources.dateline import without_byline
from index.sources.decoding import decode
from index.sources.drafts import Draft, finish
from index.sources.front_matter import Fields, date_field, split_front_matter, text_field
from index.sources.reading import MAX_MARKDOWN_BYTES, read_limited
from index.sources.text import name_as_title
from index.types import Article

if TYPE_CHECKING:
    from markdown_it.token import Token


def read_markdown(stream: BinaryIO, origin: str) -> Iterator[Article]:
    """One article: titled by its front matter, else by its first heading, else by the file's name."""
    source = decode(read_limited(stream, MAX_MARKDOWN_BYTES)).replace("\r\n", "\n").replace("\r", "\n")
    fields, body = split_front_matter(source)
    blocks = list(markdown_blocks(body))
    title = text_field(fields, "title") or title_of(blocks) or name_as_title(origin)
    text = join_blocks(without_title(blocks, title))
    draft = Draft(
        origin=origin,
        title=title,
        text=text,
        url=text_field(fields, "url"),
        published=date_field(fields, "published", "date"),
        author=text_field(fields, "author", "authors"),
        outlet=text_field(fields, "outlet"),
        language=_language(fields),
    )
    yield finish(without_byline(draft))


def _language(fields: Fields) -> str | None:
    stated = text_field(fields, "language", "lang")
    return "no" if stated == "False" else language_code(stated)  # YAML takes Norwegian's code for a denial


def markdown_blocks(body: str) -> Iterator[Block]:
    """The blocks of a CommonMark text with tables."""
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(body)
    level = 0
    mark = ""
    row: list[str] | None = None
    for token in tokens:
        match token.type:
            case "heading_open":
                level = int(token.tag[1])
            case "list_item_open":
                mark = f"{token.info}{token.markup} " if token.info else "- "
            case "tr_open":
                row = []
            case "tr_close":
                yield Block(" | ".join(row or []), is_line=True)
                row = None
            case "inline" if row is not None:
                row.append(_inline_text(token.children or []))
            case "inline":
                yield Block(mark + _inline_text(token.children or []), level=level, is_line=bool(mark))
                level, mark = 0, ""
            case "fence" | "code_block":
                yield Block(token.content)
            case "html_block":
                yield Block(_html_text(token.content))


def _inline_text(tokens: Sequence[Token]) -> str:
    """Without what is struck out."""
    struck = list(accumulate((token.type == "s_open") - (token.type == "s_close") for token in tokens))
    return "".join(_piece(token) for token, is_struck in zip(tokens, struck, strict=True) if not is_struck)


def _piece(token: Token) -> str:
    match token.type:
        case "text" | "code_inline":
            return token.content
        case "softbreak":
            return " "
        case "hardbreak":
            return "\n"
        case "html_inline" if token.content.lower().startswith("<br"):
            return "\n"
    return ""


def _html_text(markup: str) -> str:
    """What a person would see of a piece of HTML."""
    from lxml import etree, html  # type: ignore[import-untyped]

    try:
        element = html.fragment_fromstring(markup, create_parent="div")
    except (etree.LxmlError, ValueError):
        return ""
    etree.strip_elements(element, "script", "style", "template", "noscript", etree.Comment, with_tail=False)
    return str(element.text_content())
