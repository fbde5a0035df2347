"""What all that the `qa` command prints goes through. Titles, outlets and texts are strangers' words: they reach a
terminal only as visible characters, never as control sequences or as markup.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Timer

from rich.console import Console
from rich.padding import Padding
from rich.progress import Progress, ProgressColumn, Task
from rich.text import Text

from qa.question import visible

_PATIENCE_S = 1.0


def console(*, stderr: bool = False) -> Console:
    """A console that takes every text literally; in a pipe it neither wraps nor colours."""
    return Console(stderr=stderr, markup=False, emoji=False, highlight=False)


@contextmanager
def progress(description: str) -> Iterator[Callable[[float, int | None], None]]:
    """Gives a function to call with what is done and the total, None where that is not known.

    After a second, a bar on standard error shows it with the rate and the time left, where that is a terminal.
    """
    err = console(stderr=True)
    bar = Progress(*Progress.get_default_columns(), Rate(), console=err, transient=True, disable=not err.is_terminal)
    task = bar.add_task(description, total=None)
    timer = Timer(_PATIENCE_S, bar.start)
    timer.daemon = True
    timer.start()
    try:
        yield lambda done, total: bar.update(task, completed=done, total=total and max(total, done))
    finally:
        timer.cancel()
        timer.join()
        bar.stop()


class Rate(ProgressColumn):
    """How many are done each second; each minute where they are books."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed or 0.0
        rate = f"{speed:,.1f}/s" if speed >= 0.1 else f"{60 * speed:,.1f}/min"
        return Text(rate if speed else "", style="dim")


def write_fields(out: Console, fields: dict[str, str]) -> None:
    """A line for each: its name, and what it is."""
    for name, value in fields.items():
        write(out, Text(f"{name + ':':<12}", style="dim") + Text(visible(value)))


def write_under(out: Console, text: Text) -> None:
    """Indented, on a terminal every line of it."""
    out.print(Padding(text, (0, 0, 0, 4)) if out.is_terminal else Text("    ") + text, soft_wrap=not out.is_terminal)


def write(out: Console, text: Text) -> None:
    """Lines that are wrapped on a terminal alone."""
    out.print(text, soft_wrap=not out.is_terminal)
