"""Faults 38 to 44, 47, 49 and 50 on the page, in a real browser: every request is logged, and none goes elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from gradio_client import Client
from playwright.sync_api import Browser, Page, Route, expect

from tests.doubles_openai import Act, Exchange, Server, dies_after, never_ends, says, serving
from tests.e2e.pages import ANSWER_MS, answer_to, opened, over_a_slow_line, served

pytestmark = pytest.mark.e2e

KABUL = "Who controls Kabul's security?"
GOOD = "In plain terms, the experts say that security in Kabul is controlled by the Haqqani Network [1]."
HOSTILE = (
    "Security in Kabul is controlled by the Haqqani Network <img src=http://evil.test/a.png onerror=window.pwned=1> "
    "![x](http://evil.test/x.png) [here](javascript:window.pwned=1) <script>window.pwned=1</script> "
    "<form action=http://evil.test><input name=a></form> <svg onload=window.pwned=1> [1]."
)


def nothing_ran(page: Page) -> bool:
    assert page.evaluate("typeof window.pwned") == "undefined"
    return page.locator("#chat, #conversations").locator("img, script, iframe, form, svg[onload]").count() == 0


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("🙂 ?!", "The question is empty; please ask something in words."),  # 38
        ("x" * 1_000_000, "The question has 1,000,000 characters; please ask it in 2,000 characters or fewer."),  # 39
    ],
)
def test_what_is_no_question_gets_one_polite_line(page: Page, question: str, said: str) -> None:
    page.get_by_label("Your question").fill(question)
    page.get_by_label("Your question").press("Enter")
    expect(page.get_by_role("alert")).to_have_text(said, timeout=ANSWER_MS)
    expect(page.get_by_label("Your question")).to_be_enabled()
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    expect(page.get_by_role("button", name="Not right?")).to_be_hidden()  # there is no answer to say that of


def test_blanks_ask_nothing_and_what_follows_them_is_heard(page: Page) -> None:  # 38
    over_a_slow_line(page)
    for question in (KABUL, "When was the report dated?"):
        page.get_by_label("Your question").fill("   ")
        page.get_by_label("Your question").press("Enter")
        answer_to(page, question)
    expect(page.locator("#chat .user-row")).to_have_count(2)


def test_hidden_characters_and_markup_in_a_question_are_inert_everywhere(page: Page) -> None:  # 40, 42, 43
    asked = (
        "Who con\u202etrols\x1b[31m Kabul's {{7*7}} {x} {\"lc\":1} '; DROP TABLE articles; <img src=x onerror=1> AND (?"
    )
    answer_to(page, asked)
    shown = page.locator("#chat .user-row").inner_text()
    assert '{{7*7}} {x} {"lc":1} \'; DROP TABLE articles; <img src=x onerror=1> AND (?' in shown
    assert not {"\u202e", "\x1b"} & set(shown + page.locator("#conversations").inner_text())
    assert nothing_ran(page)
    page.reload()
    expect(page.locator("#chat .answer-text")).to_have_count(1)
    assert nothing_ran(page)


@pytest.mark.parametrize("question", ["Wie wird das Wetter morgen in Bremen?", "今日の天気は?", "ما هي عاصمة منغوليا؟"])
def test_another_language_or_topic_is_cited_or_refused(page: Page, question: str) -> None:  # 41
    answer = answer_to(page, question)
    refused = "The articles don't say." in answer.inner_text()
    assert refused or answer.locator("button.source mark").count() > 0


def test_many_at_once_get_their_own_answers(address: str) -> None:  # 47
    asked = {KABUL: "Haqqani Network", "Which country became NATO's 32nd member?": "Sweden"}

    def ask(question: str) -> tuple[str, str]:
        return question, Client(address, verbose=False).predict(question, api_name="/ask")["answer"]

    with ThreadPoolExecutor(8) as people:
        for question, answer in people.map(ask, [question for question in asked for _ in range(4)]):
            assert asked[question] in answer


@pytest.fixture(scope="module")
def chat(sample_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str, list[Act]]]:
    """A chat model's server, the address of a page that it writes for, and the acts that it does next, last first."""
    pytest.importorskip("langchain_openai", reason="the extra `openai` is not installed")
    acts: list[Act] = []

    def act(exchange: Exchange) -> None:
        acts.pop()(exchange)

    with (
        serving([act]) as server,
        served(sample_index, tmp_path_factory.mktemp("chat"), "--chat-url", server.url, "--chat-model", "double") as at,
    ):
        yield server, at, acts


