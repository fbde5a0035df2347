"""`qa add`, `qa watch` and `qa prune` by subprocess, with the real embedder."""

import json
import shutil
import signal
import subprocess
from contextlib import contextmanager

import pytest

from index.storage.store import Store
from tests import made_files
from tests.commands import QA


@pytest.fixture
def qa(environment, tmp_path):
    def run(*arguments, **options):
        options = {"capture_output": True, "timeout": 120, "env": environment, "cwd": tmp_path, **options}
        command = [QA, *map(str, arguments)]
        return subprocess.run(command, **options)

    return run


@pytest.fixture
def begun(environment, tmp_path):
    """Starts `qa` with what it writes to be read as it comes; what still runs when a test fails is killed."""

    @contextmanager
    def begin(*arguments):
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        command = [QA, *arguments]
        with subprocess.Popen(command, **pipes, text=True, env=environment, cwd=tmp_path) as process:
            try:
                yield process
            finally:
                process.kill()

    return begin


@pytest.fixture
def sources(tmp_path):
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "rain.csv").write_text("Headline,Body,Date,Junk\nRain at last,It rained in Velt.,2020-04-05,1\n")
    (folder / "bad.pdf").write_bytes(b"%PDF-1.4\n")
    return folder


def test_a_dry_run_shows_what_would_happen_and_does_nothing(qa, sources, tmp_path):
    done = qa("add", "--index", "ix", "--dry-run", "sources", text=True)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[0].startswith("failed ")
    assert "title from 'Headline', text from 'Body', published from 'Date'; not used: 'Junk'" in lines[1]
    assert lines[2].split()[:4] == ["added", "table", "2020-04-05", "Rain"]
    assert lines[3] == "Would be 1 added, 0 updated, 0 unchanged, 1 failed. Nothing was changed."
    assert not (tmp_path / "ix").exists()


