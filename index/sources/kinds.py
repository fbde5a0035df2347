"""What kind of source a file is: by its first bytes where they tell, else by its name."""

from __future__ import annotations

import json
import re
from pathlib import PurePath
from typing import Literal

from index.errors import NoArticleError, SourceError
from index.sources.decoding import encoding_by_mark

Kind = Literal[
    "text",
    "markdown",
    "html",
    "rows",
    "json",
    "table",
    "parquet",
    "pdf",
    "docx",
    "odt",
    "epub",
    "feed",
    "sitemap",
    "zip",
    "tar",
    "gzip",
    "bzip2",
]

HEAD_BYTES = 65_536
"""How much of a file is looked at."""

KIND_BY_SUFFIX: dict[str, Kind] = {
    ".txt": "text",
    ".text": "text",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".jsonl": "rows",
    ".ndjson": "rows",
    ".json": "json",
    ".csv": "table",
    ".tsv": "table",
    ".parquet": "parquet",
    ".pdf": "pdf",
    ".docx": "docx",
    ".odt": "odt",
    ".epub": "epub",
    ".rss": "feed",
    ".atom": "feed",
    ".xml": "feed",
    ".zip": "zip",
    ".tar": "tar",
    ".tgz": "gzip",
    ".gz": "gzip",
    ".tbz2": "bzip2",
    ".bz2": "bzip2",
}
"""Which files of a folder or an archive are sources."""

_TOLD_BY_NAME = {"text", "markdown", "html", "rows", "json", "table"}

_READ: tuple[tuple[bytes, Kind], ...] = (
    (b"%PDF-", "pdf"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"PAR1", "parquet"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
)
_NOT_READ = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document"),
    (b"{\\rtf", "an RTF document"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"SQLite format 3\x00", "an SQLite database"),
)
_NO_ARTICLE = (
    (b"\x89PNG\r\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"RIFF", "a WebP image, or sound or film"),
    (b"II*\x00", "a TIFF image"),
    (b"MM\x00*", "a TIFF image"),
    (b"\x00\x00\x01\x00", "an icon"),
    (b"wOFF", "a font"),
    (b"wOF2", "a font"),
    (b"OTTO\x00", "a font"),
    (b"\x00\x01\x00\x00\x00", "a font"),
    (b"ID3\x02", "sound"),
    (b"ID3\x03", "sound"),
    (b"ID3\x04", "sound"),
    (b"fLaC\x00", "sound"),
    (b"OggS\x00", "sound or film"),
    (b"\x1aE\xdf\xa3", "film"),
    (b"\x7fELF", "a program"),
)
"""Kinds that never hold an article, unlike those above, which may."""

_MEDIA_MARK = slice(4, 8)
_TAR_MARK = slice(257, 262)
_PREAMBLE = r"\s*+(?:<\?[^>]*+>\s*+)*+(?:<!--(?:(?!-->).)*+-->\s*+)*+"
_MARKUP: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (re.compile(_PREAMBLE + r"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL), "html"),
    (re.compile(_PREAMBLE + r"<(?:rss|(?:\w+:)?feed|rdf:RDF)\b", re.IGNORECASE | re.DOTALL), "feed"),
    (re.compile(_PREAMBLE + r"<(?:\w+:)?(?:urlset|sitemapindex)\b", re.IGNORECASE | re.DOTALL), "sitemap"),
)
_SVG = re.compile(_PREAMBLE + r"(?:<!doctype\s+svg\b[^>]*+>\s*+)?+<svg\b", re.IGNORECASE | re.DOTALL)
_XML = re.compile(r"\s*+<\?xml\b|\s*+<!doctype\s", re.IGNORECASE)
_JSON = re.compile(r"\s*+(?:\[\s*+\{\s*+\"|\{\s*?\n\s*+\")")
"""A list of objects, or an object that is more than a line."""
_DEFINITIONS = re.compile(r"<!(?:doctype|entity)\b", re.IGNORECASE)


def kind_of(head: bytes, name: str) -> Kind:
    """Plain text when nothing else fits. Raises SourceError, saying what it is, for a kind that is not read.

    That is a NoArticleError for what never is an article.
    """
    if what := _no_article(head):
        raise NoArticleError(f"it is {what}, which holds no text that could be read")
    if what := next((what for mark, what in _NOT_READ if head.startswith(mark)), None):
        raise SourceError(f"it is {what}, which is not read: save its text as a .txt file")
    if kind := next((kind for mark, kind in _READ if head.startswith(mark)), None):
        return kind
    if head[_TAR_MARK] == b"ustar":
        return "tar"
    start = _visible(head)
    if kind := next((kind for pattern, kind in _MARKUP if pattern.match(start)), None):
        return kind
    if _XML.match(start):
        raise _unread_xml(start)
    by_name = KIND_BY_SUFFIX.get(PurePath(name).suffix.lower())
    if by_name != "rows" and _is_row(start):
        return "rows"
    if _JSON.match(start):
        return "json"
    return by_name if by_name in _TOLD_BY_NAME else "text"


def _no_article(head: bytes) -> str | None:
    if head[_MEDIA_MARK] == b"ftyp":  # of MP4, HEIC and AVIF alike
        return "film, sound or an image"
    if what := next((what for mark, what in _NO_ARTICLE if head.startswith(mark)), None):
        return what
    return "an SVG image" if _SVG.match(_visible(head)) else None


def _unread_xml(start: str) -> SourceError:
    if _DEFINITIONS.search(start):
        return SourceError("it is XML with a DTD, through which files attack their readers: save it without")
    return SourceError("it is XML, but neither a page nor a feed nor a sitemap: save its text as a .txt file")


def _visible(head: bytes) -> str:
    """The head with its markup legible, whatever the encoding."""
    return head.decode(encoding_by_mark(head) or "latin-1", "ignore").replace("\x00", "").lstrip("\ufeff")


def _is_row(start: str) -> bool:
    """Whether the first line is a JSON object that has a text."""
    line, end, _ = start.lstrip().partition("\n")
    if not line.startswith("{") or (not end and len(start) >= HEAD_BYTES):
        return False
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(row, dict) and "text" in row
