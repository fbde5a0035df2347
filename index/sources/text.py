"""Plain text: the first line is the title if it stands like one, else the file's name says what it is about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import BinaryIO

from index.clean import clean
from index.sources.dateline import goes_on, split_byline, without_byline
from index.sources.decoding import decode
from index.sources.drafts import Draft, finish
from index.sources.reading import read_limited
from index.types import Article

MAX_TITLE_LINE_CHARACTERS = 160

STANDARD_INPUT = "stdin/"
"""How the origin of what came by standard input begins, before its hash: the origin of any file is a whole path."""


def read_text(stream: BinaryIO, origin: str) -> Iterator[Article]:
    """One article."""
    text = clean(decode(read_limited(stream)))
    title, rest = split_title(text)
    yield finish(without_byline(Draft(origin=origin, title=title or name_as_title(origin), text=rest)))


def split_title(text: str) -> tuple[str, str]:
    """A short first line that is no sentence, over a blank line or a byline, and what follows; else no title."""
    line, _, rest = text.partition("\n")
    if not rest or len(line) > MAX_TITLE_LINE_CHARACTERS or line.endswith((".", ":", ";", ",")):
        return "", text
    stands_alone = rest.startswith("\n") or (split_byline(rest)[0] and not goes_on(line) and not split_byline(text)[0])
    return (line, rest.strip()) if stands_alone else ("", text)


def name_as_title(origin: str) -> str:
    """`maui-wildfires_2023.txt` -> `maui wildfires 2023`; what came by standard input has no name but that."""
    if origin.startswith(STANDARD_INPUT):
        return "Standard input"
    return re.sub(r"[-_]+", " ", PurePath(origin).stem).strip() or origin
