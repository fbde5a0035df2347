"""XML from strangers: without DTDs, without entities of its own, without a look at the network or the disk."""

from __future__ import annotations

import re
from typing import Any

from index.errors import SourceError
from index.sources.decoding import decode

_DEFINITIONS = re.compile(r"<!(?:DOCTYPE|ENTITY)\b", re.IGNORECASE)
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})")
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")


def parse_xml(data: bytes) -> Any:
    """The root element. Raises SourceError for XML with a DTD, and for what is not well-formed.

    It is decoded here, so that no encoding hides a DTD from the check.
    """
    from lxml import etree  # type: ignore[import-untyped]

    declared = _DECLARED.search(data[:1000])
    text = decode(data, declared=declared[1].decode() if declared else None)
    refuse_definitions(text)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False)
    try:
        return etree.fromstring(_DECLARATION.sub("", text).strip().encode(), parser)
    except (etree.LxmlError, ValueError) as error:
        raise SourceError(f"its XML is broken: {str(error)[:200]}") from error


def refuse_definitions(text: str) -> None:
    """Raises SourceError where XML brings a DTD, which no article needs and attacks do."""
    if _DEFINITIONS.search(text):
        raise SourceError("its XML has a DTD, through which files attack their readers: save it without")
