"""The newest answer is what one sees, however many came before it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.e2e

QUESTIONS = ("Who controls Kabul's security?", "Who is the mayor of Paris?", "Which country became NATO's 32nd member?")
ANSWER_MS = 90_000


def test_the_newest_answer_is_in_view_with_its_source(page: Page) -> None:
    question = page.get_by_label("Your question")
    for number, asked in enumerate(QUESTIONS, 1):
        question.fill(asked)
        question.press("Enter")
        expect(page.locator("#chat .answer-text")).to_have_count(number, timeout=ANSWER_MS)
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    expect(page.locator("#chat .user-row").last).to_be_in_viewport(ratio=1)
    expect(page.locator("#chat .bot-row .sources").last).to_be_in_viewport(ratio=1)
