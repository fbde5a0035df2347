"""Conversations that last: the list, what may be done with them, and what is kept of each answer."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.commands import QA
from tests.e2e.pages import ANSWER_MS, answer_to, free_port, listed, opened, put_in, served

pytestmark = pytest.mark.e2e

NATO = "Which country became NATO's 32nd member?"
LEADER = "Who was its prime minister?"
KABUL = "Who controls Kabul's security?"
WEEVILS = "The weevils of Mimsyburg numbered {count} in the spring count, the town said on Monday.\n"


def option(page: Page, name: str) -> Locator:
    """An entry of the first conversation's menu."""
    listed(page).first.get_by_label("Options for").click()
    return listed(page).first.get_by_role("button", name=name)


def saved(page: Page, button: Locator) -> tuple[str, str]:
    """The name and the text of the file that a button saves."""
    with page.expect_download() as download:
        button.click()
    return download.value.suggested_filename, Path(download.value.path()).read_text("utf-8")


def test_a_conversation_survives_a_reload_and_a_restart_for_its_owner_alone(
    browser: Browser, sample_index: Path, tmp_path: Path
) -> None:
    index, port = tmp_path / "index", free_port()
    shutil.copytree(sample_index, index)
    with served(index, tmp_path, port=port) as address, browser.new_context() as context:
        page = context.new_page()
        page.goto(address)
        answer_to(page, NATO)
        page.reload()
        expect(page.locator("#chat button.source")).to_contain_text("Sweden becomes NATO")
        expect(page.locator("#chat mark")).to_have_text("Sweden")
        kept, cookies = page.url, context.storage_state()
    with served(index, tmp_path, port=port) as address:
        with opened(browser, address, storage_state=cookies) as page:
            listed(page).get_by_role("button", name=NATO).click()
            expect(page.locator("#chat .answer-text")).to_contain_text("Sweden")
            assert page.url == kept
            answer = answer_to(page, LEADER)  # understood by what was said before the restart
            expect(answer.locator(".answer-text")).to_contain_text("Kristersson")
            page.locator("#chat button.source").first.click()
            expect(page.locator("#panel mark")).to_have_text("Sweden")
        with opened(browser, address) as page:
            page.goto(kept)
            page.get_by_text("What would you like to know?").wait_for()
            expect(listed(page)).to_have_count(0)
            expect(page.locator("#chat .answer-text")).to_have_count(0)


def test_a_page_whose_address_is_opened_again_once_its_server_is_back_goes_on(
    browser: Browser, sample_index: Path, tmp_path: Path
) -> None:
    index, port = tmp_path / "index", free_port()
    shutil.copytree(sample_index, index)
    with browser.new_context() as context:
        page = context.new_page()
        with served(index, tmp_path, port=port) as address:
            page.goto(address)
            answer_to(page, NATO)
            expect(page).to_have_url(re.compile("#."))
        with served(index, tmp_path, port=port):
            here, page = page.url, context.new_page()  # the old one is loaded again by itself, if it notices in time
            page.goto(here)
            expect(page.locator("#chat .answer-text")).to_contain_text("Sweden")
            answer = answer_to(page, LEADER)
            expect(answer.locator(".answer-text")).to_contain_text("Kristersson")
            expect(listed(page)).to_have_count(1)


def test_what_is_being_typed_survives_a_reload(page: Page) -> None:
    answer_to(page, NATO)
    page.get_by_label("Your question").fill(LEADER)
    page.reload()
    expect(page.get_by_label("Your question")).to_have_value(LEADER)
    page.get_by_label("Your question").press("Enter")
    expect(page.locator("#chat .answer-text")).to_contain_text(["Sweden", "Kristersson"], timeout=ANSWER_MS)
    page.reload()
    expect(page.locator("#chat .answer-text")).to_have_count(2)
    expect(page.get_by_label("Your question")).to_have_value("")


