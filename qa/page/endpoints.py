"""The endpoints that scripts call over HTTP. docs/api.md describes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr
from starlette.requests import Request
from starlette.responses import JSONResponse

from index.errors import QaError
from qa.api import Api
from qa.chain import as_turns
from qa.filters import as_filter
from qa.page.calls import CALLS, Calls, Nobody
from qa.page.events import AT_ONCE
from qa.question import clean_question

MISUSES = (KeyError, TypeError)
"""What Gradio raises at the wrong name of an endpoint or of a parameter."""
_LOOKING: dict[str, Any] = {"concurrency_id": "look", "concurrency_limit": AT_ONCE}


class Endpoints:
    """Each public method is an endpoint of its name, its docstring and types what Gradio says of it."""

    def __init__(self, api: Api, calls: Calls) -> None:
        self._api = api
        self._calls = calls

    async def ask(
        self,
        request: gr.Request,
        question: str = "",
        history: list[Any] | None = None,
        filter: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Answer a question from the articles; gives what `qa ask --json` prints."""
        try:
            return await self._calls.listening(request.session_hash, self._api.ask(question, history, filter))
        except QaError as error:
            raise _told(error) from error
        except Nobody:
            raise gr.Error("Nobody waits for this answer any more.", print_exception=False) from None

    def search_articles(self, words: str = "", limit: int = 8, filter: dict[str, Any] | None = None) -> dict[str, Any]:
        """Find the passages that are nearest to some words, best first."""
        return _or_told(lambda: self._api.search_articles(words, limit, filter))

    def list_articles(self, words: str = "", first: int = 0) -> dict[str, Any]:
        """List the articles, newest first, a hundred at once from number `first` on."""
        return _or_told(lambda: self._api.list_articles(words, first))

    def read_article(self, article_id: str = "", start: int = 0) -> dict[str, Any]:
        """Read an article's text from character `start` on; `next` says where it goes on."""
        return _or_told(lambda: self._api.read_article(article_id, start))


def lay_out_endpoints(blocks: gr.Blocks, endpoints: Endpoints) -> None:
    """Open them in this page."""
    asking = gr.api(endpoints.ask, api_name="ask", concurrency_id="ask", concurrency_limit=AT_ONCE)  # type: ignore[attr-defined]
    # What a validator objects to, Gradio refuses with 422 before it waits for a turn; `gr.api` takes none.
    blocks.fns[asking["id"]].validator = _checked
    for look in (endpoints.search_articles, endpoints.list_articles, endpoints.read_article):
        gr.api(look, api_name=look.__name__, **_LOOKING)  # type: ignore[attr-defined]


async def misuse(request: Request, error: Exception) -> JSONResponse:
    """What a caller hears of an endpoint or a parameter that there isn't: Gradio itself knows only status 500."""
    if not request.url.path.startswith(CALLS):
        raise error
    if isinstance(error, KeyError):
        return JSONResponse({"detail": f"There is no endpoint {error}."}, status_code=404)
    return JSONResponse({"detail": f"{str(error).partition('. ')[0]}."}, status_code=422)


def _checked(question: Any, history: Any, where: Any) -> list[dict[str, Any]]:
    return [_verdict(clean_question, question), _verdict(as_turns, history), _verdict(as_filter, where)]


def _verdict(check: Callable[[Any], object], value: Any) -> dict[str, Any]:
    try:
        check(value)
    except QaError as error:
        return _validity(str(error))
    return _validity("")


def _validity(problem: str) -> dict[str, Any]:
    said: dict[str, Any] = gr.validate(is_valid=not problem, message=problem)
    return said


def _or_told(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return work()
    except QaError as error:
        raise _told(error) from error


def _told(error: QaError) -> gr.Error:
    return gr.Error(str(error), print_exception=False)