@contextmanager
def asked(browser: Browser, address: str, question: str) -> Iterator[Page]:
    with opened(browser, address) as page:
        page.get_by_label("Your question").fill(question)
        page.get_by_label("Your question").press("Enter")
        yield page


def test_what_a_model_writes_is_text_and_nothing_else(browser: Browser, chat: tuple[Server, str, list[Act]]) -> None:
    _, address, acts = chat
    acts.append(says(HOSTILE))  # 44
    with asked(browser, address, KABUL) as page:
        expect(page.locator("#chat .answer")).to_have_count(1, timeout=ANSWER_MS)
        assert nothing_ran(page)
        page.reload()
        expect(page.locator("#chat .answer")).to_have_count(1)
        assert nothing_ran(page)


def test_a_draft_is_marked_until_it_is_checked_and_incomplete_if_the_model_dies(
    browser: Browser, chat: tuple[Server, str, list[Act]]
) -> None:  # 49
    _, address, acts = chat
    acts.append(dies_after(f"{GOOD} Its leader is Siraj"))
    with asked(browser, address, KABUL) as page:
        expect(page.locator("#chat .answer")).to_have_count(1, timeout=ANSWER_MS)
        expect(page.locator("#chat .note")).to_contain_text("Incomplete: the chat model stopped")
        expect(page.locator("#chat .answer-text")).not_to_contain_text("Siraj")
        expect(page.locator("#chat .draft")).to_have_count(0)


def test_what_is_asked_before_the_answer_is_there_waits_in_its_box(
    browser: Browser, chat: tuple[Server, str, list[Act]]
) -> None:
    _, address, acts = chat
    acts += [says(GOOD), never_ends]
    with asked(browser, address, KABUL) as page:
        box = page.get_by_label("Your question")
        expect(page.locator("#chat .draft")).to_contain_text("Security in Kabul is", timeout=ANSWER_MS)
        box.fill("Who holds security in Kabul?")
        box.press("Enter")
        page.get_by_role("button", name="Stop").click()
        expect(page.locator("#chat .bot-row")).to_contain_text("Stopped before there was an answer.")
        expect(page.locator("#chat .user-row")).to_have_count(1)
        expect(box).to_have_value("Who holds security in Kabul?")
        box.press("Enter")
        expect(page.locator("#chat .answer")).to_contain_text("Written by double", timeout=ANSWER_MS)
        expect(page.locator("#chat .user-row")).to_have_count(2)


def test_a_question_can_be_stopped_and_asked_again(browser: Browser, chat: tuple[Server, str, list[Act]]) -> None:
    server, address, acts = chat
    acts += [never_ends, says(GOOD), never_ends]
    with asked(browser, address, KABUL) as page:
        draft, answer = page.locator("#chat .draft"), page.locator("#chat .answer")
        expect(draft).to_be_visible(timeout=ANSWER_MS)
        page.get_by_role("button", name="Stop").click()
        expect(page.get_by_role("alert")).to_have_text("Stopped before there was an answer.")
        page.get_by_role("button", name="Try again").click()
        expect(answer).to_contain_text("Written by double", timeout=ANSWER_MS)
        expect(page.locator("#chat .user-row")).to_have_count(1)
        page.get_by_role("button", name="Try again").click()
        expect(draft).to_be_visible(timeout=ANSWER_MS)
        page.get_by_role("button", name="Stop").click()
        expect(answer).to_contain_text("Written by double")  # the one that there was
    for _ in range(2):
        assert server.hung_up.acquire(timeout=60)