def test_conversations_are_renamed_deleted_and_brought_back(page: Page) -> None:
    answer_to(page, KABUL)
    option(page, "Rename").click()
    name = page.get_by_label("Name of the conversation")
    name.fill("<b>Kabul</b> ![x](http://evil.test/x.png)")
    name.dispatch_event("keydown", {"key": "Enter", "isComposing": True})  # it chooses a character, not the name
    name.press("Enter")
    renamed = listed(page).get_by_role("button", name="<b>Kabul</b> ![x](http://evil.test/x.png)", exact=False)
    expect(renamed.first).to_be_focused()
    option(page, "Rename").click()
    page.get_by_label("Name of the conversation").press("Escape")
    expect(page.get_by_label("Name of the conversation")).to_have_count(0)

    option(page, "Delete").click()
    expect(listed(page)).to_have_count(0)
    expect(page.locator("#chat .answer-text")).to_have_count(0)
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    page.keyboard.press("Enter")
    expect(listed(page)).to_have_count(1)
    expect(page.locator("#chat .answer-text")).to_contain_text("Haqqani Network")


def test_one_goes_from_one_conversation_to_another(page: Page) -> None:
    answer_to(page, KABUL)
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator("#chat .answer-text")).to_have_count(0)
    expect(page.get_by_label("Your question")).to_be_focused()
    answer_to(page, NATO)
    expect(listed(page)).to_have_count(2)
    later = page.url
    listed(page).get_by_role("button", name=KABUL).first.click()
    expect(page.locator("#chat .answer-text")).to_contain_text("Haqqani Network")
    expect(page.locator("#conversations [aria-current]")).to_contain_text(KABUL)
    page.goto(later)  # as a bookmark does: the page is there already, and is not loaded again
    expect(page.locator("#conversations [aria-current]")).to_contain_text(NATO)
    expect(page.locator("#chat .answer-text")).to_contain_text("Sweden")


def test_it_is_taken_along_as_files_and_as_text(page: Page, sample_index: Path, tmp_path: Path) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    answer = answer_to(page, KABUL)
    page.clock.install()
    answer.get_by_role("button", name="Copy with sources").click()
    answer.get_by_role("button", name="Copied").click()
    pasted = page.evaluate("navigator.clipboard.readText()")
    assert pasted.startswith("Haqqani Network [1]")
    assert "\n\n[1] Haqqani Network holds the keys" in pasted
    assert "https://wire.example/2022/06/un-report-taliban-haqqani" in pasted
    page.clock.fast_forward(5_000)
    expect(answer.get_by_role("button", name="Copy with sources")).to_be_visible()

    name, text = saved(page, option(page, "Save as Markdown"))
    assert name.startswith("who-controls-kabul-s-security-")
    assert name.endswith(".md")
    assert "## Who controls Kabul's security?" in text
    assert "security in Kabul is controlled by the **Haqqani Network**." in text
    _, text = saved(page, option(page, "Save as JSON"))
    (exchange,) = json.loads(text)["exchanges"]
    assert exchange["answer"]["citations"][0]["quote"] == "Haqqani Network"

    _, text = saved(page, answer.get_by_role("button", name="Receipt"))
    assert json.loads(text) == exchange["receipt"]
    receipt = tmp_path / "receipt.json"
    receipt.write_text(text, "utf-8")
    again = subprocess.run([QA, "replay", receipt, "--index", sample_index, "--json"], capture_output=True, timeout=120)
    assert (again.returncode, json.loads(again.stdout)["outcome"]) == (0, "same")


def test_what_was_searched_for_is_shown_and_can_be_corrected(page: Page) -> None:
    answer_to(page, NATO)
    answer = answer_to(page, LEADER)
    expect(answer).to_contain_text("Searched for: Who was Sweden's prime minister?")
    answer.get_by_role("button", name="Edit what was searched for").click()
    line = page.get_by_label("What to search for")
    expect(line).to_be_focused()
    line.press("Escape")
    expect(answer.get_by_role("button", name="Edit what was searched for")).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_label("What to search for").fill("Who controls its security in Kabul?")
    page.keyboard.press("Enter")
    expect(page.locator("#chat .answer-text")).to_have_count(3, timeout=ANSWER_MS)
    expect(page.locator("#chat .answer-text").last).to_contain_text("Haqqani Network")
    expect(page.locator("#chat .bot-row").last).not_to_contain_text("Searched for")


