"""The evaluation on the page: what is laid out, and what happens in it."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import gradio as gr

from index.errors import QaError
from qa.config import Config
from qa.evaluation.evaluate import Opened, evaluate
from qa.evaluation.headlines import outcome_counts
from qa.evaluation.job import Job
from qa.evaluation.pairs import Dataset
from qa.evaluation.report import pack_report, write_report
from qa.evaluation.results import Evaluation
from qa.evaluation.run import selected
from qa.evaluation.showing import (
    dataset_html,
    figures_html,
    matching_rows,
    progress_html,
    row_pages,
    rows_html,
)
from qa.evaluation.uploaded import MAX_QUESTIONS, UPLOADED, read_upload
from qa.library import said_html
from qa.page.events import EACH, IN_TURN, LISTING, PRIVATE
from qa.rendering import problem_html

log = logging.getLogger(__name__)

_USUAL = 200
"""Questions that are asked unless somebody wants more: some minutes."""
_KEPT_S = 2 * 3600
_TOLD_EVERY_S = 0.5
_EVERY = "Every outcome"
_NOTHING_YET = "Stopped before there was an answer."
_ZIP = "report.zip"
_HELP = """<p>Give questions whose answers you know, and see how often the answers are right. They are asked as they
would be in the chat.</p><details><summary>What a file of questions looks like</summary>
<p>A line for each question, as JSON; <code>"answers": []</code> says that no article answers it, and
<code>article</code>, which may be left out, which article does (by its file name or address):</p>
<pre>{"question": "Who controls Kabul's security?", "answers": ["Haqqani Network"], "article": "kabul.html"}
{"question": "What is the population of Mongolia?", "answers": []}</pre>
<p>Or a table (CSV, TSV) with these columns, several answers in a cell separated by <code> | </code>; or SQuAD's JSON,
whose paragraphs are then asked instead of the library. At most 10 MB.</p></details>"""
_ASK = """element.addEventListener("click", (event) => {
  const button = event.target.closest("button[name=to-chat]");
  if (!button) return;
  document.querySelector("#tabs [role=tab]").click();
  const box = document.querySelector("#question textarea");
  box.value = button.value;
  box.dispatchEvent(new Event("input", { bubbles: true }));
  setTimeout(() => box.focus());
})"""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What came of a run, and whether it was about the library."""

    evaluation: Evaluation
    about_library: bool


class Evaluating:
    """What happens in the evaluation. Each public method handles one event, as in `Asking`."""

    def __init__(self, config: Config, opened: Opened) -> None:
        self._config = config
        self._opened = opened
        self._turn = asyncio.Lock()
        """Of runs, one after another. Gradio's own queue would not hear of a stop before their turn."""

    def read(self, path: str | None) -> Any:
        """Say what is in an uploaded file, and offer to ask it."""
        nothing = None, gr.skip(), gr.Row(visible=False)
        if path is None:
            return *nothing, ""
        try:
            dataset = read_upload(Path(path))
        except QaError as error:
            return *nothing, problem_html(str(error))
        most = min(len(dataset.pairs), MAX_QUESTIONS)
        number = gr.Number(min(most, _USUAL), label=f"Questions to ask, of {most:,}")
        return dataset, number, gr.Row(visible=True), dataset_html(dataset)

    def begin(self) -> Any:
        """Show that it goes on, and a way to stop it."""
        job = Job()
        return job, progress_html(job), *_buttons(running=True), gr.Column(visible=False)

    async def run(self, dataset: Dataset | None, wanted: float | None, job: Job) -> AsyncIterator[Any]:
        """Ask, telling how far it is, and show what came of it; ends by itself when nobody looks any more."""
        if dataset is None:
            yield _ended(problem_html("Choose a file of questions first."))
            return
        some = selected(dataset, sample=_within(wanted))
        folder = Path(mkdtemp(prefix="qa-evaluation-"))
        work = asyncio.create_task(self._in_turn(some, job, folder))
        try:
            while not (await asyncio.wait([work], timeout=_TOLD_EVERY_S))[0]:
                if job.stopped and job.progress is None:  # when its turn comes, it ends at once
                    yield _ended(said_html(_NOTHING_YET))
                    return
                yield [gr.skip(), progress_html(job), *[gr.skip()] * 8]
            yield _come_to(work.result(), len(some.pairs), folder)
        except QaError as error:
            yield _ended(problem_html(str(error)))
        except Exception:
            log.exception("an evaluation failed")
            yield _ended(problem_html("Something went wrong here; please try again."))
        finally:  # also when the page was closed
            job.stop()
            work.add_done_callback(lambda _: shutil.rmtree(folder, ignore_errors=True))

    async def _in_turn(self, dataset: Dataset, job: Job, folder: Path) -> Evaluated:
        async with self._turn:
            return await asyncio.to_thread(self._work, dataset, job, folder)

    def _work(self, dataset: Dataset, job: Job, folder: Path) -> Evaluated:
        report = folder / "report"
        evaluation = evaluate(
            dataset, config=self._config, folder=report, threads=1, watch=job.watch, opened=self._opened
        )
        write_report(evaluation, report)
        pack_report(report, folder / _ZIP)
        return Evaluated(evaluation, about_library=not dataset.articles)

    def stop(self, job: Job | None) -> None:
        """Let the run end after what is under way, and say so: nothing that is said here could come after its end."""
        if job is not None:
            job.stop()

    def listing(self, evaluated: Evaluated | None, words: str | None, outcome: str | None, page: int = 1) -> Any:
        """A page of the questions with these words and this outcome."""
        if evaluated is None:
            return [gr.skip()] * 4
        found = matching_rows(evaluated.evaluation, words or "", None if outcome == _EVERY else outcome)
        page = min(max(1, page), row_pages(found))
        where = f"Page {page:,} of {row_pages(found):,}"
        table = rows_html(found, page, can_be_asked=evaluated.about_library)
        return table, page, gr.Row(visible=row_pages(found) > 1), where

    def turn(self, step: int, evaluated: Evaluated | None, words: str | None, outcome: str | None, page: int) -> Any:
        """The listing's next page, or the one before."""
        return self.listing(evaluated, words, outcome, page + step)


