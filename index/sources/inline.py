"""What a line of markup says by its marks alone: without them, 10⁶ were 106, and 500 with a note 5002."""

from __future__ import annotations

import re
from typing import Any

_RAISED = str.maketrans("0123456789+-\u2212", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻")
_NUMBER = re.compile(r"[+\-\u2212]?\d+", re.ASCII)
_NOTE = re.compile(r"[\[(]?(?:\d{1,4}|[a-z*†‡]{1,3}|note \d+)[\])]?", re.IGNORECASE)


def settle_inline(tree: Any) -> None:
    """Write raised numbers as such and quotations in their marks; take out what was struck and notes' numbers."""
    for element in list(tree.iter("del", "s", "strike", "q", "sup", "a")):
        text = "".join(map(str, element.itertext())).strip()
        if element.tag in {"del", "s", "strike"} or _leads_to_note(element, text):
            element.drop_tree()
        elif element.tag == "q":
            element.text = f"“{element.text or ''}"
            last = element[-1] if len(element) else None
            if last is None:
                element.text += "”"
            else:
                last.tail = f"{last.tail or ''}”"
            element.drop_tag()
        elif element.tag == "sup" and not len(element):
            element.text = raised(element.text or "")


def raised(text: str) -> str:
    """A number as it is written above the line; any other text as it is."""
    return text.translate(_RAISED) if _NUMBER.fullmatch(text.strip()) else text


def _leads_to_note(element: Any, text: str) -> bool:
    if element.tag not in {"sup", "a"} or not _NOTE.fullmatch(text):
        return False
    if element.tag == "sup":
        return any("#" in link.get("href", "") for link in element.iter("a"))
    kinds = {element.get("role"), element.get("epub:type")}
    is_marked = not kinds.isdisjoint({"doc-noteref", "noteref"}) or element.find(".//sup") is not None
    return "#" in element.get("href", "") and is_marked
