"""The body of a web response: decompressed piece by piece, never further than the limit."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

from index.errors import SourceError
from index.fetching.dialing import Deadline

ACCEPTED_ENCODING = "gzip"
_INFLATED = {"gzip", "x-gzip", "deflate"}
_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32


def read_body(pieces: Iterable[bytes], *, encoding: str, max_bytes: int, deadline: Deadline) -> bytes:
    """The whole body, decoded. At most `max_bytes` on the wire and decoded; memory stays within that and a piece.

    Raises SourceError if it is larger, broken, cut off or compressed in a way that was not asked for.
    """
    encoding = encoding.strip().lower()
    if encoding in {"", "identity"}:
        return b"".join(_counted(pieces, max_bytes))
    if encoding not in _INFLATED:
        raise SourceError(f"the site sent its page compressed as {encoding[:40]!a}, unasked; save the page as a file")
    inflater = _Inflater(max_bytes, deadline)
    for piece in _counted(pieces, max_bytes):
        inflater.feed(piece)
    return inflater.finish()


def too_large(max_bytes: int) -> SourceError:
    """The error for a body beyond the limit, whether declared or counted."""
    return SourceError(f"what the site sends is larger than {max_bytes:,} bytes; save it as a file")


def _counted(pieces: Iterable[bytes], max_bytes: int) -> Iterable[bytes]:
    received = 0
    for piece in pieces:
        received += len(piece)
        if received > max_bytes:
            raise too_large(max_bytes)
        yield piece


class _Inflater:
    """gzip (of one member or several) or zlib, told apart by the first bytes."""

    def __init__(self, max_bytes: int, deadline: Deadline) -> None:
        self._max_bytes = max_bytes
        self._deadline = deadline
        self._body = bytearray()
        self._member = zlib.decompressobj(_GZIP_OR_ZLIB)
        self._is_empty = True

    def feed(self, piece: bytes) -> None:
        self._is_empty = self._is_empty and not piece
        while piece:
            # A body of very many tiny members costs time rather than space.
            self._deadline.remaining_s()
            if self._member.eof:
                if not piece.startswith(_GZIP_MAGIC):
                    return  # padding after the last member, which gzip too ignores
                self._member = zlib.decompressobj(_GZIP_OR_ZLIB)
            self._body += self._inflate(piece)
            if len(self._body) > self._max_bytes:
                raise too_large(self._max_bytes)
            piece = self._member.unconsumed_tail or self._member.unused_data

    def finish(self) -> bytes:
        if not (self._member.eof or self._is_empty):
            raise _broken()
        return bytes(self._body)

    def _inflate(self, piece: bytes) -> bytes:
        try:
            return self._member.decompress(piece, self._max_bytes - len(self._body) + 1)
        except zlib.error as error:
            raise _broken() from error


def _broken() -> SourceError:
    return SourceError("the compressed page that the site sent is broken or cut off; try again later")
