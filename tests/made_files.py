"""Files of every format, made as programs make them, from a title and paragraphs."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Mapping, Sequence

PARAGRAPHS = (
    "The reservoir above Velt ran dry on Tuesday, the water board said, after the longest drought since 1880.",
    "Engineers had warned in March that the level was falling by a metre a week, and that rain alone would not help.",
    "The board will bring water by train from the coast until October.",
)


def pdf(pages: Sequence[Sequence[str]], *, title: str = "", author: str = "") -> bytes:
    """A PDF with one line of text under the other; a page without lines is an empty one."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R /Lang (en-GB) >>"]
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects.append(f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode())
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    for number, lines in enumerate(pages):
        shown = " T* ".join(f"({line}) Tj" for line in lines)
        content = f"BT /F1 12 Tf 14 TL 72 720 Td {shown} ET".encode("latin-1")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {5 + 2 * number} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
    objects.append(f"<< /Title ({title}) /Author ({author}) >>".encode())
    return _pdf_file(objects)


def _pdf_file(objects: Sequence[bytes]) -> bytes:
    out = io.BytesIO(b"%PDF-1.4\n")
    out.seek(0, io.SEEK_END)
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.writelines(b"%010d 00000 n \n" % offset for offset in offsets)
    out.write(b"trailer << /Size %d /Root 1 0 R /Info %d 0 R >>\n" % (len(objects) + 1, len(objects)))
    out.write(b"startxref\n%d\n%%%%EOF\n" % start)
    return out.getvalue()


