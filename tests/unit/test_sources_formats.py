"""Every format as programs write it: which articles come out, with which title, text, date and author."""

import gzip
import json
from datetime import date
from pathlib import Path

import pytest

from index.errors import ConfigError
from index.sources import SourceReader, count_inputs
from index.sources.columns import Columns, parse_columns
from index.sources.found import Opened
from index.types import Article, Failure, Skipped
from tests import made_files
from tests.made_files import PARAGRAPHS

TEXT = "\n\n".join(PARAGRAPHS)


@pytest.fixture(scope="module")
def reader():
    with SourceReader() as opened:
        yield opened


@pytest.fixture
def read(reader, tmp_path):
    def read_file(name: str, content: bytes) -> list[Article | Failure]:
        path = tmp_path / name
        path.write_bytes(content)
        return [found for found in reader.read(str(path)) if isinstance(found, Article | Failure)]

    return read_file


def test_pdf_lines_become_paragraphs(read):
    lines = [
        *("The reservoir above Velt ran dry on Tuesday, the water board said, after", "the longest drought since rec-"),
        *("ords began in this part of the country more than a hundred years ago, and", "nobody was surprised."),
        *("Engineers had warned in March that the level was falling by a metre each", "week."),
    ]
    [article] = read("velt.pdf", made_files.pdf([lines], title="Velt runs dry", author="A. Reporter"))
    assert article.title == "Velt runs dry"
    assert (article.author, article.language) == ("A. Reporter", "en")
    first, second = article.text.split("\n\n")
    assert "since records began in this part" in first
    assert first.endswith("nobody was surprised.")
    assert second.startswith("Engineers")


def test_pdf_running_lines_are_left_out(read):
    pages = [
        ["The Velt Courier", f"This is the long text of page number {n}, which differs.", f"Page {n}"]
        for n in ("one", "two", "three", "four")
    ]
    pages = [[*page[:2], f"Page {number}"] for number, page in enumerate(pages, start=1)]
    [article] = read("velt.pdf", made_files.pdf(pages, title="Microsoft Word - draft.docx"))
    assert article.title == "velt"
    assert "Courier" not in article.text
    assert "Page 3" not in article.text
    assert "page number three" in article.text


def test_pdf_lines_that_differ_in_other_numbers_than_the_page_stay(read):
    pages = [
        ["Velt Courier, 12 May 2023", f"Wells of the {n} district", f"Total {total}", f"Page {page} of 3"]
        for page, n, total in ((1, "north", "5,300"), (2, "south", "6,100"), (3, "east", "900"))
    ]
    [article] = read("velt.pdf", made_files.pdf(pages))
    assert [total in article.text for total in ("Total 5,300", "Total 6,100", "Total 900")] == [True] * 3
    assert "Courier" not in article.text
    assert "Page" not in article.text


def test_pdf_hyphens_that_are_no_division_of_a_word_stay(read):
    lines = [
        "It has state-of-the-",
        "art sensors of the Anglo-",
        "French firm, and co-",
        "operation is rec-",
        "ommended.",
    ]
    [article] = read("velt.pdf", made_files.pdf([lines]))
    assert article.text == "It has state-of-the-art sensors of the Anglo-French firm, and cooperation is recommended."


@pytest.mark.parametrize("make", [made_files.docx, made_files.odt], ids=["docx", "odt"])
def test_office_texts(read, make):
    [article] = read("report", make())
    assert article.title == "Velt runs dry"
    assert article.text.startswith(TEXT)
    assert "- Bring a bucket." in article.text


def test_docx_tables_and_author(read):
    [article] = read("report.txt", made_files.docx())
    assert article.text.endswith("Week | Metres\n1 | 41")
    assert article.author == "A. Reporter"


def test_the_chapters_of_a_book_are_articles_in_their_order(read):
    first, second = read("book", made_files.epub())
    assert (first.title, second.title) == ("Velt: The drought", "Velt: The rain")
    assert first.text == TEXT
    assert (first.author, first.outlet, first.published) == ("A. Writer", "Example Press", date(2023, 4, 5))
    assert first.language == "en"
    assert first.id != second.id


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_columns_of_a_table_are_guessed_by_their_names(reader, tmp_path, separator):
    rows = [("Headline", "Body", "Pub_Date", "Junk"), ("Rain", '"It rained,\nat last; it did."', "2023-04-05", "1")]
    path = tmp_path / "table.csv"
    path.write_text("\r\n".join(separator.join(row) for row in rows), newline="")
    first, opened, article = reader.read(str(path))
    assert first.kind == "table"
    assert opened.columns == Columns({"title": "Headline", "text": "Body", "published": "Pub_Date"}, ("Junk",))
    assert (article.title, article.text) == ("Rain", "It rained,\nat last; it did.")
    assert article.published == date(2023, 4, 5)


