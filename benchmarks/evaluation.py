"""What must be shown of batch evaluation: python -m benchmarks.evaluation {squad,overhead,speed,resume,sample}

squad     exact match and F1 of 1,000 real predictions, ours and torchmetrics' (which has to be installed for it)
overhead  the time that judging and journalling add to the chain in a plain loop, over 500 questions
speed     questions a second by the number of threads
resume    5,000 pairs, killed 20 times at random and resumed, against one run without interruption
sample    the report of sample/questions.jsonl, with its screenshot, in docs/sample-report
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.record import SHARED_DATA, record
from qa.assemble import create_or_open_index, load_reader
from qa.chain import answer_chain
from qa.config import APPLICATION, Config, load_config
from qa.evaluation.answers import exact_match, f1
from qa.evaluation.datasets import read_pairs
from qa.evaluation.evaluate import evaluate, silent
from qa.evaluation.journal import Journal, read_rows
from qa.evaluation.metrics import depends_on_the_machine
from qa.evaluation.pairs import Dataset
from qa.evaluation.retrieval import RecordingIndex
from qa.evaluation.run import ArticleNames, Asker, ask_all, selected

SQUAD = SHARED_DATA / "dev" / "squad_v1.1.jsonl.gz"
ROOT = Path(__file__).parents[1]
INDEX = ROOT / ".cache" / "evaluation-squad-index"
SHORT_INDEX = ROOT / ".cache" / "evaluation-short-index"
RESUME = ROOT / ".cache" / "evaluation-resume"
SAMPLE_REPORT = ROOT / "docs" / "sample-report"
KILLS = 20
PASSAGES, PASSAGE_TOKENS = 2, 64
"""Of the run that is killed: little to read, by the very chain."""
_OF_THE_MACHINE = {"timings_ms", "sitting", "at_s", "memory_mb"}


def main() -> None:
    name = sys.argv[1] if len(sys.argv) == 2 else ""
    parts = {"squad": squad, "overhead": overhead, "speed": speed, "resume": resume, "sample": sample}
    if name not in parts:
        sys.exit(__doc__)
    parts[name]()


def squad() -> None:
    from torchmetrics.functional.text import squad as official  # type: ignore[import-not-found]

    dataset = selected(read_pairs(SQUAD), sample=1_000)
    rows = evaluate(dataset, config=load_config(index=INDEX), keep_index=INDEX).rows
    answers = {pair.id: pair.answers or () for pair in dataset.pairs}
    theirs = [_official(official, row.answer or "", answers[row.id]) for row in rows]
    ours = [(exact_match(row.answer or "", answers[row.id]), f1(row.answer or "", answers[row.id])) for row in rows]
    record(
        "evaluation_squad",
        "python -m benchmarks.evaluation squad",
        {
            "predictions": len(rows),
            "given_answers": sum(row.answer is not None for row in rows),
            "differing": sum(
                abs(a - b) > 1e-6
                for one, other in zip(ours, theirs, strict=True)
                for a, b in zip(one, other, strict=True)
            ),
            "ours": {"exact_match": _mean(one[0] for one in ours), "f1": _mean(one[1] for one in ours)},
            "official": {"exact_match": _mean(one[0] for one in theirs), "f1": _mean(one[1] for one in theirs)},
        },
    )


def _official(score: Any, prediction: str, answers: tuple[str, ...]) -> tuple[float, float]:
    target = {"answers": {"answer_start": [0] * len(answers), "text": list(answers)}, "id": "1"}
    found = score([{"prediction_text": prediction, "id": "1"}], [target])
    return float(found["exact_match"]) / 100, float(found["f1"]) / 100


def _mean(values: Any) -> float:
    return round(statistics.fmean(values), 6)


def overhead(questions: int = 500, block: int = 25) -> None:
    """Blocks of the same questions by turns, so that whatever else the machine does falls on both alike."""
    config = load_config(index=INDEX)
    dataset = _filled(questions, config)
    with closing(create_or_open_index(config)) as index, TemporaryDirectory() as folder:
        reader, names = load_reader(config), ArticleNames(index.articles())
        plain = answer_chain(index, reader, passages=config.passages)
        asker = Asker(answer_chain(RecordingIndex(index), reader, passages=config.passages), names)
        pairs = dataset.pairs
        for pair in pairs[:block]:
            asker.ask(pair)
        spent: dict[str, list[tuple[float, float]]] = {"plain": [], "evaluated": []}
        for number, start in enumerate(range(0, len(pairs), block)):
            some = pairs[start : start + block]

            def in_a_loop(some: Any = some) -> None:
                for pair in some:
                    plain.invoke({"question": pair.question, "history": pair.history})

            def evaluated(some: Any = some, number: int = number) -> None:
                with Journal(Path(folder) / str(number)) as journal:
                    ask_all(some, asker, journal, fingerprint={}, threads=1, watch=silent)

            for name, work in (("plain", in_a_loop), ("evaluated", evaluated))[:: 1 if number % 2 else -1]:
                wall, processor = time.perf_counter(), time.process_time()
                work()
                spent[name].append((time.perf_counter() - wall, time.process_time() - processor))
    ratios = [new[0] / old[0] - 1 for new, old in zip(spent["evaluated"], spent["plain"], strict=True)]
    record(
        "evaluation_overhead",
        "python -m benchmarks.evaluation overhead",
        {
            "questions": len(pairs),
            "overhead_percent_median_of_blocks": round(100 * statistics.median(ratios), 2),
            "overhead_percent_of_all": _overhead(spent, 0),
            "overhead_percent_of_processor_time": _overhead(spent, 1),
            "ms_per_question_plain": round(1000 * sum(one[0] for one in spent["plain"]) / len(pairs), 1),
        },
    )


def _overhead(spent: dict[str, list[tuple[float, float]]], clock: int) -> float:
    new, old = (sum(one[clock] for one in spent[name]) for name in ("evaluated", "plain"))
    return round(100 * (new / old - 1), 2)


def speed(questions: int = 200) -> None:
    dataset = _filled(questions, load_config(index=INDEX))
    found = {}
    for threads in (1, 2, 4):
        with TemporaryDirectory() as folder:
            done = evaluate(dataset, config=load_config(index=INDEX), folder=Path(folder), threads=threads)
        figures = done.metrics
        found[f"{threads} threads"] = {
            name: round(figures[name].value or 0.0, 2)
            for name in ("questions_per_second", "latency_ms_p50", "latency_ms_p95", "peak_memory_mb")
        }
    record("evaluation_speed", "python -m benchmarks.evaluation speed", {"questions": questions, **found})


def _filled(questions: int, config: Config) -> Dataset:
    """That many questions, with the articles of all of them in the index, which is made where it is not there yet."""
    dataset = read_pairs(SQUAD)
    with closing(create_or_open_index(config)) as index:
        for start in range(0, len(dataset.articles), 64):
            index.add(dataset.articles[start : start + 64])
        index.publish()
    return replace(selected(dataset, sample=questions), articles=())


def _short_config() -> Config:
    return load_config(index=SHORT_INDEX, passages=PASSAGES, passage_tokens=PASSAGE_TOKENS)


def resume(questions: int = 5_000) -> None:
    """Every figure of the killed run must be that of the other. What was done is kept: a stopped benchmark goes on."""
    _filled(questions, _short_config())
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
    code = "from qa.cli import main; main()"
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


def sample() -> None:
    from playwright.sync_api import sync_playwright

    with TemporaryDirectory() as made:
        given = ["evaluate", "sample/questions.jsonl", "--articles", "sample/articles", "--report", f"{made}/report"]
        subprocess.run([sys.executable, "-c", "from qa.cli import main; main()", *given], cwd=ROOT, check=True)
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
