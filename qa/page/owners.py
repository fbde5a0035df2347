"""Who somebody is whom nobody knows: an unguessable name that only their browser and this server have."""

from __future__ import annotations

import re
import secrets
from typing import Any

import gradio as gr
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "qa_owner"
_NAME = re.compile(r"[\w-]{43}", re.ASCII)
_KEPT_S = 400 * 24 * 3600
"""As long as browsers keep a cookie."""


class OwnerCookie:
    """Gives every browser that opens the page a name to keep: scripts cannot read it, and no other site can send it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"] != "/":
            await self._app(scope, receive, send)
            return
        name = _name_in(HTTPConnection(scope).cookies) or secrets.token_urlsafe(32)
        secure = "; Secure" if scope.get("scheme") == "https" else ""

        async def send_with_name(message: Message) -> None:
            if message["type"] == "http.response.start":
                cookie = f"{COOKIE}={name}; Path=/; Max-Age={_KEPT_S}; HttpOnly; SameSite=Lax{secure}"
                MutableHeaders(scope=message).append("set-cookie", cookie)
            await send(message)

        await self._app(scope, receive, send_with_name)


def owner_of(request: gr.Request) -> str:
    """The name of the browser that asks; where it keeps none, a name that lasts as long as the page is open."""
    asked: Any = request if isinstance(request, Request) else request.request
    return _name_in(asked.cookies) or f"page {getattr(request, 'session_hash', None) or secrets.token_urlsafe(32)}"


def _name_in(cookies: dict[str, str]) -> str | None:
    name = cookies.get(COOKIE, "")
    return name if _NAME.fullmatch(name) else None