def test_a_question_that_waits_for_its_turn_can_be_stopped(
    browser: Browser, chat: tuple[Server, str, list[Act]]
) -> None:
    server, address, acts = chat
    acts += [never_ends, never_ends]
    while server.asked.acquire(blocking=False):  # what other tests asked
        pass
    ask = f"{address}gradio_api/call/v2/ask"
    with ExitStack() as others:
        for _ in range(2):  # as many as are answered side by side
            event = httpx.post(ask, json={"question": KABUL}, timeout=60).json()["event_id"]
            others.enter_context(httpx.stream("GET", f"{ask}/{event}", timeout=60))
            assert server.asked.acquire(timeout=60)
        with asked(browser, address, KABUL) as page:
            page.get_by_role("button", name="Stop").click()
            expect(page.get_by_role("alert")).to_have_text("Stopped before there was an answer.")
            expect(page.get_by_role("button", name="Try again")).to_be_visible()
    for _ in range(2):
        assert server.hung_up.acquire(timeout=60)


@pytest.mark.parametrize("leave", ["Stop", "New conversation"])
def test_what_is_left_stays_so_however_late_the_cancelling_comes(
    browser: Browser, chat: tuple[Server, str, list[Act]], leave: str
) -> None:
    _, address, acts = chat
    acts.append(never_ends)
    held: list[Route] = []
    with opened(browser, address) as page:
        page.route("**/cancel", lambda route: held.append(route))
        page.get_by_label("Your question").fill(KABUL)
        page.get_by_label("Your question").press("Enter")
        draft = page.locator("#chat .draft")
        expect(draft).to_contain_text("Security in Kabul is", timeout=ANSWER_MS)
        page.get_by_role("button", name=leave).first.click()
        listed = page.get_by_role("navigation", name="Conversations").get_by_role("listitem")
        expect(draft).to_have_count(0)
        page.wait_for_timeout(1500)  # more words of the model's come after what was clicked, and are not shown
        expect(draft).to_have_count(0)
        for route in held:  # there is none where the answering has heard of it first, and has ended by itself
            route.continue_()
        expect(listed).to_have_count(1)
        if leave == "Stop":
            expect(page.locator("#chat .bot-row")).to_contain_text("Stopped before there was an answer.")
        else:
            expect(page.locator("#chat .user-row")).to_have_count(0)


def test_who_leaves_stops_the_model_and_frees_the_place(
    browser: Browser, chat: tuple[Server, str, list[Act]]
) -> None:  # 50
    server, address, acts = chat
    acts += [says(GOOD), never_ends, never_ends]
    for _ in range(2):  # as many as are answered side by side
        with asked(browser, address, KABUL) as page:
            draft = page.locator("#chat .draft")
            expect(draft).to_contain_text("Being written, and not checked yet", timeout=ANSWER_MS)
            expect(draft).to_contain_text("Security in Kabul is")
            expect(draft).to_have_attribute("aria-live", "off")  # no screen reader is to say every new word
    for _ in range(2):
        assert server.hung_up.acquire(timeout=60)
    with asked(browser, address, KABUL) as page:
        expect(page.locator("#chat .answer")).to_contain_text("Written by double", timeout=ANSWER_MS)


def test_a_script_that_leaves_stops_the_model(chat: tuple[Server, str, list[Act]]) -> None:  # 50
    server, address, acts = chat
    acts += [says(GOOD), never_ends]
    while server.asked.acquire(blocking=False):  # what other tests asked
        pass
    ask = f"{address}gradio_api/call/v2/ask"
    event = httpx.post(ask, json={"question": KABUL}, timeout=60).json()["event_id"]
    with httpx.stream("GET", f"{ask}/{event}", timeout=60):
        assert server.asked.acquire(timeout=60)
    assert server.hung_up.acquire(timeout=60)
    answer = Client(address, verbose=False).predict(KABUL, api_name="/ask")
    assert answer["written_by"] == "double"
