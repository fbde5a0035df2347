import json
from datetime import date
from io import BytesIO

import pytest

from index.sources.columns import Columns
from index.sources.drafts import article_id
from index.sources.json_file import read_json
from index.sources.rows import MAX_LINE_CHARACTERS, count_rows, read_rows
from index.types import Article, Failure

ROW = {"title": "Fire on Maui", "text": "It was dry.", "url": "https://x.example/maui", "published": "2023-08-13"}


def read(data: bytes | str) -> list[Article | Failure]:
    data = data.encode() if isinstance(data, str) else data
    found = [one for one in read_rows(BytesIO(data), "/news/all.jsonl") if not isinstance(one, Columns)]
    assert len(found) == count_rows(BytesIO(data))
    return found


def one(row: object) -> Article:
    [article] = read(json.dumps(row))
    assert isinstance(article, Article), article
    return article


def test_a_row_is_an_article() -> None:
    article = one({**ROW, "outlet": "Demo Courier", "author": "Ann", "extra": 1})
    assert (article.title, article.text, article.published) == ("Fire on Maui", "It was dry.", date(2023, 8, 13))
    assert (article.outlet, article.author, article.source) == ("Demo Courier", "Ann", "https://x.example/maui")


def test_a_row_without_an_address_is_named_by_its_title() -> None:
    assert one({"title": "Fire on Maui!", "text": "x"}).source == "/news/all.jsonl#fire-on-maui"
    assert one({"title": "東京の火事", "text": "x"}).source == "/news/all.jsonl#東京の火事"
    long = [one({"title": "The same forty characters begin both of these " + end, "text": "x"}).id for end in "ab"]
    assert long[0] != long[1]


def test_a_source_that_no_store_can_take_fails_its_row_alone() -> None:
    stated = "/news/half \ud83d.txt"
    rows = [{**ROW, "id": article_id(stated), "source": stated}, ROW]
    failure, article = read("\n".join(map(json.dumps, rows)))
    assert isinstance(failure, Failure)
    assert "surrogates" in failure.reason
    assert isinstance(article, Article)


def test_a_row_without_address_and_title_is_named_by_its_line() -> None:
    article = one({"text": "x", "title": None, "published": None})
    assert (article.source, article.title) == ("/news/all.jsonl#1", "all, line 1")


def test_fault_35_bad_rows_are_named_by_line_and_good_ones_go_in() -> None:
    lines = [
        json.dumps(ROW),
        "",
        "{not json",
        "[1, 2]",
        '{"title": "no text"}',
        '{"text": 5}',
        '{"text": "a", "title": ["b"]}',
        '{"text": "  "}',
        '{"text": "half \\ud83d"}',
        '{"text": "nul \\u0000"}',
        json.dumps({**ROW, "published": "soon"}),
        "[" * 100_000,
        json.dumps({**ROW, "url": "https://x.example/other"}),
    ]
    found = read("\r\n".join(lines))
    failures = {failure.source: failure.reason for failure in found if isinstance(failure, Failure)}
    assert [article.source for article in found if isinstance(article, Article)] == [
        "https://x.example/maui",
        "https://x.example/other",
    ]
    assert list(failures) == [f"/news/all.jsonl, line {number}" for number in range(3, 13)]
    reasons = ["not JSON", "not a JSON object", 'no "text"', "not a string", "not a string", "no text", "surrogates"]
    reasons += ["NUL", '"published" is no date', "nested too deep"]
    assert all(part in reason for part, reason in zip(reasons, failures.values(), strict=True)), failures


def test_rows_with_other_names_are_read_as_tables_are_and_that_is_said_once() -> None:
    row = {"headline": "Rain", "body": "It rained.", "date": "2023-04-05", "tags": ["wet"], "byline": None}
    columns, article, second = read_rows(BytesIO(f"{json.dumps(row)}\n{json.dumps(row)}".encode()), "/news/all.jsonl")
    assert str(columns) == (
        "title from 'headline', text from 'body', published from 'date', author from 'byline'; not used: 'tags'"
    )
    assert isinstance(article, Article)
    assert (article.title, article.text, article.published) == ("Rain", "It rained.", date(2023, 4, 5))
    assert isinstance(second, Article)


