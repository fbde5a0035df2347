import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import closing
from hashlib import sha256

import pytest

from index.errors import EvaluationError
from index.local import LocalIndex
from qa.config import load_config
from qa.evaluation.datasets import read_pairs
from qa.evaluation.evaluate import evaluate
from qa.evaluation.journal import read_rows
from qa.evaluation.matrix import run_matrix
from qa.evaluation.run import selected
from tests.doubles_evaluation import write_jsonl
from tests.doubles_index import stored_article
from tests.doubles_openai import says, serving
from tests.terminals import on_a_terminal

ARTICLES = {
    "kabul.txt": "Kabul's security\n\nSecurity in Kabul is controlled by the Haqqani Network.",
    "tonga.txt": "A volcano in Tonga\n\nA volcano erupted in Tonga in January 2022. Three people died in Tonga.",
    "nato.txt": "Finland joins NATO\n\nFinland became the 31st member of NATO on 4 April 2023 in Brussels.",
}
PAIRS = [
    {
        "id": "k",
        "question": "Who controls security in Kabul?",
        "answers": ["the Haqqani Network"],
        "article": "kabul.txt",
        "desk": "asia",
    },
    {
        "id": "t",
        "question": "How many people died in Tonga?",
        "answers": ["Three"],
        "article": "tonga.txt",
        "desk": "sea",
    },
    {
        "id": "f",
        "question": "When did it become a member of NATO?",
        "answers": ["4 April 2023"],
        "article": "nato.txt",
        "history": [["Which country became the 31st member of NATO?", "Finland"]],
        "desk": "europe",
    },
    {"id": "n", "question": "What is the price of tea in Ulan Bator?", "answers": [], "article": None, "desk": "asia"},
]


def command(*arguments):
    return [sys.executable, "-c", "from qa.cli import run; run()", "evaluate", *map(str, arguments)]


def qa(*arguments):
    return subprocess.run(command(*arguments), capture_output=True, text=True, timeout=240, check=False)


@pytest.fixture(scope="module")
def articles(tmp_path_factory):
    folder = tmp_path_factory.mktemp("articles")
    for name, text in ARTICLES.items():
        (folder / name).write_text(text)
    return folder


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    file = tmp_path_factory.mktemp("pairs") / "pairs.jsonl"
    write_jsonl(file, *PAIRS)
    return file


@pytest.fixture(scope="module")
def report(pairs, articles, tmp_path_factory):
    folder = tmp_path_factory.mktemp("reports") / "report"
    done = qa(pairs, "--articles", articles, "--report", folder)
    assert done.returncode == 0, done.stderr
    return folder


def test_one_command_makes_the_whole_report(report):
    assert {path.name for path in report.iterdir() if path.name[0] != "."} == {
        "report.html",
        "report.json",
        "rows.jsonl",
        "rows.csv",
        "junit.xml",
        "run.json",
    }
    metrics = json.loads((report / "report.json").read_text())["metrics"]
    assert metrics["recall@5"] == {"value": 1.0, "low": 1.0, "high": 1.0, "n": 3}
    assert metrics["words_recall@5"]["n"] == metrics["vectors_recall@5"]["n"] == 3
    assert metrics["exact_match"]["n"] == 4
    assert metrics["latency_ms_read_p50"]["value"] > 0
    rows = read_rows(report)
    assert [row.id for row in rows] == ["k", "t", "f", "n"]
    assert rows[2].standalone_question != rows[2].question


def test_the_library_gives_what_the_command_gives(pairs, articles, report):
    evaluation = evaluate(read_pairs(pairs), articles=[str(articles)], config=load_config(index="unused"))
    assert [(row.id, row.answer, row.scores) for row in evaluation.rows] == [
        (row.id, row.answer, row.scores) for row in read_rows(report)
    ]
    assert list(evaluation.frame().index) == ["k", "t", "f", "n"]