def docx(title: str = "Velt runs dry", paragraphs: Sequence[str] = PARAGRAPHS, *, author: str = "A. Reporter") -> bytes:
    import docx as library

    document = library.Document()
    document.core_properties.author = author
    document.core_properties.title = ""
    document.add_heading(title, level=1)
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    document.add_paragraph("Bring a bucket.", style="List Bullet")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(
        (cell for row in table.rows for cell in row.cells), ("Week", "Metres", "1", "41"), strict=True
    ):
        cell.text = text
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def odt(title: str = "Velt runs dry", paragraphs: Sequence[str] = PARAGRAPHS) -> bytes:
    import odfdo

    document = odfdo.Document("text")
    document.body.clear()
    document.body.append(odfdo.Header(1, title))
    for paragraph in paragraphs:
        document.body.append(odfdo.Paragraph(paragraph))
    document.body.append(odfdo.List(["Bring a bucket."]))
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def changed_docx() -> bytes:
    """With tracked changes, a form's control, a name that Word has tagged, and equal and empty cells."""
    import docx as library
    from docx.oxml import parse_xml

    document = library.Document()
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    run = "<w:r><w:t>{}</w:t></w:r>".format
    for paragraph in (
        f'<w:p {space}><w:r><w:t xml:space="preserve">It cost </w:t></w:r>'
        "<w:del><w:r><w:delText>$5</w:delText></w:r></w:del>"
        f'<w:ins>{run("$1.2 million")}</w:ins><w:r><w:t xml:space="preserve"> a month.</w:t></w:r></w:p>',
        f"<w:p {space}><w:ins>{run('All of this was added.')}</w:ins></w:p>",
        f"<w:p {space}><w:smartTag>{run('Velt')}</w:smartTag>"
        '<w:r><w:t xml:space="preserve"> has a dam.</w:t></w:r></w:p>',
        f"<w:p {space}><w:r><w:t>It holds 10</w:t></w:r>"
        '<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t>6</w:t></w:r>'
        f"<w:r><w:rPr><w:strike/></w:rPr><w:t>7</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>8</w:t></w:r>"
        '<w:r><w:rPr><w:strike w:val="0"/></w:rPr><w:t>.</w:t></w:r></w:p>',
        f"<w:sdt {space}><w:sdtContent><w:p>{run('A control holds this.')}</w:p></w:sdtContent></w:sdt>",
        f"<w:p {space}><w:moveFrom>{run('Moved here.')}</w:moveFrom></w:p>",
        f"<w:p {space}><w:moveTo>{run('Moved here.')}</w:moveTo></w:p>",
    ):
        document.element.body.insert(-1, parse_xml(paragraph))
    table = document.add_table(rows=3, cols=3)
    texts = (("Team", "Home", "Away"), ("Velt", "2", "2"), ("Both", "", "4"))
    for row, cells in zip(table.rows, texts, strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def remarked_odt() -> bytes:
    """With a comment, a link, a note at the foot of the page and two equal cells."""
    import odfdo

    document = odfdo.Document("text")
    document.body.clear()
    note = "<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>The note says why.</text:p>"
    remark = "<office:annotation><text:p>Is this true?</text:p></office:annotation>"
    cells = "".join(f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" for cell in ("Home", "Away"))
    for element in (
        f"<text:p>It cost $1.2<text:s/>million a month{note}</text:note-body></text:note>, the board<!-- x --> said"
        f'{remark}, <text:a xlink:href="https://x.example">and more</text:a>.</text:p>',
        f"<table:table><table:table-row><table:table-cell><text:p>Team</text:p></table:table-cell>{cells}"
        "</table:table-row><table:table-row><table:table-cell><text:p>Velt</text:p></table:table-cell>"
        '<table:table-cell table:number-columns-repeated="2"><text:p>2</text:p></table:table-cell></table:table-row>'
        "</table:table>",
    ):
        document.body.append(odfdo.Element.from_tag(element))
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def epub(chapters: Mapping[str, Sequence[str]] | None = None) -> bytes:
    chapters = chapters or {"The drought": PARAGRAPHS, "The rain": PARAGRAPHS[::-1]}
    names = [f"chapter {number}.xhtml" for number in range(len(chapters))]
    items = "".join(
        f'<item id="c{n}" href="{name.replace(" ", "%20")}" media-type="application/xhtml+xml"/>'
        for n, name in enumerate(names)
    )
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(names)))
    dc = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'
    parts = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="OEBPS/content.opf"/></rootfiles></container>',
        "OEBPS/content.opf": f'<package xmlns="http://www.idpf.org/2007/opf"><metadata {dc}><dc:title>Velt</dc:title>'
        "<dc:creator>A. Writer</dc:creator><dc:date>2023-04-05</dc:date><dc:language>en-GB</dc:language>"
        f"<dc:publisher>Example Press</dc:publisher></metadata><manifest>{items}</manifest>"
        f"<spine>{spine}</spine></package>",
    }
    for name, (heading, paragraphs) in zip(names, chapters.items(), strict=True):
        body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
        parts[f"OEBPS/{name}"] = (
            '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title>'
            f"</head><body><h1>{heading}</h1>{body}</body></html>"
        )
    return zipped({name: part.encode() for name, part in parts.items()})


def html(title: str = "Velt runs dry", paragraphs: Sequence[str] = PARAGRAPHS, *, head: str = "") -> bytes:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return (
        f"<!DOCTYPE html><html lang='en'><head><title>{title}</title>{head}</head>"
        f"<body><article><h1>{title}</h1>{body}</article></body></html>"
    ).encode()


def rss(items: Sequence[Mapping[str, str]], *, title: str = "Example Wire") -> bytes:
    shown = "".join(
        "<item>" + "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in item.items()) + "</item>"
        for item in items
    )
    return (
        '<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">'
        f"<channel><title>{title}</title><link>https://wire.example/</link>{shown}</channel></rss>"
    ).encode()


def zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def tarred(files: Mapping[str, bytes], mode: str = "w:gz") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def parquet(rows: Sequence[Mapping[str, object]]) -> bytes:
    import pyarrow
    from pyarrow.parquet import write_table

    out = io.BytesIO()
    write_table(pyarrow.Table.from_pylist([dict(row) for row in rows]), out)
    return out.getvalue()
