"""Web pages: the article comes in, with what it says of itself, and nothing of the page around it."""

# ruff: noqa: E501, RUF001

from datetime import date
from io import BytesIO
from pathlib import Path

import pytest

from index.errors import SourceError
from index.sources.clutter import is_label
from index.sources.html import read_html
from index.sources.markup import markup_blocks
from index.types import Article

SAMPLE = Path(__file__).resolve().parents[2] / "sample" / "articles"

PARAGRAPHS = [
    "The dam above the town gave way shortly before four in the morning, and the water reached the market square "
    "twelve minutes later, the regional governor said on Thursday.",
    "At least 41 people are missing. Engineers had asked for 3.5 million dollars to repair the sluices in 2019, and "
    "received none of it, according to letters that were read out in parliament.",
    "“We heard a sound like a train,” said Mira Tovar, who climbed onto the roof of the school with her two sons and "
    "waited there until the army’s boats came at noon.",
    "The government has promised an inquiry. Its first report is due on 30 September, and the opposition has asked "
    "that it be written by a judge from abroad.",
]

CLUTTER = {
    "navigation": '<nav><ul><li><a href="/">Home page</a></li><li><a href="/w">World pages</a></li></ul></nav>',
    "navigation without nav": '<div class="main-menu"><a href="/s">Sport pages</a> <a href="/c">Culture pages</a></div>',
    "cookie banner": '<div id="cookie-consent"><p>We and our 812 partners value your privacy and use cookies.</p></div>',
    "dialog": '<div role="dialog"><h2>Before you go</h2><p>Give us your consent to store information.</p></div>',
    "newsletter box": '<div class="newsletter-signup"><h3>Morning Post</h3><p>All the news at six in your inbox.</p></div>',
    "ad": '<div class="ad-slot" id="gpt-3"><p>Cheap flights to sunny places, book now and save.</p></div>',
    "ad label": "<p>Advertisement</p>",
    "scroll label": "<div>Advertisement<br>Scroll to continue</div>",
    "recommended": '<section><h3>Recommended</h3><ul><li><a href="/r">Ten soups for winter</a></li></ul></section>',
    "recommended in bold": '<div class="box"><b>RECOMMENDED</b><br><a href="/r">Ten stews for autumn nights</a></div>',
    "trending": '<div class="x9"><h4>Trending now</h4><ol><li><a href="/t">A dog that can drive</a></li></ol></div>',
    "most read": '<aside><h2>Most read</h2><ol><li><a href="/m">Fuel prices fall again</a></li></ol></aside>',
    "read more": '<p><a href="/o">Read more: Why the sluices were never repaired</a></p>',
    "related": '<div class="inline-related"><p><a href="/o">How old dams die, a history of concrete</a></p></div>',
    "share": '<div class="share-tools"><a href="#">Share on Facebook</a> <a href="#">Copy the link</a></div>',
    "share paragraph": "<p>Share this article</p>",
    "comments": '<section id="comments"><h2>Comments (2)</h2><p>reader_1: It was a meteor, my cousin saw it fall.</p>'
    "<p>reader_2: Nonsense, everybody knows it was the beavers.</p></section>",
    "tags": '<p class="tags">Topics: <a href="#">Dams</a> <a href="#">Floods</a></p>',
    "hidden": "<div hidden><p>A paragraph that nobody was ever meant to see on this page.</p></div>",
    "script": '<script>document.write("<p>Written by a script.</p>")</script><style>p{color:red}</style>',
    "footer": "<footer><p>© 2023 The Test Post. All rights reserved. Terms and conditions apply.</p></footer>",
    "paywall": '<div class="paywall"><p>You have read 5 articles this month. Become a supporter today.</p></div>',
}
TRACES = [
    *["Home page", "World pages", "Sport pages", "Culture pages", "812 partners", "Before you go", "consent"],
    *[
        "Morning Post",
        "inbox",
        "Cheap flights",
        "Advertisement",
        "Scroll",
        "Recommended",
        "RECOMMENDED",
        "soups",
        "stews",
    ],
    *["Trending", "can drive", "Most read", "Fuel prices", "Read more", "never repaired", "old dams", "Facebook"],
    *["Copy the link", "Share this", "Comments", "meteor", "beavers", "Topics", "nobody was ever", "by a script"],
    *["color", "All rights", "5 articles"],
]

HEAD = (
    '<!DOCTYPE html><html lang="en-GB"><head><meta charset="utf-8"><title>Dam bursts above Velt | The Test Post</title>'
    '<meta property="og:title" content="Dam bursts above Velt"><meta property="og:site_name" content="The Test Post">'
    '<link rel="canonical" href="https://Post.Example/2023/09/dam-bursts?utm_source=rss#top">'
    '<meta name="author" content="Ines Okafor">'
    '<meta property="article:published_time" content="2023-09-14T05:10:00+02:00">'
    '<meta property="article:modified_time" content="2023-09-16T05:10:00+02:00"></head>'
)


