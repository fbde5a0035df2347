"""The Tantivy cache on disk: BM25 over titles and passages.

One document without text, the mark, says which store and generation a commit holds, so that both change in one step.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from index.caches.terms import analyser
from index.durable import CacheMissingError, CacheOutdatedError, CacheUnusableError, remove_folder, sync_folder
from index.storage.rows import Rows

if TYPE_CHECKING:
    import tantivy

log = logging.getLogger(__name__)

FOLDER_NAME = "words"
FIELDS = ("title", "text")
_WRITER_BYTES = 50_000_000


@dataclass(frozen=True, slots=True)
class Mark:
    """What a commit holds: every passage up to `last_passage` that was there at `generation` of the store."""

    store_id: str
    generation: int
    last_passage: int
    count: int


@dataclass(frozen=True, slots=True)
class WordIndex:
    """An opened index at one commit, whatever is written to its folder later; threads share it freely."""

    mark: Mark
    index: tantivy.Index
    searcher: tantivy.Searcher

    @classmethod
    def load(cls, folder: Path) -> WordIndex:
        """Open the index of an index folder. Raises CacheUnusableError, saying what is wrong with it."""
        path = folder / FOLDER_NAME
        if not path.exists():
            raise CacheMissingError("there is no word index yet")
        try:
            before = None
            # A writer may commit between the check and the opening: what was opened must be what was checked.
            while before != (before := (path / "meta.json").read_bytes()):
                opened = cls._load_checked(path) if os.access(path, os.W_OK) else cls._load_copy(path)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CacheUnusableError(f"the word index cannot be read ({error})") from error
        return opened

    @classmethod
    def _load_checked(cls, path: Path) -> WordIndex:
        _check_files(path, json.loads((path / "meta.json").read_bytes()))
        return cls._open(_tantivy_index(path))

    @classmethod
    def _load_copy(cls, path: Path) -> WordIndex:
        """Tantivy locks the folder that it opens, so one that is read-only is copied: faster than building anew."""
        with TemporaryDirectory(prefix="qa-words-") as copy:
            shutil.copytree(path, copy, dirs_exist_ok=True, copy_function=shutil.copyfile)
            return cls._load_checked(Path(copy))  # its files stay open, and mapped, when their names are gone

    @classmethod
    def build(cls, rows: Rows) -> WordIndex:
        """Make one of the stored passages that lives in memory only: for a folder that cannot be written."""
        index = _tantivy_index(None)
        _write(index, rows, None)
        return cls._open(index)

    @classmethod
    def update(cls, folder: Path, rows: Rows, base: WordIndex | None) -> None:
        """Bring the index on disk from `base` to `rows`; from nothing where it is None. Needs the write lock.

        Raises OSError, or ValueError, which is how Tantivy reports a full disk.
        """
        path = folder / FOLDER_NAME
        if base:
            try:
                _write(_tantivy_index(path), rows, base.mark)
            except ValueError as error:  # a commit that a full disk cut short leaves files in the way of the next one
                log.warning("%s: %s; it is built anew from the stored articles", path, error)
            else:
                return
        building = folder / f"{FOLDER_NAME}.tmp"
        remove_folder(building)
        building.mkdir()
        try:
            _write(_tantivy_index(building), rows, None)
        except ValueError:
            remove_folder(building)
            raise
        sync_folder(building)  # Tantivy does not, after the last name that it gives
        remove_folder(path)
        building.rename(path)
        sync_folder(folder)

    @classmethod
    def _open(cls, index: tantivy.Index) -> WordIndex:
        index.reload()
        searcher = index.searcher()
        return cls(_read_mark(index, searcher), index, searcher)

    @staticmethod
    def version(folder: Path) -> bytes:
        """Bytes that change with every commit; empty where there is none."""
        try:
            return (folder / FOLDER_NAME / "meta.json").read_bytes()
        except OSError:
            return b""

    def behind(self, rows: Rows) -> int:
        """How many passages came or went since."""
        return rows.passages_since(self.mark.generation, self.mark.last_passage)

    def check(self, rows: Rows) -> None:
        """Raise CacheUnusableError unless this index, less what was removed since, is what the store holds."""
        mark, meta = self.mark, rows.meta
        if mark.store_id != meta.store_id:
            raise CacheUnusableError("the word index belongs to another index")
        if not meta.caches_since <= mark.generation <= meta.generation:
            outdated = CacheOutdatedError if mark.generation < meta.caches_since else CacheUnusableError
            raise outdated(f"the word index is of generation {mark.generation}, which is void")
        if self.searcher.num_docs != mark.count + 1:
            raise CacheUnusableError(f"the word index holds {self.searcher.num_docs - 1} passages, not {mark.count}")
        removed = len(rows.removed_since(mark.generation, mark.last_passage))
        if mark.count - removed != (stored := rows.count_passages(mark.last_passage)):
            raise CacheUnusableError(f"the word index holds {mark.count - removed} passages, the store {stored}")


@cache
def _schema() -> tantivy.Schema:
    from tantivy import SchemaBuilder

    builder = SchemaBuilder()
    builder.add_unsigned_field("passage", indexed=True, fast=True)
    builder.add_unsigned_field("article", indexed=True)
    for name in FIELDS:
        builder.add_text_field(name, tokenizer_name="english_words", index_option="freq")
    builder.add_text_field("mark", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_json_field("marked", stored=True)
    return builder.build()


def _tantivy_index(path: Path | None) -> tantivy.Index:
    import tantivy

    index = tantivy.Index(_schema(), path=str(path) if path else None)
    index.register_tokenizer("english_words", analyser())
    index.config_reader(reload_policy="manual")
    return index


def _write(index: tantivy.Index, rows: Rows, base: Mark | None) -> None:
    """One commit that takes the index from `base` to `rows`."""
    from tantivy import Document, Query

    schema = _schema()
    writer = index.writer(_WRITER_BYTES, 1)
    if base:
        removed = rows.removed_since(base.generation, base.last_passage).tolist()
        writer.delete_documents_by_query(Query.term_set_query(schema, "passage", removed))
        writer.delete_documents_by_query(Query.term_query(schema, "mark", "mark"))
    last = base.last_passage if base else 0
    for words in rows.words(after=last):
        document = Document(title=words.title, text=words.text)
        document.add_unsigned("passage", words.number)
        document.add_unsigned("article", words.article)
        writer.add_document(document)
        last = words.number
    facts = {"store_id": rows.meta.store_id, "generation": rows.meta.generation, "last_passage": last}
    mark = Document(mark="mark")
    mark.add_json("marked", {**facts, "count": rows.count_passages()})
    mark.add_unsigned("passage", 0)
    writer.add_document(mark)
    writer.commit()
    writer.wait_merging_threads()


def _read_mark(index: tantivy.Index, searcher: tantivy.Searcher) -> Mark:
    from tantivy import Query

    hits = searcher.search(Query.term_query(index.schema, "mark", "mark"), 2).hits
    if len(hits) != 1:
        raise ValueError("it has no mark")
    return Mark(**searcher.doc(hits[0][1]).to_dict()["marked"][0])


def _check_files(path: Path, description: Mapping[str, list[dict[str, object]]]) -> None:
    """Check the CRC-32 that ends every file of the committed segments: Tantivy writes it and does not read it."""
    for segment in description["segments"]:
        deletes = segment["deletes"]
        deleted = f".{deletes['opstamp']}.del" if isinstance(deletes, dict) else None
        for file in path.glob(f"{str(segment['segment_id']).replace('-', '')}.*"):
            # A writer may be at work on the next list of deletions; only the committed one counts.
            if file.suffix != ".del" or (deleted and file.name.endswith(deleted)):
                _check_file(file)


def _check_file(file: Path) -> None:
    data = memoryview(file.read_bytes())
    end = len(data) - 8
    footer = end - int.from_bytes(data[end : end + 4], "little")
    if end < 0 or footer < 0 or zlib.crc32(data[:footer]) != json.loads(bytes(data[footer:end]))["crc"]:
        raise ValueError(f"the checksum of {file.name} does not match")
