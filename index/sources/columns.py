"""Which column of a table is an article's title, which its text, and so on: as a person says, else as it is named."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from index.errors import ConfigError, SourceError
from index.sources.blocks import join_blocks
from index.sources.drafts import Draft, exported_source, parse_date
from index.sources.markup import markup_blocks
from index.sources.text import name_as_title

FIELDS = ("title", "text", "url", "published", "author", "outlet", "language")

_IS_HTML = re.compile(
    r"\s*(?:<!--(?:(?!-->).)*-->\s*)*<(p|div|h[1-6]|ul|ol|article|section|figure|blockquote)\b[^<>]*>.*</\1\s*>",
    re.IGNORECASE | re.DOTALL,
)

EXPORTED = {"id", "source", "content_hash", "copy_of"}
"""What an exported table has beside the fields. The first two are used, the others come out again as they were."""

_NAMES: Mapping[str, tuple[str, ...]] = {
    "title": ("title", "headline", "articletitle", "heading", "subject"),
    "text": ("text", "body", "content", "articletext", "articlebody", "fulltext", "maintext", "article", "story"),
    "url": ("url", "link", "canonicalurl", "articleurl", "href", "permalink"),
    "published": (
        *("published", "date", "publishedat", "publisheddate", "publishdate", "publicationdate", "datepublished"),
        *("pubdate", "datepublish", "datetime", "timestamp"),
    ),
    "author": ("author", "authors", "byline", "creator", "writer"),
    "outlet": ("outlet", "source", "publisher", "publication", "sitename", "newspaper", "domain"),
    "language": ("language", "lang"),
}


@dataclass(frozen=True, slots=True)
class Columns:
    """The column that each field is taken from, by its name; `unused` are the others."""

    by_field: Mapping[str, str]
    unused: tuple[str, ...] = ()

    def __str__(self) -> str:
        chosen = ", ".join(f"{field} from {column!r}" for field, column in self.by_field.items())
        unused = f"; not used: {', '.join(map(repr, self.unused[:20]))}" if self.unused else ""
        return chosen + unused


def parse_columns(entries: Sequence[str]) -> dict[str, str]:
    """Of words as "text=Body": the column that each field is to be taken from. Raises ConfigError."""
    named: dict[str, str] = {}
    for entry in entries:
        field, separator, column = entry.partition("=")
        if not separator or field not in FIELDS or not column:
            raise ConfigError(f"{entry!r} names no column: write FIELD=COLUMN, FIELD being one of {', '.join(FIELDS)}.")
        named[field] = column
    return named


def choose_columns(header: Sequence[str], named: Mapping[str, str]) -> Columns:
    """Those that a person named, then those whose names say what they hold. Raises SourceError without a text."""
    for field, column in named.items():
        if column not in header:
            raise SourceError(f"it has no column {column!r} for the {field}; its columns are {_listed(header)}")
    chosen: dict[str, str] = dict(named)
    for field, names in _NAMES.items():
        free = [column for column in header if column not in chosen.values()]
        if field not in chosen and (found := _called(names, free)):
            chosen[field] = found
    if "text" not in chosen:
        raise SourceError(
            f"none of its columns is called text; they are {_listed(header)}: name one with --column text=COLUMN"
        )
    exported = EXPORTED if set(header) >= EXPORTED else set()
    unused = tuple(column for column in header if column not in {*chosen.values(), *exported})
    return Columns({field: chosen[field] for field in FIELDS if field in chosen}, unused)


def is_header(header: Sequence[str]) -> bool:
    """Whether the first line of a text, taken apart, names the columns of a table of articles."""
    return len(header) > 1 and _called(_NAMES["text"], header) is not None


def draft_of_row(row: Mapping[str, str | None], columns: Columns, *, origin: str, number: int) -> Draft:
    """One row as an article. Raises SourceError where it has no text or an impossible date."""
    values = {field: (row.get(column) or "").strip() for field, column in columns.by_field.items()}
    published = values.get("published", "")
    day = parse_date(published)
    if published and day is None:
        raise SourceError(f"{published[:40]!r} is no date: write it as 2023-04-05")
    title, language = values.get("title") or "", values.get("language") or None
    source = exported_source(row.get("id"), row.get("source"))
    return Draft(
        origin=f"{origin}#{row_name(title, number)}",
        title=title if title or source else f"{name_as_title(origin)}, row {number}",
        text=values["text"] if source else without_markup(values["text"]),
        url=values.get("url") or None,
        published=day,
        author=values.get("author") or None,
        outlet=values.get("outlet") or None,
        language=language if source else language_code(language),
        source=source,
    )


def without_markup(text: str) -> str:
    """What a person would see of a text that is HTML, as sites and blogs export theirs; any other as it is."""
    if not _IS_HTML.match(text):
        return text
    return join_blocks(markup_blocks(text))


def language_code(stated: str | None) -> str | None:
    """Of a language tag such as "en-GB", what tells the language."""
    return (stated or "").strip()[:2].lower() or None


def row_name(title: str, number: int) -> str:
    """What tells a row from the others of its file: its title where it has one, so that order may change."""
    return re.sub(r"[\W_]+", "-", title.casefold()).strip("-") or str(number)


def _called(names: Sequence[str], columns: Sequence[str]) -> str | None:
    """The column that has the first of these names, whatever its case and its punctuation."""
    by_name = {re.sub(r"[\W_]+", "", column.casefold()): column for column in reversed(columns)}
    return next((by_name[name] for name in names if name in by_name), None)


def _listed(header: Sequence[str]) -> str:
    return ", ".join(repr(column[:60]) for column in header[:20])
