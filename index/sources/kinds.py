"""What kind of source a file is: by its first bytes where they tell, else by its name."""

from __future__ import annotations

import json
import re
from pathlib import PurePath
from typing import Literal

from index.errors import SourceError
from index.sources.decoding import encoding_by_mark

Kind = Literal["html", "rows", "markdown", "text"]

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
}

_SIGNATURES = (
    (b"%PDF-", "a PDF file"),
    (b"PK\x03\x04", "a ZIP archive or an Office document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document"),
    (b"{\\rtf", "an RTF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"\x89PNG\r\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"RIFF", "a WebP image, or sound or film"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3\x00", "an SQLite database"),
)
_PREAMBLE = r"\s*+(?:<\?xml[^>]*+>\s*+)?(?:<!--(?:(?!-->).)*+-->\s*+)*+"
_HTML = re.compile(_PREAMBLE + r"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_FEED = re.compile(_PREAMBLE + r"<(?:rss|feed|rdf:RDF)\b", re.IGNORECASE | re.DOTALL)


def kind_of(head: bytes, name: str) -> Kind:
    """Plain text when nothing else fits. Raises SourceError, saying what it is, for a kind that is not read."""
    signature = next((what for mark, what in _SIGNATURES if head.startswith(mark)), None)
    if signature:
        raise SourceError(f"it is {signature}, which is not read: save its text as a .txt file")
    start = _visible(head)
    if _HTML.match(start):
        return "html"
    if _FEED.match(start):
        raise SourceError("it is a news feed, which is not read: save its articles as files")
    by_name = KIND_BY_SUFFIX.get(PurePath(name).suffix.lower())
    return "rows" if by_name != "rows" and _is_row(start) else by_name or "text"


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
