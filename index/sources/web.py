"""Addresses read: pages, and the pages that feeds and sitemaps name. A page that has not changed is not read again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urlsplit

from index.errors import SourceError
from index.fetching.fetch import Fetched, Fetcher
from index.protocols import VisitMemory
from index.sources.documents import Document
from index.sources.drafts import article_id, canonical_source
from index.sources.feeds import MAX_LINKS, Link, read_links
from index.sources.found import Found, Opened, Unchanged
from index.types import Article, Failure, Visit

if TYPE_CHECKING:
    from index.sources.reader import SourceReader

_MAX_DEPTH = 2
"""A sitemap of sitemaps, and the pages these name; or a feed, and its pages."""

_PREFIX = re.compile(r"^(?:www\d?|m|mobile|amp)\.")


class Web:
    """One round of visits."""

    def __init__(self, reader: SourceReader, fetcher: Fetcher, memory: VisitMemory | None, depth: int = 0) -> None:
        self._reader = reader
        self._fetcher = fetcher
        self._memory = memory
        self._depth = depth

    def page(self, url: str) -> Iterator[Found]:
        """What is behind an address. A visit that failed in any part is not remembered, so it is made again."""
        try:
            seen = self._memory.visit(url) if self._memory else None
            fetched = self._fetcher.fetch(
                url, etag=seen.etag if seen else None, last_modified=seen.last_modified if seen else None
            )
        except SourceError as error:
            yield Failure(url, str(error))
            return
        if seen and fetched.not_modified:
            yield Unchanged(seen)
            return
        ids: list[str] = []
        failed = False
        for found in self._document(fetched):
            failed = failed or isinstance(found, Failure)
            ids += [found.id] if isinstance(found, Article) else []
            ids += found.visit.article_ids if isinstance(found, Unchanged) else []
            yield found
        if not failed and (fetched.etag or fetched.last_modified):
            yield Visit(url, fetched.etag, fetched.last_modified, tuple(dict.fromkeys(ids)))

    def links(self, stream: BinaryIO, origin: str) -> Iterator[Found]:
        """The pages that a feed or a sitemap names; for one that is not to be had, what the feed itself says of it."""
        if self._depth >= _MAX_DEPTH:
            raise SourceError("feeds lie too deep in one another: name the one that has the articles")
        found = read_links(stream, origin)
        deeper = Web(self._reader, self._fetcher, self._memory, self._depth + 1)
        for link in found.links:
            yield from deeper._link(link, origin, found.title)
        if found.left_out:
            yield Failure(origin, f"{found.left_out:,} pages were left out: {MAX_LINKS:,} are read at a time")

    def _link(self, link: Link, origin: str, outlet: str | None) -> Iterator[Found]:
        visited = list(self.page(link.url)) if link.url else []
        if any(isinstance(found, Article | Unchanged) for found in visited):
            yield from visited
            return
        try:
            own = None if link.is_sitemap else link.article(origin, outlet)
        except SourceError:
            own = None
        if own:
            yield own
        elif visited:
            yield from visited
        else:
            yield Failure(f"{origin}: {link.title[:100]}", "it has neither a page nor a text of its own")

    def _document(self, fetched: Fetched) -> Iterator[Found]:
        address = canonical_source(fetched.url, fetched.url)
        name = _name(fetched)
        document = Document(origin=address, name=name, data=fetched.body, charset=fetched.charset)
        kind = None
        for found in self._reader.document(document, self):
            if isinstance(found, Opened):
                kind = found.kind
            yield _own(found, address) if isinstance(found, Article) and kind == "html" else found


def _name(fetched: Fetched) -> str:
    """The page's name in its address, which tells Markdown from text; a page without an ending has none."""
    path = urlsplit(fetched.url).path.rpartition("/")[2]
    return {"text/csv": "page.csv", "text/markdown": "page.md"}.get(fetched.content_type, path or "page")


def _own(article: Article, address: str) -> Article:
    """The article under the address that it was fetched from, where it claims to be another site's.

    Otherwise any page on the web could take the place of any article.
    """
    stated, fetched = (_site(one) for one in (article.source, address))
    if stated == fetched or stated.endswith(f".{fetched}") or fetched.endswith(f".{stated}"):
        return article
    return replace(article, id=article_id(address), source=address)


def _site(address: str) -> str:
    return _PREFIX.sub("", urlsplit(address).hostname or "")
