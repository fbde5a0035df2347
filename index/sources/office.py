"""Word and OpenDocument texts. Their libraries are given the text alone, unpacked and checked beforehand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from index.errors import SourceError
from index.sources.blocks import Block, join_blocks, row_text, title_of, without_title
from index.sources.drafts import Draft, finish
from index.sources.inline import raised
from index.sources.text import name_as_title
from index.sources.zipped import without_pictures
from index.types import Article

_HEADING = re.compile(r"heading (\d)")
_DOCX_GONE = "w:del w:moveFrom w:sdtPr w:sdtEndPr"
_DOCX_WRAPPERS = "w:ins w:moveTo w:smartTag w:customXml w:sdt w:sdtContent w:fldSimple"
"""Its library reads nothing of what stands in these: insertions that are tracked, fields, the controls of forms."""
_ODT_GONE = "office:annotation text:tracked-changes svg:title svg:desc"
_ODT_BLANKS = {"text:s": " ", "text:tab": " ", "text:line-break": "\n"}
_MOST_REPEATED = 100
_NO_TITLES = {"", "word document", "untitled", "untitled document", "powerpoint presentation"}


def read_docx(stream: BinaryIO, origin: str) -> Iterator[Article]:
    """One article: titled by its properties, else by its first heading, else by the file's name."""
    import docx
    from docx.oxml.ns import nsmap

    bare = without_pictures(stream)
    try:
        document = docx.Document(bare)
        _settle_runs(document.element.body)
        _strip(document.element.body, nsmap, gone=_DOCX_GONE, wrappers=_DOCX_WRAPPERS)
        blocks = list(_docx_blocks(document))
        properties = document.core_properties
        title, author, language = properties.title, properties.author, properties.language
    except Exception as error:  # what a library trips over in a stranger's file is of no fixed kind
        raise _broken() from error
    yield _article(origin, blocks, title=title, author=author, language=language)


def read_odt(stream: BinaryIO, origin: str) -> Iterator[Article]:
    """One article: titled by its properties, else by its first heading, else by the file's name."""
    import odfdo

    bare = without_pictures(stream)
    try:
        document = odfdo.Document(bare)
        body = document.body
        notes = _settle_odt(body)
        blocks = [*_odt_blocks(body), *notes]
        title, author, language = document.meta.title, document.meta.creator, document.meta.language
    except Exception as error:  # as above
        raise _broken() from error
    yield _article(origin, blocks, title=title, author=author, language=language)


def _article(
    origin: str, blocks: list[Block], *, title: str | None, author: str | None, language: str | None
) -> Article:
    stated = (title or "").strip()
    title = (stated if stated.casefold() not in _NO_TITLES else "") or title_of(blocks) or name_as_title(origin)
    found = re.match(r"[A-Za-z]{2,3}\b", language or "")
    return finish(
        Draft(
            origin=origin,
            title=title,
            text=join_blocks(without_title(blocks, title)),
            author=author or None,
            language=found[0].lower() if found else None,
        )
    )


def _strip(body: Any, namespaces: Mapping[str, str], *, gone: str, wrappers: str) -> None:
    """Take out of a text, in place, elements with all that they hold, and others that only stand around what they do.

    So that it reads as on paper: with what was changed last, and without remarks.
    """
    from lxml import etree  # type: ignore[import-untyped]

    gone_tags, wrapper_tags = ([_tag(name, namespaces) for name in names.split()] for names in (gone, wrappers))
    etree.strip_elements(body, etree.Comment, etree.ProcessingInstruction, *gone_tags, with_tail=False)
    etree.strip_tags(body, *wrapper_tags)


def _tag(name: str, namespaces: Mapping[str, str]) -> str:
    prefix, _, local = name.partition(":")
    return f"{{{namespaces[prefix]}}}{local}"


def _settle_runs(body: Any) -> None:
    """What is hidden or struck out is not read, and what is raised is no digit of the number before it."""
    for run in body.xpath(".//w:r[w:rPr[(w:vanish | w:strike | w:dstrike)[not(@w:val = '0' or @w:val = 'false')]]]"):
        run.getparent().remove(run)
    for text in body.xpath(".//w:r[w:rPr/w:vertAlign[@w:val = 'superscript']]/w:t"):
        text.text = raised(text.text or "")


def _docx_blocks(document: Any) -> Iterator[Block]:
    for part in document.iter_inner_content():
        if hasattr(part, "rows"):
            yield from (Block(row_text(_cells(row)), is_line=True) for row in part.rows)
            continue
        style = (part.style.name or "").lower() if part.style is not None else ""
        if style.startswith("toc "):  # of a table of contents
            continue
        heading = _HEADING.match(style)
        level = 1 if style == "title" else int(heading[1]) if heading else 0
        is_item = style.startswith("list")
        yield Block(f"- {part.text}" if is_item and part.text.strip() else part.text, level=level, is_line=is_item)


def _cells(row: Any) -> Iterator[str]:
    """Of a Word table's row, each once: a cell that spans columns is given for every one of them."""
    seen = None
    for cell in row.cells:
        if cell._tc is not seen:
            yield cell.text
        seen = cell._tc


def _settle_odt(body: Any) -> list[Block]:
    """The same for an OpenDocument text, of which the notes at the foot of its pages are taken out and given back."""
    from odfdo.element import ODF_NAMESPACES

    root = body._xml_element
    _strip(root, ODF_NAMESPACES, gone=_ODT_GONE, wrappers="text:a")  # which would be shown as in Markdown
    for name, shown in _ODT_BLANKS.items():
        for blank in root.iter(_tag(name, ODF_NAMESPACES)):
            blank.text = shown
    for box in root.iter(_tag("draw:text-box", ODF_NAMESPACES)):
        for paragraph in box.iter(_tag("text:p", ODF_NAMESPACES)):
            paragraph.tail = f"\n{paragraph.tail or ''}"
    notes = [Block(_inner(note)) for note in body.get_elements(".//text:note-body")]
    _strip(root, ODF_NAMESPACES, gone="text:note", wrappers="")
    return notes


def _odt_blocks(body: Any) -> Iterator[Block]:
    for part in body.children:
        match part.tag:
            case "text:h":
                yield Block(part.inner_text, level=int(part.get_attribute_integer("text:outline-level") or 1))
            case "text:p":
                yield Block(part.inner_text, level=1 if part.style == "Title" else 0)
            case "text:list":
                yield from (Block(f"- {_inner(item)}", is_line=True) for item in part.get_elements("text:list-item"))
            case "table:table":
                rows = part.get_elements(".//table:table-row")
                yield from (Block(row_text(_odt_cells(row)), is_line=True) for row in rows)
            case "text:section":
                yield from _odt_blocks(part)


def _odt_cells(row: Any) -> Iterator[str]:
    """Equal cells side by side may be written as one that is repeated, as are a thousand empty ones."""
    for cell in row.get_elements("table:table-cell"):
        repeated = cell.get_attribute_integer("table:number-columns-repeated") or 1
        yield from [_inner(cell)] * min(repeated, _MOST_REPEATED)


def _inner(element: Any) -> str:
    return " ".join(part.inner_text.strip() for part in element.get_elements(".//text:p|.//text:h"))


def _broken() -> SourceError:
    return SourceError("it is broken inside: open it in a word processor and save it anew")
