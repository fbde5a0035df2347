"""Plain text and Markdown."""

from datetime import date
from io import BytesIO

import pytest

from index.errors import SourceError
from index.sources.markdown import read_markdown
from index.sources.text import read_text
from index.types import Article


def from_text(text: str, name: str = "/news/maui-wildfires_2023.txt") -> Article:
    [article] = read_text(BytesIO(text.encode()), name)
    return article


def from_markdown(text: str, name: str = "/news/maui-wildfires.md") -> Article:
    [article] = read_markdown(BytesIO(text.encode()), name)
    return article


def test_a_first_line_that_stands_alone_is_the_title() -> None:
    article = from_text("\nFire on Maui\r\n\r\nIt was dry.\r\n\r\nIt was windy.")
    assert (article.title, article.text) == ("Fire on Maui", "It was dry.\n\nIt was windy.")


@pytest.mark.parametrize(
    "text", ["It was dry.\n\nIt was windy.", "Fire on\nMaui\n\nIt was dry.", "word " * 50 + "\n\nIt was dry.", "Fire"]
)
def test_otherwise_the_name_of_the_file_is(text: str) -> None:
    article = from_text(text)
    assert article.title == "maui wildfires 2023"
    assert article.text == text.replace(" \n", "\n")


def test_standard_input_has_no_name_but_that() -> None:
    assert from_text("It was dry.", "stdin/0a1b2c3d4e5f").title == "Standard input"


def test_front_matter() -> None:
    article = from_markdown(
        "---\n"
        'title: "Fire: on Maui"\n'
        "published: 2023-08-13\n"
        "outlet: Demo Courier\n"
        "author: [Ann, Bob]\n"
        "url: https://courier.example/maui?utm_source=x\n"
        "draft: no\n"
        "---\n\nIt was dry.\n"
    )
    assert article.title == "Fire: on Maui"
    assert article.text == "It was dry."
    assert article.published == date(2023, 8, 13)
    assert (article.outlet, article.author) == ("Demo Courier", "Ann, Bob")
    assert article.source == "https://courier.example/maui"
    assert article.id.startswith("maui-")


@pytest.mark.parametrize(
    "field", ["date: 2023-08-13T23:00:00-10:00", "date: 13 August 2023", "published: '2023-08-13'"]
)
def test_dates_in_front_matter(field: str) -> None:
    assert from_markdown(f"---\n{field}\n---\nText.").published == date(2023, 8, 13)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ("title: Fire: on Maui", "line 2 of its front matter is not YAML"),
        ("date: soon", "published is no date"),
        ("date: 2023-13-45", "front matter|no date"),
        ("title: {a: b}", "title in its front matter is not plain text"),
        ("title: " + "{a: " * 5_000, "front matter is not YAML"),
        ("title: !!python/object/apply:os.system [id]", "not YAML"),
    ],
)
def test_front_matter_that_is_wrong(fields: str, reason: str) -> None:
    with pytest.raises(SourceError, match=reason):
        from_markdown(f"---\n{fields}\n---\nText.")


@pytest.mark.parametrize(
    ("stated", "language"),
    [("language: en", "en"), ("lang: de-AT", "de"), ("language: no", "no"), ("language:", None), ("title: X", None)],
)
def test_the_language_in_front_matter(stated: str, language: str | None) -> None:
    assert from_markdown(f"---\n{stated}\n---\n\nIt was dry.").language == language


def test_several_authors_in_front_matter() -> None:
    assert from_markdown("---\nauthors:\n  - Ann\n  - Bob\n---\n\nIt was dry.").author == "Ann, Bob"


def test_a_rule_at_the_top_is_not_front_matter() -> None:
    assert from_markdown("---\n\nOne.\n\n---\n\nTwo.").text == "One.\n\nTwo."


def test_the_first_heading_is_the_title_and_is_not_repeated() -> None:
    article = from_markdown("# Fire *on* Maui\n\nIt was dry.\n\n## Why\n\nIt was windy.")
    assert (article.title, article.text) == ("Fire on Maui", "It was dry.\n\nWhy\n\nIt was windy.")


def test_a_heading_that_repeats_the_stated_title_is_left_out() -> None:
    assert from_markdown("---\ntitle: Fire on Maui\n---\n# Fire on  Maui\n\nIt was dry.").text == "It was dry."
    assert (
        from_markdown("---\ntitle: Another\n---\n# Fire on Maui\n\nIt was dry.").text == "Fire on Maui\n\nIt was dry."
    )


def test_a_later_small_heading_is_no_title() -> None:
    assert from_markdown("It was dry.\n\n## Why\n\nIt was windy.").title == "maui wildfires"


def test_markup_becomes_plain_text() -> None:
    article = from_markdown(
        "# T\n\n"
        "A [link](https://x.example 'hover') with **bold**, `code`, &amp; an\nimage ![alt](i.png).\\\nNext line.\n\n"
        "- one\n- two\n  - nested\n\n"
        "3. three\n4. four\n\n"
        "> quoted\n> words\n\n"
        "| a | b |\n|---|---|\n| 1 | 2 |\n\n"
        "```\nraw  text\n```\n\n"
        "<div>shown <b>html</b><script>alert(1)</script><!-- hidden --></div>\n\n"
        "Inline <em>tags</em><br>and a break <!-- gone -->.\n"
    )
    assert article.text == (
        "A link with bold, code, & an image .\nNext line.\n\n"
        "- one\n- two\n- nested\n3. three\n4. four\n\n"
        "quoted words\n\n"
        "a | b\n1 | 2\n\n"
        "raw text\n\n"
        "shown html\n\n"
        "Inline tags\nand a break ."
    )


@pytest.mark.parametrize("read", [from_text, from_markdown])
def test_fault_20_an_empty_file_is_reported(read: type) -> None:
    for text in ("", " \n\t\n", "\ufeff"):
        with pytest.raises(SourceError, match="no text"):
            read(text)


def test_fault_20_a_title_alone_is_reported() -> None:
    with pytest.raises(SourceError, match="no text"):
        from_markdown("---\ntitle: Fire\n---\n# Fire\n\n<!-- nothing -->\n")


@pytest.mark.parametrize("text", ["[" * 5_000, "> " * 5_000 + "x", "*a " * 5_000, "`" * 5_000, "![" * 5_000 + "x"])
def test_hostile_markdown_ends_in_an_article_or_a_reason(text: str) -> None:
    assert from_markdown("Start.\n\n" + text).text.startswith("Start.")