def test_compare_floors_and_json(pairs, articles, report, tmp_path):
    done = qa(
        pairs,
        "--articles",
        articles,
        "--report",
        tmp_path / "r",
        "--compare",
        report,
        "--json",
        "--fail-under",
        "recall@5=0.5,precision@5=1",
    )
    assert done.returncode == 1
    assert "precision@5 is" in done.stderr
    assert "recall@5" not in done.stderr
    told = json.loads(done.stdout)
    assert (told["comparison"]["won"], told["comparison"]["lost"]) == ([], [])


def test_a_report_of_other_questions_is_refused_before_any_is_asked(articles, report, tmp_path):
    write_jsonl(tmp_path / "others.jsonl", {**PAIRS[0], "id": "other"})
    folder = tmp_path / "report"
    done = qa(tmp_path / "others.jsonl", "--articles", articles, "--report", folder, "--compare", report)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "none of these questions" in done.stderr
    assert not folder.exists()


def test_a_kept_index_is_asked_again_without_its_sources(pairs, articles, report, tmp_path):
    index = tmp_path / "index"
    assert (
        qa(pairs, "--articles", articles, "--index", index, "--report", tmp_path / "one", "--limit", 1).returncode == 0
    )
    done = qa(pairs, "--index", index, "--report", tmp_path / "two")
    assert done.returncode == 0, done.stderr
    assert [row.answer for row in read_rows(tmp_path / "two")] == [row.answer for row in read_rows(report)]


