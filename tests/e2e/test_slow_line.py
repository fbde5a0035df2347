"""A slow line: what a person does before the last thing has come back is neither lost nor overtaken."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import APIResponse, Browser, Page, Request, Route, TimeoutError, expect

from tests.e2e.pages import ANSWER_MS, answer_to, listed, opened, over_a_slow_line, put_in, served

pytestmark = pytest.mark.e2e

KABUL = "Who controls Kabul's security?"
NATO = "Which country became NATO's 32nd member?"
DATED = "When was the report dated?"


def conversations(page: Page, *questions: str) -> None:
    """One conversation for each question, the last one open; then the line becomes slow."""
    for question in questions:
        if page.locator("#chat .answer-text").count():
            page.get_by_role("navigation").get_by_role("button", name="New conversation").click()
            expect(page.locator("#chat .answer-text")).to_have_count(0)
        answer_to(page, question)
    expect(listed(page)).to_have_count(len(questions))
    over_a_slow_line(page)


def begin_anew(page: Page) -> None:
    page.get_by_role("navigation").get_by_role("button", name="New conversation").click()


def ask_for(page: Page, of: str, name: str) -> None:
    """Click an entry in the menu of the conversation of this title.

    A list that is drawn anew between the look and the click makes another conversation's of what was found: look again.
    """
    conversation = listed(page).filter(has_text=of)
    entry = conversation.get_by_role("button", name=name)
    for _ in range(5):
        try:
            if not entry.is_visible():
                conversation.get_by_label("Options for").click()
            entry.click(timeout=3_000)
        except TimeoutError:
            continue
        return
    pytest.fail(f"the menu of {of!r} has no {name} that can be pressed")


@contextmanager
def held_back(page: Page) -> Iterator[None]:
    """What the page asks for meanwhile leaves it afterwards."""
    held: list[Route] = []
    page.route("**/queue/join*", lambda route: held.append(route))
    yield
    for route in held:
        route.continue_()
    page.unroute("**/queue/join*")


def articles(folder: Path, *names: str) -> list[Path]:
    """Files with an article each, about a town of this test."""
    files = [folder / f"{name}.md" for name in names]
    for file in files:
        file.write_text(f"# The {file.stem} of Mimsyburg\n\nThe {file.stem} opened on Monday, the town said.\n")
    return files


def lists_articles(request: Request) -> bool:
    """It is told the words of the filter and a page, which the server keeps."""
    return request.url.endswith("/queue/join?") and json.loads(request.post_data or "{}").get("data") == ["", None]


def test_the_conversation_that_was_chosen_last_is_shown(page: Page) -> None:
    conversations(page, KABUL, NATO)
    begin_anew(page)
    expect(page.locator("#chat .answer-text")).to_have_count(0)
    for question in (NATO, KABUL):
        listed(page).get_by_role("button", name=question).first.click()
    expect(page.locator("#chat .user-row")).to_have_text([KABUL])
    page.wait_for_timeout(1500)  # nothing that was chosen before comes after it
    expect(page.locator("#chat .user-row")).to_have_text([KABUL])


def test_a_new_conversation_is_begun_however_often_one_is_wanted(page: Page) -> None:
    conversations(page, KABUL)
    begin_anew(page)
    listed(page).get_by_role("button", name=KABUL).first.click()
    begin_anew(page)
    expect(page.locator("#chat .user-row")).to_have_count(0)
    page.wait_for_timeout(1500)  # nothing that was chosen before comes after it
    expect(page.locator("#chat .user-row")).to_have_count(0)


def test_all_that_is_deleted_and_renamed_at_once_is(page: Page) -> None:
    conversations(page, KABUL, NATO, DATED)
    for question, title in ((DATED, "Of the report"), (NATO, "Of the alliance")):
        ask_for(page, question, "Rename")
        name = page.get_by_label("Name of the conversation")
        name.fill(title)
        name.press("Enter")
    expect(listed(page).locator(".title")).to_have_text(["Of the report", "Of the alliance", KABUL])
    ask_for(page, "Of the report", "Delete")
    ask_for(page, "Of the alliance", "Delete")
    expect(listed(page).locator(".title")).to_have_text([KABUL])


def test_a_button_that_is_held_down_outlasts_the_list_that_is_drawn_anew(page: Page) -> None:
    conversations(page, KABUL, NATO)
    ask_for(page, NATO, "Rename")
    page.get_by_label("Name of the conversation").fill("Of the alliance")
    with held_back(page):
        page.get_by_label("Name of the conversation").press("Enter")
        listed(page).nth(1).get_by_label("Options for").click()
        listed(page).nth(1).get_by_role("button", name="Delete").hover()
        page.mouse.down()
    expect(listed(page).locator(".title")).to_have_text(["Of the alliance", KABUL])
    page.mouse.up()
    expect(listed(page).locator(".title")).to_have_text(["Of the alliance"])


def test_a_menu_that_is_being_opened_outlasts_the_list_that_is_drawn_anew(page: Page) -> None:
    conversations(page, KABUL, NATO, DATED)
    with held_back(page):
        ask_for(page, DATED, "Delete")
        listed(page).filter(has_text=NATO).get_by_label("Options for").hover()
        page.mouse.down()
    expect(listed(page).locator(".title")).to_have_text([NATO, KABUL])
    page.mouse.up()
    listed(page).filter(has_text=NATO).get_by_role("button", name="Delete").click()
    expect(listed(page).locator(".title")).to_have_text([KABUL])


def test_a_menu_that_is_open_outlasts_the_list_that_is_drawn_anew(page: Page) -> None:
    conversations(page, KABUL, NATO)
    ask_for(page, NATO, "Rename")
    page.get_by_label("Name of the conversation").fill("Of the alliance")
    with held_back(page):
        page.get_by_label("Name of the conversation").press("Enter")
        listed(page).nth(1).get_by_label("Options for").click()
    expect(listed(page).locator(".title")).to_have_text(["Of the alliance", KABUL])
    expect(listed(page).nth(1).get_by_label("Options for")).to_be_focused()
    expect(listed(page).nth(1).get_by_role("button", name="Rename")).to_be_visible()
    page.keyboard.press("Escape")
    expect(listed(page).nth(1).get_by_role("button", name="Rename")).to_be_hidden()


def test_a_name_that_is_being_typed_outlasts_the_list_that_is_drawn_anew(page: Page) -> None:
    conversations(page, KABUL, NATO)
    ask_for(page, NATO, "Rename")
    name = page.get_by_label("Name of the conversation")
    name.fill("Of the alliance")
    with held_back(page):
        name.press("Enter")
        ask_for(page, KABUL, "Rename")
        name.fill("Of the")
    expect(listed(page).locator(".title")).to_have_text(["Of the alliance"])
    expect(name).to_be_focused()
    name.press("End")
    name.press_sequentially(" city")
    name.press("Enter")
    expect(listed(page).locator(".title")).to_have_text(["Of the alliance", "Of the city"])


def test_a_question_asked_at_once_belongs_to_the_new_conversation(page: Page) -> None:
    conversations(page, KABUL)
    begin_anew(page)
    page.get_by_label("Your question").fill(NATO)
    page.get_by_label("Your question").press("Enter")
    expect(listed(page)).to_have_count(2, timeout=ANSWER_MS)
    expect(page.locator("#chat .answer-text")).to_contain_text(["Sweden"], timeout=ANSWER_MS)
    expect(page.locator("#chat .user-row")).to_have_text([NATO])


def test_a_question_asked_at_once_belongs_to_the_new_conversation_though_the_old_one_is_being_renamed(
    page: Page,
) -> None:
    held: list[tuple[Route, APIResponse]] = []

    def hold(route: Route) -> None:
        held.append((route, route.fetch()))  # the server has begun it; the page does not know it

    conversations(page, KABUL)
    ask_for(page, KABUL, "Rename")
    page.get_by_label("Name of the conversation").fill("Of the city")
    with page.expect_response("**/queue/join*"):
        page.get_by_label("Name of the conversation").press("Enter")
    page.route("**/queue/join*", hold, times=1)
    with page.expect_request("**/queue/join*"):
        begin_anew(page)
    expect(listed(page).locator(".title")).to_have_text(["Of the city"])
    page.get_by_label("Your question").fill(NATO)
    page.get_by_label("Your question").press("Enter")
    expect(listed(page).locator(".title")).to_have_text([NATO, "Of the city"], timeout=ANSWER_MS)
    [(route, response)] = held
    route.fulfill(response=response)


def test_a_question_asked_at_once_is_asked_of_all_articles_again(page: Page) -> None:
    conversations(page, KABUL)
    page.get_by_role("button", name="Asking all articles").click()
    page.get_by_label("Published since").fill("2024-06-01")
    expect(page.get_by_role("button", name="Asking some articles only (1)")).to_be_visible()
    page.get_by_role("button", name="Ask all articles").click()
    answer = answer_to(page, NATO)
    expect(answer.locator(".answer-text")).to_contain_text("Sweden")
    expect(answer).not_to_contain_text("Asked of articles")


def test_a_question_that_is_sent_twice_is_asked_once(page: Page) -> None:
    conversations(page, KABUL)
    page.get_by_label("Your question").fill(NATO)
    for _ in range(2):
        page.get_by_label("Your question").press("Enter")
    expect(page.locator("#chat .answer-text")).to_contain_text(["Haqqani", "Sweden"], timeout=ANSWER_MS)
    page.wait_for_timeout(1500)
    expect(page.locator("#chat .user-row")).to_have_text([KABUL, NATO])
    expect(page.get_by_label("Your question")).to_have_value("")


def test_the_source_that_was_chosen_last_is_opened_and_what_was_closed_stays_so(page: Page) -> None:
    conversations(page, "How many people died in the earthquake in Turkey and Syria?")
    sources = page.locator("#chat button.source")
    last = sources.nth(1).get_attribute("value")
    sources.nth(0).click()
    sources.nth(1).click()
    expect(page.locator("#chat button.source.shown")).to_have_count(1)
    expect(page.locator("#chat button.source.shown")).to_have_attribute("value", str(last))
    expect(page.locator("#panel h2")).to_have_text(sources.nth(1).locator(".title").inner_text())
    page.keyboard.press("Escape")
    sources.nth(0).click()
    page.keyboard.press("Escape")
    page.wait_for_timeout(1500)
    expect(page.locator("#workspace.reading")).to_have_count(0)


def test_files_that_are_added_while_others_are_taken_in_are_taken_in_too(
    browser: Browser, sample_index: Path, tmp_path: Path
) -> None:
    files = articles(tmp_path, "ferry", "tunnel")
    with served(tmp_path / "index", tmp_path) as address, opened(browser, address) as page:
        page.get_by_role("tab", name="Library").click()
        over_a_slow_line(page)
        for file in files:
            put_in(page, file)
        for file in files:
            expect(page.locator("#articles")).to_contain_text(f"The {file.stem} of", timeout=ANSWER_MS)


def test_what_is_added_while_the_library_is_being_listed_is_listed_too(
    browser: Browser, sample_index: Path, tmp_path: Path
) -> None:
    ferry, *others = articles(tmp_path, "ferry", "tunnel", "bridge")
    held: list[tuple[Route, APIResponse]] = []

    def hold(route: Route) -> None:
        if lists_articles(route.request) and not held:
            held.append((route, route.fetch()))  # the server has listed them; the page does not know it
        else:
            route.continue_()

    with served(tmp_path / "index", tmp_path) as address, opened(browser, address) as page:
        page.get_by_role("tab", name="Library").click()
        expect(page.locator("#articles")).to_contain_text("No articles yet.")
        page.route("**/queue/join*", hold)
        with page.expect_request(lists_articles, timeout=ANSWER_MS):
            put_in(page, ferry)
        put_in(page, *others)
        expect(page.locator("#said")).to_contain_text("2 added.", timeout=ANSWER_MS)
        [(route, response)] = held
        route.fulfill(response=response)
        for file in (ferry, *others):
            expect(page.locator("#articles")).to_contain_text(f"The {file.stem} of")
