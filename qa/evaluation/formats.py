"""The formats that questions with known answers come in, each a function from a file to what it holds."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal

from index.errors import EvaluationError, SourceError
from index.sources.decoding import decode
from index.types import Article
from qa.evaluation.pairs import ANSWERS, FIELDS, RIGHT, Pair, Problem, RowError, article_of, pair_of

Format = Literal["jsonl", "csv", "tsv", "squad", "beir"]
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a cell that begins so for a formula. We write such a cell with an apostrophe before it."""
NAME_THE_FORMAT = "; if it is of another format, name that with --format"
"""What may help on the command line."""
_LISTS = [name for name in ANSWERS if name != "answer"]
"""Columns of which a cell may hold several answers."""
_MAX_CELL = 10_000_000
_MAX_SHOWN = 100

Found = Pair | Article | Problem


def read_text(path: Path) -> str:
    """A UTF-8 file, unpacked. Raises OSError, EOFError or zlib.error, and EvaluationError for what is not UTF-8."""
    data = _unpacked(path)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise EvaluationError(f"{path} is not UTF-8 text (byte {error.start}); save it as UTF-8.") from error


def _unpacked(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def _spreadsheets_text(path: Path) -> str:
    """A table as spreadsheets save it, in whichever encoding. Raises as `read_text` does."""
    try:
        return decode(_unpacked(path))
    except SourceError as error:
        raise EvaluationError(f"{path} cannot be read: {error}.") from error


def _lines(path: Path) -> Iterator[tuple[str, Any]]:
    """Each line that is not blank: its place, and its value, or the RowError that it is; of a JSON list, each item."""
    text = read_text(path)
    if (items := _items(text)) is not None:
        yield from ((f"item {number}", _object(item)) for number, item in enumerate(items, start=1))
        return
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield f"line {number}", _value(line)


def _items(text: str) -> list[Any] | None:
    """What a file holds that is one JSON list."""
    if not text.lstrip().startswith("["):
        return None
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return whole if isinstance(whole, list) else None


def _value(line: str) -> Any:
    try:
        return _object(json.loads(line))
    except (ValueError, RecursionError):
        return RowError("this is not JSON")


def _object(value: Any) -> Any:
    return value if isinstance(value, dict) else RowError("this is not a JSON object")


def _jsonl(path: Path) -> Iterator[Found]:
    rows = list(_lines(path))
    _refuse_untold(path, [key for _, row in rows if isinstance(row, dict) and "question" in row for key in row])
    for place, row in rows:
        yield from _guarded(path, place, row, lambda row, place: _row(row, place, path.name))


def _refuse_untold(path: Path, columns: Iterable[str]) -> None:
    """Where no column says what is right, and another may have been meant to: every answer would count as wrong."""
    others = [column for column in dict.fromkeys(columns) if column not in FIELDS]
    if others and RIGHT.isdisjoint(columns):
        raise EvaluationError(
            f"Nothing in {path} says what is right: call what does `answers` (empty where nothing answers it) or "
            f"`article`, and not {', '.join(others)[:_MAX_SHOWN]}."
        )


def _row(row: Mapping[str, Any], place: str, name: str) -> Iterator[Found]:
    if row.get("context") is None:
        yield pair_of(row, place=place)
        return
    article = article_of(row["context"], title=row.get("title"), of=name)
    pair = pair_of(row, place=place, gold={article.id: 1})
    # Nothing is the right article of a question that nothing answers, though SQuAD 2.0 shows one beside it.
    yield pair if pair.answers else pair_of(row, place=place, gold={})
    yield article


def _guarded(
    path: Path, place: str, row: Any, read: Callable[[Mapping[str, Any], str], Iterable[Found]]
) -> Iterator[Found]:
    """What a row gives, or its problem: all of it or nothing."""
    try:
        if isinstance(row, RowError):
            raise row
        yield from list(read(row, place))
    except RowError as error:
        yield Problem(path.name, place, str(error))


def _csv(path: Path, delimiter: str = ",") -> Iterator[Found]:
    csv.field_size_limit(_MAX_CELL)
    text = _spreadsheets_text(path)
    first, _, _ = text.partition("\n")
    if delimiter == "," and "," not in first and ";" in first:
        delimiter = ";"  # as spreadsheets write it where the comma is in numbers
    table = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns = [name.strip().lower() for name in table.fieldnames or ()]
    if "question" not in columns:
        found = f", but {', '.join(columns)[:_MAX_SHOWN]}" if any(columns) else ""
        raise EvaluationError(f"{path} has no column `question` in its first line{found}{NAME_THE_FORMAT}.")
    _refuse_untold(path, columns)
    for place, row in _table_rows(table):
        yield from _guarded(path, place, row, lambda row, place: _row(row, place, path.name))


def _table_rows(table: csv.DictReader[str]) -> Iterator[tuple[str, Any]]:
    while True:
        row: Any
        try:
            row = next(table, None)
        except csv.Error as error:
            row = RowError(f"the quoting is broken ({error})")
        if row is None:
            return
        yield f"line {table.line_num}", row if isinstance(row, RowError) else _table_row(row)


def _table_row(row: dict[str | Any, Any]) -> Any:
    if None in row:
        return RowError("there are more cells than columns")
    if None in row.values():
        return RowError("there are fewer cells than columns")
    cells = {key.strip().lower(): _plain(value) for key, value in row.items()}
    filled: dict[str, Any] = {key: value for key, value in cells.items() if value.strip() or key in _LISTS}
    filled |= {key: _cell_list(cells[key]) for key in _LISTS if key in cells}
    if "history" in filled:
        filled["history"] = _cell_json(filled["history"])
    return filled


def _plain(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(FORMULA_STARTS) else cell


def _cell_list(cell: str) -> Any:
    value = _cell_json(cell)
    return value if isinstance(value, list) else [part.strip() for part in cell.split(" | ") if part.strip()]


def _cell_json(cell: str) -> Any:
    try:
        return json.loads(cell) if cell.lstrip().startswith("[") else cell
    except ValueError:
        return cell


def _squad(path: Path) -> Iterator[Found]:
    try:
        whole = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise EvaluationError(f"{path} is not JSON ({error}){NAME_THE_FORMAT}.") from error
    if not isinstance(whole, dict) or not isinstance(whole.get("data"), list):
        raise EvaluationError(f'{path} is not SQuAD\'s JSON: it has no list called "data".')
    for place, row in _squad_rows(whole, "", {}, ("data", "paragraphs", "qas")):
        yield from _guarded(path, place, row, lambda row, place: _row(row, place, path.name))


def _squad_rows(node: Any, place: str, shared: Mapping[str, Any], levels: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """The questions under a node, each with its paragraph's context and its article's title."""
    if not isinstance(node, dict):
        yield place, RowError("this is not a JSON object")
    elif not levels:
        wanted = {key: node[key] for key in ("id", "question", "answers", "is_impossible") if key in node}
        yield place, {**wanted, **shared}
    elif not isinstance(children := node.get(levels[0]), list):
        yield place, RowError(f"there is no list called {levels[0]}")
    else:
        shared = {**shared, **{key: node[key] for key in ("title", "context") if key in node}}
        for number, child in enumerate(children):
            yield from _squad_rows(child, f"{place}.{levels[0]}[{number}]".lstrip("."), shared, levels[1:])


def _beir(path: Path) -> Iterator[Found]:
    if not path.is_dir():
        raise EvaluationError(f"{path} is a file, and BEIR a folder, with corpus.jsonl, queries.jsonl and qrels.")
    judged = _qrels(path)
    for place, row in _lines(path / "corpus.jsonl"):
        yield from _guarded(path / "corpus.jsonl", place, row, lambda row, _: [_beir_article(row, path.name)])
    for place, row in _lines(path / "queries.jsonl"):
        if isinstance(row, RowError) or str(row.get("_id")) in judged:
            yield from _guarded(
                path / "queries.jsonl", place, row, lambda row, place: [_query(row, place, judged, path)]
            )


def _beir_article(row: Mapping[str, Any], name: str) -> Article:
    if "_id" not in row:
        raise RowError("there is no _id")
    return article_of(
        row.get("text") or row.get("title"), title=row.get("title"), source=f"{name}/{row['_id']}", of=name
    )


def _query(row: Mapping[str, Any], place: str, judged: Mapping[str, Mapping[str, int]], path: Path) -> Pair:
    gold = {f"{path.name}/{article}": grade for article, grade in judged[str(row["_id"])].items()}
    return pair_of({"id": row["_id"], "question": row.get("text")}, place=place, gold=gold)


def _qrels(path: Path) -> dict[str, dict[str, int]]:
    files = {file.stem: file for file in sorted((path / "qrels").glob("*.tsv"))}
    file = next((files[name] for name in ("test", "dev", *files) if name in files), None)
    if file is None:
        raise EvaluationError(f"{path / 'qrels'} holds no judgements: a BEIR folder has qrels/test.tsv.")
    judged: dict[str, dict[str, int]] = {}
    for number, line in enumerate(read_text(file).splitlines(), start=1):
        cells = line.split("\t")
        if number == 1 and not cells[-1].strip().lstrip("-").isdigit():
            continue
        try:
            query, article, grade = cells
            if int(grade) > 0:
                judged.setdefault(query, {})[article] = int(grade)
        except ValueError as error:
            raise EvaluationError(f"{file}, line {number}: not query, article and grade, separated by tabs.") from error
    return judged


READERS: dict[Format, Callable[[Path], Iterator[Found]]] = {
    "jsonl": _jsonl,
    "csv": _csv,
    "tsv": partial(_csv, delimiter="\t"),
    "squad": _squad,
    "beir": _beir,
}
