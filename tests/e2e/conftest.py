"""The real page: `qa serve` in a process of its own over an index of the sample articles, and a real browser."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.commands import QA
from tests.e2e.pages import opened, served

expect.set_options(timeout=20_000)  # five seconds are short for a server on cores that others keep busy

PROJECT = Path(__file__).resolve().parents[2]
QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")

HOSTILE = """---
title: '<img src=x onerror="window.pwned=1"> ![t](http://evil.test/title.png)'
outlet: '<b>Bold</b> [Post](javascript:window.pwned=1)'
published: 2021-01-02
---

The zyzzyva weevil of Quuxville eats <script>window.pwned=1</script> ![x](http://evil.test/x.png) for breakfast.

<img src="http://evil.test/a.png" onerror="window.pwned=1">
${window.pwned=1} {{constructor.constructor("window.pwned=1")()}}

<iframe src="http://evil.test/frame"></iframe> <https://evil.test/auto> www.evil.test $$\\href{http://evil.test}{x}$$
"""


@pytest.fixture(scope="session")
def sample_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an index of the sample articles and of one hostile one, filled by the real command."""
    folder = tmp_path_factory.mktemp("page")
    hostile = folder / "hostile.md"
    hostile.write_text(HOSTILE, "utf-8")
    index = folder / "index"
    subprocess.run([QA, "add", "--index", index, PROJECT / "sample" / "articles", hostile], check=True, timeout=300)
    return index


@pytest.fixture(scope="session")
def address(sample_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where `qa serve` serves that index."""
    with served(sample_index, tmp_path_factory.mktemp("serve"), "--mcp") as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium, the system's own. Not for the session: while it lives, no other test can run an event loop."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is not installed, and in CI these tests must run")
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu", *QUIET], timeout=60_000
        )
        yield browser
        browser.close()


@pytest.fixture
def requests_elsewhere() -> list[str]:
    """Addresses that the page asked for and that are not the server's own."""
    return []


@pytest.fixture
def page(browser: Browser, address: str, requests_elsewhere: list[str]) -> Iterator[Page]:
    """The page, opened on the server that most tests share."""
    with opened(browser, address, requests_elsewhere) as page:
        yield page
