"""Faults 46 and 52 on the page: a thousand copies of one text, a flood of questions, and what is too large to send."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.commands import QA
from tests.contract.linked_copies import OTHER, WIRE
from tests.e2e.pages import answer_to, opened, served
from tests.faults.depth import depth

pytestmark = pytest.mark.e2e

COPIES = depth(60, 1000)
WHY = "Why did the government of Sri Lanka suspend payments on its foreign debt?"
CALL = "gradio_api/call/v2/ask"
PART = b'--b\r\nContent-Disposition: form-data; name="files"; filename="large.txt"\r\n\r\n'


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where an index is served that has one text many times, and another one."""
    folder = tmp_path_factory.mktemp("crowded")
    chance, words = random.Random(46), WIRE.split()
    rows = [
        {"title": f"Copy {number}", "text": " ".join(word for word in words if chance.random() > 0.03),
         "url": f"https://{number}.wire.example", "outlet": f"Paper {number}", "published": "2022-04-12"}
        for number in range(COPIES)
    ]  # fmt: skip
    rows.append({"title": "Colombo stops paying", "text": OTHER, "url": "https://other.example", "outlet": "Other"})
    articles = folder / "articles.jsonl"
    articles.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    subprocess.run([QA, "add", "--index", folder / "index", articles], check=True, timeout=600)
    with served(folder / "index", folder) as address:
        yield address


def test_copies_of_one_text_count_once_and_are_folded_away(browser: Browser, crowded: str) -> None:  # 46
    with opened(browser, crowded) as page:
        answer = answer_to(page, WHY)
        expect(answer.locator(".support")).to_contain_text("all copies of one text")
        copies = answer.locator(".copies")
        expect(copies.locator("button.source").first).to_be_hidden()
        visible = answer.locator("button.source:visible .title").all_inner_texts()
        assert sum(title.startswith("Copy ") for title in visible) == 1
        copies.locator("summary").focus()
        page.keyboard.press("Enter")
        expect(copies.locator("button.source").first).to_be_visible()


def test_a_refusal_shows_one_of_many_copies_and_the_other_text(browser: Browser, crowded: str) -> None:  # 46
    with opened(browser, crowded) as page:
        answer = answer_to(page, "How tall is the tower that the creditors of Colombo painted green?")
        shown = answer.locator("button.source:visible .title").all_inner_texts()
        assert sum(title.startswith("Copy ") for title in shown) <= 1
        assert "Colombo stops paying" in shown


def test_a_flood_of_calls_is_turned_away_and_people_are_answered(page: Page, address: str) -> None:  # 52
    def call(number: int) -> httpx.Response:
        question = {"question": f"How many people died in the earthquake of {number}?"}
        return httpx.post(f"{address}{CALL}", json=question, timeout=60)

    with ThreadPoolExecutor(16) as scripts:
        flood = [scripts.submit(call, number) for number in range(200)]
        assert "Haqqani Network" in answer_to(page, "Who controls Kabul's security?").inner_text()
        refused = [one.result() for one in flood if one.result().status_code != 200]
    assert refused
    assert {one.status_code for one in refused} == {429}
    assert int(refused[0].headers["Retry-After"]) > 0
    assert "ask again" in refused[0].json()["detail"]


@pytest.mark.parametrize("path", ["gradio_api/upload", CALL, "gradio_api/queue/join", "mcp"])
@pytest.mark.parametrize("told", [True, False], ids=["with its length", "without"])
def test_what_is_too_large_is_refused_and_others_are_answered(address: str, path: str, told: bool) -> None:  # 52
    form = path.endswith("upload")
    start, piece, pieces = PART if form else b"[", b"x" * 2**20, 60
    headers = {"Content-Type": "multipart/form-data; boundary=b" if form else "application/json"}
    headers |= {"Content-Length": str(len(start) + pieces * len(piece))} if told else {}
    body = (start, *[piece] * pieces)
    try:
        sent = httpx.post(f"{address}{path}", content=iter(body), headers=headers, timeout=60)
    except httpx.NetworkError:  # it hung up before all was sent
        pass
    else:
        assert sent.status_code == 413
    assert httpx.get(address, timeout=60).status_code == 200
