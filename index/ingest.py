"""Sources into an index, a batch of articles at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from index.protocols import ArticleSink, Change, VisitMemory
from index.sources import SourceReader, count_inputs
from index.sources.columns import Columns
from index.sources.found import Found, Opened, Unchanged
from index.types import Article, Copy, Failure, IngestReport, Note, Skipped, Visit

BATCH_CHARACTERS = 64_000
"""Of the articles that are embedded and committed together: about two seconds of work on two cores."""

BATCH_ARTICLES = 256
"""The most articles of a batch, however short."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an ingest is. `done` counts what is committed or has failed; `total` is None where it is not known.

    `total` can turn out too low: an article that is found in no count still counts as done. `under_way` is how many
    articles' worth of work has been done on those that are not committed yet; less than 1 while it is one long book.
    """

    done: int
    total: int | None
    source: str
    under_way: float = 0.0


def ingest(
    index: ArticleSink,
    sources: Sequence[str],
    *,
    reader: SourceReader | None = None,
    memory: VisitMemory | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    on_table: Callable[[str, Columns], None] | None = None,
) -> IngestReport:
    """Take in whatever the sources hold; what fails is reported and stops nothing else.

    Each batch is durable once it is counted as done, also when a later one is interrupted or raises. Where a run
    holds the same article more than once, the last one stays, and each is counted. `reader` says how sources are
    read, by default without the web; it stays open. Visits to the web are kept in `memory`. `on_table` is told of each
    table which of its columns are used, before its first article is taken in.
    """
    run = _Run(index, memory, on_progress, on_table, count_inputs(sources) if on_progress else None)
    if reader is None:
        with closing(SourceReader()) as reader:
            run.take_all(reader, sources)
    else:
        run.take_all(reader, sources)
    index.publish()
    return IngestReport(
        added=tuple(run.ids["added"]),
        updated=tuple(run.ids["updated"]),
        unchanged=tuple(run.ids["unchanged"]),
        failed=tuple(run.failed),
        copies=_copies(index, [*run.ids["added"], *run.ids["updated"]]),
        skipped=tuple(run.skipped),
        notes=tuple(run.notes),
    )


def _copies(index: ArticleSink, article_ids: Sequence[str]) -> tuple[Copy, ...]:
    found = index.copies(article_ids) if article_ids else {}
    return tuple(
        Copy(article_id, found[article_id]) for article_id in dict.fromkeys(article_ids) if article_id in found
    )


@dataclass(slots=True)
class _Run:
    """What has been done so far, and the batch that is being gathered."""

    index: ArticleSink
    memory: VisitMemory | None
    on_progress: Callable[[Progress], None] | None
    on_table: Callable[[str, Columns], None] | None
    total: int | None
    ids: dict[Change, list[str]] = field(default_factory=lambda: {"added": [], "updated": [], "unchanged": []})
    failed: list[Failure] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    batch: dict[str, Article] = field(default_factory=dict)
    characters: int = 0
    repeats: list[tuple[str, Change]] = field(default_factory=list)
    """Articles that came again while their batch was gathered, counted when it is committed."""
    visits: list[Visit] = field(default_factory=list)

    def take_all(self, reader: SourceReader, sources: Sequence[str]) -> None:
        for source in sources:
            for found in reader.read(source):
                self.take(found)
        self.commit()

    def take(self, found: Found) -> None:
        match found:
            case Article():
                self._gather(found)
            case Failure():
                self.failed.append(found)
                self._report(found.source)
            case Skipped():
                self.skipped.append(found)
            case Note():
                self.notes.append(found)
            case Unchanged(visit):
                self.ids["unchanged"].extend(visit.article_ids)
                self._report(visit.url)
            case Visit():
                self.visits.append(found)
            case Opened(origin, _, columns) if columns and self.on_table:
                self.on_table(origin, columns)

    def _gather(self, found: Article) -> None:
        earlier = self.batch.get(found.id)
        if earlier:
            self.repeats.append((found.id, "unchanged" if earlier.content_hash == found.content_hash else "updated"))
        self.batch[found.id] = found
        self.characters += len(found.text)
        if self.characters >= BATCH_CHARACTERS or len(self.batch) == BATCH_ARTICLES:
            self.commit()

    def commit(self) -> None:
        """Make durable what was gathered: the articles, and only then that their pages need not be read again."""
        if self.batch:
            self._add()
        if self.visits and self.memory:
            self.memory.remember(self.visits)
        self.visits.clear()

    def _add(self) -> None:
        articles = list(self.batch.values())
        outcome = self.index.add(articles, on_embedded=self._report_embedded)
        changes = zip((article.id for article in articles), outcome, strict=True)
        for article_id, change in [*changes, *self.repeats]:
            self.ids[change].append(article_id)
        self.batch.clear()
        self.repeats.clear()
        self.characters = 0
        self._report(articles[-1].source)

    def _report_embedded(self, passages: int, of: int) -> None:
        last = next(reversed(self.batch.values()))
        self._report(last.source, under_way=len(self.batch) * passages / of)

    def _report(self, source: str, under_way: float = 0.0) -> None:
        if self.on_progress:
            done = sum(map(len, self.ids.values())) + len(self.failed)
            self.on_progress(Progress(done, self.total, source, under_way))
