"""Addresses read: pages, and the pages that feeds and sitemaps name. A page that has not changed is not read again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
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
from index.types import Article, Failure, Note, Visit

if TYPE_CHECKING:
    from index.sources.reader import SourceReader

_MAX_DEPTH = 2
"""A sitemap of sitemaps, and the pages these name; or a feed, and its pages."""

_TEASER_RATIO = 2
"""A page that gives half of what its feed does, or less, shows its readers the beginning only."""

_PREFIX = re.compile(r"^(?:www\d?|m|mobile|amp)\.")


class Web:
    """One round of visits."""

    def __init__(self, reader: SourceReader, fetcher: Fetcher, memory: VisitMemory | None, depth: int = 0) -> None:
        self._reader = reader
        self._fetcher = fetcher
        self._memory = memory
        self._depth = depth
        self._is_owed = False

    def page(self, url: str) -> Iterator[Found]:
        """What is behind an address. A visit that failed in any part is not remembered, so it is made again."""
        self._is_owed = False
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
        if not failed and not self._is_owed and (fetched.etag or fetched.last_modified):
            yield Visit(url, fetched.etag, fetched.last_modified, tuple(dict.fromkeys(ids)))

    def links(self, stream: BinaryIO, origin: str) -> Iterator[Found]:
        """The pages that a feed or a sitemap names; for one that is not to be had, what the feed itself says of it.

        A page that could not even be fetched may be there the next time, and is then asked for again.
        """
        if self._depth >= _MAX_DEPTH:
            raise SourceError("feeds lie too deep in one another: name the one that has the articles")
        found = read_links(stream, origin)
        deeper = Web(self._reader, self._fetcher, self._memory, self._depth + 1)
        for link in found.links:
            visited = list(deeper.page(link.url)) if link.url else []
            was_reached = any(isinstance(one, Opened | Unchanged) for one in visited)
            self._is_owed = self._is_owed or bool(visited and not was_reached)
            yield from self._best(link, visited, origin, found.title)
        if found.left_out:
            yield Failure(origin, f"{found.left_out:,} pages were left out: {MAX_LINKS:,} are read at a time")

    def _best(self, link: Link, visited: Sequence[Found], origin: str, outlet: str | None) -> Iterator[Found]:
        """What a page gave, or what its feed says where that is more."""
        own = _own_text(link, origin, outlet)
        if own and _is_more(own, visited) and not self._has_more(own, link, visited):
            yield Opened(origin, "feed")
            yield own
            yield Note(own.source, f"its text is the feed's ({_trouble(visited)})")
        elif visited:
            yield from visited
        else:
            yield Failure(f"{origin}: {link.title[:100]}", "it has neither a page nor a text of its own")

    def _has_more(self, own: Article, link: Link, visited: Sequence[Found]) -> bool:
        """Whether a page that gave nothing now gave more before than its feed says: that stays, and the page failed."""
        if self._memory is None or any(isinstance(found, Article) for found in visited):
            return False
        seen = self._memory.visit(link.url) if link.url else None
        stored = self._memory.characters([own.id, *(seen.article_ids if seen else ())])
        return max(stored.values(), default=0) > len(own.text)

    def _document(self, fetched: Fetched) -> Iterator[Found]:
        address = canonical_source(fetched.url, fetched.url)
        name = _name(fetched)
        document = Document(origin=address, name=name, data=fetched.body, charset=fetched.charset)
        kind = None
        for found in self._reader.document(document, self):
            if isinstance(found, Opened) and found.origin == address:  # and not what a feed led to
                kind = found.kind
            yield _own(found, address) if isinstance(found, Article) and kind == "html" else found


def _own_text(link: Link, origin: str, outlet: str | None) -> Article | None:
    try:
        return None if link.is_sitemap else link.article(origin, outlet)
    except SourceError:
        return None


def _is_more(own: Article, visited: Sequence[Found]) -> bool:
    """Whether nothing came of the page, or no more than the beginning of what its feed has."""
    if any(isinstance(found, Unchanged) for found in visited):
        return False
    read = sum(len(found.text) for found in visited if isinstance(found, Article))
    return len(own.text) >= _TEASER_RATIO * read


def _trouble(visited: Sequence[Found]) -> str:
    """What is wrong with the page."""
    if not visited:
        return "it names no page"
    reasons = [found.reason for found in visited if isinstance(found, Failure)]
    return f"its page: {reasons[0]}" if reasons else "its page gives a small part of it"


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
