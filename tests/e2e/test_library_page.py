"""The library from empty to full and back, with what strangers' articles may look like."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import APIResponse, Browser, Locator, Page, Request, Route, expect

from tests.e2e.pages import ANSWER_MS, answer_to, opened, put_in, served

pytestmark = pytest.mark.e2e

TITLE = "Dam of Quibbleworth bursts " * 25
OUTLET = "Quibbleworth" * 20
LONG = f"""---
title: {TITLE}
outlet: {OUTLET}
published: 2021-05-04
---

The dam of Quibbleworth burst on Monday. The mayor, Olga Prunt, resigned the next day.
"""
ALEPPO = """---
title: مدينة حلب
outlet: صحيفة المثال
published: 2022-01-04
---

تقع مدينة حلب في شمال سوريا.
"""
RESIGNED = "Who resigned after the dam of Quibbleworth burst?"


def add(page: Page, folder: Path, **articles: str) -> None:
    """Put these texts in as files of these names."""
    files = [folder / f"{name}.md" for name in articles]
    for file, text in zip(files, articles.values(), strict=True):
        file.write_text(text, "utf-8")
    page.get_by_role("tab", name="Library").click()
    put_in(page, *files)
    expect(page.locator("#said")).to_contain_text(f"{len(files)} added.", timeout=ANSWER_MS)


def ask_to_remove(page: Page, title: str) -> Locator:
    """Tick an article that is to go; gives the button that says so."""
    page.get_by_label(f"Select {title}").check()
    page.get_by_role("button", name="Remove ticked").click()
    expect(page.locator("#sure")).to_contain_text(title)
    return page.get_by_role("button", name="Remove", exact=True)


def in_window(what: Locator) -> bool:
    """Whether it is neither wider than the window nor beside it."""
    return bool(
        what.evaluate("e => { const r = e.getBoundingClientRect(); return r.left >= 0 && r.right <= innerWidth; }")
    )


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """The page over an index of its own, with nothing in it."""
    with served(tmp_path / "index", tmp_path) as address, opened(browser, address) as page:
        yield page


def test_the_first_articles_are_offered_to_be_asked_at_once(page: Page, tmp_path: Path) -> None:
    expect(page.get_by_text("Add articles in the Library first.")).to_be_visible()
    add(page, tmp_path, dam=LONG, aleppo=ALEPPO)
    page.get_by_role("tab", name="Ask").click()
    expect(page.get_by_text("Every answer shows the sentence that says it.")).to_be_visible()
    page.get_by_role("button", name="Asking all articles").click()
    page.get_by_label("Outlets").click()
    expect(page.get_by_role("option")).to_have_count(2)


@pytest.mark.parametrize("width", [390, 1280])
def test_whatever_an_article_is_called_it_can_be_read_and_closed(page: Page, tmp_path: Path, width: int) -> None:
    add(page, tmp_path, dam=LONG)
    page.set_viewport_size({"width": width, "height": 800})
    assert in_window(page.locator("#articles table"))
    page.get_by_role("tab", name="Ask").click()
    answer = answer_to(page, RESIGNED)
    card = answer.locator("button.source").first
    assert in_window(card)
    expect(card.locator("mark")).to_be_in_viewport(ratio=1)
    card.click()
    expect(page.locator("#panel mark")).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="Close the article").click(timeout=5_000)
    expect(page.locator("#panel")).to_be_hidden()


def test_the_answer_to_a_long_question_is_in_view(page: Page, tmp_path: Path) -> None:
    add(page, tmp_path, dam=LONG)
    page.set_viewport_size({"width": 390, "height": 800})
    page.get_by_role("tab", name="Ask").click()
    answer = answer_to(page, f"I have read {'so very much of it, ' * 60}but {RESIGNED}")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    expect(answer.locator(".answer-text")).to_be_in_viewport(ratio=1)


def test_a_day_is_not_turned_about_beside_an_arabic_outlet(page: Page, tmp_path: Path) -> None:
    add(page, tmp_path, aleppo=ALEPPO)
    page.locator("#articles .name button").click()
    byline = page.locator("#panel .byline")
    expect(byline).to_have_text("صحيفة المثال · 4 January 2022")
    days = byline.get_by_text("4 January 2022", exact=True)  # the line begins with Arabic, the day with its number
    assert days.evaluate("e => [getComputedStyle(e.parentElement).direction, getComputedStyle(e).direction]") == [
        "rtl",
        "ltr",
    ]


def remove(page: Page, title: str) -> None:
    ask_to_remove(page, title).click()
    expect(page.locator("#said")).to_contain_text("1 article removed.")


def test_an_outlet_that_is_chosen_and_goes_is_said_to_be_unknown(page: Page, tmp_path: Path) -> None:
    add(page, tmp_path, dam=LONG, aleppo=ALEPPO)
    page.get_by_role("tab", name="Ask").click()
    page.get_by_role("button", name="Asking all articles").click()
    page.get_by_label("Outlets").click()
    page.get_by_role("option", name="صحيفة المثال").click()
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="Library").click()
    remove(page, "مدينة حلب")
    page.get_by_role("tab", name="Ask").click()
    page.get_by_label("Outlets").click()
    expect(page.get_by_role("option")).to_have_count(2)
    page.keyboard.press("Escape")
    expect(answer_to(page, RESIGNED)).to_contain_text("No article is of the outlet")


def test_what_was_removed_is_not_ticked_when_it_comes_back(page: Page, tmp_path: Path) -> None:
    add(page, tmp_path, aleppo=ALEPPO)
    page.get_by_label("Select مدينة حلب").check()
    remove(page, "مدينة حلب")
    add(page, tmp_path, aleppo=ALEPPO)
    expect(page.get_by_label("Select مدينة حلب")).not_to_be_checked()


def test_what_is_to_go_while_others_are_being_removed_goes_too(page: Page, tmp_path: Path) -> None:
    add(
        page,
        tmp_path,
        ferry="# The ferry\n\nIt sank.",
        tunnel="# The tunnel\n\nIt flooded.",
        bridge="# The bridge\n\nIt fell.",
    )
    held: list[tuple[Route, APIResponse]] = []

    def removes(request: Request) -> bool:
        data: Sequence[object] = json.loads(request.post_data or "{}").get("data") or [None]
        return isinstance(data[0], str) and data[0].startswith("ferry")

    def hold(route: Route) -> None:
        if removes(route.request) and not held:
            held.append((route, route.fetch()))  # the server is at it; the page does not know it
        else:
            route.continue_()

    remove = ask_to_remove(page, "The ferry")
    page.route("**/queue/join*", hold)
    remove.click()
    expect(page.locator("#confirm")).to_be_hidden()
    page.get_by_label("Select The ferry").uncheck()
    ask_to_remove(page, "The tunnel").click()
    expect(page.locator("#confirm")).to_be_hidden()
    [(route, response)] = held
    route.fulfill(response=response)
    expect(page.locator("#articles tbody tr")).to_have_count(1)
    expect(page.locator("#articles tbody")).to_contain_text("The bridge")
