"""What must be shown of batch evaluation: python -m benchmarks.evaluation {squad,overhead,speed,resume,sample}

squad     exact match and F1 of 1,500 real predictions, ours, torchmetrics' and, where SQUAD_SCRIPT names it, the
          official script's
overhead  the time that judging and keeping answers add to the chain in a plain loop: 1,000 questions, each asked twice
          ([QUESTIONS] for fewer, which are not kept); some two minutes on two free processors
speed     questions a second by the number of threads: 100 questions, nine times ([QUESTIONS] for fewer); three minutes
resume    5,000 pairs, killed 20 times at random and resumed, against one run without interruption
sample    the report of sample/questions.jsonl, with its screenshot, in docs/sample-report
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.evaluation_data import SHORT_INDEX, SQUAD, SQUAD_2, short_config
from benchmarks.evaluation_resume import resume
from benchmarks.evaluation_speed import overhead, speed
from benchmarks.material import ROOT
from benchmarks.record import record
from qa.evaluation.datasets import read_pairs
from qa.evaluation.evaluate import evaluate
from qa.evaluation.rows import Row
from qa.evaluation.run import selected

SAMPLE_REPORT = ROOT / "docs" / "sample-report"


def main() -> None:
    parts: dict[str, Callable[..., None]] = {
        "squad": squad, "overhead": overhead, "speed": speed, "resume": resume, "sample": sample
    }  # fmt: skip
    match sys.argv[1:]:
        case [name] if name in parts:
            parts[name]()
        case [name, number] if name in ("overhead", "speed") and number.isdecimal():
            parts[name](int(number))
        case _:
            sys.exit(__doc__)


def squad(questions: int = 1_500) -> None:
    """Real answers and refusals, to questions that something answers (1.1) and, for half of them, nothing does (2.0).

    torchmetrics knows no question without an answer; the official script of 2.0 does, and its figures are taken too
    where SQUAD_SCRIPT names it (evaluate-v2.0.py).
    """
    with_answers, mixed = (_predictions(data, questions) for data in (SQUAD, SQUAD_2))
    refusals = sum(row.answer is None for row in with_answers)
    found = {"predictions": len(with_answers), "refusals": refusals, **_torchmetrics(with_answers)}
    script = os.environ.get("SQUAD_SCRIPT")
    if script:
        found["official_script"] = _official(Path(script), [*with_answers, *mixed])
    record("evaluation_squad", "python -m benchmarks.evaluation squad", found)
    if found["differing"] or (script and not found["official_script"]["equal"]):
        sys.exit("the figures differ")


def _predictions(data: Path, questions: int) -> list[Row]:
    dataset = selected(read_pairs(data), sample=questions)
    folder = ROOT / ".cache" / f"evaluation-{data.name.partition('.')[0]}"
    done = evaluate(dataset, config=short_config(), keep_index=SHORT_INDEX, folder=folder, resume=True)
    return list(done.rows)


def _torchmetrics(rows: Sequence[Row]) -> dict[str, Any]:
    from torchmetrics.functional.text import squad as score

    def theirs(row: Row) -> tuple[float, float]:
        answers: Any = {"answer_start": [0] * len(row.expected or ()), "text": row.expected}
        told = score([{"prediction_text": row.answer or "", "id": row.id}], [{"answers": answers, "id": row.id}])
        return float(told["exact_match"]) / 100, float(told["f1"]) / 100

    pairs = [(theirs(row), (row.scores["exact_match"], row.scores["f1"])) for row in rows]
    return {
        "differing": sum(any(abs(a - b) > 1e-6 for a, b in zip(*pair, strict=True)) for pair in pairs),
        **{
            name: {"exact_match": _mean(pair[of][0] for pair in pairs), "f1": _mean(pair[of][1] for pair in pairs)}
            for of, name in enumerate(("torchmetrics", "ours"))
        },
    }


def _official(script: Path, rows: Sequence[Row]) -> dict[str, Any]:
    """What the script prints of all rows at once, beside our figures of the same."""
    by_id = {f"{place}": row for place, row in enumerate(rows)}  # both versions ask some questions under the same id
    questions = [
        {"id": place, "question": row.question, "answers": [{"text": text} for text in row.expected or ()]}
        for place, row in by_id.items()
    ]
    with TemporaryDirectory() as made:
        data, answers = Path(made) / "data.json", Path(made) / "answers.json"
        data.write_text(json.dumps({"data": [{"paragraphs": [{"qas": questions}]}]}))
        answers.write_text(json.dumps({place: row.answer or "" for place, row in by_id.items()}))
        done = subprocess.run([sys.executable, script, data, answers], check=True, capture_output=True, text=True)
    theirs = json.loads(done.stdout)
    groups = {
        "": rows,
        "HasAns_": [row for row in rows if row.expected],
        "NoAns_": [row for row in rows if not row.expected],
    }
    ours = {
        f"{group}{name}": 100 * statistics.fmean(row.scores[metric] for row in some)
        for group, some in groups.items()
        for name, metric in (("exact", "exact_match"), ("f1", "f1"))
    }
    return {
        "predictions": len(rows),
        "equal": all(abs(ours[name] - theirs[name]) < 1e-9 for name in ours),
        "official": {name: theirs[name] for name in ours},
        "ours": ours,
    }


def _mean(values: Iterable[float]) -> float:
    return round(statistics.fmean(values), 6)


def sample() -> None:
    from playwright.sync_api import sync_playwright

    with TemporaryDirectory() as made:
        given = ["evaluate", "sample/questions.jsonl", "--articles", "sample/articles", "--report", f"{made}/report"]
        subprocess.run([sys.executable, "-c", "from qa.cli import run; run()", *given], cwd=ROOT, check=True)
        SAMPLE_REPORT.mkdir(parents=True, exist_ok=True)
        for name in ("report.html", "report.json"):
            shutil.copy(Path(made) / "report" / name, SAMPLE_REPORT / name)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"))
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.goto((SAMPLE_REPORT / "report.html").as_uri())
        page.screenshot(path=SAMPLE_REPORT / "report.png")
        browser.close()


if __name__ == "__main__":
    main()
