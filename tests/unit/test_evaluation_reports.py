import csv
import html
import io
import json
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from index.errors import ConfigError, EvaluationError
from qa.commands.evaluate import evaluate
from qa.evaluation.compare import comparable, compare
from qa.evaluation.datasets import read_pairs
from qa.evaluation.formats import FORMULA_STARTS
from qa.evaluation.gate import below, parse_floors
from qa.evaluation.journal import read_rows
from qa.evaluation.matrix import folder_name, parse_grid
from qa.evaluation.metrics import Figure
from qa.evaluation.pairs import Pair
from qa.evaluation.report import junit_xml, report_html, report_json, rows_csv, worst_first, write_report
from qa.evaluation.results import evaluation_of
from qa.types import Turn
from tests.doubles_evaluation import citation, row

PROJECT = Path(__file__).resolve().parents[2]
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}"
REQUIRED = {
    "exact_match",
    "f1",
    "recall@1",
    "recall@5",
    "recall@20",
    "mrr",
    "ndcg@10",
    "citation_precision",
    "citation_recall",
    "refusal_precision",
    "refusal_recall",
    "ece",
    "latency_ms_p50",
    "latency_ms_p95",
}


def rows():
    scores = {f"recall@{k}": 1.0 for k in (1, 5, 20)} | {"mrr": 1.0, "ndcg@10": 1.0, "citation_recall": 1.0}
    good = row("1", confidence=0.9, citations=[citation()], timings_ms={"read": 5.0, "total": 9.0}, at_s=1.0)
    bad = row("2", answer="Bob", outcome="wrong answer", confidence=0.8, citations=[citation(holds=False)], at_s=2.0)
    refused = row("3", expected=[], answer=None, outcome="rightly refused", at_s=3.0)
    return [replace(good, scores=good.scores | scores), bad, refused]


def test_report_json_has_the_promised_shape():
    told = json.loads(json.dumps(report_json(evaluation_of(rows(), {"data": "x"}))))
    assert set(told) == {"metrics", "config", "slices", "problems"}
    assert set(told["metrics"]) >= REQUIRED
    assert told["metrics"]["f1"] == {"value": pytest.approx(2 / 3), "low": 0.0, "high": 1.0, "n": 3}


def test_the_page_shows_strangers_text_as_text_and_asks_for_nothing():
    hostile = row(
        HOSTILE,
        question=HOSTILE,
        answer=HOSTILE,
        expected=[HOSTILE],
        outcome="wrong answer",
        history=[[HOSTILE, HOSTILE]],
        standalone_question=HOSTILE,
        citations=[citation(HOSTILE, title=HOSTILE)],
        slices={HOSTILE: HOSTILE},
    )
    other = row("2", slices={HOSTILE: "b"}, error=HOSTILE)
    page = report_html(evaluation_of([hostile, other], {"data": HOSTILE, HOSTILE: HOSTILE}, [HOSTILE]))
    assert page.count("<script>") == 1
    assert "<img" not in page
    assert "{{ 7*7 }}" in page
    assert "src=x" in page, "it is shown, escaped"
    assert not any(mark in page.replace("&lt;img src=x", "") for mark in ("http:", "https:", "src=", "url("))


def test_the_page_begins_with_the_worst():
    order = [one.id for one in worst_first(rows())]
    assert order[0] == "2"


def test_a_notebook_shows_what_came_of_the_questions_and_the_figures():
    shown = evaluation_of(
        [*rows(), row("4", expected=None, outcome="not judged", scores={HOSTILE: 1.0})], {}
    )._repr_html_()
    assert shown.startswith("<p><b>4 questions</b>: ")
    assert "1 wrong answer, 1 not judged</p>" in shown
    text = html.unescape(re.sub("<[^>]*>", " ", shown)).split()
    assert text[text.index("Exactly") :][:3] == ["Exactly", "right", "66.7%"]
    assert text[text.index("f1") :][:2] == ["f1", "0.667"]
    assert "<script" not in shown
    assert "<img" not in shown


def test_a_frame_has_a_line_for_each_question():
    frame = evaluation_of(rows(), {}).frame()
    assert list(frame.index) == ["1", "2", "3"]
    assert frame.loc["2", "f1"] == 0.0
    assert frame["f1"].mean() == pytest.approx(2 / 3)


@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_59_cells_that_begin_like_formulas_are_neutralised(start):
    evil = f'{start}HYPERLINK("http://x.example","y")'
    text = rows_csv([row(evil, question=evil, answer=evil, outcome="wrong answer", slices={evil: evil})])
    for line in csv.reader(io.StringIO(text, newline="")):
        assert not any(cell.startswith(FORMULA_STARTS) for cell in line), line


def test_junit_counts_failures_and_survives_any_text():
    strange = row("4", question="\x00\ud800<b>", outcome="failed", error="too long", answer=None)
    suite = ElementTree.fromstring(junit_xml([*rows(), strange]))
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("4", "1", "1")
    assert [case.find("failure") is not None for case in suite] == [False, True, False, False]


