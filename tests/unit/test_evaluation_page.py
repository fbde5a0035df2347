"""What the page's evaluation is made of, without the page."""

import gzip
import html
import re

import pytest

from index.errors import EvaluationError
from qa.evaluation.headlines import headlines, outcome_counts
from qa.evaluation.job import Job
from qa.evaluation.metrics import Figure
from qa.evaluation.pairs import Dataset, Pair, Problem
from qa.evaluation.plots import latency_svg
from qa.evaluation.results import evaluation_of
from qa.evaluation.run import Progress
from qa.evaluation.showing import (
    ROWS_PER_PAGE,
    dataset_html,
    figures_html,
    matching_rows,
    progress_html,
    row_pages,
    rows_html,
)
from qa.evaluation.uploaded import MAX_BYTES, read_upload
from tests.doubles_evaluation import citation, row, write_jsonl

EVIL = '<img src=x onerror="pwned()">'


def told(job: Job, of: str, done: int, total: int | None) -> bool:
    return job.watch(Progress(of, done, total))


def test_a_job_knows_its_rate_and_what_is_left_of_this_part():
    job = Job()
    assert (job.rate(), job.seconds_left()) == (None, None)
    told(job, "articles", 0, 4)
    told(job, "articles", 4, 4)
    told(job, "questions", 10, 30)  # ten were there from before
    began = job._began[0]
    assert job.rate(began + 5) is None
    told(job, "questions", 20, 30)
    assert job.rate(began + 5) == pytest.approx(2.0)
    assert job.seconds_left(began + 5) == pytest.approx(5.0)


def test_a_job_goes_on_until_it_is_stopped():
    job = Job()
    assert told(job, "questions", 0, 2)
    job.stop()
    assert not told(job, "questions", 1, 2)
    assert "stopping" in progress_html(job)


def test_progress_says_how_far_it_is():
    job = Job()
    assert "<progress max" in progress_html(job)
    told(job, "questions", 3, 12)
    assert "3 of 12 questions answered" in progress_html(job)
    assert 'value="0.250"' in progress_html(job)


def test_headlines_are_percentages_and_times():
    metrics = {
        "f1": Figure(0.5, 0.25, 0.75, 4),
        "latency_ms_p50": Figure(1234.5, None, None, 1),
        "ece": Figure(None, None, None, 0),
    }
    assert [(one.metric, one.value, one.interval) for one in headlines(metrics)] == [
        ("f1", "50.0%", "25.0–75.0%"),  # noqa: RUF001
        ("latency_ms_p50", "1,234 ms", ""),
    ]


def test_outcomes_are_counted_best_first():
    rows = [row(outcome="wrong answer"), row(outcome="right"), row(outcome="wrong answer")]
    assert list(outcome_counts(rows).items()) == [("right", 1), ("wrong answer", 2)]


def test_no_text_becomes_markup():
    evil = row(
        EVIL,
        question=EVIL,
        history=[[EVIL, EVIL]],
        expected=[EVIL],
        answer=EVIL,
        reason=EVIL,
        error=None,
        citations=[citation(EVIL, title=EVIL)],
        standalone_question=EVIL,
        outcome="wrong answer",
        slices={EVIL: EVIL},
    )
    failed = row("2", answer=None, error=EVIL, outcome="failed", slices={EVIL: f"not {EVIL}"})
    evaluation = evaluation_of([evil, failed], {"data": EVIL}, [EVIL])
    dataset = Dataset(EVIL, (Pair(EVIL, EVIL, ()),), (), (Problem(EVIL, EVIL, EVIL),))
    assert "not " in figures_html(evaluation, 2)
    pages = [rows_html(evaluation.rows, 1, can_be_asked=one) for one in (True, False)]
    for page in (*pages, figures_html(evaluation, 2), dataset_html(dataset)):
        assert "<img" not in page
        assert "onerror=" not in page
    assert pages[0].count('name="to-chat"') == 2
    assert "<button" not in pages[1]