def test_the_columns_of_a_table_are_named(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("a,b,text\nRain,It rained.,no\n")
    with SourceReader(columns=parse_columns(["title=a", "text=b"])) as reader:
        [article] = [found for found in reader.read(str(path)) if not isinstance(found, Opened)]
    assert (article.title, article.text) == ("Rain", "It rained.")


def test_a_table_without_a_text_says_which_columns_it_has(read):
    [failure] = read("table.csv", b"a,b\n1,2\n")
    assert "they are 'a', 'b'" in failure.reason
    assert "--column text=COLUMN" in failure.reason
    with SourceReader(columns={"text": "c"}) as reader:
        [failure] = [found for found in reader.read(failure.source) if isinstance(found, Failure)]
    assert "no column 'c'" in failure.reason


@pytest.mark.parametrize("entry", ["text", "=Body", "body=Body", "text="])
def test_what_names_no_column_is_refused(entry):
    with pytest.raises(ConfigError, match="FIELD=COLUMN"):
        parse_columns([entry])


def test_a_table_in_a_western_code_page(read):
    [article] = read("table.csv", "title;text\nCafé;Das Café ist größer geworden.\n".encode("cp1252"))
    assert (article.title, article.text) == ("Café", "Das Café ist größer geworden.")


def test_parquet(read):
    rows = [{"title": "Rain", "text": "It rained.", "date": date(2023, 4, 5), "authors": ["A", "B"]}, {"text": None}]
    article, failure = read("rows", made_files.parquet(rows))
    assert (article.title, article.text, article.published) == ("Rain", "It rained.", date(2023, 4, 5))
    assert article.author == "A, B"
    assert failure.source.endswith(", row 2")


def test_archives_of_archives_of_everything(read):
    inner = made_files.zipped({"deep/velt.html": made_files.html(), "notes.txt": b"Some notes."})
    outer = made_files.tarred({"in.zip": inner, "velt.pdf": made_files.pdf([list(PARAGRAPHS)]), "x.doc": b"x"})
    found = read("all.tar.gz", outer)
    assert [one.title for one in found[:-1]] == ["Velt runs dry", "notes", "velt"]
    assert found[0].source.endswith("all.tar.gz/in.zip/deep/velt.html")
    assert "1 .doc file" in found[-1].reason


@pytest.mark.parametrize(
    ("part", "said", "hint"),
    [
        ("xl/workbook.xml", b"", ".csv"),
        ("ppt/presentation.xml", b"", ".pdf"),
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet", ".csv"),
        ("mimetype", b"application/vnd.oasis.opendocument.presentation", ".pdf"),
    ],
)
def test_other_office_files_are_no_archives_of_articles(read, part, said, hint):
    [failure] = read("velt.office", made_files.zipped({part: said, "docProps/core.xml": b"<a>Velt</a>"}))
    assert isinstance(failure, Failure)
    assert "which is not read" in failure.reason
    assert hint in failure.reason


@pytest.mark.parametrize("make", [made_files.zipped, made_files.tarred], ids=["zip", "tar"])
def test_what_lies_beside_articles_in_an_archive_is_skipped(reader, tmp_path, make):
    frame = b"<html><body>An advertisement.</body></html>"
    files = {"page.html": made_files.html(), "page_files/ad.html": frame, "page_files/f.txt": b"x()", "in/x.png": b""}
    (tmp_path / "all").write_bytes(make({**files, "photo.txt": b"\xff\xd8\xff\xe0", "broken.pdf": b"%PDF-1.4"}))
    found = [one for one in reader.read(str(tmp_path / "all")) if not isinstance(one, Opened)]
    names = [(type(one), one.source.rpartition("all")[2]) for one in found]
    assert names == [
        (Article, "/page.html"),
        (Skipped, "/page_files/ad.html"),
        (Skipped, "/photo.txt"),
        (Failure, "/broken.pdf"),
        (Skipped, ""),
    ]
    assert (found[-1].reason, found[-1].files) == ("not articles: 1 .png file, 1 .txt file", 2)


@pytest.mark.parametrize("make", [made_files.zipped, made_files.tarred], ids=["zip", "tar"])
def test_names_in_archives_that_begin_with_a_dot_and_a_slash_are_not_hidden(read, make):
    """`tar -C folder -cf all.tar .` writes all names so."""
    found = read(
        "all.archive", make({"./a.txt": b"One.", "./in/./b.txt": b"Two.", "./.c.txt": b"No.", ".d/e.txt": b"No."})
    )
    assert [one.text for one in found] == ["One.", "Two."]
    assert [one.source.rpartition("all.archive")[2] for one in found] == ["/a.txt", "/in/b.txt"]


def test_one_compressed_file(read):
    [article] = read("notes.md.gz", gzip.compress(b"# Notes\n\nSome notes."))
    assert (article.title, article.text) == ("Notes", "Some notes.")


def test_a_pattern_names_files(reader, tmp_path):
    for name in ("a.txt", "b.md", "sub/c.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("Some text.")
    pattern = str(tmp_path / "**" / "*.txt")
    titles = [found.title for found in reader.read(pattern) if isinstance(found, Article)]
    assert titles == ["a", "c"]
    assert count_inputs([pattern]) == 2
    [failure] = reader.read(str(tmp_path / "*.pdf"))
    assert failure.reason == "no file fits this pattern"


def test_a_file_whose_name_looks_like_a_pattern(reader, tmp_path):
    path = tmp_path / "what[1]?.txt"
    path.write_text("Some text.")
    assert [found.title for found in reader.read(str(path)) if isinstance(found, Article)] == ["what[1]?"]


def test_what_cannot_be_counted_quickly_is_not(tmp_path: Path):
    (tmp_path / "a.txt").write_text("Some text.")
    assert count_inputs([str(tmp_path), "https://wire.example/feed"]) is None
    (tmp_path / "b.zip").write_bytes(b"PK")
    assert count_inputs([str(tmp_path)]) is None


ARTICLES = [{"title": "A", "text": "It rained."}, {"title": "B", "text": "It snowed."}]
SERVICE = {
    "status": "ok",
    "articles": [{"headline": "A", "content": "It rained.", "publishedAt": "2023-04-05T10:00:00Z"}],
}


@pytest.mark.parametrize(
    ("name", "data", "titles"),
    [
        ("a.json", json.dumps(ARTICLES), ["A", "B"]),
        ("a.jsonl", json.dumps(ARTICLES, indent=1), ["A", "B"]),
        ("a", json.dumps(ARTICLES[0], indent=1), ["A"]),
        ("a.json", json.dumps(SERVICE), ["A"]),
        (
            "a.json",
            "\n".join(json.dumps({"headline": one["title"], "body": one["text"]}) for one in ARTICLES),
            ["A", "B"],
        ),
        ("a.json", json.dumps({"text": "Untitled."}), ["a, line 1"]),
        ("a.json", json.dumps([{"text": "Untitled."}]), ["a, item 1"]),
    ],
)
def test_json_holds_an_article_or_a_list_of_them(read, name, data, titles):
    assert [one.title for one in read(name, data.encode())] == titles


def test_items_of_json_that_are_no_articles_are_named(read):
    good, *bad = read("a.json", json.dumps([ARTICLES[0], "words", {"title": "B", "text": None}]).encode())
    assert good.text == "It rained."
    assert [(one.source.rpartition(", ")[2], one.reason) for one in bad] == [
        ("item 2", "it is not a JSON object"),
        ("item 3", 'its "text" is null'),
    ]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ('{"name": "package", "files": ["a"]}', "no object in it has a text"),
        ("[1, 2]", "no object in it has a text"),
        ("null", "no object in it has a text"),
        ('[{"text": "x"},', "it is not JSON: Expecting value in line 1"),
        ("[" * 100_000, "it is not JSON that can be read"),
    ],
)
def test_json_without_articles_says_so(read, data, reason):
    [failure] = read("a.json", data.encode())
    assert reason in failure.reason