def test_a_report_written_from_python_can_be_compared_with(tmp_path):
    write_report(evaluation_of(rows(), {}), str(tmp_path / "report"))
    assert read_rows(tmp_path / "report") == rows()


def test_a_report_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(EvaluationError, match="cannot be written"):
        write_report(evaluation_of(rows(), {}), tmp_path / "file")


def test_floors():
    floors = parse_floors("f1=0.7, refusal_precision=0.8,words_recall@5=1")
    assert floors == {"f1": 0.7, "refusal_precision": 0.8, "words_recall@5": 1.0}
    found = {"f1": Figure(0.7, 0.6, 0.8, 9), "refusal_precision": Figure(0.79, 0.6, 0.8, 9)}
    told = below(found, floors)
    assert [line.split()[0] for line in told] == ["refusal_precision", "words_recall@5"]


@pytest.mark.parametrize(
    "text", ["f2=0.7", "f1", "f1=high", "f1=nan", "f1=inf", "f1=70", "ece=0.1", "latency_ms_p50=3"]
)
def test_floors_that_make_no_sense_are_refused(text):
    with pytest.raises(ConfigError):
        parse_floors(text)


def test_a_comparison_pairs_the_same_questions():
    before = [row(str(n), answer="Ada" if n % 2 else "Bob") for n in range(20)]
    now = [row(str(n), answer="Ada" if n < 18 else "Bob") for n in range(21)]
    told = compare(now, before)
    assert told.won == [str(n) for n in range(0, 18, 2)]
    assert told.lost == ["19"]
    assert (told.only_before, told.only_now) == (0, 1)
    f1 = told.differences["f1"]
    assert (f1.before, f1.after, f1.change, f1.n) == (0.5, 0.9, pytest.approx(0.4), 20)
    assert f1.low <= f1.change <= f1.high
    # Of the ten changes, nine or more go one way by chance with probability 2 * 11 / 2**10.
    assert f1.p == pytest.approx(22 / 1024, abs=0.006)


def test_equal_runs_do_not_differ():
    told = compare(rows(), rows())
    assert (told.won, told.lost) == ([], [])
    assert {one.p for one in told.differences.values()} == {1.0}
    assert {one.change for one in told.differences.values()} == {0.0}


def test_a_question_that_was_reworded_is_another_question():
    with pytest.raises(EvaluationError, match="no question in common"):
        compare([row("1", question="Who?")], [row("1", question="Whom?")])


def test_the_example_workflow_gates_on_real_figures():
    workflow = yaml.safe_load((PROJECT / "examples" / "answer-quality.yml").read_text("utf-8"))
    (command,) = [step["run"] for step in workflow["jobs"]["evaluate"]["steps"] if "evaluate" in step.get("run", "")]
    words = command.split()
    evaluate.make_context("qa evaluate", words[2:])  # every option is one, and takes that value
    assert parse_floors(words[words.index("--fail-under") + 1])
    assert words[:2] == ["qa", "evaluate"]
    assert all((PROJECT / word).exists() for word in words if word.startswith("sample/"))


def test_the_questions_of_a_report_are_known_before_they_are_asked():
    pair = Pair("1", "Who?", ())
    assert comparable([pair], [row("0"), row("1", question="Who?")])
    assert not comparable([pair], [row("1", question="Whom?")])
    assert not comparable([pair], [row("1", question="Who?", history=[["Which town?", "Oslo"]])])
    asked_after = replace(pair, history=(Turn("Which town?", "Oslo"),))
    assert comparable([asked_after], [row("1", question="Who?", history=[["Which town?", "Oslo"]])])


def test_what_was_answered_is_never_taken_for_what_is_right(tmp_path):
    (tmp_path / "rows.csv").write_text(rows_csv([row("1", expected=["Ada"], answer="Bob", outcome="wrong answer")]))
    (pair,) = read_pairs(tmp_path / "rows.csv").pairs
    assert (pair.id, pair.question, pair.answers) == ("1", "Who?", ("Ada",))


def test_a_failed_test_says_what_was_expected_in_words():
    wrong = row("1", expected=["Ada", "Ada L."], answer=None, outcome="should have answered")
    assert "expected: Ada | Ada L.\nanswered: no answer" in junit_xml([wrong])
    assert "expected: no answer\nanswered: Ada" in junit_xml([row("1", expected=[], outcome="should have refused")])


def test_each_combination_of_a_grid_is_run_once():
    assert parse_grid(["passages=4,8,4", "caution=low"]) == [
        {"passages": 4, "caution": "low"},
        {"passages": 8, "caution": "low"},
    ]
    assert parse_grid(["passages=4", "passages=8"]) == [{"passages": 4}, {"passages": 8}]


def test_each_combination_of_a_grid_has_a_folder_of_its_own():
    path = "/home/ada/" + "models/" * 20
    one, other = (folder_name({"reader": f"{path}{name}"}) for name in ("first", "second"))
    assert one != other
    assert len(one) < 110
    assert folder_name({"chat_model": "openai:gpt-4o", "passages": 4}) == "chat_model-openai-gpt-4o_passages-4"
