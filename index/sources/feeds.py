"""RSS, Atom and sitemaps: which pages they name. Pure: no page is fetched here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, BinaryIO
from urllib.parse import urljoin

from index.errors import SourceError
from index.sources.blocks import join_blocks
from index.sources.columns import row_name
from index.sources.drafts import Draft, finish, parse_date
from index.sources.markup import markup_blocks
from index.sources.reading import read_limited
from index.sources.xml import parse_xml
from index.types import Article

MAX_FEED_BYTES = 20_000_000
MAX_LINKS = 1_000
"""Of one feed or sitemap in one run. What is beyond is reported."""

MIN_CHARACTERS = 200
"""Of what a feed itself says of an article, to be one where its page cannot be had."""

_CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
_MARKUP = re.compile(r"&(?:#\d+|#x[\da-f]+|\w+);|</?\w+>", re.IGNORECASE)
_DC = "{http://purl.org/dc/elements/1.1/}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A page that a feed or a sitemap names, with what it says of it."""

    url: str | None
    title: str = ""
    markup: str = ""
    published: date | None = None
    author: str | None = None
    is_sitemap: bool = False

    def article(self, origin: str, outlet: str | None) -> Article | None:
        """What the feed itself says, where that is an article. Raises SourceError for garbled text."""
        text = join_blocks(markup_blocks(self.markup)) if self.markup.strip() else ""
        if len(text) < MIN_CHARACTERS:
            return None
        return finish(
            Draft(
                origin=self.url or f"{origin}#{row_name(self.title, 1)}",
                title=self.title,
                text=text,
                url=self.url,
                published=self.published,
                author=self.author,
                outlet=outlet,
            )
        )


@dataclass(frozen=True, slots=True)
class Links:
    """What a feed or a sitemap names, at most `MAX_LINKS`, in its order; `left_out` counts the rest."""

    title: str | None
    links: tuple[Link, ...]
    left_out: int


def read_links(stream: BinaryIO, base: str) -> Links:
    """The links, made absolute by `base` where that is an address. Raises SourceError."""
    root = parse_xml(read_limited(stream, MAX_FEED_BYTES))
    is_feed = _local(root) in {"rss", "RDF", "feed"}
    named = list(root.iter(*(("{*}item", "{*}entry") if is_feed else ("{*}url", "{*}sitemap"))))
    found = (_feed if is_feed else _sitemap)(named[:MAX_LINKS])
    distinct = {link.url or link.title: link for link in (_absolute(link, base) for link in found)}
    channel = next(root.iter("{*}channel"), root)
    return Links(_title(channel) or None, tuple(distinct.values()), max(0, len(named) - MAX_LINKS))


def _feed(items: Iterable[Any]) -> Iterator[Link]:
    for item in items:
        markup = _first(item, _CONTENT) or _atom_content(item) or _child(item, "description", "summary") or ""
        yield Link(
            url=_link(item),
            title=_title(item),
            markup=markup,
            published=parse_date(_first(item, _DC + "date") or _child(item, "pubDate", "published", "updated")),
            author=_first(item, _DC + "creator") or _author(item) or _author(item.getparent()),
        )


def _sitemap(entries: Iterable[Any]) -> Iterator[Link]:
    for entry in entries:
        if address := _child(entry, "loc"):
            yield Link(url=address, is_sitemap=_local(entry) == "sitemap")


def _link(item: Any) -> str | None:
    """RSS writes it as text, Atom as an attribute; a guid is an address unless it says that it is none."""
    for link in _children(item, "link"):
        if link.get("rel", "alternate") == "alternate" and (address := (link.get("href") or link.text or "").strip()):
            return _under_base(link, str(address))
    for guid in _children(item, "guid"):
        if guid.get("isPermaLink", "true") != "false" and (guid.text or "").strip().startswith(("http:", "https:")):
            return str(guid.text.strip())
    return None


def _under_base(element: Any, address: str) -> str:
    """Made absolute by the xml:base around it, where there is one."""
    try:
        return urljoin(element.base or "", address)
    except ValueError:
        return address


def _title(element: Any) -> str:
    """Many feeds write titles as HTML, whatever they say."""
    text = _child(element, "title") or ""
    if _MARKUP.search(text):
        with suppress(SourceError):
            text = join_blocks(markup_blocks(text))
    return " ".join(text.split())


def _author(item: Any) -> str | None:
    for author in _children(item, "author"):
        return _child(author, "name") or (author.text or "").strip() or None
    return None


def _atom_content(item: Any) -> str | None:
    """Escaped HTML or text, or XHTML as elements."""
    from lxml import etree  # type: ignore[import-untyped]

    for content in _children(item, "content"):
        return str(etree.tostring(content, encoding="unicode")) if len(content) else content.text
    return None


def _child(element: Any, *names: str) -> str | None:
    """The text of the first child with one of these names, in the order of the names."""
    texts = ((one.text or "").strip() for name in names for one in _children(element, name))
    return next(filter(None, texts), None)


def _first(element: Any, tag: str) -> str | None:
    return (element.findtext(tag) or "").strip() or None


def _children(element: Any, name: str) -> list[Any]:
    """Of any namespace but the ones that extend feeds with elements of the same name."""
    foreign = ("search.yahoo.com", "itunes")
    return [one for one in element.findall("{*}" + name) if not any(word in one.tag for word in foreign)]


def _absolute(link: Link, base: str) -> Link:
    if not link.url or "://" not in base:
        return link
    try:
        return replace(link, url=urljoin(base, link.url))
    except ValueError:
        return link


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]
