"""Reading bytes with a limit."""

from __future__ import annotations

from typing import BinaryIO

from index.errors import SourceError

MAX_FILE_BYTES = 50_000_000
"""Of a file that is one article; an encyclopaedia has fewer in a volume. JSONL is streamed and has no such limit."""

MAX_HTML_BYTES = 10_000_000
"""Of a web page, which costs far more time for each byte."""

MAX_MARKDOWN_BYTES = 2_000_000
"""Of a Markdown file: made for it, one can take a minute for each megabyte."""


def read_limited(stream: BinaryIO, max_bytes: int = MAX_FILE_BYTES) -> bytes:
    """Everything in the stream. Raises SourceError, having read no more than the limit, when it holds more."""
    data = stream.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise SourceError(f"it is larger than {max_bytes // 1_000_000} MB: split it into articles")
    return data
