"""PDF: the text of its pages, put back together from lines into paragraphs.

A file of pictures has no text, and nothing is guessed in its place.
"""

# ruff: noqa: RUF001

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any, BinaryIO

from index.clean import clean_line
from index.errors import SourceError
from index.sources.drafts import Draft, finish
from index.sources.reading import MAX_FILE_BYTES, read_limited
from index.sources.text import name_as_title
from index.types import Article

MAX_PAGES = 2_000
MAX_CHARACTERS = 5_000_000

_MIN_PAGES_FOR_RUNNING_LINES = 3
_MIN_CHARACTERS_OF_A_PAGE = 10
_SHORT_SHARE = 0.8
"""Of the usual length that a line at the end of a paragraph has at the most."""

_HYPHENATED = re.compile(r"(?<=[a-zà-ÿ])[-\u00ad\u2010]$")
_KEEPS_HYPHEN = re.compile(r"\w[-\u2010]\w+[-\u2010]$")
"""As in "state-of-the-art": what has hyphens within has one at its end, too."""
_SHORT_NUMBER = re.compile(r"\d{1,6}", re.ASCII)
_MOST_NUMBERS = 4
_SENTENCE_END = re.compile(r"[.!?:…][\"'”’»)\]]*$")
_NO_TITLE = re.compile(r"(?i)untitled|microsoft word -|\.(?:docx?|indd|pdf|qxd|tex|rtf|odt)$|^\W*$")


def read_pdf(stream: BinaryIO, origin: str) -> Iterator[Article]:
    """One article: titled by the document's properties, else by the file's name."""
    from pypdf import PdfReader
    from pypdf.errors import DependencyError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # its remarks on strangers' files are not for our users
    size = len(read_limited(stream, MAX_FILE_BYTES))
    stream.seek(0)
    try:
        reader = PdfReader(stream, strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise SourceError("it is locked with a password: save a copy without one")
        pages = list(_pages(reader))
        title, author, language = _properties(reader)
    except (SourceError, MemoryError):
        raise
    except DependencyError as error:
        raise SourceError(
            "it is encrypted in a way that needs `pip install cryptography`, or save an open copy"
        ) from error
    except Exception as error:  # pypdf trips over broken files in many ways
        raise SourceError("it is broken or cut off: get it anew" if size else "it has no text") from error
    text = "\n\n".join(filter(None, map(_paragraphs, _without_running_lines(pages))))
    if len(text) < _MIN_CHARACTERS_OF_A_PAGE * len(pages):
        raise SourceError("its pages are images without a text: have its text recognised (OCR) first")
    yield finish(
        Draft(origin=origin, title=title or name_as_title(origin), text=text, author=author, language=language)
    )


def _pages(reader: Any) -> Iterator[list[str]]:
    if len(reader.pages) > MAX_PAGES:
        raise SourceError(f"it has more than {MAX_PAGES:,} pages: split it")
    characters = 0
    for page in reader.pages:
        text = page.extract_text()
        characters += len(text)
        if characters > MAX_CHARACTERS:
            raise SourceError(f"it has more than {MAX_CHARACTERS // 1_000_000} million characters: split it")
        yield [line.strip() for line in text.split("\n")]


def _properties(reader: Any) -> tuple[str, str | None, str | None]:
    """Title, author and language, as far as they are given and are such."""
    information = reader.metadata
    title = clean_line(str(information.title or "")) if information else ""
    author = str(information.author or "") if information else ""
    language = re.match(r"[A-Za-z]{2,3}\b", str(reader.root_object.get("/Lang") or ""))
    return (
        "" if _NO_TITLE.search(title) else title,
        author or None,
        language[0].lower() if language else None,
    )


def _without_running_lines(pages: Sequence[list[str]]) -> Iterator[list[str]]:
    """Pages without the lines that head or foot more than half of them, alike but for the number of the page."""
    if len(pages) < _MIN_PAGES_FOR_RUNNING_LINES:
        yield from pages
        return
    forms = [{line: _forms(line, number) for line in _edges(page)} for number, page in enumerate(pages)]
    counts = Counter(form for page in forms for form in set().union(*page.values()))
    running = {form for form, count in counts.items() if count > len(pages) / 2}
    for page, of_page in zip(pages, forms, strict=True):
        yield [line for line in page if running.isdisjoint(of_page.get(line, ()))]


def _edges(page: list[str]) -> list[str]:
    lines = [line for line in page if line]
    return [*lines[:2], *lines[-2:]]


def _forms(line: str, page: int) -> set[str]:
    """The line, and the line with one of its numbers counted from the page's: a total is another on every page, too."""
    found = list(_SHORT_NUMBER.finditer(line))[:_MOST_NUMBERS]
    return {line, *(f"{line[: one.start()]}#{int(one[0]) - page}#{line[one.end() :]}" for one in found)}


def _paragraphs(lines: Sequence[str]) -> str:
    """Lines joined where a sentence goes on; a paragraph ends with a blank line, or a short line that ends one."""
    lengths = sorted(len(line) for line in lines if line)
    usual = lengths[len(lengths) * 3 // 4] if lengths else 0
    parts: list[str] = []
    for line, following in zip_longest(lines, lines[1:], fillvalue=""):
        if not line:
            parts.append("\n\n")
        elif _HYPHENATED.search(line):
            parts.append(line if _KEEPS_HYPHEN.search(line) or following[:1].isupper() else line[:-1])
        elif len(line) < _SHORT_SHARE * usual and _SENTENCE_END.search(line):
            parts += [line, "\n\n"]
        else:
            parts += [line, " "]
    return re.sub(r" *\n\n[\n ]*", "\n\n", "".join(parts)).strip()
