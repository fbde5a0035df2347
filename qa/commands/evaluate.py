"""The `qa evaluate` command."""

from __future__ import annotations

import shlex
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from index.errors import EvaluationError
from qa.commands.invocation import SETTINGS, chosen_config, options, print_json

if TYPE_CHECKING:
    from qa.evaluation.pairs import Dataset
    from qa.evaluation.results import Evaluation
    from qa.evaluation.run import Progress, Watch

_FORMATS = ("jsonl", "csv", "tsv", "squad", "beir")
_SHOWN = 10


@click.command()
@click.argument("pairs", type=click.Path(exists=True, path_type=Path), metavar="PAIRS")
@click.option("--format", "file_format", type=click.Choice(_FORMATS), help="The format of PAIRS, instead of guessing.")
@click.option("--strict", is_flag=True, help="Refuse PAIRS if a single row cannot be used.")
@click.option("--articles", multiple=True, metavar="SOURCE", help="Ask these articles alone; may be given repeatedly.")
@click.option("--report", type=click.Path(path_type=Path, file_okay=False), metavar="FOLDER",
              help="Where the report goes; else runs/ with the name and the time.")  # fmt: skip
@click.option("--resume", is_flag=True, help="Go on with the run in the --report folder.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Ask the first N questions only.")
@click.option("--sample", type=click.IntRange(1), metavar="N", help="Ask N questions chosen at random.")
@click.option("--seed", type=int, default=0, show_default=True, help="Which random choice --sample makes.")
@click.option("--threads", type=click.IntRange(1, 64), metavar="N", help="Questions under way at once.")
@click.option("--compare", type=click.Path(exists=True, path_type=Path, file_okay=False), metavar="FOLDER",
              help="Another run's report, to tell what has changed since.")  # fmt: skip
@click.option("--fail-under", metavar="METRIC=X,...", default="", help="End with status 1 if a figure is lower.")
@click.option("--matrix", multiple=True, metavar="KEY=A,B,...", help="Run all combinations, and rank them.")
@click.option("--rank-by", default="f1", show_default=True, metavar="METRIC", help="What --matrix ranks by.")
@options(*SETTINGS, "json")
def evaluate(pairs: Path, **given: Any) -> None:
    """Ask questions with known answers, and report on the answers.

    PAIRS is JSONL, CSV, TSV, SQuAD JSON or a BEIR folder with the columns question, answers (none: nothing answers
    it), and optionally id, article, passage, history; others are slices. Without --articles, and where none come along
    with PAIRS, the present index is asked; with them, a temporary one, kept if --index is given. Ends with status 1 if
    a row could not be used or a figure is under --fail-under.

    \b
    qa evaluate sample/questions.jsonl --articles sample/articles --report report
    qa evaluate pairs.csv --fail-under f1=0.7,refusal_precision=0.8
    qa evaluate pairs.jsonl --compare last-week
    qa evaluate pairs.jsonl --matrix passages=4,8,16 --matrix chat_model=none,openai:gpt-4o-mini
    """
    from qa.evaluation.datasets import read_pairs
    from qa.evaluation.gate import parse_floors
    from qa.evaluation.run import selected

    floors = parse_floors(given["fail_under"])
    parse_floors(f"{given['rank_by']}=0")
    if given["resume"] and given["report"] is None:
        raise click.UsageError("--resume needs the --report folder of the run to go on with.")
    if given["matrix"] and (floors or given["compare"]):
        raise click.UsageError("--matrix ranks many runs: --compare and --fail-under are about one.")
    whole = read_pairs(pairs, format=given["file_format"], strict=given["strict"])
    dataset = selected(whole, sample=given["sample"], seed=given["seed"], limit=given["limit"])
    folder = given["report"] or Path("runs") / f"{pairs.name.split('.')[0]}-{datetime.now():%Y%m%d-%H%M%S}"
    if given["matrix"]:
        return _matrix(dataset, folder, given)
    return _single(dataset, folder, floors, given)


def _single(dataset: Dataset, folder: Path, floors: dict[str, float], given: dict[str, Any]) -> None:
    from qa.commands.terminal import console
    from qa.evaluation.compare import comparable, compare
    from qa.evaluation.evaluate import evaluate as evaluate_dataset
    from qa.evaluation.gate import below
    from qa.evaluation.journal import read_rows
    from qa.evaluation.printing import print_evaluation
    from qa.evaluation.report import report_json, write_report

    other = read_rows(given["compare"]) if given["compare"] else None
    if other is not None and not comparable(dataset.pairs, other):
        raise EvaluationError(f"{given['compare']} has none of these questions, so there is nothing to compare.")
    with _stoppable(folder) as stoppable, _progress(folder) as shown:
        evaluation = evaluate_dataset(dataset, folder=folder, watch=stoppable(shown), **_how(dataset, given))
    comparison = compare(evaluation.rows, other) if other is not None else None
    write_report(evaluation, folder, comparison)
    if given["as_json"]:
        print_json(report_json(evaluation, comparison))
    else:
        print_evaluation(console(), evaluation, folder, comparison)
    _end(evaluation, below(evaluation.metrics, floors))


