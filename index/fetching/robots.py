"""What a site's robots.txt asks of us (RFC 9309)."""

from __future__ import annotations

from protego import Protego

PRODUCT = "article-qa"
"""The name by which a robots.txt can speak to this program."""

MAX_ROBOTS_BYTES = 512 * 1024


class Rules:
    """The rules of one site."""

    def __init__(self, body: bytes = b"") -> None:
        self._rules = Protego.parse(body.decode("utf-8-sig", errors="replace"))

    def allow(self, url: str) -> bool:
        return bool(self._rules.can_fetch(url, PRODUCT))


EVERYTHING_ALLOWED = Rules()
"""Of a site that has no robots.txt."""
