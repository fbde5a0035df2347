"""Files of questions with known answers -> Dataset.

Formats: `jsonl` (an object a line, or one JSON list of them; with a `context` it becomes an article of its own),
`csv` and `tsv` (a header line; several answers in a cell are separated by ` | ` or are a JSON list), `squad` (SQuAD's
JSON, v1.1 and v2.0) and `beir` (a folder with corpus.jsonl, queries.jsonl and qrels/). Any file may be compressed with
gzip (`.gz`).
"""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from index.errors import EvaluationError
from index.types import Article
from qa.evaluation.formats import NAME_THE_FORMAT, READERS, Format, read_text
from qa.evaluation.pairs import Dataset, Pair, Problem

_SHOWN = 5


def read_pairs(path: str | Path, *, format: Format | None = None, strict: bool = False) -> Dataset:
    """The questions of a file or a BEIR folder; its format is found out where it is not named.

    Rows that cannot be used are in `problems`, and the others are kept; with `strict` one such row refuses all.
    Raises EvaluationError for that, for ids that occur twice, and where there is no usable question.
    """
    path = Path(path)
    try:
        format = format or sniff(path)
        found = list(READERS[format](path))
    except (OSError, EOFError, zlib.error) as error:
        raise EvaluationError(f"{path} cannot be read ({error}); name a file or folder of questions.") from error
    pairs = [one for one in found if isinstance(one, Pair)]
    problems = [one for one in found if isinstance(one, Problem)]
    if strict and problems:
        raise EvaluationError(
            f"{len(problems)} unusable, beginning with {problems[0]}. Correct it, or leave out --strict."
        )
    if not pairs:
        if not problems:
            raise EvaluationError(f"{path} holds no question at all, as {format}{NAME_THE_FORMAT}.")
        raise EvaluationError(
            f"{path} holds no usable question as {format}, beginning with {problems[0]}{NAME_THE_FORMAT}."
        )
    _refuse_duplicates(path, pairs)
    articles = {one.id: one for one in found if isinstance(one, Article)}
    return Dataset(path.name, tuple(pairs), tuple(articles.values()), tuple(problems))


def sniff(path: Path) -> Format:
    """The format by name and first characters. Raises EvaluationError where neither tells, OSError."""
    if path.is_dir():
        if (path / "queries.jsonl").is_file():
            return "beir"
        raise EvaluationError(f"{path} is a folder without queries.jsonl: name a file of questions or a BEIR folder.")
    suffix = path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix
    match suffix.lower():
        case ".csv":
            return "csv"
        case ".tsv" | ".tab":
            return "tsv"
        case ".jsonl" | ".ndjson":
            return "jsonl"
    return _sniff_text(read_text(path)[:100_000].lstrip())


def _sniff_text(start: str) -> Format:
    first, _, _ = start.partition("\n")
    if first.startswith("["):
        return "jsonl"
    if first.startswith("{"):
        return "jsonl" if _is_row(first) else "squad"
    return "tsv" if "\t" in first else "csv"


def _is_row(line: str) -> bool:
    try:
        value = json.loads(line)
    except ValueError:  # laid out over several lines, or too long to be a row
        return False
    return isinstance(value, dict) and "data" not in value


def _refuse_duplicates(path: Path, pairs: Iterable[Pair]) -> None:
    twice = [identifier for identifier, times in Counter(pair.id for pair in pairs).items() if times > 1]
    if twice:
        shown = ", ".join(map(repr, twice[:_SHOWN])) + (", ..." if len(twice) > _SHOWN else "")
        raise EvaluationError(f"{path} uses an id more than once ({shown}): give every question its own.")
