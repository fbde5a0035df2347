"""The receipt of an answer: all that is needed to ask it again, and to see what has changed since. Pure.

It says which question was searched in which form, among which articles, with which models; every passage that was read
by its place and hash; and the answer with its citations. Its own hash shows that nobody changed it by mistake; it is no
signature.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from importlib.metadata import version
from typing import Any

from index.errors import ReceiptError
from index.types import EVERYTHING, Filter, Hit, IndexInfo
from qa.answer_json import answer_json
from qa.conversations.since import content_hashes
from qa.types import Answer, Turn

FORMAT = 1
PRODUCT = "article-qa"
_SHAPE: Mapping[str, type | tuple[type, ...]] = {
    "question": str, "searched_for": str, "history": list, "filter": dict, "index": dict, "read": list,
    "answer": (str, type(None)), "citations": list,
}  # fmt: skip
_OF_EACH = {"read": ("article_id", "sha256"), "citations": ("article_id", "title", "quote", "sentence", "content_hash")}
_TOLD = ("written_by", "note", "sentences", "disputed", "alternatives")


@dataclass(frozen=True, slots=True)
class Model:
    """A model by its name and, where its weights are here, their SHA-256."""

    name: str
    fingerprint: str | None = None


@dataclass(frozen=True, slots=True)
class MadeWith:
    """What answers are made with, besides the index."""

    reader: Model
    chat_model: Model | None = None
    passages: int = 8
    word_weight: float = 1.0
    caution: str = "normal"


def receipt(
    answer: Answer, made_with: MadeWith, index: IndexInfo, *, history: Sequence[Turn] = (), where: Filter = EVERYTHING
) -> dict[str, Any]:
    """As JSON has it. `index` says what was there when the answer was made."""
    hashes = content_hashes(answer)
    shown = answer_json(answer)
    given: dict[str, Any] = {
        "receipt": FORMAT,
        "product": {"name": PRODUCT, "version": version(PRODUCT)},
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "question": answer.question,
        "searched_for": answer.standalone_question,
        "history": [[turn.question, turn.answer] for turn in history],
        "filter": {name: _plain(value) for name, value in asdict(where).items() if value},
        "index": {"generation": index.generation, "articles": index.articles, "embedder": asdict(index.embedder)},
        **asdict(made_with),
        "prompt_sha256": answer.prompt_sha256,
        "read": [_passage(hit) for hit in answer.nearest],
        "answer": shown.pop("answer"),
        "reason": answer.reason,
        "confidence": shown.pop("confidence"),
        "citations": [
            {**one, "content_hash": hashes.get(one["article_id"])} for one in shown.pop("citations")
        ],
        **{name: shown[name] for name in _TOLD if name in shown},
    }  # fmt: skip
    return {**given, "sha256": hash_of(given)}


def _plain(value: tuple[str, ...] | date) -> list[str] | str:
    return value.isoformat() if isinstance(value, date) else list(value)


def _passage(hit: Hit) -> dict[str, Any]:
    article, passage = hit.article, hit.passage
    return {
        "article_id": article.id,
        "title": article.title,
        "source": article.source,
        "content_hash": article.content_hash,
        "start": passage.start,
        "end": passage.end,
        "sha256": hashlib.sha256(passage.text.encode()).hexdigest(),
        "score": round(hit.score, 6),
        "word_rank": hit.word_rank,
        "vector_rank": hit.vector_rank,
    }


def hash_of(receipt: Mapping[str, Any]) -> str:
    """SHA-256 of all that the receipt says, its own hash aside."""
    said = {name: value for name, value in receipt.items() if name != "sha256"}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def read_receipt(text: str) -> dict[str, Any]:
    """The receipt in a file's text. Raises ReceiptError for what is none, is newer, or was changed."""
    try:
        found = json.loads(text)
        given = found["receipt"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise ReceiptError(
            "This is no receipt of an answer; save one in the chat, or with `qa ask --receipt FILE`."
        ) from None
    if given != FORMAT:
        raise ReceiptError(
            f"This receipt has format {given!r}, and this program reads format {FORMAT}; use a newer one."
        )
    if found.get("sha256") != hash_of(found):
        raise ReceiptError("This receipt is not as it was written: its hash does not fit. Take the original one.")
    if not _is_whole(found):
        raise ReceiptError("This receipt lacks a part of what is needed to ask again. Take the original one.")
    return dict(found)


def _is_whole(found: Mapping[str, Any]) -> bool:
    """Whether all that a replay goes by is there: a hash that fits may have been put to anything."""
    if not all(isinstance(found.get(name), kind) for name, kind in _SHAPE.items()):
        return False
    each = [(one, names) for part, names in _OF_EACH.items() for one in found[part]]
    told = all(isinstance(one, dict) and all(isinstance(one.get(name), str) for name in names) for one, names in each)
    return told and isinstance(found["index"].get("embedder"), dict)
