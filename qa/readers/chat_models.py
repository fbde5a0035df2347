"""Chat models by the names that people know them by. Keys come from the environment alone, and are never repeated."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import ModelError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

LOCAL = "local"
KEY_FOR_URL = "QA_CHAT_API_KEY"
"""The variable with the key for `--chat-url`. Not OPENAI_API_KEY: that one is for OpenAI, not for whatever is there."""
_NO_KEY = "none"
_EXTRAS = ("openai", "anthropic", "ollama")
_NAMELESS = "default"
_GRACE_S = 1.0
"""The connection is closed soon after nobody waits for it any more, not before."""


def load_chat_model(
    name: str | None, *, url: str | None = None, timeout_s: float, environment: Mapping[str, str] = os.environ
) -> BaseChatModel:
    """`local`, a GGUF file, a name at an OpenAI-compatible `url`, or whatever LangChain's `init_chat_model` takes.

    The model gives up soon after `timeout_s`, and never tries again by itself. Raises ModelError if a package or a key
    is missing, or nobody knows the name.
    """
    if url is not None:
        return _at(url, name, timeout_s, environment)
    if not name:
        raise ModelError("Name a chat model, such as openai:gpt-4o-mini or local, or an address with --chat-url.")
    if _is_local(name):
        return _local(name)
    return _of_provider(name, timeout_s)


def fingerprint(name: str | None) -> str | None:
    """SHA-256 of a local model's file; None for a model that is elsewhere. Raises ModelError."""
    if not name or not _is_local(name):
        return None
    from index.models.files import sha256

    return sha256(_gguf(name))


def _is_local(name: str) -> bool:
    return name == LOCAL or name.endswith(".gguf")


def _gguf(name: str) -> Path:
    from qa.readers.local_model import default_gguf

    return default_gguf() if name == LOCAL else Path(os.path.expanduser(name))


def _local(name: str) -> BaseChatModel:
    from qa.readers.local_model import LocalChatModel, check_runtime

    check_runtime()
    path = _gguf(name)
    if not path.is_file():
        raise ModelError(f"There is no file {path}. Name a GGUF file, or local.")
    return LocalChatModel(path=path)


def _at(url: str, name: str | None, timeout_s: float, environment: Mapping[str, str]) -> BaseChatModel:
    try:
        from langchain_openai import ChatOpenAI
    except ImportError as error:
        raise _missing("--chat-url", "openai") from error
    from pydantic import SecretStr

    key = SecretStr(environment.get(KEY_FOR_URL) or _NO_KEY)
    model: BaseChatModel = ChatOpenAI(
        model=name or _NAMELESS,
        base_url=url,
        api_key=key,
        timeout=timeout_s + _GRACE_S,
        max_retries=0,
        use_responses_api=False,
    )
    return model


def _of_provider(name: str, timeout_s: float) -> BaseChatModel:
    try:
        from langchain.chat_models import init_chat_model
    except ImportError as error:
        raise _missing(f"The chat model {name}", name.partition(":")[0]) from error
    try:
        model: BaseChatModel = init_chat_model(name, **_limits(name, timeout_s))
    except ImportError as error:
        raise _missing(f"The chat model {name}", name.partition(":")[0]) from error
    except ValueError as error:
        if "infer model provider" in str(error):
            raise ModelError(
                f"The chat model {name} names no provider. Write it as in openai:gpt-4o-mini, or use local."
            ) from error
        raise _unusable(name) from None
    except Exception:
        raise _unusable(name) from None
    return model


def _limits(name: str, timeout_s: float) -> dict[str, Any]:
    if name.startswith("ollama:"):
        return {"client_kwargs": {"timeout": timeout_s + _GRACE_S}}
    return {"timeout": timeout_s + _GRACE_S, "max_retries": 0}


def _missing(what: str, provider: str) -> ModelError:
    package = (
        f"'article-qa[{provider}]'" if provider in _EXTRAS else f"langchain langchain-{provider.replace('_', '-')}"
    )
    return ModelError(f"{what} needs packages that are not installed. Run: pip install {package}")


def _unusable(name: str) -> ModelError:
    # Without the provider's words: they may hold the key.
    provider = name.partition(":")[0]
    return ModelError(
        f"The chat model {name} cannot be set up. Is its key in the environment, such as {provider.upper()}_API_KEY?"
    )