def test_other_json_in_a_folder_is_skipped(reader, tmp_path):
    (tmp_path / "a.txt").write_text("It rained.")
    (tmp_path / "package.json").write_text('{"name": "x"}')
    (tmp_path / "points.json").write_text(json.dumps({"points": [{"x": 1}] * 200_000}))  # read in a process of its own
    found = [one for one in reader.read(str(tmp_path)) if not isinstance(one, Opened)]
    assert [type(one) for one in found] == [Article, Skipped, Skipped]


def test_a_word_text_reads_as_with_its_changes_made(read):
    [article] = read("changed.docx", made_files.changed_docx())
    assert article.text.splitlines() == [
        *(
            "It cost $1.2 million a month.",
            "",
            "All of this was added.",
            "",
            "Velt has a dam.",
            "",
            "It holds 10⁶.",
            "",
        ),
        *("A control holds this.", "", "Moved here.", ""),
        *("Team | Home | Away", "Velt | 2 | 2", "Both | | 4"),
    ]


def test_an_open_document_text_reads_as_on_paper(read):
    [article] = read("remarks.odt", made_files.remarked_odt())
    assert article.text.splitlines() == [
        *("It cost $1.2 million a month, the board said, and more.", ""),
        *("Team | Home | Away", "Velt | 2 | 2", ""),
        "The note says why.",
    ]


def test_an_empty_cell_keeps_its_place(read):
    rows = "".join(f"<tr><td>{'</td><td>'.join(row)}</td></tr>" for row in (("", "Home", "Away"), ("Velt", "", "3")))
    page = f"<html><body><article><h1>T</h1><p>{PARAGRAPHS[0]}</p><table>{rows}</table><p>{PARAGRAPHS[1]}</p>"
    [article] = read("page.html", page.encode())
    assert "| Home | Away\nVelt | | 3" in article.text


@pytest.mark.parametrize("before", ["\n\n", "sep=;\r\n", '"sep=;"\n'], ids=["blank lines", "separator", "quoted"])
def test_a_table_may_begin_after_blank_lines_or_what_spreadsheets_are_told(read, before):
    [article] = read("table.csv", f"{before}Title;Body\nRain;It rained.\n".encode())
    assert (article.title, article.text) == ("Rain", "It rained.")
