from dataclasses import replace
from datetime import date

import pytest

from index.errors import SourceError
from index.sources.drafts import Draft, article_id, canonical_source, finish, parse_date, slug

DRAFT = Draft(origin="/news/kabul.txt", title="A title", text="Some text.")


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("https://News.Example/A/b?utm_source=x&id=7&fbclid=1#top", "https://news.example/A/b?id=7"),
        ("HTTP://news.example:80/a?gclid=1", "http://news.example/a"),
        ("https://news.example:8443/a", "https://news.example:8443/a"),
        ("https://user:secret@news.example/a", "https://news.example/a"),
        ("https://news.example/?p=123", "https://news.example/?p=123"),
        (" https://news.example/a ", "https://news.example/a"),
        ("https://[2001:DB8::1]/a", "https://[2001:db8::1]/a"),
    ],
)
def test_an_address_is_made_canonical(url: str, canonical: str) -> None:
    assert canonical_source(url, "/origin") == canonical
    assert canonical_source(canonical, "/origin") == canonical


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://news.example/",
        "https://news.example",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "/a/b",
        "http://",
        "https://news.example/a b",
        "https://news.example:99999/a",
        "https://[bad/a",
        "https://news.example/\x1b[31m",
    ],
)
def test_what_names_no_page_is_not_used_as_an_address(url: str) -> None:
    assert canonical_source(url, "/origin") == "/origin"


@pytest.mark.parametrize(
    ("source", "start"),
    [
        ("https://news.example/world/2022/kabul-security.html", "kabul-security-"),
        ("https://news.example/world/kabul/index.html", "kabul-"),
        ("https://news.example/kabul/20220606/", "kabul-"),
        ("/news/Kabul Sécurité.txt", "kabul-securite-"),
        ("/news/all.jsonl#the-title-of-a-row", "the-title-of-a-row-"),
        ("https://news.example/?p=123", "article-"),
        ("/news/東京.txt", "article-"),
        ("/news/" + "word-" * 30 + ".txt", "word-word-word-word-word-word-word-word-"),
    ],
)
def test_an_id_is_a_slug_and_a_digest(source: str, start: str) -> None:
    found = article_id(source)
    assert found.removeprefix(start).isalnum()
    assert found.startswith(start)
    assert len(found.rpartition("-")[2]) == 12


def test_ids_do_not_change_between_versions() -> None:
    assert article_id("https://news.example/world/kabul") == "kabul-551605451e0c"


def test_a_slug_without_a_hyphen_is_cut_all_the_same() -> None:
    assert slug("x" * 100) == "x" * 40


@pytest.mark.parametrize(
    "text",
    [
        "2023-04-05",
        "2023-04-05T23:30:00-05:00",
        "2023-04-05 10:00:00Z",
        "Wed, 05 Apr 2023 10:00:00 GMT",
        "5 April 2023",
        "April 5, 2023",
        "Apr 5 2023",
        " 2023-04-05 ",
        "20230405",
        "2023/04/05",
        "2023-4-5",
        "2023-04-05Z",
        "2023-04-05 10:00:00 UTC",
        "Wednesday, April 5th, 2023",
        "Wed. 5 Apr. 2023",
        "5-Apr-2023",
    ],
)
def test_dates(text: str) -> None:
    assert parse_date(text) == date(2023, 4, 5)


@pytest.mark.parametrize(
    "text", ["", "yesterday", "04/05/2023", "2023-13-45", "1680652800", "5 April", "\x00", "2023-04-05 to 06"]
)
def test_what_is_no_date_or_an_ambiguous_one(text: str) -> None:
    assert parse_date(text) is None


def test_september_has_two_short_names() -> None:
    assert parse_date("Sept. 5, 2023") == parse_date("5 Sep 2023") == date(2023, 9, 5)


def test_a_draft_is_cleaned() -> None:
    article = finish(
        replace(DRAFT, title=" A\n title\x07 ", text=" Some\t text.\r\n", author=" \n", outlet=" The  Wire ")
    )
    assert (article.title, article.text, article.author, article.outlet) == ("A title", "Some text.", None, "The Wire")
    assert article.source == "/news/kabul.txt"


def test_the_hash_covers_title_text_and_metadata_and_nothing_runs_together() -> None:
    drafts = [
        DRAFT,
        replace(DRAFT, title="A", text="title Some text."),
        replace(DRAFT, author="A title"),
        replace(DRAFT, outlet="A title"),
        replace(DRAFT, published=date(2023, 4, 5)),
        replace(DRAFT, language="en"),
        replace(DRAFT, text="Some text"),
    ]
    assert len({finish(draft).content_hash for draft in drafts}) == len(drafts)
    assert finish(DRAFT).content_hash == finish(replace(DRAFT, text="  Some text.\n")).content_hash


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no text"),
        (" \n\u200b", "no text"),
        ("Half a \ud83d character", "surrogates"),
        ("A NUL \x00 here", "NUL"),
        ("The caf\ufffd in Malm\ufffd", "garbled"),
    ],
)
def test_what_cannot_become_an_article(text: str, reason: str) -> None:
    with pytest.raises(SourceError, match=reason):
        finish(replace(DRAFT, text=text))


def test_a_single_replacement_character_in_a_long_text_stays_visible() -> None:
    assert "caf\ufffd" in finish(replace(DRAFT, text="The caf\ufffd " + "was open all day. " * 100)).text
