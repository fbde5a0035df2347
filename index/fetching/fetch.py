"""A URL in, the bytes behind it out: the only code of the product that asks the web for anything.

Each hop is checked before a packet leaves: the address's text (`hosts`), then every IP address behind its name
(`addresses`), and the connection goes to one that was checked (`dialing`). Redirects are followed here and nowhere
else. Nothing is taken from the environment but the certificates that the computer trusts: no proxies, no passwords, no
cookies.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, replace
from email.message import Message
from functools import cache

import httpcore2

from index.errors import SourceError
from index.fetching.addresses import Opening
from index.fetching.dialing import CheckedBackend, Deadline, Resolve, system_resolve
from index.fetching.exchange import WITH_BODY, Exchange, Reply
from index.fetching.hosts import WebUrl, parse_url
from index.fetching.robots import EVERYTHING_ALLOWED, MAX_ROBOTS_BYTES, Rules

MAX_REDIRECTS = 3
_MOST_SITES_REMEMBERED = 32
_REDIRECTS = {301, 302, 303, 307, 308}
_SINCE = "If-Modified-Since"


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchPolicy:
    """What a fetch may do. The defaults are for the public web; the first three fields each open a hole in them."""

    allow_private: tuple[str, ...] = ()
    """Places of an intranet that may be reached: host names (for their private, shared and loopback addresses) and
    networks (whatever they are). Whoever can name a URL can then read what those hosts show to this computer."""
    extra_ports: tuple[int, ...] = ()
    """Ports open besides 80 and 443, on every host."""
    respect_robots: bool = True
    """Whether what a site's robots.txt forbids to this program is left alone. Turn it off for sites of your own."""
    deadline_s: float = 30.0
    """For all of one fetch: looking up, robots.txt, every redirect, the last byte."""
    max_bytes: int = 32 * 1024 * 1024
    """Of the body, as sent and as decompressed."""


DEFAULT = FetchPolicy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What a URL gave. Everything in it is the site's word: hostile until checked."""

    url: str
    """Where the redirects ended."""
    status: int
    """200; 203, given by a proxy on the way; 304, not modified since, with an empty body."""
    content_type: str
    """As "text/html", in lower case; empty if the site does not say."""
    charset: str | None
    """As declared in Content-Type, in lower case; may name no encoding at all."""
    body: bytes
    etag: str | None
    last_modified: str | None
    """None after a redirect: it may lead to another page the next time, which is older and was never read."""

    @property
    def not_modified(self) -> bool:
        return self.status == 304


