"""XML from strangers: without DTDs, without entities of its own, without a look at the network or the disk."""

from __future__ import annotations

import html
import re
from contextlib import suppress
from html.entities import html5
from typing import Any

from index.errors import SourceError
from index.sources.decoding import decode

_DEFINITIONS = re.compile(r"<!(?:DOCTYPE|ENTITY)\b", re.IGNORECASE)
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})")
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
_NOT_XML = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[\da-fA-F]{1,6});)([a-zA-Z]\w{0,31};)?",
    re.DOTALL,
)
"""A `&` that begins nothing that XML knows, with the name that HTML may know; CDATA is gone past."""


def parse_xml(data: bytes) -> Any:
    """The root element. Raises SourceError for XML with a DTD, and for what is not well-formed.

    It is decoded here, so that no encoding hides a DTD from the check. The commonest mistakes of feeds, `&nbsp;` and a
    bare `&`, are read as they were meant.
    """
    from lxml import etree  # type: ignore[import-untyped]

    declared = _DECLARED.search(data[:1000])
    text = decode(data, declared=declared[1].decode() if declared else None)
    refuse_definitions(text)
    text = _DECLARATION.sub("", text).strip()
    try:
        return _parsed(text)
    except (etree.LxmlError, ValueError) as error:
        mended = _NOT_XML.sub(_as_meant, text)
        if mended != text:
            with suppress(etree.LxmlError, ValueError):
                return _parsed(mended)
        raise SourceError(f"its XML is broken: {str(error)[:200]}") from error


def _parsed(text: str) -> Any:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False)
    return etree.fromstring(text.encode(), parser)


def _as_meant(found: re.Match[str]) -> str:
    """The characters that HTML has under this name, or a `&` that is nothing but one."""
    name = found[1] or ""
    if found[0].startswith("<"):
        return found[0]
    return html.escape(html5[name]) if name in html5 else f"&amp;{name}"


def refuse_definitions(text: str) -> None:
    """Raises SourceError where XML brings a DTD, which no article needs and attacks do."""
    if _DEFINITIONS.search(text):
        raise SourceError("its XML has a DTD, through which files attack their readers: save it without")
