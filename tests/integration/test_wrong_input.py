"""What each command says to wrong input: one line that says what to do, a right status, and nothing half-done.

The index holds vectors of a model that no command here could load, so those that pass load none.
"""

from __future__ import annotations

import json
import socket
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from index.local import LocalIndex
from qa.cli import main
from tests.doubles_index import HashingEmbedder, stored_article

MISUSE, FAILURE = 2, 1


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stored") / "index"
    with closing(LocalIndex.create_or_open(folder, HashingEmbedder())) as made:
        made.add([stored_article("kept"), stored_article("other")])
        made.publish()
    return folder


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The present folder: with a folder, a letter, an empty file, and settings and a home of its own."""
    monkeypatch.chdir(tmp_path)
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    (tmp_path / "folder").mkdir()
    (tmp_path / "letter.txt").write_text("Dear reader")
    (tmp_path / "empty.txt").touch()
    for name in ("pairs.jsonl", "rows.jsonl"):
        (tmp_path / name).write_text('{"question": "Who?", "answers": ["I"]}\n')
    return tmp_path


def qa(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(one) for one in arguments])


def complaint(done: Result, status: int) -> str:
    """The one line that says what is wrong, where that is all that was done."""
    assert isinstance(done.exception, SystemExit), done.exc_info
    assert (done.exit_code, done.stdout) == (status, "")
    assert done.stderr.count("Error: ") == 1
    return done.stderr.strip().splitlines()[-1].removeprefix("Error: ")


@pytest.mark.parametrize(
    ("line", "status", "said"),
    [
        ("add letter.txt --report absent/report.json", MISUSE, "absent: make it first"),
        ("add letter.txt --report folder", MISUSE, "folder"),
        ("add letter.txt --report -", MISUSE, "name a file"),
        ("add letter.txt --column body=Body", MISUSE, "FIELD=COLUMN"),
        ("add --re-embed", FAILURE, "add articles first"),
        ("add letter.txt --index letter.txt", FAILURE, "name the folder of an index"),
        ("watch absent.txt", MISUSE, "no absent.txt to watch"),
        ("watch letter.txt --every 0", MISUSE, "--every"),
        ("prune --older-than 90", MISUSE, "write it as 90d"),
        ("prune --older-than 90d", FAILURE, "add articles first"),
        ("list", FAILURE, "add articles first"),
        ("show some-id", FAILURE, "add articles first"),
        ("remove some-id", FAILURE, "add articles first"),
        ("info --index letter.txt", FAILURE, "name the folder of an index"),
        ("verify --index folder", FAILURE, "add articles first"),
        ("repair --index letter.txt", FAILURE, "letter.txt is a file: name the folder of an index."),
        ("backup", MISUSE, "FILE"),
        ("backup copy.qa", FAILURE, "add articles first"),
        ("backup absent/copy.qa", MISUSE, "absent: make it first"),
        ("backup folder", MISUSE, "folder"),
        ("backup -", MISUSE, "name a file"),
        ("backup letter.txt", FAILURE, "choose another name"),
        ("restore absent.qa", FAILURE, "does not exist"),
        ("restore folder", FAILURE, "is a folder"),
        ("restore empty.txt", FAILURE, "is no backup"),
        ("export articles.csv", MISUSE, ".jsonl"),
        ("export articles.jsonl", FAILURE, "add articles first"),
        ("export -", FAILURE, "add articles first"),
        ("export absent/articles.jsonl", MISUSE, "absent: make it first"),
        ("replay absent.json", MISUSE, "No such file"),
        ("replay folder", MISUSE, "directory"),
        ("replay empty.txt", FAILURE, "qa ask --receipt FILE"),
        ("feedback export absent/pairs.csv", MISUSE, "absent: make it first"),
        ("feedback export pairs.csv", FAILURE, "no feedback yet"),
        ("ask Who? --receipt absent/receipt.json", MISUSE, "absent: make it first"),
        ("ask Who? --caution bogus", MISUSE, "'low', 'normal', 'high'"),
        ("ask Who? --reader ./bogus", FAILURE, "./bogus"),
        ("ask Who? --reader folder", FAILURE, "is not a model"),
        ("ask Who? --chat-url bogus", MISUSE, "must be an http or https address"),
        ("ask ?", MISUSE, "ask something in words"),
        ("ask Who? --since 2024-01-01 --until 2023-01-01", MISUSE, "give the earlier day first"),
        ("ask Who? --since June", MISUSE, "'June' is no day: write it as 2023-02-06"),
        ("chat", FAILURE, "add articles first"),
        ("chat --since 2024-01-01 --until 2023-01-01", MISUSE, "give the earlier day first"),
        ("evaluate absent.jsonl", MISUSE, "does not exist"),
        ("evaluate folder", FAILURE, "a BEIR folder"),
        ("evaluate empty.txt", FAILURE, "no column `question`"),
        ("evaluate pairs.jsonl", FAILURE, "add articles first"),
        ("evaluate pairs.jsonl --report letter.txt", MISUSE, "is a file"),
        ("evaluate rows.jsonl --articles letter.txt --report .", FAILURE, "rows.jsonl that is of no run"),
        ("evaluate rows.jsonl --articles letter.txt --report . --resume", FAILURE, "rows.jsonl that is of no run"),
        ("evaluate pairs.jsonl --resume", MISUSE, "--report"),
        ("evaluate pairs.jsonl --compare folder", FAILURE, "holds no report"),
        ("evaluate pairs.jsonl --fail-under f1=high", MISUSE, "METRIC=NUMBER"),
        ("evaluate pairs.jsonl --matrix passages=few", MISUSE, "passages takes numbers"),
        ("evaluate pairs.jsonl --rank-by beauty", MISUSE, "'beauty'"),
        ("serve --host 0.0.0.0", MISUSE, "--auth-file"),
        ("serve --auth-file absent.txt", MISUSE, "name a file of accounts"),
        ("serve --auth-file folder", MISUSE, "name a file of accounts"),
        ("serve --host 192.0.2.1 --trust-network", MISUSE, "--host"),
    ],
)
def test_wrong_input_is_said_in_one_line_and_changes_nothing(here: Path, line: str, status: int, said: str) -> None:
    before = sorted(here.rglob("*"))
    index = () if "--index" in line else ("--index", here / "absent")
    assert said in complaint(qa(*line.split(" "), *index), status)
    assert sorted(here.rglob("*")) == before


def test_sources_that_all_fail_leave_no_index(here: Path) -> None:
    done = qa("add", "--index", here / "new", "--json", here / "empty.txt", here / "absent.txt")
    assert (done.exit_code, len(json.loads(done.stdout)["failed"])) == (1, 2)
    assert not (here / "new").exists()
    assert qa("add", "--index", here / "new", here / "empty.txt", here / "letter.txt").exit_code == 1
    assert (here / "new" / "store.db").exists()


@pytest.mark.parametrize("kept", [(), ("--index", "new")])
def test_an_evaluation_without_an_article_leaves_nothing(here: Path, kept: tuple[str, ...]) -> None:
    before = sorted(here.rglob("*"))
    done = qa("evaluate", "pairs.jsonl", "--articles", "absent.txt", "--report", "runs/first", *kept)
    assert "absent.txt: it does not exist" in complaint(done, FAILURE)
    assert sorted(here.rglob("*")) == before


def test_a_port_that_is_taken_is_said_before_an_index_is_made(here: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert "--port" in complaint(qa("serve", "--port", port, "--index", here / "new"), MISUSE)
    assert not (here / "new").exists()


def test_what_an_index_holds_is_shown_and_changed_without_its_model(here: Path, index: Path) -> None:
    listed = json.loads(qa("list", "--index", index, "--json").stdout)
    assert [one["id"] for one in listed] == ["kept", "other"]
    for command in (["show", "kept"], ["info"], ["verify"], ["prune", "--older-than", "9999y"], ["export", "-"]):
        done = qa(*command, "--index", index)
        assert (done.exit_code, done.stderr) == (0, ""), command
    assert qa("backup", "--index", index, here / "copy.qa").exit_code == 0
    assert qa("repair", "--index", index).exit_code == 0
    assert qa("remove", "other", "--index", index).stdout == "1 removed\n"
    assert "hashing" in complaint(qa("ask", "Who?", "--index", index), FAILURE)