class Fetcher:
    """Fetches under one policy, from any thread, asking each site for its robots.txt once: make one for each round.

    `resolve` and `dial` are the seams to the network. `ssl_context` replaces the certificates that are trusted.
    Raises ConfigError if the policy's `allow_private` names no place.
    """

    def __init__(
        self,
        policy: FetchPolicy = DEFAULT,
        *,
        resolve: Resolve = system_resolve,
        dial: httpcore2.NetworkBackend | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._policy = policy
        self._opening = Opening.parse(policy.allow_private)
        self._resolve = resolve
        self._dial = dial or httpcore2.SyncBackend()
        self._ssl_context = ssl_context or _trusted_certificates()
        self._rules: dict[str, Rules] = {}

    def fetch(self, url: str, *, etag: str | None = None, last_modified: str | None = None) -> Fetched:
        """The body behind a URL, or, given the `etag` or `last_modified` of an earlier answer, that it is still that.

        Raises SourceError when any hop is refused, when the site fails, or when a limit is passed.
        """
        conditions = {"If-None-Match": etag, _SINCE: last_modified}
        asked = {name: value for name, value in conditions.items() if value}
        start = parse_url(url, self._policy.extra_ports)
        final, reply = self._follow(start, asked, Deadline(self._policy.deadline_s))
        if reply.status not in WITH_BODY and not (reply.status == 304 and asked):
            raise _refused(final, reply)
        content_type, charset = _media_type(reply.headers.get("content-type", ""))
        return Fetched(
            url=str(final),
            status=reply.status,
            content_type=content_type,
            charset=charset,
            body=reply.body,
            etag=reply.headers.get("etag"),
            last_modified=reply.headers.get("last-modified") if final == start else None,
        )

    def _follow(self, start: WebUrl, asked: Mapping[str, str], deadline: Deadline) -> tuple[WebUrl, Reply]:
        url, hops, redirected = start, [start], False
        exchange = self._exchange(deadline)
        try:
            while True:
                self._ask_robots(url, deadline)
                reply = exchange.get(url, asked)
                if reply.status not in _REDIRECTS:
                    return url, reply
                redirected = True
                asked = {name: value for name, value in asked.items() if name != _SINCE}
                url = self._next_hop(url, reply, hops)
                hops.append(url)
        except SourceError as error:
            if not redirected:
                raise
            raise SourceError(f"after a redirect, {error}") from error

    def _next_hop(self, url: WebUrl, reply: Reply, hops: list[WebUrl]) -> WebUrl:
        location = reply.headers.get("location")
        if not location:
            raise SourceError(f"{url.host} redirects without saying where to; try again later")
        target = url.join(_as_utf_8(location), self._policy.extra_ports)
        if target in hops:
            raise SourceError(
                f"{url.host} redirects in a circle; open the page in a browser and give the final address"
            )
        if len(hops) > MAX_REDIRECTS:
            raise SourceError(f"there are more than {MAX_REDIRECTS} redirects; give the final address instead")
        if url.scheme == "https" and target.scheme == "http":
            raise SourceError(f"{url.host} redirects from https to http, which anyone can forge; give another address")
        return target

    def _ask_robots(self, url: WebUrl, deadline: Deadline) -> None:
        if not self._policy.respect_robots:
            return
        rules = self._rules.get(url.origin) or self._fetch_rules(url, deadline)
        if len(self._rules) >= _MOST_SITES_REMEMBERED:
            self._rules.clear()
        self._rules[url.origin] = rules
        if not rules.allow(str(url)):
            raise SourceError(
                f"{url.host} asks programs not to fetch this page (robots.txt); save it as a file, "
                "or turn off respect_robots if the site is yours"
            )

    def _fetch_rules(self, url: WebUrl, deadline: Deadline) -> Rules:
        """RFC 9309, section 2.3.1: without a robots.txt all is allowed; while it cannot be read, nothing is."""
        policy = replace(self._policy, respect_robots=False, max_bytes=min(self._policy.max_bytes, MAX_ROBOTS_BYTES))
        fetcher = Fetcher(policy, resolve=self._resolve, dial=self._dial, ssl_context=self._ssl_context)
        _, reply = fetcher._follow(replace(url, target="/robots.txt"), {}, deadline)
        if reply.status in WITH_BODY:
            return Rules(reply.body)
        if 400 <= reply.status < 500 and reply.status != 429:
            return EVERYTHING_ALLOWED
        raise SourceError(f"{url.host} gives no robots.txt now ({reply.status}), so none of its pages; try again later")

    def _exchange(self, deadline: Deadline) -> Exchange:
        return Exchange(
            backend=CheckedBackend(resolve=self._resolve, dial=self._dial, opening=self._opening, deadline=deadline),
            ssl_context=self._ssl_context,
            deadline=deadline,
            max_bytes=self._policy.max_bytes,
        )


@cache
def _trusted_certificates() -> ssl.SSLContext:
    return httpcore2.default_ssl_context()


def _as_utf_8(header: str) -> str:
    """A header's bytes as browsers read a Location: UTF-8 if they are."""
    try:
        return header.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return header


def _media_type(value: str) -> tuple[str, str | None]:
    if not value:
        return "", None
    message = Message()
    message["Content-Type"] = value
    return message.get_content_type(), message.get_content_charset()


def _refused(url: WebUrl, reply: Reply) -> SourceError:
    status = reply.status
    if status == 429:
        wait = reply.headers.get("retry-after", "")
        when = f"in {wait} s" if wait.isdecimal() and len(wait) < 7 else "later"
        return SourceError(f"{url.host} asks to be left alone for a while (429); try again {when}")
    if status in {404, 410}:
        return SourceError(f"{url.host} has no such page ({status}); check the address")
    if status in {401, 402, 403, 451}:
        return SourceError(f"{url.host} does not show this page to programs ({status}); save it as a file")
    if status >= 500:
        return SourceError(f"{url.host} has trouble of its own ({status}); try again later")
    return SourceError(f"{url.host} gave no page ({status}); open it in a browser and save it as a file")
