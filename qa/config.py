"""The settings, read once: flags over the environment over `config.toml` over the defaults.

`config.toml` lies in the platform's configuration folder for `article-qa`, and may hold

    index = "folder"        # relative to config.toml
    embedder = "name or folder"
    reader = "name or folder"
    caution = "normal"      # low: rather an answer that may be wrong; high: rather none. low, normal or high
    passages = 8            # how many passages the reader reads
    word_weight = 1.0       # what a rank by words weighs where one by vectors weighs 1
    allow_private = []      # intranet hosts and networks that addresses may lead to: ["wiki.corp", "10.1.0.0/16"]
    extra_ports = []        # ports open besides 80 and 443, on every host: [8080]
    respect_robots = true   # leave alone what a site's robots.txt forbids
    passage_tokens = 256    # how long a passage may be, in word pieces; never more than the embedder reads
    chat_model = "name"     # who writes the answers; without one, answers are quoted from the articles
    chat_url = "address"    # of a server that speaks OpenAI's protocol, where that model is
    chat_timeout_s = 60     # how long it may take over an answer

A key is no setting: it is read from the environment alone.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from index.errors import ConfigError
from index.models.files import DEFAULT_EMBEDDER
from qa.readers import AUTO
from qa.readers.calibration import CAUTIONS, Caution

APPLICATION = "article-qa"
MAX_PASSAGES = 100
MAX_WEIGHT = 100
MIN_PASSAGE_TOKENS = 32
MAX_PASSAGE_TOKENS = 8192
MAX_CHAT_TIMEOUT_S = 3_600
_VARIABLES = {
    "index": "QA_INDEX",
    "embedder": "QA_EMBEDDER",
    "reader": "QA_READER",
    "caution": "QA_CAUTION",
    "chat_model": "QA_CHAT_MODEL",
    "chat_url": "QA_CHAT_URL",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What the program runs with."""

    index: Path
    embedder: str = DEFAULT_EMBEDDER
    reader: str = AUTO
    caution: Caution = "normal"
    """What one would rather have, an answer that may be wrong or none."""
    passages: int = 8
    word_weight: float = 1.0
    passage_tokens: int | None = None
    """How long a passage may be, in word pieces; None for as long as the embedder reads."""
    allow_private: tuple[str, ...] = ()
    extra_ports: tuple[int, ...] = ()
    respect_robots: bool = True
    """What a fetch may do, see `index.fetching.fetch.FetchPolicy`: each opens a hole in the defaults."""
    chat_model: str | None = None
    """Who writes the answers; None for nobody, unless there is a `chat_url`."""
    chat_url: str | None = None
    chat_timeout_s: float = 60.0
    index_is_default: bool = False
    """Nobody named the index folder, so whoever uses it should say which it is."""

    @property
    def is_written(self) -> bool:
        """Whether a chat model writes the answers."""
        return self.chat_model is not None or self.chat_url is not None


def load_config(
    *, environment: Mapping[str, str] = os.environ, file: Path | None = None, **flags: str | Path | float | None
) -> Config:
    """Settings from all four places; `flags` are named as Config's fields are.

    A flag that is None, and an empty variable, count as not given.

    Raises ConfigError, naming the key and the file or variable, for what is unknown or has no sensible value.
    """
    file = file or default_file()
    given = _from_file(file) | _from_environment(environment)
    given |= {key: (value, "") for key, value in flags.items() if value is not None}
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
        key: (environment[variable], f" in the environment variable {variable}")
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
        settings["index"] = str(file.parent / os.path.expanduser(settings["index"]))
    return {key: (value, f" in {file}") for key, value in settings.items()}


def _checked(key: str, value: Any, place: str) -> Any:
    """`place` is what a message says of where the value stands: nothing where whoever called gave it."""
    if key not in _RULES:
        raise ConfigError(f"{key!r}{place} is no setting; there are {', '.join(_RULES)}.")
    rule = _RULES[key]
    if not rule.holds(value):
        raise ConfigError(
            f"The setting {key}{place} must be {rule.wanted}{f', not {value!r}' if rule.repeated else ''}."
        )
    return rule.taken(value)


class _Rule(NamedTuple):
    holds: Callable[[Any], bool]
    taken: Callable[[Any], Any]
    wanted: str
    repeated: bool = True
    """Whether a value that is refused may be shown: there could be a key in it."""


def _is_address(value: Any) -> bool:
    """Whether it is a web address with nothing in it that would have to be kept secret."""
    try:
        parts = urlsplit(str(value).strip())
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    bare = "@" not in parts.netloc and not (parts.query or parts.fragment)
    return isinstance(value, str) and named and parts.scheme in ("http", "https") and bare


def _number(least: float, most: float) -> _Rule:
    return _Rule(
        lambda value: type(value) in (int, float) and least <= value <= most,
        float,
        f"a number from {least} to {most}",
    )


def _whole_number(least: int, most: int) -> _Rule:
    return _Rule(
        lambda value: type(value) is int and least <= value <= most, int, f"a whole number from {least} to {most}"
    )


_NAME = _Rule(lambda value: isinstance(value, str) and bool(value.strip()), str.strip, "a name or a folder")
_RULES = {
    "index": _Rule(
        lambda value: isinstance(value, str | Path) and bool(str(value)) and "\0" not in str(value),
        lambda value: Path(os.path.expanduser(value)),  # not Path.expanduser, which raises where nobody has that name
        "a name or a folder",
    ),
    "embedder": _NAME,
    "reader": _NAME,
    "caution": _Rule(lambda value: value in CAUTIONS, str, "low, normal or high"),
    "passages": _whole_number(1, MAX_PASSAGES),
    "word_weight": _number(0, MAX_WEIGHT),
    "passage_tokens": _whole_number(MIN_PASSAGE_TOKENS, MAX_PASSAGE_TOKENS),
    "chat_model": _NAME,
    "chat_url": _Rule(
        _is_address, str.strip, "an http or https address without a user, key or query in it", repeated=False
    ),
    "chat_timeout_s": _number(1, MAX_CHAT_TIMEOUT_S),
    "allow_private": _Rule(
        lambda value: isinstance(value, list) and all(isinstance(one, str) for one in value),
        tuple,
        "a list of hosts and networks",
    ),
    "extra_ports": _Rule(
        lambda value: isinstance(value, list) and all(type(one) is int and 0 < one < 65536 for one in value),
        tuple,
        "a list of ports",
    ),
    "respect_robots": _Rule(lambda value: isinstance(value, bool), bool, "true or false"),
}