def test_an_article_that_changed_or_went_since_is_flagged(page: Page, tmp_path: Path) -> None:
    def take_in(text: str, said: str) -> None:
        file = tmp_path / "mimsyburg.txt"
        file.write_text(f"Weevils of Mimsyburg\n\n{text}", "utf-8")
        page.get_by_role("tab", name="Library").click()
        put_in(page, file)
        expect(page.locator("#said")).to_contain_text(said, timeout=ANSWER_MS)
        page.get_by_role("tab", name="Ask").click()

    def look_again() -> None:
        page.locator("#conversations [aria-current]").click()

    take_in(WEEVILS.format(count="9,311"), "1 added.")
    answer_to(page, "How many weevils of Mimsyburg were counted?")
    take_in("Corrected on Tuesday. " + WEEVILS.format(count="9,311"), "1 updated.")
    look_again()
    since = page.locator("#chat .since")
    expect(since).to_have_text("This article has changed since; it still says this.")
    page.locator("#chat button.source").click()
    expect(page.locator("#panel mark")).to_have_text("9,311")
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="Library").click()
    page.get_by_label("Filter").press_sequentially("mimsyburg")
    page.get_by_label("Select Weevils of Mimsyburg").check()
    page.get_by_role("button", name="Remove ticked").click()
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(page.locator("#said")).to_contain_text("removed")
    page.get_by_role("tab", name="Ask").click()
    look_again()
    expect(since).to_have_text("This article has been removed since.")
    page.locator("#chat button.source").click()
    expect(page.locator("#panel h2")).to_have_text("This article is not in the library any more.")


def test_questions_are_asked_of_the_chosen_articles_only(page: Page) -> None:
    page.get_by_role("button", name="Asking all articles").click()
    page.get_by_label("Published since").fill("2024-01-01")
    expect(page.get_by_role("button", name="Asking some articles only (1)")).to_be_visible(timeout=ANSWER_MS)
    answer = answer_to(page, KABUL)
    expect(answer).to_contain_text("Asked of articles since 2024-01-01")
    expect(answer.locator(".answer-text")).not_to_contain_text("Haqqani")
    expect(page.get_by_label("Published since")).to_be_hidden()
    page.get_by_role("button", name="Asking some articles only (1)").click()
    page.get_by_label("Published since").fill("yesterday")
    page.get_by_label("Your question").fill(KABUL)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("The filter's since must be a date such as 2023-02-06.")
    expect(page.get_by_label("Published since")).to_be_visible()  # to be put right
    page.get_by_role("button", name="Ask all articles").click()
    expect(page.get_by_role("button", name="Asking all articles")).to_be_visible(timeout=ANSWER_MS)

    page.get_by_label("Outlets").click()
    page.get_by_role("option", name="Example Wire").click()
    page.keyboard.press("Escape")
    expect(answer_to(page, KABUL)).to_contain_text("Asked of articles of Example Wire")
    page.get_by_role("button", name="Asking some articles only (1)").click()
    page.get_by_role("button", name="Ask all articles").click()

    page.get_by_role("tab", name="Library").click()
    page.get_by_role("button", name="Ask only ticked").click()
    expect(page.get_by_text("Tick the articles that are to be asked first.")).to_be_visible()
    for words, title in (("NATO", "Sweden becomes"), ("Haqqani", "Haqqani Network holds")):
        page.get_by_label("Filter").fill(words)
        page.get_by_label(f"Select {title}").check()  # and what other words find stays ticked
    page.get_by_role("button", name="Ask only ticked").click()
    expect(page.get_by_role("button", name="Asking some articles only (1)")).to_be_visible(timeout=ANSWER_MS)
    expect(answer_to(page, NATO)).to_contain_text("Asked of articles chosen by hand (2)")
