"""Who may speak to the page from a browser: pages of its own address, and nobody else's.

Gradio gives no page elsewhere leave to read an answer, but carries out what it asks for, and believes any Host: such a
page could add and remove articles, and one whose name is made to point at 127.0.0.1 could read them, too (DNS
rebinding). So the Host and Origin of every request are looked at before Gradio sees it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def hosts_of(address: str) -> tuple[str, ...]:
    """The names under which a server that listens on this address may be called; none means any name."""
    return LOOPBACK if address in LOOPBACK else ()


def objection(headers: Mapping[str, str], hosts: Collection[str]) -> tuple[int, str] | None:
    """The status and the words with which a request with these headers is refused; None if it isn't.

    `hosts` are the names that the server may be called; none means any. A proxy in front tells in X-Forwarded-Host what
    the browser called it: only pages of this server can send that of themselves.
    """
    host, origin = headers.get("host", ""), headers.get("origin")
    if hosts and _place(f"//{host}")[0] not in hosts:
        return 421, "This server does not go by that name; use http://127.0.0.1 and its port."
    called = {_place(f"//{host}"), _place(f"//{headers.get('x-forwarded-host', host)}")}
    if origin is not None and (_place(origin) == _NOWHERE or _place(origin) not in called):
        return 403, "What pages of other addresses ask of this server is refused."
    return None


_NOWHERE = (None, None)


def _place(url: str) -> tuple[str | None, int | None]:
    """Host and port, as browsers write both headers: without a port that goes without saying."""
    try:
        parts = urlsplit(url)
        return parts.hostname, parts.port
    except ValueError:
        return _NOWHERE


class HostGuard:
    """ASGI middleware that refuses what there is an objection to."""

    def __init__(self, app: ASGIApp, hosts: tuple[str, ...]) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = objection(Headers(scope=scope), self._hosts) if scope["type"] in ("http", "websocket") else None
        if refused is None:
            return await self._app(scope, receive, send)
        status, words = refused
        return await PlainTextResponse(words, status_code=status)(scope, receive, send)
