"""What a feed says of its pages: addresses, titles, authors."""

from io import BytesIO

import pytest

from index.errors import SourceError
from index.sources.feeds import Links, read_links

ATOM = "http://www.w3.org/2005/Atom"


def read(feed: str) -> Links:
    return read_links(BytesIO(feed.encode()), "https://post.example/feeds/all.xml")


def test_addresses_are_made_absolute_by_the_base_that_the_feed_states() -> None:
    bare, based, absolute = (
        '<entry><title>A</title><link href="a"/></entry>',
        '<entry xml:base="2023/"><title>B</title><link href="b"/></entry>',
        '<entry><title>C</title><link href="https://other.example/c"/></entry>',
    )
    feed = f'<feed xmlns="{ATOM}" xml:base="/blog/">{bare}{based}{absolute}</feed>'
    assert [link.url for link in read(feed).links] == [
        "https://post.example/blog/a",
        "https://post.example/blog/2023/b",
        "https://other.example/c",
    ]
    assert read(feed.replace('xml:base="/blog/"', "")).links[0].url == "https://post.example/feeds/a"


def test_titles_that_are_html_are_read_as_such() -> None:
    title = "<title>Velt&amp;#8217;s &lt;b&gt;dam&lt;/b&gt; &amp;amp; more</title>"
    item = f"<item>{title}<link>https://post.example/a</link></item>"
    found = read(f"<rss><channel><title>Post &amp;amp; Times</title>{item}</channel></rss>")
    assert (found.title, found.links[0].title) == ("Post & Times", "Velt\N{RIGHT SINGLE QUOTATION MARK}s dam & more")
    plain = "<item><title>AT&amp;T: 3 &lt; 4</title><link>https://post.example/b</link></item>"
    assert read(f"<rss><channel>{plain}</channel></rss>").links[0].title == "AT&T: 3 < 4"


def test_an_entry_without_an_author_has_its_feeds() -> None:
    entries = "<entry><title>A</title></entry><entry><title>B</title><author><name>Ben</name></author></entry>"
    feed = f'<feed xmlns="{ATOM}"><author><name>Ann</name></author>{entries}</feed>'
    assert [link.author for link in read(feed).links] == ["Ann", "Ben"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Salt&nbsp;&amp; Sons&rsquo; mill", "Salt & Sons\N{RIGHT SINGLE QUOTATION MARK} mill"),
        ("Salt & Sons &co; AT&T &#38; Q&A;", "Salt & Sons &co; AT&T & Q&A;"),
        ("Salt &LT;b&GT; & Sons", "Salt & Sons"),  # told as HTML, and read as HTML
        ("Salt & <![CDATA[Sons &nbsp;&]]>", "Salt & Sons &"),
    ],
)
def test_what_html_allows_between_tags_is_no_end_of_a_feed(written: str, meant: str) -> None:
    link = "<link>https://post.example/a?b=1&copy=2</link>"
    (found,) = read(f"<rss><channel><item><title>{written}</title>{link}</item></channel></rss>").links
    assert found.title == meant
    assert found.url == "https://post.example/a?b=1&copy=2"


@pytest.mark.parametrize("left_open", ["<a>&nbsp;", "<a>&</b>", "&#0;", "<a><![CDATA[&", "<![CDATA[" * 100_000 + "&"])
def test_what_is_broken_otherwise_stays_so(left_open: str) -> None:
    with pytest.raises(SourceError, match="its XML is broken"):
        read(f"<rss><channel>{left_open}</channel></rss>")