def _how(dataset: Dataset, given: dict[str, Any]) -> dict[str, Any]:
    """What `qa.evaluation.evaluate.evaluate` takes from the command line, whether it runs once or many times."""
    from qa.config import load_config
    from qa.evaluation.evaluate import THREADS

    names_its_own = given["articles"] or dataset.articles
    configure = load_config if names_its_own else chosen_config
    return {
        "config": configure(**{name: given[name] for name in SETTINGS}),
        "articles": given["articles"],
        "keep_index": Path(given["index"]) if given["index"] else None,
        "resume": given["resume"],
        "threads": given["threads"] or THREADS,
    }


def _matrix(dataset: Dataset, folder: Path, given: dict[str, Any]) -> None:
    from qa.commands.terminal import console
    from qa.evaluation.matrix import parse_grid, ranked, run_matrix, write_ranking
    from qa.evaluation.printing import print_ranking

    cells = parse_grid(given["matrix"])
    with _stoppable(folder) as stoppable, _progress(folder) as shown:
        found = run_matrix(dataset, cells, folder, watch=stoppable(shown), **_how(dataset, given))
    best_first = ranked(found, given["rank_by"])
    write_ranking(best_first, folder)
    if given["as_json"]:
        print_json(best_first)
    else:
        print_ranking(console(), best_first, found, given["rank_by"], folder)
    _end(found[best_first[0]["name"]], [])


def _end(evaluation: Evaluation, too_low: list[str]) -> None:
    """Tell on standard error what went wrong, and end with status 1 if anything did."""
    from qa.question import visible

    for problem in evaluation.problems[:_SHOWN]:
        click.secho(visible(problem), fg="yellow", err=True)
    if len(evaluation.problems) > _SHOWN:
        click.secho(f"and {len(evaluation.problems) - _SHOWN} more: see report.json", fg="yellow", err=True)
    for line in too_low:
        click.secho(line, fg="red", err=True)
    if evaluation.problems or too_low:
        raise click.exceptions.Exit(1)


@contextmanager
def _stoppable(folder: Path) -> Iterator[Callable[[Watch], Watch]]:
    """Ctrl-C and SIGTERM stop a run; then it is told how it goes on, after the bars, which would wipe that away.

    While questions are asked they do so between two answers: raised within `concurrent.futures`, the interrupt can
    leave a lock taken for which the threads that ask then wait for ever. Asked for again, it is raised at once.
    """
    asking = stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        if not asking or stopping:
            raise KeyboardInterrupt
        stopping = True

    def stoppable(shown: Watch) -> Watch:
        def watch(progress: Progress) -> bool:
            nonlocal asking
            asking = progress.of == "questions" and progress.done != progress.total
            if stopping:
                raise KeyboardInterrupt
            return shown(progress)

        return watch

    handled = [signal.SIGTERM] + [signal.SIGINT] * (signal.getsignal(signal.SIGINT) is not signal.SIG_IGN)
    before = {number: signal.signal(number, stop) for number in handled}
    try:
        yield stoppable
    except KeyboardInterrupt:
        click.echo(f"\nStopped. To go on, give {_again(folder)}", err=True)
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _again(folder: Path) -> str:
    return f"the same command with --resume --report {shlex.quote(str(folder))}"


@contextmanager
def _progress(folder: Path) -> Iterator[Watch]:
    """A bar on standard error with the rate and the time left, where that is a terminal.

    It says first how a run is continued: `kill -9` leaves no time for that.
    """
    from rich.progress import MofNCompleteColumn
    from rich.progress import Progress as Bars

    from qa.commands.terminal import Rate, console

    err = console(stderr=True)
    *columns, time_left = Bars.get_default_columns()
    columns += [MofNCompleteColumn(), Rate(), time_left]
    with Bars(*columns, console=err, transient=True, disable=not err.is_terminal) as bars:
        named = {"articles": "Taking in articles", "questions": "Asking questions"}
        tasks = {of: bars.add_task(name, total=None, visible=False) for of, name in named.items()}
        hint = iter([f"Answers are kept as they come. If this is stopped, {_again(folder)} goes on."])

        def watch(progress: Progress) -> bool:
            if progress.of == "questions":
                for line in hint:
                    err.print(line, soft_wrap=True, style="dim")
            bars.update(tasks[progress.of], completed=progress.done, total=progress.total, visible=True)
            return True

        yield watch