def test_the_figures_of_some_of_the_questions():
    right = [row(str(n), scores={"f1": 1.0, "exact_match": 1.0}, slices={"desk": "world"}) for n in range(3)]
    wrong = row("w", scores={"f1": 0.0, "exact_match": 0.0}, slices={"desk": "sport & games"})
    shown = figures_html(evaluation_of([*right, wrong], {}), 4)
    (table,) = re.findall("<details.*?</details>", shown)
    lines = [html.unescape(re.sub("<[^>]*>", " ", line)).split() for line in re.findall("<tr>.*?</tr>", table)]
    assert lines == [
        ["desk", "Questions", "Exactly", "right", "F1"],
        ["world", "3", "100.0%", "100.0–100.0%", "100.0%", "100.0–100.0%"],  # noqa: RUF001
        ["sport", "&", "games", "1", "0.0%", "0.0%"],
    ]


def test_without_kinds_of_questions_there_is_nothing_to_tell_of_them():
    assert "Kinds of questions" not in figures_html(evaluation_of([row("1"), row("2")], {}), 2)


@pytest.mark.parametrize("count", [1, 4, 7, 12, 103])
def test_the_plot_of_latencies_counts_in_whole_questions(count):
    shown = latency_svg([row(str(n), timings_ms={"total": 100.0}) for n in range(count)])
    ticks = re.findall('text-anchor="end">([^<]*)<', shown)
    assert len(ticks) == 6
    assert all(float(tick).is_integer() for tick in ticks)
    assert float(ticks[-1]) >= count


def test_the_ticks_of_slow_and_many_questions_are_plain_numbers():
    shown = latency_svg([row(str(n), timings_ms={"total": 19_000.0}) for n in range(1_100)])
    assert re.findall('text-anchor="middle">([^<]*)<', shown)[:6] == ["0", "4000", "8000", "12000", "16000", "20000"]
    assert re.findall('text-anchor="end">([^<]*)<', shown)[-1] == "1500"


def test_rows_are_filtered_and_turned_over_worst_first():
    rows = [row(str(n), question=f"Who is {n}?") for n in range(ROWS_PER_PAGE + 1)]
    wrong = row("w", question="Who is it?", answer="Bob", outcome="wrong answer", citations=[citation("ÉTÉ")])
    evaluation = evaluation_of([*rows, wrong], {})
    assert matching_rows(evaluation, "", None)[0] == wrong
    assert matching_rows(evaluation, "who été", None) == [wrong]
    assert matching_rows(evaluation, "", "wrong answer") == [wrong]
    assert matching_rows(evaluation, "nobody", None) == []
    assert row_pages(evaluation.rows) == 2
    assert rows_html(evaluation.rows, 2, can_be_asked=True).count("<li>") == 2
    assert "No questions here" in rows_html([], 1, can_be_asked=True)


def test_a_packed_upload_is_read_under_its_own_name(tmp_path):
    file = tmp_path / "pairs.jsonl.gz"
    file.write_bytes(gzip.compress(b'{"question": "Who?", "answers": ["Ada"]}\n{"question": 1}'))
    dataset = read_upload(file)
    assert (dataset.name, len(dataset.pairs)) == ("pairs.jsonl", 1)
    assert str(dataset.problems[0]).startswith("pairs.jsonl, line 2:")


def test_an_upload_may_be_only_so_long(tmp_path):
    plain, packed = tmp_path / "pairs.jsonl", tmp_path / "pairs.jsonl.gz"
    plain.write_bytes(b" " * (MAX_BYTES + 1))
    packed.write_bytes(gzip.compress(b" " * (MAX_BYTES + 1)))
    for path in (plain, packed):
        with pytest.raises(EvaluationError, match="too long for the page"):
            read_upload(path)


def test_what_is_wrong_with_an_upload_names_nothing_of_the_server(tmp_path):
    file = tmp_path / "pairs.csv"
    for text in ("a,b\n1,2\n", "question\n", '{"data": ['):
        file.write_text(text)
        with pytest.raises(EvaluationError) as error:
            read_upload(file)
        assert "/" not in str(error.value)
        assert "--" not in str(error.value)
    write_jsonl(tmp_path / "twice.jsonl", {"id": "1", "question": "a"}, {"id": "1", "question": "b"})
    with pytest.raises(EvaluationError, match=r"^twice\.jsonl uses an id more than once"):
        read_upload(tmp_path / "twice.jsonl")