def page(*body: str, head: str = HEAD) -> str:
    return f"{head}<body>{''.join(body)}</body></html>"


def article_with(*clutter: str) -> str:
    """The article with the clutter around it and between all of its paragraphs."""
    around = "".join(clutter)
    paragraphs = around.join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    return page(around, f"<main><article><h1>Dam bursts above Velt</h1>{paragraphs}</article></main>", around)


def read(source: str | bytes, name: str = "/news/dam-bursts.html") -> Article:
    [article] = read_html(BytesIO(source.encode() if isinstance(source, str) else source), name)
    return article


def test_an_article_with_what_it_says_of_itself() -> None:
    article = read(article_with())
    assert article.title == "Dam bursts above Velt"
    assert article.text == "\n\n".join(PARAGRAPHS)
    assert (article.published, article.author, article.outlet) == (date(2023, 9, 14), "Ines Okafor", "The Test Post")
    assert (article.source, article.language) == ("https://post.example/2023/09/dam-bursts", "en")
    assert article.id.startswith("dam-bursts-")


@pytest.mark.parametrize(
    "stated",
    [
        '<meta property="article:published_time" content="1964-05-12T05:00:00.000Z">',
        '<meta itemprop="datePublished" content="1964-05-12">',
        '<script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "1964-05-12T05:00:00Z"}</script>',
    ],
)
def test_an_old_day_that_is_stated_is_taken_and_not_one_at_the_foot(stated: str) -> None:
    paragraphs = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    head = f'<html><head><title>T</title>{stated}<meta property="article:modified_time" content="2016-06-01"></head>'
    source = page(f"<article><h1>T</h1>{paragraphs}</article><footer>Last updated 3 March 2021</footer>", head=head)
    assert read(source).published == date(1964, 5, 12)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("It holds 10<sup>6</sup> m<sup>3</sup> at 10<sup>-3</sup>.", "It holds 10⁶ m³ at 10⁻³."),
        ('It cost 500<sup><a href="#n1">2</a></sup> pounds.', "It cost 500 pounds."),
        ('It cost 500<a href="#n1"><sup>[2]</sup></a> pounds.', "It cost 500 pounds."),
        ('It cost 500<a role="doc-noteref" href="#n1">2</a> pounds.', "It cost 500 pounds."),
        ("On the 5<sup>th</sup> of May.", "On the 5th of May."),
        ("It cost <del>500</del> <s>550</s> 600 pounds.", "It cost 600 pounds."),
        ("She said <q>no <b>water</b></q>.", "She said “no water”."),
    ],
)
def test_what_marks_within_a_line_say_is_not_lost(line: str, shown: str) -> None:
    paragraphs = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    assert read(page(f"<article><h1>T</h1>{paragraphs}<p>{line}</p></article>")).text.endswith(f"\n\n{shown}")
    assert [block.text for block in markup_blocks(f"<p>{line}</p>")] == [shown]


@pytest.mark.parametrize("kind", CLUTTER)
def test_clutter_stays_out_and_no_paragraph_is_lost(kind: str) -> None:
    assert read(article_with(CLUTTER[kind])).text == "\n\n".join(PARAGRAPHS)


def test_all_clutter_together() -> None:
    text = read(article_with(*CLUTTER.values())).text
    assert [trace for trace in TRACES if trace in text] == []
    assert text == "\n\n".join(PARAGRAPHS)


def test_a_page_of_divs_and_tables_without_any_helpful_name() -> None:
    paragraphs = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS[1:])
    body = f"<table><tr><td><h1>Dam bursts above Velt</h1><div>{PARAGRAPHS[0]}</div>{paragraphs}</td><td>x</td></tr></table>"
    assert read(page(body, head="<html><head><title>T</title></head>")).text == "\n\n".join(PARAGRAPHS)


@pytest.mark.parametrize("kind", CLUTTER)
def test_clutter_stays_out_of_a_bare_body(kind: str) -> None:
    around = CLUTTER[kind]
    paragraphs = around.join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    assert read(page(f"{around}<h1>Dam bursts above Velt</h1>{paragraphs}{around}")).text == "\n\n".join(PARAGRAPHS)


@pytest.mark.parametrize("around", ["article", "div", "body"])
def test_headings_lists_quotes_and_tables_become_lines(around: str) -> None:
    text = read(
        page(
            f"<{around}><h1>Dam bursts above Velt</h1><p>{PARAGRAPHS[0]}</p><h2>What is known</h2>"
            f"<p>{PARAGRAPHS[1]}</p><ul><li>41 people are missing</li><li>300 houses are gone</li></ul>"
            f"<p>{PARAGRAPHS[2]}</p><blockquote><p>{PARAGRAPHS[3]}</p></blockquote>"
            f"<table><tr><th>Year</th><th>Asked</th></tr><tr><td>2019</td><td>3.5m</td></tr></table></{around}>"
        )
    ).text
    assert f"{PARAGRAPHS[0]}\n\nWhat is known\n\n{PARAGRAPHS[1]}" in text
    assert "\n\n- 41 people are missing\n- 300 houses are gone\n\n" in text
    assert PARAGRAPHS[3] in text
    assert "Dam bursts" not in text