def _within(wanted: float | None) -> int:
    """How many questions are asked, whatever somebody typed."""
    return max(1, min(_USUAL if wanted is None else int(wanted), MAX_QUESTIONS))


def _buttons(*, running: bool) -> tuple[gr.UploadButton, gr.Button, gr.Button]:
    return gr.UploadButton(interactive=not running), gr.Button(visible=not running), gr.Button(visible=running)


def _ended(status: str) -> list[Any]:
    return [gr.skip(), status, *_buttons(running=False), *[gr.skip()] * 5]


def _come_to(evaluated: Evaluated, asked: int, folder: Path) -> list[Any]:
    evaluation = evaluated.evaluation
    if not evaluation.rows:
        return _ended(said_html(_NOTHING_YET))
    choices = [(_EVERY, _EVERY), *((f"{one} ({n:,})", one) for one, n in outcome_counts(evaluation.rows).items())]
    return [
        evaluated,
        said_html("Done." if len(evaluation.rows) == asked else "Stopped."),
        *_buttons(running=False),
        gr.Column(visible=True),
        figures_html(evaluation, asked),
        gr.Dropdown(choices, value=_EVERY),
        gr.DownloadButton(value=folder / "report" / "report.html"),
        gr.DownloadButton(value=folder / _ZIP),
    ]


def lay_out_evaluating(evaluating: Evaluating) -> None:
    """Place the evaluation here."""
    dataset, evaluated = (gr.State(None, time_to_live=_KEPT_S) for _ in range(2))
    job, page = gr.State(None), gr.State(1)
    gr.HTML(_HELP, elem_id="evaluate-help", padding=False)
    upload = gr.UploadButton(
        "Choose a file of questions", elem_id="pairs", file_types=UPLOADED, variant="primary", size="sm"
    )
    found = gr.HTML(elem_id="evaluate-found", padding=False)
    with gr.Row(visible=False, elem_id="evaluate-start") as offered:
        # No bounds here: Gradio would refuse the run, and its page would wait for it.
        wanted = gr.Number(_USUAL, precision=0, label="Questions to ask", elem_id="wanted")
        start = gr.Button("Start", variant="primary", size="sm", scale=0)
        stop = gr.Button("Stop", variant="stop", size="sm", scale=0, visible=False)
    status = gr.HTML(elem_id="evaluate-status", padding=False)
    with gr.Column(visible=False, elem_id="evaluated") as results:
        figures = gr.HTML(elem_id="evaluate-figures", padding=False)
        with gr.Row(elem_id="evaluate-downloads"):
            report = gr.DownloadButton("Download the report", size="sm", scale=0)
            files = gr.DownloadButton("All its files (ZIP)", size="sm", scale=0)
        gr.HTML("<h2>Questions, worst first</h2>", padding=False)
        with gr.Row(elem_id="evaluate-filters"):
            words = gr.Textbox(
                label="Words in a question", show_label=False, container=False, placeholder="Filter by words"
            )
            outcome = gr.Dropdown([_EVERY], value=_EVERY, label="Outcome", show_label=False, container=False)
        table = gr.HTML(elem_id="asked", padding=False, js_on_load=_ASK)
        with gr.Row(elem_id="evaluate-pager", visible=False) as pager:
            back = gr.Button("Previous", size="sm", scale=0)
            where = gr.HTML(elem_id="evaluate-where", padding=False)
            on = gr.Button("Next", size="sm", scale=0)

    upload.upload(evaluating.read, upload, [dataset, wanted, offered, found], **PRIVATE, **IN_TURN)
    shown = [evaluated, status, upload, start, stop, results, figures, outcome, report, files]
    ran = start.click(evaluating.begin, None, [job, status, upload, start, stop, results], **PRIVATE).then(
        evaluating.run, [dataset, wanted, job], shown, concurrency_id="evaluate", concurrency_limit=None, **PRIVATE
    )
    stop.click(evaluating.stop, job, None, **PRIVATE)
    listing, looked_for = [table, page, pager, where], [evaluated, words, outcome]
    ran.then(evaluating.listing, looked_for, listing, **LISTING, **IN_TURN)
    gr.on([words.change, outcome.input], evaluating.listing, looked_for, listing, **LISTING, **IN_TURN)
    for button, step in ((back, -1), (on, 1)):
        turn = partial(evaluating.turn, step)
        button.click(turn, [*looked_for, page], listing, **LISTING, **EACH)
