"""Who may use the page where others than this machine reach it: names and passwords, asked for by the browser."""

from __future__ import annotations

import base64
import binascii
import hmac
import stat
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from index.errors import ConfigError

_LEAST = 8
_ASKS = {"WWW-Authenticate": 'Basic realm="Articles", charset="UTF-8"'}
_STARTED = "/gradio_api/startup-events"
"""Gradio asks its own server for this before it says that it listens; it tells nothing of the articles."""


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server that listens on `host`."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def accounts_for(host: str, file: Path | None, *, trusted: bool) -> Mapping[str, str]:
    """The accounts without which nobody may use a server on `host`; none where everybody who reaches it may.

    Raises ConfigError where that would be others than this machine, and nobody said that they are `trusted`.
    """
    if file is not None:
        return read_accounts(file)
    if is_loopback(host) or trusted:
        return {}
    raise ConfigError(
        f"Whoever reaches {host} could read, add and remove articles; name accounts with --auth-file FILE (a line "
        "each: name:password), or say with --trust-network that all who reach it may."
    )


def read_accounts(file: Path) -> dict[str, str]:
    """Passwords by name, from lines of name:password. Raises ConfigError, which never repeats any of them."""
    try:
        if file.is_file() and file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise ConfigError(f"Others of this machine can read {file}; make it yours alone: chmod 600 {file}")
        lines = [line for line in file.read_text("utf-8").splitlines() if line.strip()]
    except OSError as error:
        raise ConfigError(f"{file} cannot be read ({error.strerror}); name a file of accounts.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{file} is not text; name a file of accounts, a line each: name:password.") from None
    pairs = [line.partition(":") for line in lines]
    if not pairs or not all(name.strip() and len(password) >= _LEAST for name, _, password in pairs):
        raise ConfigError(
            f"{file} needs a line name:password for each account, passwords of {_LEAST} characters or more."
        )
    return {name.strip(): password for name, _, password in pairs}


class Accounts:
    """ASGI middleware: nothing behind it answers to who names none of the accounts. HTTP's own way, "Basic"."""

    def __init__(self, app: ASGIApp, accounts: Mapping[str, str]) -> None:
        self._app = app
        self._accounts = accounts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or scope["path"] == _STARTED or self._admits(Headers(scope=scope)):
            await self._app(scope, receive, send)
        else:
            await PlainTextResponse("Name and password, please.", 401, _ASKS)(scope, receive, send)

    def _admits(self, headers: Headers) -> bool:
        kind, _, given = headers.get("authorization", "").partition(" ")
        try:
            name, _, password = base64.b64decode(given, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return False
        # An unknown name takes as long as a wrong password.
        right = hmac.compare_digest(password.encode(), self._accounts.get(name, "").encode())
        return kind.lower() == "basic" and right and name in self._accounts
