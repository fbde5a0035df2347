"""5,000 pairs, killed 20 times at random and resumed, against one run without interruption.

What was done is kept under .cache/, so that this benchmark too can be stopped and goes on.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.evaluation_data import PASSAGE_TOKENS, PASSAGES, SHORT_INDEX, SQUAD, filled, short_config
from benchmarks.material import ROOT
from benchmarks.record import record
from qa.config import APPLICATION
from qa.evaluation.journal import read_rows
from qa.evaluation.metrics import depends_on_the_machine

RESUME = ROOT / ".cache" / "evaluation-resume"
KILLS = 20
_OF_THE_MACHINE = {"timings_ms", "sitting", "at_s", "memory_mb"}


def resume(questions: int = 5_000) -> None:
    """Every figure of the killed run must be that of the other. What was done is kept: a stopped benchmark goes on."""
    filled(questions, short_config())
    whole, pieces, state = (RESUME / name for name in ("whole", "pieces", "state.json"))
    seconds = _uninterrupted(whole, questions)
    kills: list[dict[str, Any]] = json.loads(state.read_text()) if state.exists() else []
    # Spread over the run, each somewhere at random in its stretch: in the middle of loading, asking or writing.
    for number in range(len(kills), KILLS):
        kills.append(_killed(pieces, questions, random.Random(number).uniform(number, number + 1) / (KILLS + 1)))
        state.write_text(json.dumps(kills))
    _finished(_run(pieces, questions))
    same = _lasting(whole) == _lasting(pieces)
    record(
        "evaluation_resume",
        "python -m benchmarks.evaluation resume",
        {
            "pairs": questions,
            "settings": f"{PASSAGES} passages of at most {PASSAGE_TOKENS} word pieces, so that it ends soon",
            "kills": len(kills),
            "rows_at_each_kill": [kill["rows"] for kill in kills],
            "rows_cut_short": sum(kill["cut"] for kill in kills),
            "sittings": max(row.sitting for row in read_rows(pieces)),
            "reports_equal": same,
            "questions_per_second_uninterrupted": round(questions / seconds, 2),
        },
    )
    if not same:
        sys.exit("the resumed report differs")
    shutil.rmtree(RESUME)


def _uninterrupted(folder: Path, questions: int) -> float:
    """The seconds that the run took; one that was stopped is begun anew."""
    took = folder.with_suffix(".json")
    if not took.exists():
        shutil.rmtree(folder, ignore_errors=True)
        start = time.perf_counter()
        _finished(_run(folder, questions))
        took.write_text(json.dumps(time.perf_counter() - start))
    return float(json.loads(took.read_text()))


def _killed(folder: Path, questions: int, share: float) -> dict[str, Any]:
    """Go on until that share of all rows is there and up to a second more; what was there when it was killed."""
    process = _run(folder, questions)
    while _lines(folder) < share * questions and process.poll() is None:
        time.sleep(0.02)
    time.sleep(random.Random(share).uniform(0, 1))
    process.send_signal(signal.SIGKILL)
    if process.wait() != -signal.SIGKILL:
        sys.exit(f"a run ended by itself: see {RESUME / 'log'}")
    data = (folder / "rows.jsonl").read_bytes() if (folder / "rows.jsonl").exists() else b""
    return {"rows": data.count(b"\n"), "cut": bool(data) and not data.endswith(b"\n")}


def _run(folder: Path, questions: int) -> subprocess.Popen[bytes]:
    """`qa evaluate --resume` on the index that is there."""
    settings = RESUME / "settings" / APPLICATION / "config.toml"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(f"passages = {PASSAGES}\npassage_tokens = {PASSAGE_TOKENS}\n")
    code = "from qa.cli import run; run()"
    given = ["evaluate", SQUAD, "--sample", questions, "--index", SHORT_INDEX, "--report", folder, "--resume"]
    environment = os.environ | {"XDG_CONFIG_HOME": str(RESUME / "settings")}
    with (RESUME / "log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-c", code, *map(str, given)], stdout=log, stderr=log, cwd=ROOT, env=environment
        )


def _finished(process: subprocess.Popen[bytes]) -> None:
    if process.wait() != 0:
        sys.exit(f"qa evaluate failed: see {RESUME / 'log'}")


def _lines(folder: Path) -> int:
    path = folder / "rows.jsonl"
    return path.read_bytes().count(b"\n") if path.exists() else 0


def _lasting(folder: Path) -> tuple[Any, Any]:
    """All that the report says but for speed and memory."""
    report = json.loads((folder / "report.json").read_text())
    report["metrics"] = {name: one for name, one in report["metrics"].items() if not depends_on_the_machine(name)}
    with (folder / "rows.jsonl").open() as lines:
        rows = [{k: v for k, v in json.loads(line).items() if k not in _OF_THE_MACHINE} for line in lines]
    return report, rows