def test_what_is_about_clutter_is_not_clutter() -> None:
    about = [
        "Cookies, the browser kind, were invented in 1994 by an engineer who wanted shops to remember baskets.",
        "Share prices fell by 3 per cent. Trending downwards since May, they are at their lowest for two years.",
        "Comments by the minister were not helpful, traders said, and the most read newspaper called for her to go.",
    ]
    body = "".join(f"<p>{paragraph}</p>" for paragraph in about)
    assert read(page(f"<article><h1>Shares</h1>{body}</article>")).text == "\n\n".join(about)


@pytest.mark.parametrize(
    "line", ["Advertisement", "MOST READ", "- Recommended for you", "Read more: A dam", "3 comments"]
)
def test_labels(line: str) -> None:
    assert is_label(line)


@pytest.mark.parametrize(
    "line",
    [
        "The prizes",
        "Most people read nothing",
        "Reading matters",
        "Sharing is hard",
        "Ad astra",
        "He had no comment",
        "",
        "Tagged birds flew home",
        "More than 40 died",
        "Related losses: they fell",
        "See you in court, he said",
    ],
)
def test_headings_that_are_no_labels(line: str) -> None:
    assert not is_label(line)


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [("utf-8", "utf-8"), ("utf-8", "cp1252"), ("iso-8859-1", "utf-8"), ("windows-1251", "cp1252"), ("utf-8", "utf-16")],
)
def test_fault_19_a_wrong_charset_does_not_garble(declared: str, encoding: str) -> None:
    source = article_with().replace('charset="utf-8"', f'charset="{declared}"')
    assert read(source.encode(encoding)).text == "\n\n".join(PARAGRAPHS)


def test_a_declared_charset_that_is_right_is_used() -> None:
    paragraph = "Vláda oznámila nová opatření, řekl ministr v úterý ve Zlíně. Škody dosáhly tří miliard korun. "
    source = page(f"<article><h1>Povodeň</h1><p>{paragraph * 4}</p></article>").replace("utf-8", "windows-1250")
    assert paragraph.strip() in read(source.encode("cp1250")).text


@pytest.mark.parametrize(
    "source",
    [
        "",
        "<html></html>",
        page(*CLUTTER.values()),
        page("<div class='cookie-wall'><h1>We value your privacy</h1><p>Accept all cookies to go on.</p></div>"),
        page("<h1>404</h1><p>The page that you asked for is not here.</p>"),
    ],
    ids=["nothing", "no body", "clutter only", "cookie wall", "error page"],
)
def test_fault_20_a_page_without_an_article_is_reported(source: str) -> None:
    with pytest.raises(SourceError, match=r"no article|no text|not a web page"):
        read(source)


def test_fault_23_html_nested_hundreds_deep_is_read_or_reported() -> None:
    for depth in (300, 3000):
        source = page("<div>" * depth, *(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS), "</div>" * depth)
        try:
            text = read(source).text
        except SourceError:
            continue
        assert text == "\n\n".join(PARAGRAPHS)


@pytest.mark.parametrize(
    "byline", ["<p>By Ann Bell, 12 May 2023</p>", "<p>By Ann Bell</p><p>12 May 2023 · 3 min read</p>"]
)
def test_a_byline_above_the_text_is_no_part_of_it(byline: str) -> None:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    article = read(page(f"<article><h1>Dam bursts</h1>{byline}{body}</article>", head="<title>Dam bursts</title>"))
    assert (article.title, article.author, article.published) == ("Dam bursts", "Ann Bell", date(2023, 5, 12))
    assert article.text == "\n\n".join(PARAGRAPHS)


def test_hostile_metadata_is_only_text() -> None:
    head = HEAD.replace("https://Post.Example/2023/09/dam-bursts?utm_source=rss#top", "javascript:alert(1)")
    article = read(page(f"<article><p>{PARAGRAPHS[0]}</p><p>{PARAGRAPHS[1]}</p></article>", head=head))
    assert article.source == "/news/dam-bursts.html"


@pytest.mark.parametrize("path", sorted(SAMPLE.glob("*.html")), ids=lambda path: path.stem)
def test_the_sample_pages_come_out_clean(path: Path) -> None:
    article = read(path.read_bytes(), str(path))
    paragraphs = article.text.split("\n\n")
    assert article.published
    assert len(paragraphs) >= 8
    assert not [line for line in paragraphs if is_label(line)]
    prose = [line for line in paragraphs if len(line) > 60 and " | " not in line]
    assert all(line.endswith((".", "?", "!", "”", '"')) for line in prose), prose
