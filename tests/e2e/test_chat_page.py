"""The page in a real browser: what a person does, and what they then see."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from qa.feedback import read_feedback
from qa.suggesting import MAX_SHOWN
from tests.e2e.pages import ANSWER_MS, answer_to, listed, put_in

pytestmark = pytest.mark.e2e

QUESTION = "Who controls Kabul's security?"
UNANSWERED = "Who is the mayor of Paris?"

WEEVILS = """---
title: Weevils of Quuxville counted
outlet: Test Post
published: 2021-03-04
---

The weevils of Quuxville numbered 4,211 in the spring count, the town said on Monday.
"""


def open_library(page: Page) -> Locator:
    page.get_by_role("tab", name="Library").click()
    table = page.locator("#articles table")
    table.wait_for()
    return table


def overflow(page: Page) -> int:
    """Pixels that the page is wider than the window."""
    return int(page.evaluate("document.scrollingElement.scrollWidth - document.documentElement.clientWidth"))


def test_an_answer_names_its_source_which_opens_at_the_mark(page: Page) -> None:
    answer = answer_to(page, QUESTION)
    expect(answer.locator(".answer-text")).to_contain_text("Haqqani Network")
    source = answer.locator("button.source").first
    expect(source).to_contain_text("Haqqani Network holds the keys to Afghan security")
    expect(source).to_contain_text("Example Wire · 6 June 2022")
    expect(source.locator("mark")).to_have_text("Haqqani Network")

    answer.get_by_title("Source 1").click()

    panel = page.get_by_role("article", name="Source article")
    expect(panel.get_by_role("heading")).to_be_focused()
    mark = panel.locator("mark")
    expect(mark).to_have_text("Haqqani Network")
    expect(mark).to_be_in_viewport(ratio=1)
    expect(panel.locator(".sentence")).to_contain_text("security in Kabul is controlled by the Haqqani Network")
    assert panel.locator(".article-text").evaluate("text => text.scrollTop") > 0
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()


def test_escape_closes_one_thing_at_a_time(page: Page) -> None:
    page.set_viewport_size({"width": 1600, "height": 800})
    answer_to(page, QUESTION).locator("button.source").first.click()
    panel, menu = page.get_by_role("article", name="Source article"), page.locator("#conversations .menu")
    expect(panel).to_be_visible()
    listed(page).first.get_by_label("Options for").click()
    expect(menu).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    page.get_by_role("button", name="Asking all articles").click()
    page.get_by_label("Outlets").click()
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("option")).to_have_count(0)
    expect(panel).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()


def test_a_follow_up_is_answered_from_what_was_said_before(page: Page) -> None:
    answer_to(page, "Which country became NATO's 32nd member?")
    answer = answer_to(page, "Who was its prime minister?")
    expect(answer.locator(".answer-text")).to_contain_text("Kristersson")


def test_what_the_articles_do_not_say_is_not_answered(page: Page) -> None:
    answer = answer_to(page, UNANSWERED)
    expect(answer.locator(".answer-text")).to_have_text("The articles don't say.")
    expect(answer.get_by_text("The nearest passages")).to_be_visible()
    expect(answer.locator("button.source")).to_have_count(3)
    answer.locator("button.source").first.click()
    expect(page.locator("#panel .sentence")).to_be_in_viewport()


def test_what_is_wrong_with_an_answer_is_kept_once_it_is_said(page: Page, sample_index: Path) -> None:
    answer_to(page, UNANSWERED)
    answer_to(page, QUESTION)
    page.get_by_role("button", name="Not right?").click()
    page.get_by_label("Outdated").check()
    page.get_by_label("The right answer").fill("<b>nobody</b>")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Thank you.")).to_be_visible()
    expect(page.get_by_label("The right answer")).to_be_hidden()
    kept = read_feedback(sample_index)[-1]
    assert (kept.verdict, kept.question, kept.right_answer) == ("outdated", QUESTION, "<b>nobody</b>")
    assert kept.receipt["answer"] == "Haqqani Network"
    assert kept.history == ((UNANSWERED, None),)


def test_a_refusal_can_only_be_said_to_be_one_too_many(page: Page) -> None:
    answer_to(page, UNANSWERED)
    page.get_by_role("button", name="Not right?").click()
    expect(page.get_by_role("radio")).to_have_count(1)
    expect(page.get_by_label("Should have answered")).to_be_checked()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_label("The right answer")).to_be_hidden()


def test_every_example_is_answered(page: Page) -> None:
    examples = page.locator("#chat .example")
    expect(examples).to_have_count(4)
    for number, right in enumerate(("Haqqani Network", "$42 billion", "Sweden", "422")):
        examples.nth(number).click()
        expect(page.locator("#chat .answer-text")).to_contain_text(right, timeout=ANSWER_MS)
        page.get_by_role("button", name="New conversation").click()
        examples.nth(number).wait_for()


def test_what_hostile_text_says_is_shown_and_never_done(page: Page) -> None:
    answer = answer_to(page, "What does the zyzzyva weevil of Quuxville eat? <img src=x onerror=window.pwned=1>")
    source = answer.locator("button.source").filter(has_text="onerror=").first
    source.click()
    panel = page.get_by_role("article", name="Source article")
    expect(panel.get_by_role("heading")).to_contain_text('<img src=x onerror="window.pwned=1">')
    expect(panel).to_contain_text("zyzzyva")
    expect(panel.locator("img, script, iframe, a")).to_have_count(0)
    table = open_library(page)
    page.get_by_label("Filter").press_sequentially("evil.test")
    expect(table.locator("tbody tr")).to_have_count(1)
    expect(table).to_contain_text("![t](http://evil.test/title.png)")
    expect(page.locator("#chat, #articles").locator("img, script, iframe, a")).to_have_count(0)
    assert page.evaluate("typeof window.pwned") == "undefined"


def test_articles_come_and_go(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "weevil count (1).md"
    file.write_text(WEEVILS, "utf-8")
    table, said = open_library(page), page.locator("#said")
    head = page.locator("#masthead p")
    before = int(re.findall(r"\d+", head.inner_text())[0])

    put_in(page, file)
    expect(said).to_contain_text("1 added.", timeout=ANSWER_MS)
    expect(head).to_contain_text(f"{before + 1} articles")
    put_in(page, file)
    expect(said).to_contain_text("1 already there.", timeout=ANSWER_MS)
    expect(head).to_contain_text(f"{before + 1} articles")

    page.get_by_role("tab", name="Ask").click()
    answer = answer_to(page, "How many weevils did Quuxville count?")
    expect(answer.locator(".answer-text")).to_contain_text("4,211")
    answer.locator("button.source").first.click()
    expect(page.locator("#panel .origin")).to_have_text("upload/weevil count (1).md")

    open_library(page)
    page.get_by_label("Filter").press_sequentially("weevils counted")
    expect(table.locator("tbody tr")).to_have_count(1)
    page.get_by_label("Select Weevils of Quuxville counted").check()
    page.get_by_role("button", name="Remove ticked").click()
    expect(page.get_by_text("Remove “Weevils of Quuxville counted” from the library?")).to_be_visible()
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(said).to_contain_text("1 article removed.")
    expect(head).to_contain_text(f"{before} articles")
    expect(page.get_by_text("No article has these words in its title or outlet.")).to_be_visible()


def test_a_near_copy_says_so_and_leads_to_what_it_is_a_copy_of(page: Page, tmp_path: Path) -> None:
    counts = " ".join(f"Ward {ward} of Quuxville counted {ward * 31} weevils." for ward in range(20))
    for name, outlet in (("first.md", "Test Wire"), ("again.md", "Test Echo")):
        file = tmp_path / name
        file.write_text(f"---\ntitle: Weevils by ward\noutlet: {outlet}\n---\n\n{counts}\n", "utf-8")
        table = open_library(page)
        put_in(page, file)
        expect(page.locator("#said")).to_contain_text("1 added.", timeout=ANSWER_MS)
    expect(page.locator("#said")).to_contain_text("One is a near copy of another article")
    page.get_by_label("Filter").press_sequentially("weevils by ward")
    expect(table.locator("tbody tr")).to_have_count(2)
    opener = table.locator("tbody tr").filter(has_text="Test Echo").locator("td.name button").first
    opener.click()
    expect(page.locator("#panel .origin")).to_have_text("upload/again.md")
    page.locator("#panel").get_by_role("button", name="Near copy of Weevils by ward, Test Wire").click()
    expect(page.locator("#panel .origin")).to_have_text("upload/first.md")
    expect(page.locator("#panel .copy-of")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    for box in table.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="Remove ticked").click()
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(page.locator("#said")).to_contain_text("2 articles removed.")


def test_a_file_that_is_no_article_is_named_with_the_reason(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "photo.txt"
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    open_library(page)
    put_in(page, file)
    expect(page.locator("#said")).to_contain_text("photo.txt: it is a PNG image", timeout=ANSWER_MS)


def test_nothing_is_wider_than_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    assert overflow(page) == 0
    answer = answer_to(page, QUESTION)
    assert overflow(page) == 0
    answer.locator("button.source").first.click()
    expect(page.locator("#panel mark")).to_be_in_viewport(ratio=1)
    assert overflow(page) == 0
    page.get_by_role("button", name="Close the article").click()
    open_library(page)
    assert overflow(page) == 0


@pytest.mark.parametrize(("width", "height"), [(640, 400), (320, 480)])
def test_all_is_reached_in_a_low_or_enlarged_window(page: Page, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    answer_to(page, QUESTION)
    # They come one by one, and each may make the page longer: scrolled to its end before, it no longer stands there.
    expect(page.locator("#suggestions button")).to_have_count(MAX_SHOWN, timeout=ANSWER_MS)
    page.get_by_role("button", name="Not right?").click()
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    page.locator("#main").evaluate("main => { main.scrollTop = 0; }")
    page.mouse.move(width / 2, 30)
    page.mouse.wheel(0, 2_000)
    expect(page.get_by_role("button", name="Send")).to_be_in_viewport(ratio=1)
    expect(page.get_by_label("Your question")).to_be_in_viewport(ratio=1)
    assert overflow(page) == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_as_light_or_dark_as_the_system(browser: Browser, address: str, scheme: str) -> None:
    with browser.new_context(color_scheme="dark" if scheme == "dark" else "light") as context:
        page = context.new_page()
        page.goto(address)
        heading = page.get_by_role("heading", name="Ask your articles")
        heading.wait_for()
        ink, paper = (
            brightness(page.locator(where), what)
            for where, what in (("#masthead h1", "color"), ("body", "backgroundColor"))
        )
    assert (ink > paper) == (scheme == "dark")
    assert abs(ink - paper) > 150


def brightness(element: Locator, of: str) -> float:
    """The mean of red, green and blue, in 0 to 255."""
    colour = element.evaluate(f"element => getComputedStyle(element).{of}")
    return sum(map(int, re.findall(r"\d+", colour)[:3])) / 3
