"""What tests of the parts together share: an empty index, and a person's home in which nothing is set up."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from index.local import LocalIndex
from tests.doubles_index import HashingEmbedder


@pytest.fixture
def index(tmp_path: Path) -> Iterator[LocalIndex]:
    """Empty; a module that needs another has a fixture of this name."""
    with closing(LocalIndex.create_or_open(tmp_path / "index", HashingEmbedder(max_tokens=64))) as opened:
        yield opened


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def environment(home: Path) -> dict[str, str]:
    """Of somebody whose home that is. A warning about the syntax of what is shipped is an error."""
    places = {f"XDG_{name}_HOME": str(home / name.lower()) for name in ("DATA", "CONFIG", "CACHE", "STATE")}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("QA_") or name == "QA_CACHE"}
    return {**kept, **places, "HOME": str(home), "PYTHONWARNINGS": "error::SyntaxWarning"}
