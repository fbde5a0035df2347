"""Whether one text is a near copy of another, as wire stories are that several outlets print: pure.

A text is taken as the set of its runs of three words (Broder, "On the resemblance and containment of documents", 1997).
Copies are looked for by MinHash bands, so that each new text is compared with a few others and never with all, and
then told apart by comparing the sets themselves.
"""

from __future__ import annotations

import hashlib
import re
import struct
from collections.abc import Sequence

COPIED_SHARE = 0.6
"""Of the shorter text's runs of words that a copy has in common with the other. Independent reports of one event
share at most 0.06 in the sample; `python -m benchmarks.copies` measures."""

_RUN_WORDS = 3
_BANDS = 42
_BAND_ROWS = 3
"""Two texts meet in one of 42 bands of 3 with probability 1 - (1 - r^3)^42, r being the share of their runs of words
that they have in common: 99.6% at a half, 94% at 0.4, 0.1% at 0.03."""
_FEWEST_RUNS = 20
"""Below which a text is a copy only of the very same words: chance would do the rest."""
_SEED = 7
_VERSION = 1
_NO_SPACES = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_WORD = re.compile(f"[{_NO_SPACES}]|[^\\W{_NO_SPACES}]+")
"""In scripts that put no spaces between words, a character counts as one."""


def method() -> str:
    """Names what bands come from: those of different methods never meet."""
    from rensa import RMinHash

    return f"{_VERSION}.{RMinHash.ALGORITHM_VERSION}"


def bands(text: str) -> bytes:
    """Eight bytes for each band of a text; a copy has at least one of them in common. None for a text without words."""
    found = _runs(text)
    if len(found) < _FEWEST_RUNS:
        words = " ".join(_words(text))
        return _short_hash(words.encode("utf-8", "surrogatepass")) if words else b""
    from rensa import RMinHash

    sketch = RMinHash(num_perm=_BANDS * _BAND_ROWS, seed=_SEED)
    sketch.update(found)
    digest = sketch.digest()
    return b"".join(_band(place, digest[place : place + _BAND_ROWS]) for place in range(0, len(digest), _BAND_ROWS))


def band_numbers(data: bytes) -> list[int]:
    """The bands as signed numbers of 64 bits, which databases can look up."""
    return [number for (number,) in struct.iter_unpack("<q", data)]


def is_copy(text: str, other: str) -> bool:
    """Whether most of the shorter one stands in the other, word for word though perhaps in another order."""
    if min(len(_words(text)), len(_words(other))) < _FEWEST_RUNS + _RUN_WORDS:
        return _words(text) == _words(other)
    return shared(text, other) >= COPIED_SHARE


def shared(text: str, other: str) -> float:
    """The share of the shorter text's runs of words that stand in the other, from 0 to 1."""
    one, two = _runs(text), _runs(other)
    return len(one & two) / max(1, min(len(one), len(two)))


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _runs(text: str) -> set[str]:
    words = _words(text)
    return {" ".join(words[start : start + _RUN_WORDS]) for start in range(len(words) - _RUN_WORDS + 1)}


def _band(place: int, rows: Sequence[int]) -> bytes:
    return _short_hash(struct.pack(f"<{len(rows) + 1}Q", place, *rows))


def _short_hash(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=8).digest()
