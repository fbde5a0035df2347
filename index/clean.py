"""Text as it is stored, hashed, split and quoted: one form for whatever a source made of it.

The character ranges are spelt out instead of asked of `unicodedata`, whose categories grow with Python's version:
offsets must not.
"""

import re
import unicodedata

_INVISIBLE = re.compile(
    "["
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # controls, but for tab, line breaks and NEL
    "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"  # zero width, soft hyphen, bidi marks
    "\ufff9-\ufffb\ufffe\uffff"  # interlinear marks, noncharacters
    "\U000e0000-\U000e007f"  # tags: whole sentences can hide in them
    "]"
)
_LINE_BREAK = re.compile("\r\n|[\r\x0b\x0c\x85\u2028]")
_BLANKS = re.compile(r"[^\S\n]+")
_BLANKS_AT_LINE_ENDS = re.compile(r" ?\n ?")
_BLANK_LINES = re.compile(r"\n{3,}")


def clean(text: str) -> str:
    """NFC, with `\\n` line ends, single blanks, at most one blank line in a row, and nothing invisible.

    Idempotent. Visible characters are never dropped, lone surrogates included: what to do about them is the
    caller's decision.
    """
    text = _LINE_BREAK.sub("\n", text).replace("\u2029", "\n\n")
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
    text = _BLANKS_AT_LINE_ENDS.sub("\n", _BLANKS.sub(" ", text))
    return _BLANK_LINES.sub("\n\n", text).strip()


def clean_line(text: str) -> str:
    """As `clean`, on one line: for titles and names."""
    return " ".join(clean(text).split())
