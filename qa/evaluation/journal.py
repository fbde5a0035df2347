"""A run's folder: rows.jsonl grows by a line with every answer, so that a run that was killed can be continued.

`run.json` holds what the answers depend on. It is written before the first row, and a run goes on only where all of it
is as it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from index.durable import replace_file
from index.errors import EvaluationError
from qa.evaluation.rows import Row

ROWS = "rows.jsonl"
WRITTEN = (ROWS, "report.html", "report.json", "rows.csv", "junit.xml")
"""What a run and its report leave in the folder, beside what the run depends on."""
_RUN = "run.json"
_LOCK = ".lock"


def read_rows(folder: Path) -> list[Row]:
    """The rows of a report. Raises EvaluationError where there are none or one is damaged."""
    try:
        lines = (folder / ROWS).read_text(encoding="utf-8").split("\n")
        return [Row.from_json(line) for line in lines if line]
    except (OSError, ValueError, TypeError) as error:
        raise EvaluationError(f"{folder} holds no report of `qa evaluate`: its {ROWS} cannot be read.") from error


def rows_jsonl(rows: Iterable[Row]) -> str:
    """What `read_rows` reads."""
    return "".join(f"{row.to_json()}\n" for row in rows)


class Journal:
    """The rows of one run. Use as a context manager: one process at a time has the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open = ExitStack()
        self._made: list[Path] = []

    def __enter__(self) -> Journal:
        try:
            self._made = [one for one in (self._folder, *self._folder.parents) if not one.exists()]
            self._folder.mkdir(parents=True, exist_ok=True)
            self._open.enter_context(FileLock(self._folder / _LOCK, timeout=0))
        except Timeout as error:
            raise EvaluationError(f"{self._folder} is being written by another run; wait, or name another.") from error
        except OSError as error:
            raise EvaluationError(
                f"No report can be written to {self._folder} ({error.strerror}); name another folder."
            ) from error
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._open.close()
        if not (self._folder / _RUN).exists():
            with suppress(OSError):  # what has not begun leaves nothing behind, but what was there before stays
                (self._folder / _LOCK).unlink()
                for made in self._made:
                    made.rmdir()

    def refuse_to_overwrite(self, *, resume: bool = False) -> None:
        """Raises EvaluationError where a run has begun here that is not resumed, or what no run made would be lost."""
        if (self._folder / _RUN).exists():
            if not resume:
                raise EvaluationError(
                    f"{self._folder} holds a run already: continue it with --resume, or name another folder."
                )
        elif others := [name for name in WRITTEN if (self._folder / name).exists()]:
            raise EvaluationError(
                f"{self._folder} holds a file {others[0]} that is of no run, and would be lost: name another folder."
            )

    def begin(self, fingerprint: Mapping[str, str]) -> list[Row]:
        """What was answered before; nothing for a new run. `append` comes after this.

        Raises EvaluationError if a run began here with something else, naming what has changed.
        """
        path = self._folder / _RUN
        if path.exists():
            self._refuse_changes(_fingerprint(path), fingerprint)
        else:
            replace_file(path, json.dumps(fingerprint, indent=2).encode())
        rows = self._whole_rows()
        self._write(rows)  # a row that was cut short goes, so that the next one starts on a line of its own
        self._file = self._open.enter_context((self._folder / ROWS).open("a", encoding="utf-8"))
        return rows

    def append(self, row: Row) -> None:
        """Add an answer. From here on it survives the end of this process."""
        self._file.write(f"{row.to_json()}\n")
        self._file.flush()

    def finish(self, rows: Sequence[Row]) -> None:
        """Put the rows in their final order."""
        self._file.close()
        self._write(rows)

    def _refuse_changes(self, before: Mapping[str, str], now: Mapping[str, str]) -> None:
        changed = [name for name in now if before.get(name) != now[name]]
        if changed:
            raise EvaluationError(
                f"The run in {self._folder} cannot go on, because what it depends on has changed since: "
                f"{', '.join(changed)}. Put it back, or start anew in another folder."
            )

    def _whole_rows(self) -> list[Row]:
        rows: dict[str, Row] = {}
        path = self._folder / ROWS
        for line in path.read_text(encoding="utf-8", errors="replace").split("\n") if path.exists() else ():
            try:
                row = Row.from_json(line)
            except (ValueError, TypeError):
                continue
            rows[row.id] = row
        return list(rows.values())

    def _write(self, rows: Sequence[Row]) -> None:
        replace_file(self._folder / ROWS, rows_jsonl(rows).encode())


def _fingerprint(path: Path) -> Mapping[str, str]:
    try:
        found = json.loads(path.read_bytes())
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise EvaluationError(f"{path} was not written by `qa evaluate`, or is damaged: name another folder.")
    return found
