"""Bytes to text, right or refused: a guess that garbles names and amounts is worse than a failure."""

# ruff: noqa: RUF001

from __future__ import annotations

import codecs
import re

from index.errors import SourceError

MAX_CONTROL_SHARE = 0.01
"""Of a text's characters that may be control characters; binary data has far more."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark begins it
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE_BYTES = 100_000
_CONTROL = re.compile("[\x01-\x08\x0e-\x1f\x7f]")
_LATIN_1 = {"iso-8859-1", "latin-1", "latin1", "ascii", "us-ascii"}  # on the web these mean windows-1252

# What Western text has beyond ASCII. Letters that stand for others in its sister code pages are left out.
_WESTERN = re.compile(
    "[\x00-\x7f\u00a0“”‘’‚„–—…•·«»‹›€£§°©®™½¼¾²³¿¡àâäáåæçéèêëíìîïñóòôöøùûüúßœÀÂÄÁÅÆÇÉÈÊËÍÎÏÑÓÔÖØÙÛÜÚŒ]*"
)
_HALF_WIDTH = re.compile("[\uff61-\uff9f]{2}")  # Cyrillic misread
_UNLIKELY = re.compile("[^\\W\\da-zA-Z_]{3}|(?<=[a-zA-Z])[“„‚‹›…•·€£§°©®™½¼¾²³¿¡](?=[a-z])")


def decode(data: bytes, *, declared: str | None = None) -> str:
    """By byte order mark, as UTF-8 or UTF-16, as Western text, as `declared` (a name from the document), as is likely.

    Raises SourceError for binary data, and when the encoding cannot be told.
    """
    text = _by_mark(data) or _strictly(data, "utf-8") or _cut_utf_8(data)
    if (text is None or "\x00" in text) and b"\x00" in data:
        text = _unmarked_utf_16(data)
    if text is None:
        text = _legacy(data, declared)
    if "\x00" in text or len(_CONTROL.findall(text)) > MAX_CONTROL_SHARE * len(text):
        raise SourceError("it is binary data, not text")
    return text


def encoding_by_mark(head: bytes) -> str | None:
    """The encoding that a byte order mark names, if there is one."""
    return next((name for mark, name in _BOMS if head.startswith(mark)), None)


def _by_mark(data: bytes) -> str | None:
    encoding = encoding_by_mark(data)
    if encoding is None:
        return None
    text = _strictly(data, encoding)
    if text is None:
        raise SourceError(f"it says that it is {encoding.removesuffix('-sig').upper()}, and is not")
    return text


def _strictly(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeError, LookupError):
        return None


def _cut_utf_8(data: bytes) -> str | None:
    """UTF-8 that ends within a character; others before it show that it is such, and not a code page's last letter."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return None
    return None if text.isascii() else text


def _unmarked_utf_16(data: bytes) -> str:
    """Text in most languages has a zero in every second byte, either the even or the odd ones."""
    zeros = data[::2].count(0), data[1::2].count(0)
    encoding = "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
    text = _strictly(data, encoding) if max(zeros) > 10 * min(zeros) else None
    if text is None or "\x00" in text:
        raise SourceError("it is binary data, not text")
    return text


def _legacy(data: bytes, declared: str | None) -> str:
    """One of the encodings with a single byte for a character, or of the East Asian ones."""
    western = _strictly(data, "cp1252")
    if western is not None and _is_western(western):
        return western
    declared = (declared or "").strip().lower()
    declared = "cp1252" if declared in _LATIN_1 else declared
    likely = (_likely(data, [declared]) if declared else []) or _likely(data)
    readings = {_strictly(data, name) for name in likely}
    if len(readings) != 1 or (text := readings.pop()) is None or _HALF_WIDTH.search(text):
        raise SourceError("its character encoding cannot be told: save it as UTF-8")
    return text


def _is_western(text: str) -> bool:
    return bool(_WESTERN.fullmatch(text)) and not _UNLIKELY.search(text)


def _likely(data: bytes, among: list[str] | None = None) -> list[str]:
    """The likeliest of all encodings, or of those named: several where nothing tells them apart."""
    from charset_normalizer import from_bytes

    try:
        found = list(from_bytes(_sample(data), cp_isolation=among))
    except (LookupError, ValueError):  # a declared encoding that does not exist
        return []
    least = min((match.chaos for match in found), default=0.0)
    return [match.encoding for match in found if match.chaos <= least + 0.02]


def _sample(data: bytes) -> bytes:
    """Whole lines around the first byte beyond ASCII: guessing reads the whole, and the whole may be long."""
    if len(data) <= _SAMPLE_BYTES:
        return data
    first = next(re.finditer(rb"[\x80-\xff]", data)).start()
    start = data.rfind(b"\n", 0, first) + 1 if first else 0
    start = max(start, first - _SAMPLE_BYTES // 2)
    return data[start : start + _SAMPLE_BYTES].rpartition(b"\n")[0] or data[start : start + _SAMPLE_BYTES]