def test_a_name_that_is_told_is_used_where_a_row_has_it() -> None:
    rows = [{"text": "A summary.", "full": "The whole of it."}, {"text": "Another."}]
    found = list(read_rows(BytesIO("\n".join(map(json.dumps, rows)).encode()), "/n.jsonl", {"text": "full"}))
    assert [one.text for one in found if isinstance(one, Article)] == ["The whole of it.", "Another."]


def test_a_row_that_nothing_can_be_made_of_says_what_it_has() -> None:
    [failure] = read('{"question": "Who?", "answers": 3}')
    assert failure == Failure(
        "/news/all.jsonl, line 1", "it has no \"text\", but 'question', 'answers': name one with --column text=NAME"
    )


def test_a_line_that_is_not_utf_8_does_not_stop_the_rest() -> None:
    bad, good = read(b'{"text": "caf\xe9"}\n{"text": "caf\xc3\xa9"}')
    assert bad == Failure("/news/all.jsonl, line 1", "it is not UTF-8")
    assert isinstance(good, Article)
    assert good.text == "café"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_marks(encoding: str) -> None:
    first, second = read('{"text": "café"}\n{"text": "thé"}\n'.encode(encoding))
    assert [one.text for one in (first, second) if isinstance(one, Article)] == ["café", "thé"]


def test_fault_35_a_huge_line_is_passed_over() -> None:
    huge = '{"text": "' + "x" * MAX_LINE_CHARACTERS + '"}'
    bad, good = read(f"{huge}\n{json.dumps(ROW)}")
    assert isinstance(bad, Failure)
    assert "longer than 20 million" in bad.reason
    assert isinstance(good, Article)


def test_outlets_as_objects_and_authors_as_lists_are_named() -> None:
    article = one(
        {"headline": "Rain", "content": "It rained.", "source": {"id": None, "name": "Post"}, "authors": ["A", "B"]}
    )
    assert (article.outlet, article.author) == ("Post", "A, B")


def test_an_export_of_a_blog_is_read_as_a_person_sees_it() -> None:
    markup = "<p>It rained &amp; rained.</p>\n<p>Then it <em>stopped</em>.</p>"
    shown = "It rained & rained.\n\nThen it stopped."
    rendered = {"title": {"rendered": "Rain &#38; sun"}, "content": {"rendered": markup}, "date": "2023-04-05T10:00:00"}
    [columns, article] = read_json(BytesIO(json.dumps([rendered]).encode()), "/posts.json", {})
    assert isinstance(columns, Columns)
    assert isinstance(article, Article)
    assert (article.title, article.text, article.published) == ("Rain & sun", shown, date(2023, 4, 5))
    assert one({"title": "Rain", "text": markup}).text == one({"title": "Rain", "body": markup}).text == shown


@pytest.mark.parametrize(
    "text", ["a < b, and c > d", "<p> opens a paragraph in HTML.", "He wrote <em>no</em>.", "x &amp; y"]
)
def test_what_only_speaks_of_markup_stays_as_it_is(text: str) -> None:
    assert one({"title": "T", "text": text}).text == text


def test_an_exported_text_comes_back_as_it_was() -> None:
    source = "/notes/html.txt"
    row = {"title": "T", "text": "<p>As it was</p>", "id": article_id(source), "source": source}
    assert one(row).text == "<p>As it was</p>"


@pytest.mark.parametrize("depth", [2, 400, 700])
def test_lists_within_lists_name_nobody(depth: int) -> None:
    nested = "[" * depth + '"Ann"' + "]" * depth
    [article] = read(f'{{"Headline": "Rain", "Body": "It rained in Velt.", "Author": {nested}}}')
    assert isinstance(article, Article)
    assert (article.title, article.author) == ("Rain", None)
