"""What several kinds of tests share: the real models and an index of the sample articles, each made once a session."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from index.protocols import Embedder
    from qa.readers import Reader

PROJECT = Path(__file__).resolve().parent.parent

settings.register_profile("untimed", deadline=None)  # how long a test takes says what else the machine does
settings.load_profile("untimed")

# Converted networks are kept between test runs, in the project and never in the user's own cache.
os.environ.setdefault("QA_CACHE", str(PROJECT / ".cache" / "models"))
# A command that a native library ends says where it was.
os.environ.setdefault("PYTHONFAULTHANDLER", "1")


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    """The real default embedder."""
    from index.models.embedding import load_embedder

    return load_embedder()


@pytest.fixture(scope="session")
def reader() -> Reader:
    """The real embedded reader."""
    from qa.readers.extractive import load_reader

    return load_reader()


@pytest.fixture(scope="session")
def sample_index_folder(embedder: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an index of the sample articles. Shared: a test that changes the index works on a copy."""
    from index.ingest import ingest
    from index.local import LocalIndex

    folder = tmp_path_factory.mktemp("sample-index")
    index = LocalIndex.create_or_open(folder, embedder)
    report = ingest(index, [str(PROJECT / "sample" / "articles")])
    index.close()
    if report.failed:
        pytest.fail(f"sample articles could not be taken in: {report.failed}")
    return folder
