"""The server and the page as tests of the page use them."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Error, Locator, Page, Request, expect

from tests.commands import QA

ANSWER_MS = 90_000


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def served(index: Path, folder: Path, *options: str, port: int | None = None) -> Iterator[str]:
    """Where `qa serve` serves an index, with a log and uploads in `folder`."""
    port = port or free_port()
    log = folder / "log"
    command = [QA, "serve", "--index", index, "--port", str(port), *options]
    environment = os.environ | {"GRADIO_TEMP_DIR": str(folder / "uploads")}
    with (
        log.open("ab") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, env=environment) as server,
    ):
        try:
            assert server.stdout is not None
            said = server.stdout.readline().decode()  # it is said once the server listens
            assert f"http://127.0.0.1:{port}" in said, log.read_text(errors="replace")
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.terminate()


@contextmanager
def opened(browser: Browser, address: str, elsewhere: list[str] | None = None, **options: Any) -> Iterator[Page]:
    """The page in a browser of its own; it must ask nobody else for anything and raise no error, whatever happens."""
    elsewhere = [] if elsewhere is None else elsewhere
    with browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options}) as context:
        page = context.new_page()
        errors: list[Error] = []

        def note(request: Request) -> None:
            if not request.url.startswith((address, "data:", "blob:")):
                elsewhere.append(request.url)

        context.on("request", note)
        page.on("pageerror", lambda error: errors.append(error))
        page.set_default_timeout(30_000)
        page.goto(address)
        page.get_by_role("heading", name="Ask your articles").wait_for()
        yield page
        assert elsewhere == []
        assert errors == []


def listed(page: Page) -> Locator:
    """The conversations in the list, the newest first."""
    return page.get_by_role("navigation", name="Conversations").get_by_role("listitem")


def put_in(page: Page, *files: Path) -> None:
    """Choose files in the library, which is open."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Add articles").click()
    chooser.value.set_files(files)


def over_a_slow_line(page: Page) -> None:
    """Every request takes 300 ms longer from now on."""
    line = {"offline": False, "latency": 300, "downloadThroughput": -1, "uploadThroughput": -1}
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", line)


def answer_to(page: Page, question: str) -> Locator:
    """Ask, wait for the answer or the refusal, and give it."""
    box = page.get_by_label("Your question")
    before = page.locator("#chat .answer-text").count()
    box.fill(question)
    box.press("Enter")
    expect(page.locator("#chat .answer-text")).to_have_count(before + 1, timeout=ANSWER_MS)
    return page.locator("#chat .bot-row").last
