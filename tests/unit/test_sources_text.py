"""Plain text and Markdown."""

from collections.abc import Callable
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
        ('title: "Fire": on Maui', "line 2 of its front matter is not YAML"),
        ("title: Fire: on\n  Maui", "line 2 of its front matter is not YAML"),
        ("title: Fire: on Maui\ntags: [a, b", "line 2 of its front matter is not YAML"),
        ("tags: [a: b: c]", "line 2 of its front matter is not YAML"),
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


@pytest.mark.parametrize("title", ["Fire: on Maui", "Maui's fire: why: now", "Live:", "5: a & b"])
def test_colons_in_a_line_of_front_matter_are_its_text(title: str) -> None:
    article = from_markdown(f"---\ntitle: {title}\nurl: https://a.example/b\ndate: 2023-08-13\n---\nIt was dry.")
    assert (article.title, article.published) == (title, date(2023, 8, 13))
    assert article.source == "https://a.example/b"


def test_several_authors_in_front_matter() -> None:
    assert from_markdown("---\nauthors:\n  - Ann\n  - Bob\n---\n\nIt was dry.").author == "Ann, Bob"


@pytest.mark.parametrize(
    "line",
    [
        "12 May 2023",
        "*2023-05-12*",
        "**May 12, 2023**",
        "Published: May 12, 2023",
        "Posted on 12th May 2023",
        "Date: 2023-05-12T10:30:00Z",
        "Friday, 12 May 2023",
        "By Ann Bell, 12 May 2023",
        "By Ann Bell and Tom O'Neil, Example Wire | May 12, 2023",
        "By Ann Bell\n12 May 2023",
        "By Ann Bell\n\n12 May 2023",
    ],
)
@pytest.mark.parametrize("read", [from_text, from_markdown])
def test_the_day_above_a_text(read: Callable[[str], Article], line: str) -> None:
    mark = "# " if read is from_markdown else ""
    article = read(f"{mark}The well runs dry\n\n{line}\n\nIt ran dry on Monday.")
    assert (article.title, article.published) == ("The well runs dry", date(2023, 5, 12))
    assert article.text == "It ran dry on Monday."


BYLINES = [
    ("By Ann Bell, 12 May 2023", "Ann Bell", None),
    ("By Ann Bell\n12 May 2023", "Ann Bell", None),
    ("By Ann Bell and Tom O'Neil, Example Wire | May 12, 2023", "Ann Bell and Tom O'Neil", "Example Wire"),
    ("By Ann Bell, Tom O'Neil, 12 May 2023 · 3 min read", "Ann Bell, Tom O'Neil", None),
    ("Capital Wire, 12 May 2023", None, "Capital Wire"),
    ("The Velt Gazette - 2023-05-12", None, "The Velt Gazette"),
    ("Published: 12 May 2023", None, None),
]


@pytest.mark.parametrize(("lines", "author", "outlet"), BYLINES)
@pytest.mark.parametrize("above", ["\n", "\n\n"])
@pytest.mark.parametrize("below", ["\n", "\n\n"])
def test_the_byline_under_the_title_of_a_text(
    lines: str, author: str | None, outlet: str | None, above: str, below: str
) -> None:
    article = from_text(f"The well runs dry{above}{lines}{below}It ran dry on Monday.\n\nIt rained.")
    assert (article.title, article.text) == ("The well runs dry", "It ran dry on Monday.\n\nIt rained.")
    assert (article.published, article.author, article.outlet) == (date(2023, 5, 12), author, outlet)


def test_a_byline_without_a_day() -> None:
    article = from_text("The well runs dry\nBy Ann Bell\n\nIt ran dry on Monday.")
    assert (article.title, article.author, article.text) == ("The well runs dry", "Ann Bell", "It ran dry on Monday.")