def test_contexts_become_articles(tmp_path):
    file = tmp_path / "rows.jsonl"
    write_jsonl(
        file,
        {
            "id": "1",
            "title": "Tonga",
            "context": "Three people died in Tonga in 2022.",
            "question": "How many died in Tonga?",
            "answers": {"text": ["Three"], "answer_start": [0]},
        },
    )
    done = qa(file, "--report", tmp_path / "report", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["metrics"]["recall@1"]["value"] == 1.0


def test_without_an_article_nothing_is_asked(pairs, tmp_path):
    done = qa(pairs, "--articles", tmp_path / "gone.md", "--report", tmp_path / "report")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert "There is no article to ask" in done.stderr
    assert "gone.md" in done.stderr


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_whoever_stops_a_run_is_told_how_it_goes_on(articles, tmp_path, stop):
    write_jsonl(tmp_path / "pairs.jsonl", *({**PAIRS[0], "id": str(number)} for number in range(60)))
    folder = tmp_path / "my report"
    given = [tmp_path / "pairs.jsonl", "--articles", articles, "--report", folder]
    with subprocess.Popen(command(*given), stderr=subprocess.PIPE, text=True) as process:
        try:
            hint = process.stderr.readline()  # there before anybody can stop it
            while process.poll() is None and not (folder / "rows.jsonl").read_bytes().count(b"\n"):
                pass
            process.send_signal(stop)
            assert process.wait(60) == 130
            told = process.stderr.read()
        finally:
            process.kill()
    again = f"the same command with --resume --report '{folder}'"
    assert again in hint
    assert told.strip() == f"Stopped. To go on, give {again}"
    assert 0 < len(read_rows(folder)) < 60
    done = qa(*given, "--resume", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["metrics"]["f1"]["n"] == 60


def test_what_is_said_of_a_stopped_run_stays_on_a_terminal(articles, tmp_path):
    write_jsonl(tmp_path / "pairs.jsonl", *({**PAIRS[0], "id": str(number)} for number in range(600)))
    with on_a_terminal(
        command(tmp_path / "pairs.jsonl", "--articles", articles, "--report", tmp_path / "report"), os.environ
    ) as terminal:
        terminal.shows("Asking questions")
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.process.wait(60) == 130
        _, told = terminal.shown().split("Stopped. To go on, ")
    assert "the same command with --resume" in told
    assert "\x1b" not in told  # nothing wipes it away


def test_a_matrix_is_ranked(pairs, articles, tmp_path):
    done = qa(
        pairs,
        "--articles",
        articles,
        "--report",
        tmp_path / "m",
        "--limit",
        2,
        "--json",
        "--matrix",
        "passages=1,8",
        "--matrix",
        "word_weight=0,1",
    )
    assert done.returncode == 0, done.stderr
    ranking = json.loads(done.stdout)
    values = [cell["metrics"]["f1"]["value"] for cell in ranking]
    assert values == sorted(values, reverse=True)
    assert len({json.dumps(cell["settings"]) for cell in ranking}) == 4
    assert json.loads((tmp_path / "m" / "matrix.json").read_text()) == ranking
    assert len(list((tmp_path / "m").glob("*/report.html"))) == 4


def test_a_matrix_asks_no_articles_that_a_stopped_one_has_left(pairs, articles, tmp_path, embedder):
    at = {"config": load_config(index="unused"), "articles": [str(articles)]}
    begun = tmp_path / "m" / ".indexes" / sha256(b"[null, null]").hexdigest()[:12]
    with closing(LocalIndex.create_or_open(begun, embedder)) as index:
        index.add([stored_article("left")])
    dataset = selected(read_pairs(pairs), limit=1)
    found = run_matrix(dataset, [{"passages": 4}], tmp_path / "m", **at)
    assert [one.config["articles"] for one in found.values()] == [len(ARTICLES)]
    with pytest.raises(EvaluationError, match="passages-4 holds a run already"):
        run_matrix(dataset, [{"passages": 2}, {"passages": 4}], tmp_path / "m", **at)
    assert not (tmp_path / "m" / "passages-2").exists()


def test_what_a_chat_model_writes_is_what_is_judged(pairs, articles, tmp_path, monkeypatch):
    pytest.importorskip("langchain_openai", reason="the extra `openai` is not installed")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    reply = 'The Haqqani Network controls it [1: "controlled by the Haqqani Network"].'
    grid = ["--matrix", "chat_model=none,double"]
    with serving([says(reply)]) as server:
        done = qa(
            pairs, "--articles", articles, "--report", tmp_path / "m", "--limit", 1, "--chat-url", server.url, *grid
        )
    assert done.returncode == 0, done.stderr
    (quoted,), (written,) = (read_rows(tmp_path / "m" / f"chat_model-{name}") for name in ("None", "double"))
    assert (quoted.written_by, written.written_by) == (None, "double")
    assert "Network controls it" in written.answer
    assert quoted.scores["f1"] > written.scores["f1"] > 0
    assert len(server.bodies) >= 1


def test_whoever_stops_a_run_stops_it_between_two_answers(pairs, articles, tmp_path, monkeypatch):
    pytest.importorskip("langchain_openai", reason="the extra `openai` is not installed")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    stopped = threading.Event()

    def answer_once_stopped(exchange):
        assert stopped.wait(60)
        says('The Haqqani Network controls it [1: "controlled by the Haqqani Network"].')(exchange)

    folder = tmp_path / "report"
    asked = ["--articles", articles, "--report", folder, "--threads", 2, "--chat-model", "double"]
    with serving([answer_once_stopped]) as server:
        asked += ["--chat-url", server.url]
        with subprocess.Popen(command(pairs, *asked), stderr=subprocess.PIPE, text=True) as process:
            try:
                for _ in range(2):
                    assert server.asked.acquire(timeout=60)
                process.send_signal(signal.SIGTERM)
                stopped.set()
                assert process.wait(60) == 130
            finally:
                stopped.set()
                process.kill()
    assert read_rows(folder)  # an answer that was under way is kept


@pytest.mark.parametrize(
    "arguments",
    [
        ["--fail-under", "f2=1"],
        ["--resume"],
        ["--matrix", "passages=x"],
        ["--matrix", "colour=red"],
        ["--matrix", "passage_tokens=64"],
        ["--format", "beir"],
        ["--limit", "0"],
        ["--rank-by", "ece"],
        ["--fail-under", "f1=nan"],
        ["--matrix", "passages=1", "--fail-under", "f1=1"],
        ["--chat-url", "not an address"],
    ],
)
def test_wrong_use_is_told_before_anything_is_loaded(pairs, tmp_path, arguments):
    done = qa(pairs, "--index", tmp_path / "none", *arguments)
    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr
    assert "Error" in done.stderr
    assert not (tmp_path / "none").exists()
