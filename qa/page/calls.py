"""Calls of scripts: who leaves stops their question, places are kept for people, and misuse is told in words.

Gradio itself finishes what it has begun for a caller who has left, lets one script take every place, and tells of the
first form of its calls, by position, in its own internal terms.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar
from urllib.parse import parse_qs

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

T = TypeVar("T")
CALLS = "/gradio_api/call/v2/"
"""Where the endpoints are, each under its name, with its parameters as JSON."""
_FIRST_FORM = "/gradio_api/call/"
_RESULTS = "/gradio_api/queue/data"
_BY_NAME = f"Parameters are given by name here: post them as one JSON object to {CALLS}NAME."
_FLOOD = "Too many questions wait already; ask again in a while."
_NO_RESULT = "No such call has a result to read: it was read before, or there was none. Call again."
"""Gradio would say nothing for ever in the first case, and raise into an answer that has begun in the other."""
_AGAIN_S = 5
_REMEMBERED = 1_000
"""Of those who left: more can't be waiting."""


class Nobody(Exception):  # noqa: N818 - no error: it is a state of the world
    """Whoever called has left."""


class Calls:
    """What is under way for whom, by the name that Gradio gives a call or its caller. All in one event loop."""

    def __init__(self) -> None:
        self._under_way: dict[str, set[asyncio.Task[Any]]] = defaultdict(set)
        self._gone: dict[str, None] = {}

    async def listening(self, caller: str | None, work: Coroutine[Any, Any, T]) -> T:
        """What the work comes to, as long as the caller stays. Raises Nobody once they have left."""
        if caller in self._gone:
            work.close()
            raise Nobody
        task = asyncio.create_task(work)
        mine = self._under_way[caller or ""]
        mine.add(task)
        try:
            return await task
        except asyncio.CancelledError:
            if (this := asyncio.current_task()) and this.cancelling():
                raise
            raise Nobody from None
        finally:
            task.cancel()
            mine.discard(task)
            if not mine:
                self._under_way.pop(caller or "", None)

    def came(self, caller: str) -> None:
        """The caller listens."""
        self._gone.pop(caller, None)

    def left(self, caller: str) -> None:
        """The caller listens no longer, nor to what has not begun yet."""
        self._gone[caller] = None
        if len(self._gone) > _REMEMBERED:
            del self._gone[next(iter(self._gone))]
        for task in tuple(self._under_way.get(caller, ())):
            task.cancel()


class CallGuard:
    """ASGI middleware that refuses calls of another form and, once `waiting()` is `most`, any; and notes who leaves.

    `unread` tells whether a call of this name has, or will have, a result that nobody has read.
    """

    def __init__(
        self, app: ASGIApp, calls: Calls, waiting: Callable[[], int], unread: Callable[[str], bool], most: int
    ) -> None:
        self._app = app
        self._calls = calls
        self._waiting = waiting
        self._unread = unread
        self._most = most
        self._arriving = 0
        """Calls that were let in and may not wait in the queue yet: a flood must not slip through all at once."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        if scope["method"] == "POST" and (refused := self._refused(scope["path"])):
            return await refused(scope, receive, send)
        if scope["method"] == "POST" and scope["path"].startswith(CALLS):
            return await self._let_in(scope, receive, send)
        if scope["method"] == "GET" and (caller := _caller(scope)):
            if scope["path"].startswith(CALLS) and not self._unread(caller):
                return await JSONResponse({"detail": _NO_RESULT}, status_code=404)(scope, receive, send)
            return await self._app(scope, *self._noting(caller, receive, send))
        return await self._app(scope, receive, send)

    async def _let_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._arriving += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._arriving -= 1

    def _refused(self, path: str) -> JSONResponse | None:
        if not path.startswith(_FIRST_FORM):
            return None
        if not path.startswith(CALLS):
            return JSONResponse({"detail": _BY_NAME}, status_code=404)
        if self._waiting() + self._arriving >= self._most:
            return JSONResponse({"detail": _FLOOD}, status_code=429, headers={"Retry-After": str(_AGAIN_S)})
        return None

    def _noting(self, caller: str, receive: Receive, send: Send) -> tuple[Receive, Send]:
        """The same, with a note of a disconnection that comes before the end of what is sent."""
        ended = False
        self._calls.came(caller)

        async def receiving() -> Message:
            message = await receive()
            if message["type"] == "http.disconnect" and not ended:
                self._calls.left(caller)
            return message

        async def sending(message: Message) -> None:
            nonlocal ended
            ended = ended or (message["type"] == "http.response.body" and not message.get("more_body"))
            await send(message)

        return receiving, sending


def _caller(scope: Scope) -> str | None:
    """Who waits for the result that is asked for: a call by its own name, a client by its session's."""
    path = str(scope["path"])
    if path.startswith(_FIRST_FORM):
        return path.rpartition("/")[2]
    if path == _RESULTS:
        return next(iter(parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [])), None)
    return None
