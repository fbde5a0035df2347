"""An Evaluation as files: report.html for people, report.json and rows.csv for programs, junit.xml for CI.

The page's Evaluate tab shows the same: `report_html` is one file that needs nothing else.
"""

from __future__ import annotations

import csv
import io
import json
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as Xml
from zipfile import ZIP_DEFLATED, ZipFile

from index.durable import replace_file
from index.errors import EvaluationError
from qa.evaluation.formats import FORMULA_STARTS
from qa.evaluation.headlines import OUTCOME_MEANINGS, PLOT_MEANINGS, TONES, headlines, outcome_counts
from qa.evaluation.journal import ROWS, rows_jsonl
from qa.evaluation.metrics import Figure, Slices
from qa.evaluation.plots import latency_svg, reliability_svg, risk_coverage_svg
from qa.evaluation.results import Evaluation, shown, span
from qa.evaluation.rows import Row

if TYPE_CHECKING:
    from jinja2 import Template

    from qa.evaluation.compare import Comparison

RIGHT_OUTCOMES = frozenset(["right", "rightly refused"])
_NOT_FAILURES = RIGHT_OUTCOMES | {"partly right", "not judged"}
_COLUMNS = ("id", "outcome", "question", "answers", "answered", "confidence", "cited", "exact_match", "f1")
"""What is right is called as `qa evaluate` calls it: the table can be asked again, and no answer is taken for right."""
_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TEMPLATE = Path(__file__).with_name("report.html.jinja")


def write_report(evaluation: Evaluation, folder: Path | str, comparison: Comparison | None = None) -> None:
    """Write the files into a folder; rows.jsonl where the run did not. Raises EvaluationError if the disk refuses."""
    folder = Path(folder)
    files = {
        "report.html": report_html(evaluation, comparison),
        "report.json": json.dumps(report_json(evaluation, comparison), indent=2),
        "rows.csv": rows_csv(evaluation.rows),
        "junit.xml": junit_xml(evaluation.rows),
    }
    if not (folder / ROWS).exists():
        files[ROWS] = rows_jsonl(evaluation.rows)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            replace_file(folder / name, text.encode("utf-8", errors="replace"))
    except OSError as error:
        raise EvaluationError(f"The report cannot be written to {folder} ({error.strerror}).") from error


def pack_report(folder: Path, file: Path) -> None:
    """All files of a report in one ZIP."""
    with ZipFile(file, "w", ZIP_DEFLATED) as packed:
        for path in sorted(folder.glob("[!.]*")):
            packed.write(path, f"report/{path.name}")


def report_json(evaluation: Evaluation, comparison: Comparison | None = None) -> dict[str, Any]:
    """`{"metrics": {name: {"value", "low", "high", "n"}}, "config", "slices", "problems"}`, and "comparison"."""
    told = {
        "metrics": figures_json(evaluation.metrics),
        "config": dict(evaluation.config),
        "slices": _slices_json(evaluation.slices),
        "problems": list(evaluation.problems),
    }
    return told | ({"comparison": asdict(comparison)} if comparison else {})


def figures_json(figures: Mapping[str, Figure]) -> dict[str, dict[str, float | int | None]]:
    """Each figure as an object; numbers with six decimals."""
    return {name: {key: _rounded(value) for key, value in asdict(one).items()} for name, one in figures.items()}


def _slices_json(slices: Slices) -> dict[str, Any]:
    return {name: {value: figures_json(one) for value, one in values.items()} for name, values in slices.items()}


def _rounded(value: float | None) -> float | int | None:
    return round(value, 6) if isinstance(value, float) else value


def report_html(evaluation: Evaluation, comparison: Comparison | None = None) -> str:
    """One HTML page without a single request: figures, plots, slices, and the questions, worst first."""
    return _template().render(
        evaluation=evaluation,
        comparison=comparison,
        rows=worst_first(evaluation.rows),
        counts=outcome_counts(evaluation.rows),
        tones=TONES,
        outcome_meanings=OUTCOME_MEANINGS,
        headlines=headlines(evaluation.metrics),
        plots=plots(evaluation.rows),
        plot_meanings=PLOT_MEANINGS,
        shown=shown,
        span=span,
        script_hash=_script_hash(),
    )


def plots(rows: Sequence[Row]) -> dict[str, str]:
    """The drawings by their names; empty where there is nothing to draw."""
    return {
        "Risk and coverage": risk_coverage_svg(rows),
        "Reliability": reliability_svg(rows),
        "Latency": latency_svg(rows),
    }


def worst_first(rows: Iterable[Row]) -> list[Row]:
    """By F1, those that were answered with the most confidence first; right ones and ones that nobody judged last."""
    return sorted(rows, key=lambda row: (row.outcome in _NOT_FAILURES, row.scores.get("f1", 1.0), -row.confidence))


@cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))


@cache
def _script_hash() -> str:
    """What the page's own policy allows to run: its one script, and nothing that came with an article."""
    script = _TEMPLATE.read_text(encoding="utf-8").split("<script>")[1].split("</script>")[0]
    return b64encode(sha256(script.encode()).digest()).decode()


def rows_csv(rows: Sequence[Row]) -> str:
    """A line for each question; cells that a spreadsheet would take for a formula begin with an apostrophe."""
    extra = list(dict.fromkeys(name for row in rows for name in row.slices))
    lines = []
    for row in rows:
        expected = "" if row.expected is None else json.dumps(row.expected, ensure_ascii=False)
        cited = " | ".join(f"{citation['title']}: {citation['sentence']}" for citation in row.citations)
        texts = [row.id, row.outcome, row.question, expected, row.answer or "", f"{row.confidence:.4f}", cited]
        scores = [str(row.scores.get(name, "")) for name in ("exact_match", "f1")]
        lines.append([*texts, *scores, *(row.slices.get(name, "") for name in extra)])
    return table_csv([*_COLUMNS, *extra], lines)


def table_csv(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A table as CSV whose cells are texts, whatever a spreadsheet would make of them."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    for line in (head, *lines):
        table.writerow(map(neutralised, line))
    return out.getvalue()


def neutralised(cell: str) -> str:
    """The cell as text, never as a formula; `read_pairs` takes the apostrophe off again."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


def junit_xml(rows: Sequence[Row]) -> str:
    """A test case for each question, in the form that CI systems read; a question with no wrong outcome passes."""
    wrong = [row for row in rows if row.outcome not in _NOT_FAILURES]
    errors = sum(row.error is not None for row in wrong)
    counts = {"tests": len(rows), "failures": len(wrong) - errors, "errors": errors}
    suite = Xml.Element("testsuite", {"name": "qa evaluate", **{name: str(count) for name, count in counts.items()}})
    for row in rows:
        seconds = f"{row.timings_ms.get('total', 0.0) / 1000:.3f}"
        case = Xml.SubElement(
            suite, "testcase", classname="questions", name=_xml(f"{row.id}: {row.question}"), time=seconds
        )
        if row.outcome not in _NOT_FAILURES:
            problem = Xml.SubElement(case, "error" if row.error else "failure", message=_xml(row.error or row.outcome))
            problem.text = _xml(f"expected: {_expected(row)}\nanswered: {row.answer or 'no answer'}")
    written: bytes = Xml.tostring(suite, encoding="utf-8", xml_declaration=True)
    return written.decode()


def _expected(row: Row) -> str:
    return "not known" if row.expected is None else " | ".join(row.expected) or "no answer"


def _xml(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
