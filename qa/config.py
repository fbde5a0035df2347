"""The settings, read once: flags over the environment over `config.toml` over the defaults.

`config.toml` lies in the platform's configuration folder for `article-qa`, and may hold

    index = "folder"        # relative to config.toml
    embedder = "name or folder"
    reader = "name or folder"
    passages = 8            # how many passages the reader reads
    word_weight = 1.0       # what a rank by words weighs where one by vectors weighs 1
    passage_tokens = 256    # how long a passage may be, in word pieces; never more than the embedder reads
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.errors import ConfigError

APPLICATION = "article-qa"
DEFAULT_EMBEDDER = "sentence-transformers/all-MiniLM-L6-v2"
DEFAULT_READER = "embedded"
MAX_PASSAGES = 100
MAX_WEIGHT = 100
MIN_PASSAGE_TOKENS = 32
MAX_PASSAGE_TOKENS = 8192
SETTINGS = ("index", "embedder", "reader", "passages", "word_weight", "passage_tokens")
_VARIABLES = {"index": "QA_INDEX", "embedder": "QA_EMBEDDER", "reader": "QA_READER"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What the program runs with."""

    index: Path
    embedder: str = DEFAULT_EMBEDDER
    reader: str = DEFAULT_READER
    passages: int = 8
    word_weight: float = 1.0
    passage_tokens: int | None = None
    """How long a passage may be, in word pieces; None for as long as the embedder reads."""
    index_is_default: bool = False
    """Nobody named the index folder, so whoever uses it should say which it is."""


def load_config(
    *, environment: Mapping[str, str] = os.environ, file: Path | None = None, **flags: str | Path | float | None
) -> Config:
    """Settings from all four places; `flags` are named as Config's fields are.

    A flag that is None, and an empty variable, count as not given.

    Raises ConfigError, naming the place and the key, for what is unknown or has no sensible value.
    """
    file = file or default_file()
    given = _from_file(file) | _from_environment(environment)
    given |= {key: (value, "the command line") for key, value in flags.items() if value is not None}
    settings = {key: _checked(key, value, place) for key, (value, place) in given.items()}
    if "index" not in settings:
        return Config(index=default_index(), index_is_default=True, **settings)
    return Config(**settings)


def default_index() -> Path:
    """The index folder where none is named: in the platform's user data folder."""
    from platformdirs import user_data_path

    return user_data_path(APPLICATION, appauthor=False) / "index"


def default_file() -> Path:
    """Where `config.toml` is looked for."""
    from platformdirs import user_config_path

    return user_config_path(APPLICATION, appauthor=False) / "config.toml"


def _from_environment(environment: Mapping[str, str]) -> dict[str, tuple[Any, str]]:
    return {
        key: (environment[variable], f"the environment variable {variable}")
        for key, variable in _VARIABLES.items()
        if environment.get(variable)
    }


def _from_file(file: Path) -> dict[str, tuple[Any, str]]:
    try:
        settings = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{file} cannot be read as TOML ({error}); correct or remove it.") from error
    if isinstance(settings.get("index"), str) and settings["index"]:
        settings["index"] = str(file.parent / Path(settings["index"]).expanduser())
    return {key: (value, str(file)) for key, value in settings.items()}


def _checked(key: str, value: Any, place: str) -> Any:
    match key:
        case "index" if isinstance(value, str | Path) and str(value):
            return Path(value).expanduser()
        case "embedder" | "reader" if isinstance(value, str) and value.strip():
            return value.strip()
        case "passages" if type(value) is int and 1 <= value <= MAX_PASSAGES:
            return value
        case "word_weight" if type(value) in (int, float) and 0 <= value <= MAX_WEIGHT:
            return float(value)
        case "passage_tokens" if type(value) is int and MIN_PASSAGE_TOKENS <= value <= MAX_PASSAGE_TOKENS:
            return value
        case "word_weight":
            raise ConfigError(f"word_weight in {place} must be a number from 0 to {MAX_WEIGHT}, not {value!r}.")
        case "passage_tokens":
            limits = f"from {MIN_PASSAGE_TOKENS} to {MAX_PASSAGE_TOKENS}"
            raise ConfigError(f"passage_tokens in {place} must be a whole number {limits}, not {value!r}.")
        case "passages":
            raise ConfigError(f"passages in {place} must be a whole number from 1 to {MAX_PASSAGES}, not {value!r}.")
        case "index" | "embedder" | "reader":
            raise ConfigError(f"{key} in {place} must be a name or a folder, not {value!r}.")
        case _:
            raise ConfigError(f"{key!r} in {place} is no setting; there are {', '.join(SETTINGS)}.")
