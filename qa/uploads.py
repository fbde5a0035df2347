"""Files that were put in through the page: read from where the server keeps them, named as the person named them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue

from index.ingest import Progress, ingest
from index.protocols import ArticleIndex
from index.sources import SourceReader
from index.sources.documents import Document
from index.sources.found import Found
from index.sources.kinds import KIND_BY_SUFFIX
from index.types import Failure, IngestReport, Skipped

UPLOADED = sorted(suffix for suffix, kind in KIND_BY_SUFFIX.items() if kind != "feed")
"""The endings of files that can be put in; what a feed names is on the web, where uploads lead nobody."""

_ORIGIN = "upload/"


class UploadReader(SourceReader):
    """Reads uploaded files. An article's source is `upload/` and the file's name: the same file is the same article."""

    def read(self, source: str) -> Iterator[Found]:
        """The articles of the file at this path. Its failures bear its name alone."""
        path = Path(source)
        for found in self.document(Document(origin=_ORIGIN + path.name, name=path.name, path=path)):
            if isinstance(found, Failure | Skipped):
                yield replace(found, source=found.source.removeprefix(_ORIGIN))
            else:
                yield found


def take_in(index: ArticleIndex, paths: list[str]) -> Iterator[Progress | IngestReport]:
    """Add uploaded files, saying how far it is, and then what became of them. Raises what `ingest` raises.

    Whoever stops listening stops nothing: what was begun is finished.
    """
    told: SimpleQueue[Progress | None] = SimpleQueue()
    with ThreadPoolExecutor(1) as worker, UploadReader() as reader:
        running = worker.submit(ingest, index, paths, reader=reader, on_progress=told.put)
        running.add_done_callback(lambda _: told.put(None))
        while progress := told.get():
            yield progress
        yield running.result()
