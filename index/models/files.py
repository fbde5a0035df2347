"""Where a model's files are, and whether they may be loaded: safetensors only, no pickle, no code."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import ModelError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

DEFAULT_EMBEDDER = "sentence-transformers/all-MiniLM-L6-v2"
_HUB_NAME = re.compile(r"[\w.-]{1,96}(/[\w.-]{1,96})?", re.ASCII)
_WANTED = ("*.json", "*.safetensors", "*.txt", "*.model")
_PICKLED = ("pytorch_model*.bin", "*.pt", "*.pth", "*.pkl", "*.pickle", "*.ckpt")
_MOST_FILES = 1_000
"""A model has a few dozen. A folder with more is something else, and could take minutes to look through."""


@dataclass(frozen=True)
class ModelFiles:
    """A model's folder. `revision` is the hub's commit, or `local` for a folder of the user's own."""

    name: str
    revision: str
    folder: Path

    def settings(self, file: str) -> dict[str, Any]:
        """A JSON file of the folder; empty where there is none. Raises ModelError if it is not a JSON object."""
        found = self.json(file)
        if not isinstance(found, dict | None):
            raise ModelError(f"{self.folder / file} is not a JSON object. Get the model again.")
        return found or {}

    def json(self, file: str) -> Any:
        """A JSON file of the folder; None where there is none. Raises ModelError if it is not JSON."""
        try:
            return json.loads((self.folder / file).read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise ModelError(f"{self.folder / file} cannot be read ({error}). Get the model again.") from error

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the weights; of several files, the SHA-256 of their hashes in the order of their names."""
        hashes = [sha256(path) for path in self._weights]
        return hashes[0] if len(hashes) == 1 else hashlib.sha256("\n".join(hashes).encode()).hexdigest()

    @cached_property
    def settings_hash(self) -> str:
        """SHA-256 of all JSON files: with `fingerprint`, what decides what the model computes."""
        digest = hashlib.sha256()
        for path in sorted(self.folder.rglob("*.json")):
            digest.update(f"{path.relative_to(self.folder)} {sha256(path)}\n".encode())
        return digest.hexdigest()

    @cached_property
    def padding_id(self) -> int:
        """The word piece that fills up the shorter texts of a batch."""
        return int(self.settings("config.json").get("pad_token_id") or 0)

    def tokenizer(self) -> Tokenizer:
        """The model's tokenizer, without the truncation and padding that its file may carry."""
        from tokenizers import Tokenizer

        path = self.folder / "tokenizer.json"
        try:
            found = Tokenizer.from_file(str(path)) if path.exists() else self._slow_tokenizer()
        except Exception as error:  # `tokenizers` raises bare Exception
            raise ModelError(f"The tokenizer of {self.name} cannot be read ({error}). Get the model again.") from error
        found.no_truncation()
        found.no_padding()
        return found

    @property
    def _weights(self) -> list[Path]:
        return sorted(self.folder.rglob("*.safetensors"))

    def _slow_tokenizer(self) -> Tokenizer:
        from transformers import AutoTokenizer

        tokenizer: Tokenizer = AutoTokenizer.from_pretrained(
            str(self.folder), local_files_only=True, trust_remote_code=False
        ).backend_tokenizer
        return tokenizer

    def refuse_unsafe(self) -> None:
        """Raise ModelError if the folder lacks what every model has, or holds code or pickled weights."""
        wanted = "it needs config.json and *.safetensors. Give a model's name or folder."
        if not (self.folder / "config.json").is_file():
            raise ModelError(f"{self.folder} is not a model: {wanted}")
        held = list(islice(self.folder.rglob("*"), _MOST_FILES + 1))
        if len(held) > _MOST_FILES:
            raise ModelError(f"{self.folder} holds more than {_MOST_FILES:,} files, as no model does: {wanted}")
        dangerous = sorted({path.name for path in held if any(path.match(kind) for kind in ("*.py", *_PICKLED))})
        if dangerous:
            raise ModelError(
                f"{self.name} brings files that can run code ({', '.join(dangerous[:3])}), which are never loaded. "
                "Choose a model in safetensors, or a copy of this one without them."
            )
        if not self._weights:
            raise ModelError(f"{self.folder} is not a model: {wanted}")


def find_model(name: str) -> ModelFiles:
    """The files of a model given by folder or by name on the Hugging Face hub, from the local copy where there is one.

    Raises ModelError if it cannot be had or is not safe to load.
    """
    given = os.path.expanduser(name)
    if os.path.isdir(given) and name:  # not Path.is_dir, which raises for a name longer than any file's
        folder = Path(given).resolve()
        found = ModelFiles(str(folder), "local", folder)
    else:
        found = _from_hub(name)
    found.refuse_unsafe()
    return found


def _from_hub(name: str) -> ModelFiles:
    if not _HUB_NAME.fullmatch(name) or ".." in name:
        raise ModelError(f"There is no model folder {name!r}. Give a folder, or a name on the Hugging Face hub.")
    for offline in (True, False):
        folder = _snapshot(name, offline=offline)
        if folder and (folder / "config.json").is_file() and (not offline or any(folder.rglob("*.safetensors"))):
            return ModelFiles(name, folder.name, folder)
    raise ModelError(
        f"The model {name!r} is not on this machine and could not be downloaded. "
        "Check the name and the connection, or give a folder that holds it."
    )


def _snapshot(name: str, *, offline: bool) -> Path | None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    try:
        found = snapshot_download(name, allow_patterns=list(_WANTED), local_files_only=offline, etag_timeout=5)
    except (HfHubHTTPError, OSError, ValueError):
        return None
    return Path(found)


@contextmanager
def loading(what: str) -> Iterator[None]:
    """Turns what Hugging Face's libraries trip over in `what` into a ModelError, and keeps them quiet from now on."""
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    try:
        yield
    except Exception as error:  # a foreign model's files can fail in any of three libraries
        raise ModelError(f"{what} cannot be loaded ({first_line(error)}). Choose another one.") from error


def first_line(error: Exception) -> str:
    """What went wrong, in one line."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def sha256(path: Path) -> str:
    """Of a file's bytes, in hexadecimal. Raises ModelError if it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror}). Get the model again.") from error
