"""Web pages saved as files: trafilatura finds the article, and what it lets through of the page around it goes too.

The page is decoded here, not there, because trafilatura replaces what it cannot decode. Of its modes, the one for
precision is used: a missing standfirst costs less than an advertisement that gets quoted as news.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any, BinaryIO

from index.clean import clean_line
from index.errors import SourceError
from index.sources.blocks import Block, join_blocks, row_block, title_of, without_title
from index.sources.clutter import prune, without_clutter
from index.sources.dateline import without_byline
from index.sources.decoding import decode
from index.sources.drafts import Draft, finish, parse_date
from index.sources.inline import settle_inline
from index.sources.reading import MAX_HTML_BYTES, read_limited
from index.sources.text import name_as_title
from index.types import Article

MIN_CHARACTERS = 200
"""Of a page's article. What is shorter is a cookie notice, a log-in or an error page."""

_HEAD_BYTES = 4096
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE)
_LANGUAGE = re.compile(r"""<html[^>]{0,500}?\slang\s*=\s*["']?([A-Za-z]{2,3})\b""", re.IGNORECASE)
_PUBLISHED = (
    "//meta[@property='article:published_time' or @name='article:published_time']/@content"
    " | //meta[@itemprop='datePublished']/@content"
)
_LINKED_DATA = "//script[@type='application/ld+json']/text()"
_PUBLISHED_KEY = re.compile(r'"datePublished"\s*:\s*"([^"]{8,40})"')
_CONTAINERS = {"p", "head", "list", "item", "quote", "table", "row", "cell", "code", "div"}


def read_html(stream: BinaryIO, origin: str, charset: str | None = None) -> Iterator[Article]:
    """One article; `charset` is what the site said with the page. Raises SourceError where the page holds none."""
    data = read_limited(stream, MAX_HTML_BYTES)
    stated = _CHARSET.search(data[:_HEAD_BYTES])
    page = decode(data, declared=charset or (stated[1].decode() if stated else None))
    document, stated_day = _extract(page)
    blocks = list(_blocks(document.body))
    title = clean_line(document.title or "") or title_of(blocks) or name_as_title(origin)
    body = blocks[1:] if blocks and blocks[0].level == 1 else without_title(blocks, title)
    text = join_blocks(without_clutter(body))
    if len(text) < MIN_CHARACTERS:
        raise SourceError("no article was found in the page, only what stands around one")
    language = _LANGUAGE.search(page[:_HEAD_BYTES])
    draft = Draft(
        origin=origin,
        title=title,
        text=text,
        url=document.url,
        published=stated_day or parse_date(document.date),
        author=document.author,
        outlet=document.sitename,
        language=language[1].lower() if language else None,
    )
    yield finish(without_byline(draft))


def _extract(page: str) -> tuple[Any, date | None]:
    """trafilatura's document, and the day that the page states.

    Whatever its parser or its heuristics trip over means that the page cannot be read.
    """
    from trafilatura import bare_extraction, load_html

    try:
        tree = load_html(page)
        if tree is None:
            raise SourceError("it is not a web page")
        stated_day = _stated_day(tree)
        settle_inline(tree)
        prune(tree)
        document = bare_extraction(
            tree,
            favor_precision=True,
            include_comments=False,
            with_metadata=True,
            date_extraction_params={"extensive_search": False, "original_date": True},
        )
    except SourceError:
        raise
    except Exception as error:
        raise SourceError("its HTML cannot be read: save the page again, or its text as a .txt file") from error
    if document is None or isinstance(document, dict) or document.body is None:
        raise SourceError("no article was found in the page")
    return document, stated_day


def _stated_day(tree: Any) -> date | None:
    """When it was published, as the page says to machines. What is left to trafilatura is to guess.

    It believes no day before 1995, and would take the one at the page's foot instead.
    """
    stated = [
        *tree.xpath(_PUBLISHED),
        *(day for one in tree.xpath(_LINKED_DATA) for day in _PUBLISHED_KEY.findall(one)),
    ]
    return next(filter(None, map(parse_date, stated)), None)


def _blocks(element: Any, mark: str = "") -> Iterator[Block]:
    """The blocks of trafilatura's tree: `head` is a heading there, `item` one of a list, and `lb` a line break."""
    parts = [element.text or ""]
    for child in element:
        if child.tag in _CONTAINERS:
            yield from _block(element, "".join(parts), mark)
            own_mark = "- " if child.tag == "item" else ""
            yield from [row_block(child)] if child.tag == "row" else _blocks(child, own_mark)
            parts, mark = [child.tail or ""], ""
        else:
            parts += [_inline(child), child.tail or ""]
    yield from _block(element, "".join(parts), mark)


def _block(element: Any, text: str, mark: str) -> Iterator[Block]:
    if line := text.strip():
        level = int(element.get("rend", "h2")[-1]) if element.tag == "head" else 0
        yield Block(mark + line, level=level, is_line=bool(mark))


def _inline(element: Any) -> str:
    if element.tag == "lb":
        return "\n"
    return "" if element.tag == "graphic" else "".join(map(str, element.itertext()))
