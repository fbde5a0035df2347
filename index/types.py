"""The values that the index takes and gives. All are frozen: change one with `dataclasses.replace`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Article:
    """One article, cleaned. Every offset in the product counts characters (code points) of `text`.

    `id` is derived from `source`, the canonical one (the page's own URL where it states one, else the absolute
    path), so the same article taken in twice has the same id. `content_hash` is the SHA-256, in hexadecimal, over
    everything that a reader could see change: title, text and metadata. `copy_of` is what an index found out: the id of
    the article that this one is a near copy of. It is no part of the article, and does not count when two are compared.
    """

    id: str
    source: str
    title: str
    text: str
    content_hash: str
    published: date | None = None
    author: str | None = None
    outlet: str | None = None
    language: str | None = None
    copy_of: str | None = field(default=None, compare=False)

    @property
    def story(self) -> str:
        """The same for an article and all its copies: sources are independent where their stories differ."""
        return self.copy_of or self.id


@dataclass(frozen=True, slots=True)
class Passage:
    """A slice of an article along sentence boundaries: `text == article.text[start:end]`."""

    article_id: str
    ordinal: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that a search found, with its whole article, so that reading and citing need no second look-up.

    `score` compares within one search only. A rank counts from 1; None where that retriever did not return it.
    """

    passage: Passage
    article: Article
    score: float
    word_rank: int | None = None
    vector_rank: int | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which articles a search may look at. Acts before ranking. An empty tuple or None means any."""

    article_ids: tuple[str, ...] = ()
    outlets: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None


EVERYTHING = Filter()


@dataclass(frozen=True, slots=True)
class ArticleSummary:
    """A line of the library's list: an article without its text."""

    id: str
    source: str
    title: str
    published: date | None
    author: str | None
    outlet: str | None
    language: str | None
    characters: int
    passages: int
    copy_of: str | None = None
    """The article, first taken in, that this one is a near copy of."""

    @property
    def story(self) -> str:
        """The same for an article and all its copies."""
        return self.copy_of or self.id


@dataclass(frozen=True, slots=True)
class Failure:
    """A source that could not be taken in, and why, in words for a person."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """Files that came along with articles and are none, as pictures and styles do; why, in words for a person."""

    source: str
    reason: str
    files: int = 1


@dataclass(frozen=True, slots=True)
class Note:
    """What a person should know of an article that was taken in all the same."""

    source: str
    text: str


@dataclass(frozen=True, slots=True)
class Visit:
    """An address as it was when it was last read: what its site calls that state, and the articles it gave.

    Of a file, `url` is its path, `etag` a digest of its bytes, and `last_modified` one of its articles.
    """

    url: str
    etag: str | None
    last_modified: str | None
    article_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Copy:
    """An article that is a near copy of another one."""

    id: str
    copy_of: str


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What became of the inputs; each article or failed source is counted once. The tuples hold article ids.

    `copies` are those of the added and updated ones that are near copies of another article in the index. What was
    `skipped` counts neither as taken in nor as failed.
    """

    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    failed: tuple[Failure, ...] = ()
    copies: tuple[Copy, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def skipped_files(self) -> int:
        return sum(one.files for one in self.skipped)

    @property
    def total(self) -> int:
        return len(self.added) + len(self.updated) + len(self.unchanged) + len(self.failed)


@dataclass(frozen=True, slots=True)
class EmbedderIdentity:
    """What an index must share with an embedder for their vectors to compare."""

    name: str
    revision: str
    dimension: int
    fingerprint: str
    """SHA-256 of the model's weights, in hexadecimal."""


@dataclass(frozen=True, slots=True)
class IndexInfo:
    """What is in an index folder."""

    folder: str
    generation: int
    """Grows by one with every commit that changes articles."""
    articles: int
    passages: int
    embedder: EmbedderIdentity
    bytes_on_disk: int