def test_the_byline_says_less_than_the_front_matter() -> None:
    text = "---\ntitle: The well\nauthor: A. B.\noutlet: Wire\n---\nBy Ann Bell, Velt Post, 12 May 2023\n\nIt ran dry."
    article = from_markdown(text)
    assert (article.author, article.outlet, article.text) == ("A. B.", "Wire", "It ran dry.")
    assert article.published == date(2023, 5, 12)


@pytest.mark.parametrize(
    "text",
    [
        "The well was dry on\n12 May 2023\n\nIt rained.",
        "It rained\nBy Ann Bell the well was dry\n\nIt rained.",
        "It rained\nBy Monday\n\nIt rained.",
        "It rained\nBy Ann Bell\nit was signed.",
        "It rained.\nBy Ann Bell, 12 May 2023\n\nIt rained.",
        "Diary\n12 May 2023\nIt rained.\n\n13 May 2023\nIt was dry.",
        "Hiroshima\nHiroshima, 6 August 1945\n\nA bomb fell.",
        "By Ann Bell\n12 May 2023",
        "It rained\n12 May 2023",
    ],
)
def test_no_other_line_is_a_byline(text: str) -> None:
    article = from_text(text)
    assert (article.title, article.text, article.author) == ("maui wildfires 2023", text, None)
    assert (article.published, article.outlet) == (None, None)


def test_a_wire_story_opens_with_its_day_and_its_outlet() -> None:
    opening = "VELT, May 12, 2023 (Example Wire) - The well ran dry."
    article = from_text(f"The well runs dry\n\n{opening}\n\nIt rained.")
    assert (article.published, article.outlet) == (date(2023, 5, 12), "Example Wire")
    assert article.text.startswith(opening)


@pytest.mark.parametrize(
    "opening",
    [
        "VELT, 9 November 1989 - The wall fell.",
        "Velt, 12 May 2023 (Example Wire) - It ran dry.",
        "VELT, 12 May 2023 (Wire) - It ran dry.\n\nVOORT, 13 May 2023 (Wire) - It rained.",
    ],
)
def test_no_other_story_does(opening: str) -> None:
    article = from_text(f"The well runs dry\n\n{opening}")
    assert (article.published, article.outlet, article.text) == (None, None, opening)


@pytest.mark.parametrize(("line", "day"), [("3 Sept. 2023", 3), ("Sep 3, 2023", 3), ("September 30th 2023", 30)])
def test_months_are_written_in_several_ways(line: str, day: int) -> None:
    assert from_text(f"The well\n\n{line}\n\nIt ran dry.").published == date(2023, 9, day)


@pytest.mark.parametrize(
    "opening",
    [
        "On 12 May 2023 the well ran dry.",
        "12 May 2023 was a Friday.",
        "It ran dry on\n12 May 2023",
        "By law, the tax ends on 31 December 2024",
        "By 12 May 2023",
        "May 2023",
        "12/05/2023",
        "31 February 2023",
        "Updated: 12 May 2023",
        "- 12 May 2023",
        "It ran dry.\n\n12 May 2023",
        "12 May 2023\n\nIt ran dry.\n\n13 May 2023\n\nIt rained.",
        "12 May 2023 - 13 May 2023",
    ],
)
@pytest.mark.parametrize("read", [from_text, from_markdown])
def test_no_other_day_is_that_of_a_text(read: Callable[[str], Article], opening: str) -> None:
    mark = "# " if read is from_markdown else ""
    assert read(f"{mark}The well\n\n{opening}\n\nMore of it.").published is None


def test_front_matter_says_better_than_the_text_when_it_was_published() -> None:
    article = from_markdown("---\ndate: 2023-05-14\n---\n# The well\n\n12 May 2023\n\nIt ran dry.")
    assert article.published == date(2023, 5, 14)


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


def test_what_markdown_strikes_out_is_not_read() -> None:
    [article] = read_markdown(BytesIO(b"# Velt\n\nIt cost ~~500~~ ~~a **whole** 550~~ 600 pounds."), "/notes/velt.md")
    assert article.text == "It cost 600 pounds."
