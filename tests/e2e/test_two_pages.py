"""Two pages of one browser with the same conversation, and conversations that change while one is answered."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from qa.conversations.store import FILE
from tests.doubles_openai import never_ends, serving
from tests.e2e.pages import ANSWER_MS, answer_to, listed, opened, served

pytestmark = pytest.mark.e2e

NATO = "Which country became NATO's 32nd member?"
LEADER = "Who was its prime minister?"
KABUL = "Who controls Kabul's security?"
REPORT = "When was the UN report dated?"


def choose(page: Page, conversation: str, name: str) -> None:
    """Choose from the menu of a conversation."""
    item = listed(page).filter(has_text=conversation)
    item.get_by_label("Options for").click()
    item.get_by_role("button", name=name).click()


@contextmanager
def another(page: Page) -> Iterator[Page]:
    """The same conversation in another page of the browser."""
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator("#chat .user-row")).to_have_count(page.locator("#chat .user-row").count())
    yield other
    other.close()


def test_what_is_asked_in_two_pages_of_one_conversation_is_kept_and_shown_in_both(page: Page) -> None:
    answer_to(page, NATO)
    with another(page) as other:
        answer_to(page, KABUL)
        other.get_by_label("Your question").fill(LEADER)
        other.get_by_label("Your question").press("Enter")
        expect(other.locator("#chat .user-row")).to_have_text([NATO, KABUL, LEADER])
        expect(other.locator("#chat .answer-text")).to_have_count(3, timeout=ANSWER_MS)
        page.get_by_label("Your question").fill(REPORT)
        page.get_by_label("Your question").press("Enter")
        expect(page.locator("#chat .user-row")).to_have_text([NATO, KABUL, LEADER, REPORT])
        expect(page.locator("#chat .answer-text")).to_have_count(4, timeout=ANSWER_MS)
        other.reload()
        expect(other.locator("#chat .user-row")).to_have_text([NATO, KABUL, LEADER, REPORT])
        with page.expect_download() as download:
            page.get_by_role("button", name="Receipt").last.click()
        assert REPORT in Path(download.value.path()).read_text("utf-8")


def test_what_another_page_deleted_is_said_to_be_gone_where_it_is_to_be_saved(page: Page) -> None:
    answer_to(page, NATO)
    with another(page) as other:
        choose(other, NATO, "Delete")
        expect(listed(other)).to_have_count(0)
    choose(page, NATO, "Save as JSON")
    expect(page.locator("#conversations .said")).to_have_text("This conversation is not there any more.")


def test_a_question_asked_again_takes_nothing_from_what_another_page_asked(page: Page) -> None:
    answer_to(page, NATO)
    with another(page) as other:
        answer_to(page, KABUL)
        other.get_by_role("button", name="Try again").click()
        expect(other.locator("#chat .answer-text")).to_have_count(1, timeout=ANSWER_MS)
        expect(other.get_by_role("button", name="Try again")).to_be_visible()
        other.reload()
        expect(other.locator("#chat .user-row")).to_have_text([NATO, KABUL])


@pytest.fixture(scope="module")
def writing(sample_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a page whose chat model never comes to an end."""
    pytest.importorskip("langchain_openai", reason="the extra `openai` is not installed")
    with (
        serving([never_ends]) as server,
        served(sample_index, tmp_path_factory.mktemp("chat"), "--chat-url", server.url, "--chat-model", "double") as at,
    ):
        yield at


def ask_and_wait_for_words(page: Page, question: str) -> None:
    page.get_by_label("Your question").fill(question)
    page.get_by_label("Your question").press("Enter")
    expect(page.locator("#chat .draft")).to_be_visible(timeout=ANSWER_MS)


def test_a_conversation_that_is_deleted_while_it_is_answered_stays_deleted(browser: Browser, writing: str) -> None:
    with opened(browser, writing) as page:
        ask_and_wait_for_words(page, KABUL)
        choose(page, KABUL, "Delete")
        expect(listed(page)).to_have_count(0)
        expect(page.locator("#chat .user-row")).to_have_count(0)
        ask_and_wait_for_words(page, NATO)  # what was under way has let the place go
        expect(page.locator("#chat .user-row")).to_have_text([NATO])
        page.get_by_role("button", name="Stop").click()
        expect(page.locator("#chat .problem")).to_have_text("Stopped before there was an answer.")
        expect(listed(page).locator(".title")).to_have_text([NATO])


def test_a_conversation_that_is_begun_right_after_stop_stays(
    browser: Browser, writing: str, sample_index: Path
) -> None:
    def sent(button: Locator) -> None:
        with page.expect_response("**/queue/join*"):
            button.click()

    with opened(browser, writing) as page:
        ask_and_wait_for_words(page, KABUL)
        with closing(sqlite3.connect(sample_index / FILE, isolation_level=None)) as slow:
            slow.execute("BEGIN IMMEDIATE")  # what is kept and listed waits for it
            sent(page.get_by_role("button", name="Stop"))
            sent(page.get_by_role("navigation").get_by_role("button", name="New conversation"))
            slow.execute("ROLLBACK")
        expect(page.locator("#chat .user-row")).to_have_count(0)
        page.get_by_label("Your question").fill(NATO)
        page.get_by_label("Your question").press("Enter")
        expect(page.locator("#chat .user-row")).to_have_text([NATO])
        expect(listed(page).locator(".title")).to_have_text([NATO, KABUL])


def test_others_are_renamed_and_deleted_while_one_is_answered(browser: Browser, writing: str) -> None:
    with opened(browser, writing) as page:
        ask_and_wait_for_words(page, KABUL)
        page.get_by_role("button", name="Stop").click()
        page.get_by_role("navigation").get_by_role("button", name="New conversation").click()
        expect(page.locator("#chat .user-row")).to_have_count(0)
        ask_and_wait_for_words(page, NATO)
        choose(page, NATO, "Rename")
        page.get_by_label("Name of the conversation").fill("Alliances")
        page.get_by_label("Name of the conversation").press("Enter")
        expect(listed(page).locator(".title")).to_have_text(["Alliances", KABUL])
        choose(page, KABUL, "Rename")
        page.get_by_label("Name of the conversation").fill("Capitals")
        page.get_by_label("Name of the conversation").press("Enter")
        expect(listed(page).locator(".title")).to_have_text(["Alliances", "Capitals"])
        choose(page, "Capitals", "Delete")
        expect(listed(page).locator(".title")).to_have_text(["Alliances"])
        expect(page.locator("#chat .user-row")).to_have_text([NATO])
        expect(page.locator("#chat .draft")).to_be_visible()
        page.get_by_role("button", name="Stop").click()
        expect(page.locator("#chat .problem")).to_have_text("Stopped before there was an answer.")
        expect(listed(page).locator(".title")).to_have_text(["Alliances"])


def test_an_answer_stays_until_its_question_has_another(page: Page) -> None:
    answer_to(page, NATO)
    page.get_by_role("button", name="Try again").click()
    page.get_by_role("navigation").get_by_role("button", name="New conversation").click()
    expect(page.get_by_text("What would you like to know?")).to_be_visible()
    listed(page).get_by_role("button", name=NATO).first.click()
    expect(page.locator("#chat .answer-text")).to_contain_text("Sweden")
