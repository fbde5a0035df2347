"""An evaluation as the page shows it, without Gradio. Pure: every text passes through `inert`."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from qa.evaluation.headlines import OUTCOME_MEANINGS, PLOT_MEANINGS, TONES, headlines, outcome_counts
from qa.evaluation.job import Job
from qa.evaluation.metrics import Figure
from qa.evaluation.pairs import Dataset
from qa.evaluation.report import plots, worst_first
from qa.evaluation.results import Evaluation
from qa.evaluation.rows import Row
from qa.markup import inert, percent, plural

ROWS_PER_PAGE = 20
_PROBLEMS_SHOWN = 5
_ANSWERS_SHOWN = 3
_OF_A_SLICE = ("exact_match", "f1", "recall@5", "citation_precision")
"""What the page tells of some of the questions; the report tells more."""


def dataset_html(dataset: Dataset) -> str:
    """What was found in an uploaded file."""
    about = plural(len(dataset.articles), "article") + " of its own" if dataset.articles else "the library's articles"
    unanswerable = sum(pair.answers == () for pair in dataset.pairs)
    refusals = f", {unanswerable:,} of them with no answer" if unanswerable else ""
    return (
        f'<div role="status"><p><strong dir="auto">{inert(dataset.name)}</strong>: '
        f"{plural(len(dataset.pairs), 'question')}{refusals}, about {about}.</p>"
        f"{_problems_html([str(problem) for problem in dataset.problems], 'left out, as not usable')}</div>"
    )


def _problems_html(problems: Sequence[str], what: str) -> str:
    if not problems:
        return ""
    lines = "".join(f'<li dir="auto">{inert(problem)}</li>' for problem in problems[:_PROBLEMS_SHOWN])
    more = f"<li>and {len(problems) - _PROBLEMS_SHOWN:,} more</li>" if len(problems) > _PROBLEMS_SHOWN else ""
    return f'<div class="left-out"><p>{plural(len(problems), "row")} {what}:</p><ul>{lines}{more}</ul></div>'


def progress_html(job: Job) -> str:
    """How far a run is, how fast it goes and how long it will take."""
    told = job.progress
    if told is None:
        return _bar("Waiting for its turn, or loading…", None)
    of = {"articles": "articles taken in", "questions": "questions answered"}[told.of]
    parts = [f"{told.done:,}{f' of {told.total:,}' if told.total else ''} {of}"]
    if rate := job.rate():
        parts.append(f"{rate:.1f} a second" if rate >= 1 else f"{60 * rate:.0f} a minute")
    if (left := job.seconds_left()) is not None:
        parts.append(f"{_duration(left)} left")
    if job.stopped:
        parts = [parts[0], "stopping after what is under way"]
    return _bar(" · ".join(parts), told.done / told.total if told.total else None)


def _bar(words: str, share: float | None) -> str:
    value = "" if share is None else f' value="{share:.3f}"'
    return f'<label class="evaluation-progress"><progress max="1"{value}></progress><span>{inert(words)}</span></label>'


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"about {max(1, round(seconds / 5) * 5):d} seconds" if seconds >= 5 else "a few seconds"
    return f"about {plural(round(seconds / 60), 'minute')}" if seconds < 5400 else f"about {seconds / 3600:.1f} hours"


def figures_html(evaluation: Evaluation, asked: int) -> str:
    """The outcomes, the headlines, the plots and the slices; `asked` is how many questions there would have been."""
    told = _heading(evaluation, asked), _outcomes_html(outcome_counts(evaluation.rows)), _cards_html(evaluation)
    return "".join((*told, _plots_html(evaluation.rows), _slices_html(evaluation)))


def _heading(evaluation: Evaluation, asked: int) -> str:
    done = len(evaluation.rows)
    said = plural(done, "question") if done == asked else f"Stopped after {done:,} of {plural(asked, 'question')}"
    problems = "".join(f'<li dir="auto">{inert(one)}</li>' for one in evaluation.problems[:_PROBLEMS_SHOWN])
    told = f'<ul class="left-out">{problems}</ul>' if problems else ""
    asked_of = f" of {inert(name)}" if (name := evaluation.config.get("data")) else ""
    return f'<h2 tabindex="-1" dir="auto">{said}{asked_of}</h2>{told}'


def _outcomes_html(counts: dict[str, int]) -> str:
    """A bar whose parts are as wide as there are questions, and what they are: the words say it all without it."""
    total = sum(counts.values())
    parts = "".join(
        f'<span class="{TONES[outcome]}" style="flex-grow:{count}" title="{inert(outcome)}"></span>'
        for outcome, count in counts.items()
    )
    legend = "".join(
        f'<li class="{TONES[outcome]}" title="{inert(OUTCOME_MEANINGS[outcome])}"><b>{count:,}</b> {inert(outcome)} '
        f"<small>{100 * count / total:.0f}&#37;</small></li>"
        for outcome, count in counts.items()
    )
    return f'<div class="outcomes" aria-hidden="true">{parts}</div><ul class="outcome-counts">{legend}</ul>'


def _cards_html(evaluation: Evaluation) -> str:
    cards = "".join(
        f'<li title="{inert(one.metric)}"><small>{inert(one.label)}</small><b>{inert(one.value)}</b>'
        f"<small>{inert(one.interval)}</small><small>{inert(one.meaning)}</small></li>"
        for one in headlines(evaluation.metrics)
    )
    return f'<ul class="figures">{cards}</ul><p class="aside">Under each figure, its 95&#37; interval.</p>'


def _plots_html(rows: Sequence[Row]) -> str:
    drawn = "".join(
        f"<figure><figcaption><b>{name}</b> {PLOT_MEANINGS[name]}</figcaption>{svg}</figure>"
        for name, svg in plots(rows).items()
        if svg
    )
    return f'<div class="plots">{drawn}</div>'


def _slices_html(evaluation: Evaluation) -> str:
    labels = {one.metric: one.label for one in headlines(evaluation.metrics) if one.metric in _OF_A_SLICE}
    tables = []
    for name, values in evaluation.slices.items():
        asked = Counter(row.slices.get(name) for row in evaluation.rows)
        lines = "".join(_value_html(value, asked[value], figures, labels) for value, figures in values.items())
        tables.append(_slice_html(name, len(values), labels, lines))
    return f'<h2>Kinds of questions</h2><div class="slices">{"".join(tables)}</div>' if tables else ""


def _slice_html(name: str, values: int, labels: Mapping[str, str], lines: str) -> str:
    heads = "".join(f'<th scope="col">{inert(label)}</th>' for label in ("Questions", *labels.values()))
    return (
        f'<details name="slices"><summary dir="auto">By {inert(name)} <small>{values:,}</small></summary><table><thead>'
        f'<tr><th scope="col" dir="auto">{inert(name)}</th>{heads}</tr></thead><tbody>{lines}</tbody></table></details>'
    )


def _value_html(value: str, asked: int, figures: Mapping[str, Figure], labels: Mapping[str, str]) -> str:
    told = {one.metric: f"{inert(one.value)} <small>{inert(one.interval)}</small>" for one in headlines(figures)}
    cells = "".join(f'<td data-label="{inert(label)}">{told.get(metric, "")}</td>' for metric, label in labels.items())
    return f'<tr><th scope="row" dir="auto">{inert(value)}</th><td data-label="Questions">{asked:,}</td>{cells}</tr>'


def matching_rows(evaluation: Evaluation, words: str, outcome: str | None) -> list[Row]:
    """The rows with this outcome and every one of these words in what they show, worst first."""
    wanted = words.casefold().split()
    return [
        row
        for row in worst_first(evaluation.rows)
        if (not outcome or row.outcome == outcome) and all(word in _looked_at(row) for word in wanted)
    ]


def _looked_at(row: Row) -> str:
    cited = (f"{citation['title']} {citation['sentence']}" for citation in row.citations)
    return " ".join([row.id, row.question, row.answer or "", *(row.expected or ()), *cited]).casefold()


def row_pages(rows: Sequence[Row]) -> int:
    """How many pages the table has; at least one."""
    return max(1, math.ceil(len(rows) / ROWS_PER_PAGE))


def rows_html(rows: Sequence[Row], page: int, *, can_be_asked: bool) -> str:
    """One page, counted from 1. A citation's button is named `source`, one that opens the chat `ask`.

    `can_be_asked` says whether the library holds what the questions are about.
    """
    if not rows:
        return '<p class="empty">No questions here.</p>'
    first = (page - 1) * ROWS_PER_PAGE
    shown = "".join(_row_html(row, can_be_asked=can_be_asked) for row in rows[first : first + ROWS_PER_PAGE])
    return f'<ol class="asked">{shown}</ol>'


def _row_html(row: Row, *, can_be_asked: bool) -> str:
    ask = (
        f'<button type="button" name="to-chat" value="{inert(row.standalone_question or row.question)}">Ask in the chat'
        f'<span class="unseen">: {inert(row.question)}</span></button>'
        if can_be_asked
        else ""
    )
    after = f'<p class="aside" dir="auto">after: {inert(str(row.history[-1][0]))}</p>' if row.history else ""
    cited = "".join(_cited_html(citation, opens=can_be_asked) for citation in row.citations)
    tone, meaning = TONES.get(row.outcome, "quiet"), inert(OUTCOME_MEANINGS.get(row.outcome, ""))
    return (
        f'<li><div class="outcome {tone}" title="{meaning}">{inert(row.outcome)}</div>'
        f'<div class="about"><h3 dir="auto">{inert(row.question)}</h3>{after}'
        f'<dl><dt>Expected</dt><dd dir="auto">{_expected(row)}</dd>'
        f'<dt>Answer</dt><dd dir="auto">{_answered(row)}</dd></dl>{cited}</div>{ask}</li>'
    )


def _expected(row: Row) -> str:
    if row.expected is None:
        return "<em>not known</em>"
    if not row.expected:
        return "<em>no answer</em>"
    answers = list(dict.fromkeys(row.expected))
    more = f" <em>or {len(answers) - _ANSWERS_SHOWN:,} others</em>" if len(answers) > _ANSWERS_SHOWN else ""
    return " <em>or</em> ".join(inert(answer) for answer in answers[:_ANSWERS_SHOWN]) + more


def _answered(row: Row) -> str:
    if row.error:
        return f"<em>{inert(row.error)}</em>"
    if row.answer is None:
        return f"<em>no answer{f': {inert(row.reason)}' if row.reason else ''}</em>"
    return f"{inert(row.answer)} <small>{inert(percent(row.confidence))} sure</small>"


def _cited_html(citation: dict[str, Any], *, opens: bool) -> str:
    said = f"<b>{inert(citation['title'])}</b> {inert(citation['sentence'])}"
    if not opens:
        return f'<p dir="auto">{said}</p>'
    start, end = citation["start"], citation["end"]
    place = inert(f"{citation['article_id']} {start} {end} {start} {end}")
    return f'<button type="button" name="source" value="{place}" dir="auto">{said}</button>'