def test_a_saved_page_is_added_without_what_lies_beside_it(qa, tmp_path):
    beside = tmp_path / "saved" / "page_files"
    beside.mkdir(parents=True)
    (tmp_path / "saved" / "page.html").write_bytes(made_files.html())
    (beside / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (beside / "ad.html").write_text("<html><body>Buy now.</body></html>")
    plan = qa("add", "--index", "ix", "--dry-run", "saved", text=True)
    done = qa("add", "--index", "ix", "--report", "report.json", "saved", text=True)
    assert (plan.returncode, done.returncode) == (0, 0)
    assert plan.stdout.splitlines()[-1].startswith("Would be 1 added, 0 updated, 0 unchanged, 0 failed, 2 skipped.")
    head, frame, rest = done.stdout.splitlines()
    assert head == "1 added, 0 updated, 0 unchanged, 0 failed, 2 skipped"
    assert "ad.html: skipped, not an article: no article was found in the page" in frame
    assert rest == "  saved: skipped, not an article: 1 .png file"
    report = json.loads((tmp_path / "report.json").read_text())
    assert (report["counts"]["skipped"], report["counts"]["failed"]) == (2, 0)
    assert report["skipped"][1] == {"source": "saved", "reason": "not an article: 1 .png file", "files": 1}


def test_the_report_is_saved_and_a_dry_run_knows_what_is_there(qa, sources, tmp_path):
    done = qa("add", "--index", "ix", "--report", "report.json", "sources", text=True)
    assert done.returncode == 1
    assert done.stderr.endswith(
        "rain.csv: title from 'Headline', text from 'Body', published from 'Date'; not used: 'Junk'\n"
    )
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["counts"] == {
        "added": 1,
        "updated": 0,
        "unchanged": 0,
        "failed": 1,
        "copies": 0,
        "skipped": 0,
        "notes": 0,
    }
    assert report["failed"][0]["source"].endswith("bad.pdf")
    (sources / "rain.csv").write_text("Headline,Body\nRain at last,It rained in Velt for hours.\n")
    planned = json.loads(qa("add", "--index", "ix", "--dry-run", "--json", "sources").stdout)
    assert [one.get("change") for one in planned] == ["failed", None, "updated"]


def test_standard_input_is_told_by_what_it_is(qa):
    done = qa("add", "--index", "ix", "--json", "-", input=made_files.docx())
    assert done.returncode == 0, done.stderr
    again = qa("add", "--index", "ix", "--json", "-", input=made_files.docx(author="B. Reporter"))
    assert len(json.loads(again.stdout)["added"]) == 1
    listed = json.loads(qa("list", "--index", "ix", "--json").stdout)
    assert {article["title"] for article in listed} == {"Velt runs dry"}


def test_an_unknown_field_is_an_error_in_one_line(qa, sources):
    done = qa("add", "--index", "ix", "--column", "body=Body", "sources", text=True)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "FIELD=COLUMN" in done.stderr


def test_an_address_leads_nowhere_private_unless_the_settings_open_it(qa):
    done = qa("add", "--index", "ix", "http://127.0.0.1/", text=True)
    assert done.returncode == 1
    assert "loopback" in done.stdout


def test_pruning_lets_go_what_is_old_and_keeps_what_has_no_date(qa, sources):
    (sources / "undated.txt").write_text("Some text.")
    qa("add", "--index", "ix", "sources")
    assert qa("prune", "--index", "ix", "--older-than", "90", text=True).returncode == 2
    planned = qa("prune", "--index", "ix", "--older-than", "90d", "--dry-run", text=True)
    going, counts = planned.stdout.splitlines()
    assert going.endswith("  2020-04-05  -  Rain at last")
    assert counts == "1 would be removed; 1 without a date stays"
    assert qa("prune", "--index", "ix", "--older-than", "90d", text=True).stdout.startswith("1 removed")
    assert [article["title"] for article in json.loads(qa("list", "--index", "ix", "--json").stdout)] == ["undated"]


def test_watching_takes_in_what_is_new_and_what_changes(begun, sources, tmp_path):
    (sources / "bad.pdf").unlink()
    with begun("watch", "--index", "ix", "--every", "1", "sources") as watch:
        assert "1 added, 0 updated" in watch.stdout.readline()
        assert watch.stdout.readline() == f"  added: Rain at last  ({sources}/rain.csv#rain-at-last)\n"
        (sources / "new.txt").write_text("Some text.")
        assert "1 added, 0 updated, 0 unchanged" in watch.stdout.readline()
        assert watch.stdout.readline() == f"  added: new  ({sources}/new.txt)\n"
        (sources / "new.txt").write_text("Some other text.")
        assert "0 added, 1 updated, 0 unchanged" in watch.stdout.readline()
        assert watch.stdout.readline() == f"  updated: new  ({sources}/new.txt)\n"
        sources.rename(tmp_path / "elsewhere")
        assert "Watching" in watch.stderr.readline()
        assert "sources is not there any more: waiting for it." in watch.stderr.readline()
        (tmp_path / "elsewhere" / "third.txt").write_text("Some third text.")
        (tmp_path / "elsewhere").rename(sources)
        assert "1 added, 0 updated" in watch.stdout.readline()
        watch.send_signal(signal.SIGINT)
        assert watch.wait(timeout=60) == 130


def test_what_comes_while_another_writes_is_taken_in_afterwards(begun, sources, tmp_path):
    (sources / "old.txt").write_text("Some old text.")
    with begun("watch", "--index", "ix", "--every", "1", "sources/*.txt") as watch:
        assert "1 added" in watch.stdout.readline()
        assert "old.txt" in watch.stdout.readline()
        with Store(tmp_path / "ix").locked():
            (sources / "new.txt").write_text("Some new text.")
            assert "Watching" in watch.stderr.readline()
            assert watch.stderr.readline().endswith("Trying again.\n")
        assert "1 added" in watch.stdout.readline()
        assert "new.txt" in watch.stdout.readline()
        watch.send_signal(signal.SIGINT)
        assert watch.wait(timeout=60) == 130


def test_a_watch_takes_in_again_what_a_restored_backup_lacks_and_ends_when_the_index_is_gone(
    qa, begun, sources, tmp_path
):
    (sources / "old.txt").write_text("Some old text.")
    assert qa("add", "--index", "ix", "sources/old.txt").returncode == 0
    assert qa("backup", "--index", "ix", "old.qa").returncode == 0
    (sources / "new.txt").write_text("Some new text.")
    with begun("watch", "--index", "ix", "--every", "1", "sources/*.txt") as watch:
        assert "1 added" in watch.stdout.readline()
        assert "new.txt" in watch.stdout.readline()
        assert qa("restore", "--index", "ix", "--replace", "old.qa").returncode == 0
        assert "1 added" in watch.stdout.readline()
        assert "new.txt" in watch.stdout.readline()
        shutil.rmtree(tmp_path / "ix")
        assert watch.wait(timeout=60) == 1
        assert "No index in" in watch.stderr.read()
    assert not (tmp_path / "ix").exists()


def test_an_interrupt_says_how_to_go_on(begun, sources):
    with begun("add", "--index", "ix", "sources/rain.csv", "-") as adding:
        assert "rain.csv: title from" in adding.stderr.readline()  # now it waits for what we never send
        adding.send_signal(signal.SIGINT)
        assert adding.wait(timeout=60) == 130
        assert "the same command again takes in the rest" in adding.stderr.read()
        assert adding.stdout.read() == ""


def test_a_copy_is_kept_linked_and_shown(qa, tmp_path):
    text = "\n\n".join(made_files.PARAGRAPHS)
    (tmp_path / "wire.txt").write_text(text)
    (tmp_path / "paper.txt").write_text(f"A heading of its own\n\n{text}")
    first, second = (qa("add", "--index", "ix", "--json", name) for name in ("wire.txt", "paper.txt"))
    (wire,), (paper,) = json.loads(first.stdout)["added"], json.loads(second.stdout)["added"]
    assert json.loads(second.stdout)["copies"] == [{"id": paper, "copy_of": wire}]
    listed = qa("list", "--index", "ix", text=True).stdout.splitlines()
    assert [line.endswith(f"(copy of {wire})") for line in listed] == [line.startswith(paper) for line in listed]
    assert {one["id"]: one["copy_of"] for one in json.loads(qa("list", "--index", "ix", "--json").stdout)} == {
        wire: None,
        paper: wire,
    }
    assert f"copy of:    {wire}" in qa("show", "--index", "ix", paper, text=True).stdout
    (tmp_path / "paper.txt").write_text(f"Another heading\n\n{text}")
    again = qa("add", "--index", "ix", "paper.txt", text=True).stdout.splitlines()
    assert again == ["0 added, 1 updated, 0 unchanged, 0 failed", f"  {paper}: copy of {wire}"]
