"""Faults 55 to 59: what a batch evaluation must hold. 59 is in tests/unit/test_evaluation_reports.py as well."""

import csv
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from qa.evaluation.journal import read_rows
from qa.evaluation.metrics import depends_on_the_machine
from tests.doubles_evaluation import write_jsonl

CITIES = ("Oslo", "Lima", "Accra", "Hanoi", "Quito", "Tunis", "Sofia", "Dakar")
PAIRS = [
    {
        "id": str(number),
        "question": f"Who is the mayor of {city}?",
        "answers": [f"Person {number}"],
        "article": f"{city}.txt",
    }
    for number, city in enumerate(CITIES)
]
_RUN = "from qa.cli import run; run()"
OF_THE_MACHINE = {"timings_ms", "sitting", "at_s", "memory_mb"}


@pytest.fixture(scope="module")
def material(tmp_path_factory):
    folder = tmp_path_factory.mktemp("material")
    (folder / "articles").mkdir()
    for number, city in enumerate(CITIES):
        text = f"{city} votes\n\nPerson {number} is the mayor of {city}, a city with {number + 2} bridges."
        (folder / "articles" / f"{city}.txt").write_text(text)
    write_jsonl(folder / "pairs.jsonl", *PAIRS)
    return folder


def command(material, folder, *arguments, pairs=None):
    given = [pairs or material / "pairs.jsonl", "--articles", material / "articles", "--report", folder, *arguments]
    return [sys.executable, "-c", _RUN, "evaluate", *map(str, given)]


def run(*given, **more):
    return subprocess.run(command(*given, **more), capture_output=True, text=True, timeout=240, check=False)


def lasting(folder):
    """What a report says apart from speed and memory."""
    report = json.loads((folder / "report.json").read_text())
    metrics = {name: one for name, one in report["metrics"].items() if not depends_on_the_machine(name)}
    rows = [
        {k: v for k, v in json.loads(line).items() if k not in OF_THE_MACHINE}
        for line in (folder / "rows.jsonl").open()
    ]
    return {**report, "metrics": metrics}, rows


@pytest.fixture(scope="module")
def uninterrupted(material, tmp_path_factory):
    folder = tmp_path_factory.mktemp("uninterrupted") / "report"
    done = run(material, folder)
    assert done.returncode == 0, done.stderr
    return folder


def test_55_malformed_rows_are_named_by_line_and_the_rest_is_asked(material, tmp_path):
    bad = tmp_path / "bad.jsonl"
    write_jsonl(
        bad,
        PAIRS[0],
        "{not json",
        {"id": "x"},
        {"question": " "},
        "[1]",
        {"question": "Who?", "answers": [[1]]},
        {"question": "Who?", "history": [["a", "b", "c"]]},
        PAIRS[1],
    )
    done = run(material, tmp_path / "report", pairs=bad)
    assert done.returncode == 1
    for line in (2, 3, 4, 5, 6, 7):
        assert f"bad.jsonl, line {line}:" in done.stderr
    assert "line 1:" not in done.stderr
    assert [row.id for row in read_rows(tmp_path / "report")] == ["0", "1"]
    assert len(json.loads((tmp_path / "report" / "report.json").read_text())["problems"]) == 6


def test_55_strict_refuses_all_for_one(material, tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_text('question,answers\nWho?,Ada\nWho?,Ada,too,many\n"Who" is?,Ada\nWhat?,Bob\n')
    done = run(material, tmp_path / "report", "--strict", pairs=bad)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "bad.csv, line 3:" in done.stderr
    assert not (tmp_path / "report").exists()


@pytest.mark.timeout(600)
def test_56_killed_anywhere_and_resumed_is_the_same_report(material, uninterrupted, tmp_path):
    folder, chance = tmp_path / "report", random.Random(56)
    for kill in range(4):
        process = subprocess.Popen(
            command(material, folder, "--resume"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        # The first kills come while the index is made, the others once some rows are there.
        wanted, deadline = 0 if kill < 1 else 2 * kill, time.monotonic() + 120
        rows = folder / "rows.jsonl"
        while process.poll() is None and time.monotonic() < deadline:
            done = rows.read_bytes().count(b"\n") if rows.exists() else -1
            if (kill == 0 and folder.exists()) or done >= wanted > 0:
                process.send_signal(signal.SIGKILL)
        process.wait()
        if kill % 2:  # as if the last write had not come through: some row is asked again, however late the kill came
            os.truncate(rows, rows.stat().st_size - 2 - chance.randrange(50))
    done = run(material, folder, "--resume")
    assert done.returncode == 0, done.stderr
    assert lasting(folder) == lasting(uninterrupted)
    assert max(row.sitting for row in read_rows(folder)) > 1


def test_57_duplicate_ids_are_refused(material, tmp_path):
    twice = tmp_path / "twice.jsonl"
    write_jsonl(twice, PAIRS[0], PAIRS[1], PAIRS[0])
    done = run(material, tmp_path / "report", pairs=twice)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "'0'" in done.stderr
    assert not (tmp_path / "report").exists()


def change_the_data(material, folder):
    lines = (material / "pairs.jsonl").read_text()
    (material / "pairs.jsonl").write_text(lines.replace("mayor of Oslo?", "mayor of old Oslo?"))
    return []


def change_an_article(material, folder):
    (material / "articles" / "Oslo.txt").write_text(
        "Oslo votes\n\nPerson 9 is the mayor of Oslo, a city with 2 bridges."
    )
    return []


def change_the_reader(material, folder):
    import qa.readers

    copy = material / "reader"
    shutil.copytree(Path(qa.readers.__file__).parent / "embedded", copy)
    settings = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps(settings | {"initializer_range": 0.03}))
    return ["--reader", copy]


@pytest.mark.parametrize(
    ("change", "named"),
    [(change_the_data, "the data"), (change_an_article, "the index"), (change_the_reader, "the reader")],
)
def test_58_a_run_does_not_go_on_with_something_else(material, uninterrupted, tmp_path, change, named):
    own, folder = tmp_path / "material", tmp_path / "report"
    shutil.copytree(material, own)
    assert run(own, folder, "--limit", 2).returncode == 0
    before = (folder / "rows.jsonl").read_bytes()
    done = run(own, folder, "--limit", 2, "--resume", *change(own, folder))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert f"changed since: {named}. " in done.stderr
    assert (folder / "rows.jsonl").read_bytes() == before


def test_59_no_cell_of_the_report_is_a_formula(material, tmp_path):
    evil = tmp_path / "evil.jsonl"
    write_jsonl(
        evil,
        *(
            {"id": f"{start}1", "question": f"{start}cmd|' /C calc'!A0", "answers": [f"{start}2"], "x": f"{start}3"}
            for start in "=+-@"
        ),
    )
    assert run(material, tmp_path / "report", pairs=evil).returncode == 0
    with (tmp_path / "report" / "rows.csv").open(newline="") as file:
        cells = [cell for line in csv.reader(file) for cell in line]
    assert "'=1" in cells
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)
