"""The blocks of a marked-up text, put together as plain text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from index.clean import clean_line


class Block(NamedTuple):
    """A paragraph, a heading, or one line of a list or a table."""

    text: str
    level: int = 0
    """Of a heading, from 1; 0 for what is none."""
    is_line: bool = False
    """Stands right under the line before it, without a blank line between."""


def join_blocks(blocks: Iterable[Block]) -> str:
    """Plain text with a blank line between blocks, but for the lines of a list or a table."""
    parts: list[str] = []
    after_line = False
    for block in blocks:
        if text := block.text.strip():
            parts += ["\n" if block.is_line and after_line else "\n\n", text]
            after_line = block.is_line
    return "".join(parts[1:])


def row_block(row: Any) -> Block:
    """A row of a table, an element whose children are its cells."""
    return Block(row_text("".join(cell.itertext()) for cell in row), is_line=True)


def row_text(cells: Iterable[str]) -> str:
    """An empty cell keeps its place where others follow: what stands under which heading is what a table says."""
    return " | ".join(map(clean_line, cells)).rstrip(" |")


def title_of(blocks: Sequence[Block]) -> str:
    """The first heading of the highest level, or the one that opens the text; empty when there is none."""
    titles = [block.text for number, block in enumerate(blocks) if block.level == 1 or (block.level and number == 0)]
    return clean_line(titles[0]) if titles else ""


def without_title(blocks: Sequence[Block], title: str) -> list[Block]:
    """The blocks without the heading that repeats the title."""
    wanted = clean_line(title).casefold()
    repeats = [n for n, block in enumerate(blocks) if block.level and clean_line(block.text).casefold() == wanted]
    return [block for number, block in enumerate(blocks) if number not in repeats[:1]]
