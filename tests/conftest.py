"""What several kinds of tests share: the real models and an index of the sample articles, each made once a session."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from qa.readers import EMBEDDED

if TYPE_CHECKING:
    from index.protocols import Embedder
    from qa.readers import Reader

PROJECT = Path(__file__).resolve().parent.parent

settings.register_profile("untimed", deadline=None)  # how long a test takes says what else the machine does
settings.load_profile("untimed")

# Converted networks are kept between test runs, in the project and never in the user's own cache.
os.environ.setdefault("QA_CACHE", str(PROJECT / ".cache" / "models"))
# Most tests ask the small reader, which answers at once: tests/integration/test_second_look.py asks both networks.
os.environ.setdefault("QA_READER", EMBEDDED)
# A command that a native library ends says where it was.
os.environ.setdefault("PYTHONFAULTHANDLER", "1")
# Gradio's client tells Hugging Face that it was used, whatever it was asked for.
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

_asked_elsewhere: list[str] = []


def _refuse_what_is_elsewhere(event: str, arguments: tuple[object, ...]) -> None:
    """No test asks anything but this machine, in any thread: be it for a connection or for what a name means."""
    if event == "socket.getaddrinfo":
        host = arguments[0]
        is_here = host in (None, "", b"", "localhost") or _address(host) is not None
    elif event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
        host = arguments[1][0]
        address = _address(host)
        is_here = host in ("", "localhost") or (address is not None and address.is_loopback)
    else:
        return
    if not is_here:
        _asked_elsewhere.append(f"{event}: {host!r}")
        raise PermissionError(_asked_elsewhere[-1])


def _address(host: object) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host.decode() if isinstance(host, bytes) else str(host))
    except ValueError:
        return None


sys.addaudithook(_refuse_what_is_elsewhere)


@pytest.fixture(autouse=True)
def nobody_else_is_asked() -> Iterator[None]:
    """Fails the test in whose time something tried, though it was refused and whoever tried may not mind."""
    yield
    asked, _asked_elsewhere[:] = list(_asked_elsewhere), []
    assert asked == []


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    """The real default embedder."""
    from index.models.embedding import load_embedder

    return load_embedder()


@pytest.fixture(scope="session")
def reader() -> Reader:
    """The real embedded reader."""
    from qa.readers.extractive import load_reader

    return load_reader(EMBEDDED)


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
