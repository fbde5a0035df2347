"""Which files of a folder are read, and what each is taken for."""

import json
import os
from pathlib import Path

import pytest

from index.sources import SourceReader, count_inputs, read_source
from index.sources.found import Found, Opened
from index.sources.reading import MAX_FILE_BYTES
from index.types import Article, Failure, Skipped

HTML = b"<!DOCTYPE html><html><body><article><h1>T</h1><p>" + b"It rained for days on end. " * 20 + b"</p></article>"


def titles(source: Path | str) -> list[str]:
    return [found.title if isinstance(found, Article) else f"! {found.reason}" for found in read_source(str(source))]


def reason(source: Path | str) -> str:
    [failure] = read_source(str(source))
    assert isinstance(failure, Failure), failure
    return failure.reason


def everything(source: Path | str) -> list[Found]:
    with SourceReader() as reader:
        return [found for found in reader.read(str(source)) if not isinstance(found, Opened)]


def test_an_index_that_lies_in_a_folder_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Some text.")
    for name in (".index/words/meta.json", "index/words/meta.json", "index/store.db", "index/x.term"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("{}")
    [article] = everything(tmp_path)
    assert isinstance(article, Article)
    (tmp_path / "store.db").write_text("of somebody else")
    assert [type(found) for found in everything(tmp_path)] == [Article, Skipped]


@pytest.mark.parametrize(
    ("name", "hint"),
    [("example.org", True), ("www.example.org/news/a.html", True), ("absent.txt", False), ("news/example.org", False)],
)
def test_an_address_without_its_beginning_is_told_so(name: str, hint: bool) -> None:
    assert reason(name) == "it does not exist" + ("; a web address begins with https://" if hint else "")


def test_a_folder_is_read_sorted_with_its_subfolders(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name in ("z.txt", "a.md", "b/c.txt", ".hidden.txt"):
        (tmp_path / name).write_text("Some text.")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x.txt").write_text("Some text.")
    assert titles(tmp_path) == ["a", "z", "c"]
    assert count_inputs([str(tmp_path)]) == 3


def test_the_source_of_a_file_is_its_real_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("Some text.")
    monkeypatch.chdir(tmp_path)
    ids = {found.id for name in ("a.txt", "./a.txt", tmp_path / "a.txt", tmp_path) for found in read_source(str(name))}
    assert len(ids) == 1


def test_what_may_be_an_article_and_is_not_read_is_a_failure(tmp_path: Path) -> None:
    for name in ("a.txt", "b.doc", "c.DOC", "Makefile"):
        (tmp_path / name).write_text("Some text.")
    article, failure = read_source(str(tmp_path))
    assert isinstance(article, Article)
    assert failure == Failure(
        str(tmp_path), "left out, as not of a kind that is read: 2 .doc files, 1 file without an extension"
    )


def test_what_is_never_an_article_is_skipped_and_said_once(tmp_path: Path) -> None:
    for name in ("a.txt", "b.jpg", "c.JPG", "d.css", "e.js.download"):
        (tmp_path / name).write_text("Some text.")
    (tmp_path / "picture").write_bytes(b"\xff\xd8\xff\xe0")
    article, skipped = everything(tmp_path)
    assert isinstance(article, Article)
    assert skipped == Skipped(
        str(tmp_path), "not articles: 1 .css file, 1 .download file, 2 .jpg files, 1 file without an extension", 5
    )


@pytest.mark.parametrize(
    "content", [b"\x89PNG\r\n\x1a\n", b"wOF2\x00\x01", b"<svg xmlns='x'></svg>", b"\0\0\0\x1cftypisom"]
)
def test_content_that_is_never_an_article_is_skipped_where_it_was_found_and_fails_where_it_was_named(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "a.txt").write_text("Some text.")
    (tmp_path / "b.txt").write_bytes(content)
    assert reason(tmp_path / "b.txt").startswith("it is ")
    for found in (tmp_path, tmp_path / "*.txt"):
        [_, skipped] = everything(found)
        assert isinstance(skipped, Skipped)
        assert skipped.source == str(tmp_path / "b.txt")
        assert skipped.reason.startswith("not an article: it is ")


def test_a_pattern_passes_over_styles_unless_it_asks_for_them(tmp_path: Path) -> None:
    for name in ("a.txt", "b.css"):
        (tmp_path / name).write_text("Some text.")
    assert everything(tmp_path / "*")[1:] == [Skipped(str(tmp_path / "*"), "not an article: 1 .css file", 1)]
    assert [type(one) for one in everything(tmp_path / "*.css")] == [Article]


@pytest.mark.timeout(30)
def test_fault_28_a_pattern_of_any_depth_follows_no_link(tmp_path: Path) -> None:
    (tmp_path / "news" / "deep").mkdir(parents=True)
    (tmp_path / "news" / ".hidden").mkdir()
    for place in ("a.txt", "deep/b.txt", ".hidden/c.txt"):
        (tmp_path / "news" / place).write_text(f"Some text in {place}.")
    for number in range(4):  # which would be followed for ever
        (tmp_path / "news" / "deep" / f"link{number}").symlink_to(tmp_path / "news")
    for pattern in ("news/**/*.txt", "**/*.txt", "news/**", "n*/**/**/?.txt"):
        assert titles(tmp_path / pattern) == ["a", "b"], pattern


def test_a_file_that_a_watch_found_is_skipped_too(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_bytes(b"\x89PNG\r\n\x1a\n")
    with SourceReader(named=False) as reader:
        assert [type(one) for one in reader.read(str(tmp_path / "b.txt"))] == [Skipped]


def test_a_damaged_article_that_was_found_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Some text.")
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.7\n1 0 obj")
    assert [type(one) for one in everything(tmp_path)] == [Article, Failure]


def test_what_a_browser_saved_along_with_a_page_is_skipped_where_it_is_no_article(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_bytes(HTML)
    (tmp_path / "page_files").mkdir()
    for name in ("saved_resource.html", "f.txt", "css2", "logo.png"):
        (tmp_path / "page_files" / name).write_text("<html><body>An advertisement.</body></html>")
    article, frame, rest = everything(tmp_path)
    assert isinstance(article, Article)
    assert isinstance(frame, Skipped)
    assert frame.source.endswith("saved_resource.html")
    assert rest == Skipped(str(tmp_path), "not articles: 1 .png file, 1 .txt file, 1 file without an extension", 3)
    (tmp_path / "page.html").unlink()  # without its page it is a folder like any other
    assert {type(one) for one in everything(tmp_path)} == {Failure, Skipped}


def test_pictures_alone_are_no_articles(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"")
    assert [type(one) for one in everything(tmp_path)] == [Skipped, Failure]
    assert reason(tmp_path) == "there are no articles in it"


def test_fault_28_links_are_not_followed(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    (outside / "secret.txt").write_text("A secret.")
    (inside / "a.txt").write_text("Some text.")
    (inside / "etc").symlink_to("/etc")
    (inside / "folder").symlink_to(outside)
    (inside / "file.txt").symlink_to(outside / "secret.txt")
    (inside / "loop").symlink_to(inside)
    (inside / "self.txt").symlink_to(inside / "self.txt")
    (inside / "again.txt").symlink_to(inside / "a.txt")
    assert titles(inside) == ["a", "! left out, as not of a kind that is read: 3 links that lead out of it"]


def test_a_link_that_is_named_itself_is_followed(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Some text.")
    (tmp_path / "link").symlink_to(tmp_path / "a.txt")
    [article] = read_source(str(tmp_path / "link"))
    assert isinstance(article, Article)
    assert article.source == str((tmp_path / "a.txt").resolve())


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("page.txt", HTML, "T"),
        ("page.md", b"\xef\xbb\xbf\n<!-- saved --> " + HTML, "T"),
        ("page", HTML.decode().encode("utf-16"), "T"),
        ("page.html", b"# A heading\n\nNot a page.", "! it is not a web page"),
        ("rows.txt", json.dumps({"title": "R", "text": "x"}).encode() + b"\n", "R"),
        ("rows.json", json.dumps({"title": "R", "text": "x"}).encode(), "R"),
        ("notes", b"Some text.", "notes"),
        ("notes.md", b"# M\n\nSome text.", "M"),
        ("about-html.txt", b"The <html> tag is old.", "about html"),
    ],
)
def test_kinds_are_told_by_content_and_then_by_name(tmp_path: Path, name: str, content: bytes, expected: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert titles(path)[0].startswith(expected)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.html", b"%PDF-1.7\n1 0 obj", "it is broken or cut off"),
        ("a.txt", b"PK\x03\x04" + bytes(100), "it is broken or cut off"),
        ("a.md", b"\x89PNG\r\n\x1a\n" + bytes(100), "it is a PNG image"),
        ("a.jsonl", b"\x1f\x8b\x08" + bytes(100), "it is broken or cut off"),
        ("a.txt", b"{\\rtf1 text}", "it is an RTF document"),
        ("a.txt", bytes(range(256)) * 10, "it is binary data"),
        ("a.html", bytes(range(250, -1, -1)) * 10, "it is binary data"),
        ("a.xml", b"<?xml version='1.0'?><rss version='2.0'></rss>", "it names web pages, which are not fetched here"),
        ("a.txt", b"", "it has no text"),
        ("a.html", b"", "no"),
        ("a.md", b" \n", "it has no text"),
    ],
)
def test_faults_20_and_22_what_is_no_text_is_reported(tmp_path: Path, name: str, content: bytes, expected: str) -> None:
    (tmp_path / name).write_bytes(content)
    assert expected in reason(tmp_path / name)


def test_no_articles_are_a_failure_too(tmp_path: Path) -> None:
    assert reason(tmp_path) == "there are no articles in it"
    (tmp_path / "a.jsonl").write_bytes(b"\n\n")
    assert reason(tmp_path / "a.jsonl") == "there are no articles in it"


def test_fault_21_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "a.txt").open("wb") as file:
        file.truncate(MAX_FILE_BYTES * 1000)  # sparse: 50 GB, of which nothing is on disk
    assert "larger than 50 MB" in reason(tmp_path / "a.txt")


@pytest.mark.parametrize("source", ["no-such-file.txt", "no/such/folder", "a\0b", "x" * 5000, ""])
def test_what_is_not_there_is_a_failure(source: str) -> None:
    assert "not" in reason(source)


def test_what_is_no_file_is_a_failure_and_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    assert reason(tmp_path / "pipe.txt") == "it is not a file"
    assert reason("/dev/zero") == "it is not a file"
    assert titles(tmp_path) == ["! it is not a file"]


@pytest.mark.parametrize(
    "address", ["https://x.example/a", "HTTP://x", "ftp://x/a", "file:///etc/passwd", "data:text,x"]
)
def test_without_a_fetcher_an_address_is_a_failure(address: str) -> None:
    assert "save the page as an .html file" in reason(address)


def test_a_name_that_is_not_utf_8(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/caf\xe9.txt"
    with open(path, "wb") as file:
        file.write(b"Some text.")
    [article] = read_source(os.fsdecode(path))
    assert isinstance(article, Article)
    assert article.source.endswith("/caf\\xe9.txt")


def test_counting_rows(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "x"}\n\nbad\n')
    (tmp_path / "b.txt").write_text("Some text.")
    assert count_inputs([str(tmp_path), "missing.txt"]) == 4
