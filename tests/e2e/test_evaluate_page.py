"""The page's evaluation in a real browser: from a file of questions to what went wrong with each."""

from __future__ import annotations

import gzip
import json
import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.doubles_evaluation import write_jsonl
from tests.e2e.conftest import PROJECT

pytestmark = pytest.mark.e2e

RUN_MS = 120_000
KABUL = {
    "id": "k",
    "question": "Who controls Kabul's security?",
    "answers": ["Haqqani Network"],
    "article": "un-report-taliban-haqqani-48d1aaff4bbb",
}
MAYOR = {"id": "m", "question": "Who is the mayor of Paris?", "answers": []}
HOSTILE = {
    "id": "h",
    "question": "What does the zyzzyva weevil of Quuxville eat? <img src=x onerror=window.pwned=1>",
    "answers": ["<b>leaves</b> ![x](http://evil.test/x.png)", "half of \ud83d"],
    "article": "<script>window.pwned=1</script>",
    "<i>column</i>": "<u>value</u>",
}


@pytest.fixture
def tab(page: Page) -> Page:
    page.get_by_role("tab", name="Evaluate").click()
    return page


def choose(page: Page, file: Path) -> Locator:
    """Upload the file; gives the place where the page says what is in it."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a file of questions").click()
    chooser.value.set_files(file)
    return page.locator("#evaluate-found")


def evaluate(page: Page, file: Path) -> Locator:
    """Upload the file, ask all that it holds, and give the list of what was asked."""
    choose(page, file)
    page.get_by_role("button", name="Start").click()
    asked = page.locator("#asked li")
    asked.first.wait_for(timeout=RUN_MS)
    return asked


def test_from_a_file_to_figures_plots_questions_and_the_report(tab: Page, tmp_path: Path) -> None:
    file = tmp_path / "my pairs.jsonl"
    world = {**KABUL, "id": "k2", "desk": "world"}
    write_jsonl(file, {**KABUL, "answers": ["nobody"], "desk": "local"}, MAYOR, world, "{broken")
    found = choose(tab, file)
    expect(found).to_contain_text("my pairs.jsonl: 3 questions, 1 of them with no answer, about the library's articles")
    expect(found.locator(".left-out li")).to_have_text("my pairs.jsonl, line 4: this is not JSON")
    tab.get_by_role("button", name="Start").click()
    expect(tab.locator("#evaluate-figures h2").first).to_have_text("3 questions of my pairs.jsonl", timeout=RUN_MS)
    expect(tab.get_by_text("1 rightly refused")).to_be_visible()
    problems = tab.locator("#evaluate-figures ul.left-out")
    assert problems.evaluate("list => parseFloat(getComputedStyle(list).paddingLeft)") > 20  # the marks beside its edge
    expect(tab.locator(".figures li").filter(has_text="Exactly right")).to_contain_text("66.7%")
    expect(tab.locator("svg.plot")).to_have_count(3)
    tab.get_by_text("By desk").click()
    desks = tab.locator(".slices details[open] tbody tr")
    expect(desks).to_have_text([re.compile(r"local\s*1\s*0\.0%"), re.compile(r"world\s*1\s*100\.0%")])

    asked = tab.locator("#asked li")
    expect(asked).to_have_count(3)
    expect(asked.first).to_contain_text("wrong answer")
    expect(asked.first.locator("dl")).to_contain_text(re.compile("Expected\\s*nobody\\s*Answer\\s*Haqqani Network"))
    asked.first.locator("button[name=source]").first.click()
    expect(tab.locator("#panel mark")).to_have_text("Haqqani Network")
    tab.keyboard.press("Escape")

    with tab.expect_download() as download:
        tab.get_by_role("button", name="Download the report").click()
    assert download.value.suggested_filename == "report.html"
    assert "Evaluation of my pairs.jsonl" in download.value.path().read_text("utf-8")
    with tab.expect_download() as download:
        tab.get_by_role("button", name="All its files").click()
    with zipfile.ZipFile(download.value.path()) as files:
        report = json.loads(files.read("report/report.json"))
        assert {"report/report.html", "report/rows.csv", "report/junit.xml"} < set(files.namelist())
    assert report["metrics"]["exact_match"]["value"] == pytest.approx(2 / 3, abs=1e-6)


def test_a_question_is_opened_in_the_chat_with_the_keyboard_alone(tab: Page, tmp_path: Path) -> None:
    write_jsonl(tmp_path / "pairs.jsonl", MAYOR)
    asked = evaluate(tab, tmp_path / "pairs.jsonl")
    sent: list[str] = []
    tab.on("request", lambda request: sent.append(request.post_data or ""))
    asked.first.get_by_role("button", name="Ask in the chat").focus()
    tab.keyboard.press("Enter")
    box = tab.get_by_label("Your question")
    expect(box).to_be_focused()
    expect(box).to_have_value(MAYOR["question"])
    assert MAYOR["question"] not in "".join(sent), "it waits in the box, to be looked at and changed"
    box.press("Enter")
    expect(tab.locator("#chat .answer-text")).to_have_text("The articles don't say.", timeout=RUN_MS)


def test_the_questions_can_be_filtered_and_turned_over(tab: Page, tmp_path: Path) -> None:
    write_jsonl(tmp_path / "pairs.jsonl", *({**MAYOR, "id": str(n), "question": f"Who is {n}?"} for n in range(24)))
    asked = evaluate(tab, tmp_path / "pairs.jsonl")
    expect(asked).to_have_count(20)
    tab.locator("#evaluate-pager").get_by_role("button", name="Next").click()
    expect(asked).to_have_count(4)
    tab.get_by_label("Words in a question").fill("who is 17")
    expect(asked).to_have_count(1)
    expect(asked.locator("h3")).to_have_text("Who is 17?")
    expect(tab.locator("#evaluate-pager")).to_be_hidden()


def test_a_run_is_told_of_and_can_be_stopped(tab: Page) -> None:
    choose(tab, PROJECT / "sample" / "questions.jsonl")
    tab.get_by_role("button", name="Start").click()
    status = tab.locator("#evaluate-status")
    expect(status).to_contain_text(re.compile(r"[1-9]\d* of 164 questions answered · .* left"), timeout=RUN_MS)
    tab.get_by_role("button", name="Stop").click()
    heading = tab.locator("#evaluate-figures h2").first
    expect(heading).to_have_text(re.compile(r"Stopped after \d+ of 164 questions of"), timeout=RUN_MS)
    expect(tab.get_by_role("button", name="Start")).to_be_visible()


def test_a_run_that_waits_for_its_turn_is_stopped_at_once(tab: Page, tmp_path: Path) -> None:
    write_jsonl(tmp_path / "pairs.jsonl", *({**MAYOR, "id": str(n), "question": f"Who is {n}?"} for n in range(3_000)))
    other = tab.context.new_page()
    other.goto(tab.url)
    other.get_by_role("tab", name="Evaluate").click()
    for one in (tab, other):
        choose(one, tmp_path / "pairs.jsonl")
        one.get_by_label("Questions to ask").fill("3000")
    tab.get_by_role("button", name="Start").click()
    status = tab.locator("#evaluate-status")
    expect(status).to_contain_text("of 3,000 questions answered", timeout=RUN_MS)
    other.get_by_role("button", name="Start").click()
    expect(other.locator("#evaluate-status")).to_contain_text("Waiting for its turn")
    other.get_by_role("button", name="Stop").click()
    expect(other.locator("#evaluate-status")).to_have_text("Stopped before there was an answer.")
    expect(other.get_by_role("button", name="Start")).to_be_visible()
    expect(status).to_contain_text("of 3,000 questions answered")
    tab.get_by_role("button", name="Stop").click()
    expect(tab.locator("#evaluate-figures h2").first).to_contain_text("Stopped after", timeout=RUN_MS)


@pytest.mark.parametrize(("typed", "asked"), [("0", 1), ("-3", 1), ("99", 2), ("", 2)])
def test_however_many_questions_are_wanted_some_are_asked(tab: Page, tmp_path: Path, typed: str, asked: int) -> None:
    write_jsonl(tmp_path / "pairs.jsonl", KABUL, MAYOR)
    choose(tab, tmp_path / "pairs.jsonl")
    tab.get_by_label("Questions to ask").fill(typed)
    tab.get_by_role("button", name="Start").click()
    expect(tab.locator("#asked li")).to_have_count(asked, timeout=RUN_MS)


def test_questions_with_articles_of_their_own_are_asked_of_those(tab: Page, tmp_path: Path) -> None:
    row = {"title": "Tonga", "context": "Three people died in Tonga in 2022.", "question": "How many died in Tonga?"}
    file = tmp_path / "rows.jsonl.gz"
    file.write_bytes(gzip.compress(json.dumps(row | {"answers": {"text": ["Three"]}}).encode()))
    before = tab.locator("#masthead p").inner_text()
    asked = evaluate(tab, file)
    expect(asked.first).to_contain_text("Three people died in Tonga")
    expect(asked.first.get_by_role("button")).to_have_count(0)  # the library does not hold what it is about
    tab.reload()
    expect(tab.locator("#masthead p")).to_have_text(before)


def test_what_hostile_questions_say_is_shown_and_never_done(tab: Page, tmp_path: Path) -> None:
    write_jsonl(tmp_path / "<img src=x onerror=alert(1)>.jsonl", HOSTILE)
    asked = evaluate(tab, tmp_path / "<img src=x onerror=alert(1)>.jsonl")
    expect(asked.locator("h3")).to_have_text(HOSTILE["question"])
    expect(asked.locator("dl")).to_contain_text(HOSTILE["answers"][0])
    expect(tab.locator("#evaluated, #evaluate-found").locator("img, script, iframe, b img, i, u")).to_have_count(0)
    assert tab.evaluate("typeof window.pwned") == "undefined"


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.jsonl", b"", "a.jsonl holds no question at all, as jsonl."),
        ("a.csv", b"q,a\nWho?,Ada\n", "a.csv has no column `question` in its first line, but q, a."),
        ("a.json", b'{"data": ', "a.json is not JSON"),
        ("a.jsonl", b"\xff\xfe{}", "a.jsonl is not UTF-8 text (byte 0); save it as UTF-8."),
        ("a.jsonl.gz", b"not packed", "a.jsonl.gz cannot be read: it is damaged, or not what its name says."),
        ("a.jsonl.gz", gzip.compress(bytes(11_000_000)), "a.jsonl.gz is too long for the page"),
        ("a.jsonl", b'{"id": 1, "question": "Who?"}\n' * 2, "a.jsonl uses an id more than once ('1')"),
    ],
    ids=["empty", "column", "json", "utf-16", "damaged", "bomb", "twice"],
)
def test_a_file_that_cannot_be_asked_is_told_in_one_line(
    tab: Page, tmp_path: Path, name: str, data: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(data)
    problem = choose(tab, tmp_path / name).get_by_role("alert")
    expect(problem).to_contain_text(said)
    expect(problem).not_to_contain_text("/")
    expect(problem).not_to_contain_text("--")
    expect(tab.get_by_role("button", name="Start")).to_be_hidden()


def test_nothing_of_it_is_wider_than_a_phone(tab: Page, tmp_path: Path) -> None:
    tab.set_viewport_size({"width": 360, "height": 740})
    write_jsonl(
        tmp_path / "pairs.jsonl",
        {**KABUL, "answers": ["x" * 300], "id": "y" * 300, "z": "z" * 300},
        {**MAYOR, "z": "a"},
    )
    evaluate(tab, tmp_path / "pairs.jsonl")
    tab.get_by_text("By z").click()
    for element in ("document.scrollingElement", "document.querySelector('#evaluate-tab')"):
        assert tab.evaluate(f"{element}.scrollWidth - {element}.clientWidth") == 0
