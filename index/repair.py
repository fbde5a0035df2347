"""A damaged index made sound: what is right is kept as it is, what can be made anew is, and what is lost is named.

The store is never mended in place. Every row whose hash is right goes into a new one, which takes the old one's place
when it is whole. An article that is not as it was written is set apart in a file, with whatever can be read of it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from index.backup import drop_caches, publish, put_in_place, staged
from index.caches.verify import LoadedCaches
from index.durable import make_folder, sync_folder, write_file
from index.errors import DamageError, NotAnIndexError
from index.local import check_embedder, prepared
from index.protocols import Embedder
from index.storage.changes import Changes
from index.storage.database import STORE_NAME, connect, disk_errors, translated
from index.storage.records import article_hash, passage_hash
from index.storage.rows import OnProgress
from index.storage.store import QUARANTINE_NAME, STAGING_NAME, Store
from index.types import Article

_TABLES = {"articles": "number", "stories": "article", "passages": "number", "visits": "rowid"}
Row = tuple[Any, ...]
_ARTICLE_FIELDS = ("id", "source", "title", "text", "content_hash", "published", "author", "outlet", "language")


@dataclass(frozen=True, slots=True)
class Quarantined:
    """An article that is no longer in the index, because it is not as it was written. What is not known is empty."""

    id: str
    source: str
    title: str


@dataclass(frozen=True, slots=True)
class RepairReport:
    """What was wrong and what became of it; with no problems, only the caches were built anew.

    `embedded_anew` are ids of articles whose passages were damaged. `quarantine` is the file with the articles that
    were lost, if any were.
    """

    problems: tuple[str, ...] = ()
    embedded_anew: tuple[str, ...] = ()
    quarantined: tuple[Quarantined, ...] = ()
    visits_forgotten: int = 0
    quarantine: str | None = None


def repair(folder: Path, load_embedder: Callable[[], Embedder], on_progress: OnProgress | None = None) -> RepairReport:
    """Make the index sound again, and build its caches anew from what is stored. Readers go on meanwhile.

    The embedder is loaded only if an article has lost passages. `on_progress` takes the rows looked at and their
    number. Raises as `Store.open` does, EmbedderMismatchError, ModelError, IndexLockedError, StorageError, and
    NotAnIndexError where not even the tables can be found.
    """
    try:
        with closing(Store.open(folder)) as store, store.locked():
            if problems := _problems(store):
                with staged(folder / STAGING_NAME) as staging, translated(folder):
                    report = _rebuilt(store, staging, load_embedder, problems, on_progress)
            else:  # the caches of a damaged store would be void anyway
                with store.reading() as rows:
                    report = RepairReport(tuple(LoadedCaches.load(folder).problems(rows)))
            drop_caches(folder)
    except DamageError as error:
        raise NotAnIndexError(
            f"The store in {folder} is too damaged to be repaired ({error.what}): restore a backup with `qa restore`."
        ) from error
    publish(folder)
    return report


def _problems(store: Store) -> list[str]:
    problems: list[str] = []
    try:
        with store.reading() as rows:
            problems.extend(rows.problems())
    except NotAnIndexError as error:  # so damaged that SQLite itself stops
        problems.append(str(error))
    return problems


def _rebuilt(
    store: Store,
    staging: Path,
    load_embedder: Callable[[], Embedder],
    problems: Sequence[str],
    on_progress: OnProgress | None,
) -> RepairReport:
    """Build a sound store in the staging folder, and put it in the place of the damaged one."""
    with store.reading() as rows:
        Store.create_or_open(staging, rows.meta.embedder).close()
    with closing(connect(store.folder, "mode=rw")) as old, closing(connect(staging, "mode=rw")) as new:
        old.text_factory = lambda data: data.decode("utf-8", "replace")
        salvage = _Salvage(old, new, on_progress)
        new.execute("BEGIN IMMEDIATE")
        salvage.all()
        new.execute("COMMIT")
    lost = list(salvage.lost.values())
    with closing(Store.open(staging)) as fresh:
        anew = _embed_anew(fresh, lambda: _loaded(load_embedder, store))
        with fresh.reading() as rows:
            if left := next(rows.problems(), None):
                raise DamageError(store.folder, left)
    quarantine = _set_apart(store.folder, lost) if lost else None
    put_in_place(staging / STORE_NAME, store.folder)
    named = tuple(Quarantined(*(str(row.get(name) or "") for name in ("id", "source", "title"))) for row in lost)
    return RepairReport(tuple(problems), anew, named, salvage.visits_forgotten, quarantine)


@dataclass(slots=True)
class _Salvage:
    """Takes sound rows from one database into another, by number, so that one bad page costs only its own rows."""

    old: sqlite3.Connection
    new: sqlite3.Connection
    on_progress: OnProgress | None
    hashes: dict[int, bytes] = field(default_factory=dict)
    """Of the articles that are sound, by number."""
    lost: dict[int, dict[str, object]] = field(default_factory=dict)
    visits_forgotten: int = 0
    done: int = 0

    def all(self) -> None:
        highest = {table: self._highest(table) for table in _TABLES}
        takers = {"articles": self._article, "stories": self._story, "passages": self._passage, "visits": self._visit}
        for table, take in takers.items():
            for number, row in self._rows(table, highest[table], sum(highest.values())):
                take(number, row)
        for table in ("articles", "passages"):  # so that no number is ever given twice
            self.new.execute("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
            self.new.execute("INSERT INTO sqlite_sequence VALUES (?, ?)", (table, highest[table]))

    def _article(self, number: int, row: Row | None) -> None:
        if row is None:
            self.lost[number] = {"problem": "it cannot be read"}
        elif row[-1] == article_hash(row[1:10]):
            self._insert("articles", (*row[:10], len(row[4]), row[-1]))
            self.hashes[number] = row[-1]
        else:
            self.lost[number] = {**dict(zip(_ARTICLE_FIELDS, row[1:10], strict=True)), "problem": "it is damaged"}

    def _story(self, number: int, row: Row | None) -> None:
        """Stories are found anew, but an article that is gone without a trace has left its id here."""
        if number not in self.hashes:
            lost = self.lost.setdefault(number, {"problem": "it is gone"})
            lost.setdefault("id", row[1] if row else "")

    def _passage(self, _: int, row: Row | None) -> None:
        if row and row[1] in self.hashes and row[6] == passage_hash(self.hashes[row[1]], row[:5], row[5]):
            self._insert("passages", row)

    def _visit(self, _: int, row: Row | None) -> None:
        if row and row[-1] == article_hash(row[:-1]):
            self._insert("visits", row)
        else:
            self.visits_forgotten += 1

    def _rows(self, table: str, highest: int, total: int) -> Iterator[tuple[int, Row | None]]:
        """Each row of a table by its number; None for one that is there but cannot be read."""
        query = f"SELECT * FROM {table} WHERE {_TABLES[table]} = ?"  # noqa: S608 - one of three names
        for number in range(1, highest + 1):
            self.done += 1
            if self.on_progress and self.done % 1000 == 0:
                self.on_progress(self.done, total)
            try:
                row = self.old.execute(query, (number,)).fetchone()
            except sqlite3.DatabaseError:
                yield number, None
                continue
            if row is not None:
                yield number, row

    def _highest(self, table: str) -> int:
        """The highest number in a table, as far as it can still be told."""
        found = [0]
        for query in (
            f"SELECT max({_TABLES[table]}) FROM {table}",  # noqa: S608 - one of three names
            f"SELECT seq FROM sqlite_sequence WHERE name = '{table}'",  # noqa: S608
        ):
            try:
                row = self.old.execute(query).fetchone()
            except sqlite3.DatabaseError:
                continue
            found.append(row[0] if row and isinstance(row[0], int) else 0)
        return max(found)

    def _insert(self, table: str, row: Sequence[object]) -> None:
        marks = ", ".join("?" * len(row))
        self.new.execute(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", row)  # noqa: S608 - one of three names


def _embed_anew(fresh: Store, load_embedder: Callable[[], Embedder]) -> tuple[str, ...]:
    """Find the stories anew, and split and embed the articles that have lost passages. Answers their ids."""
    with fresh.writing() as changes:
        changes.stories.begin_anew()
        broken = [article for article in changes.articles() if not _is_whole(article, changes.spans(article.id))]
        if broken:
            _give_passages(changes, broken, load_embedder())
    return tuple(article.id for article in broken)


def _give_passages(changes: Changes, articles: Sequence[Article], embedder: Embedder) -> None:
    for article in articles:
        ((_, passages, vectors),) = prepared([article], embedder)
        changes.drop_passages(article.id)
        changes.give_passages(article.id, passages, vectors)


def _loaded(load_embedder: Callable[[], Embedder], store: Store) -> Embedder:
    """The embedder, if it is the one that the index is of."""
    embedder = load_embedder()
    with store.reading() as rows:
        check_embedder(rows, embedder.identity)
    return embedder


def _is_whole(article: Article, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether passages hold every character of an article that is not blank."""
    place, gaps = 0, []
    for start, end in spans:
        gaps.append(article.text[place:start])
        place = end
    return not "".join([*gaps, article.text[place:]]).strip()


def _set_apart(folder: Path, lost: Sequence[dict[str, object]]) -> str:
    """Write what can be read of lost articles, one a line, and the file's name."""
    parent = folder / QUARANTINE_NAME
    lines = (json.dumps(row, default=repr) + "\n" for row in lost)
    with disk_errors(folder):
        make_folder(parent)
        file = parent / f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}.jsonl"
        write_file(file, "".join(lines).encode())
        sync_folder(parent)
    return str(file)
