"""Pages, feeds and sitemaps from a real server on loopback, into a real index."""

import gzip
import re
from collections.abc import Iterator
from contextlib import closing

import pytest

from index.fetching.fetch import Fetcher, FetchPolicy
from index.ingest import ingest
from index.sources import SourceReader
from index.types import IngestReport
from tests.faults.servers import MisbehavingServer, redirect, response, sends
from tests.made_files import PARAGRAPHS, html, rss, zipped

pytestmark = pytest.mark.usefixtures("server")


@pytest.fixture
def server() -> Iterator[MisbehavingServer]:
    with MisbehavingServer() as started:
        yield started


@pytest.fixture
def other() -> Iterator[MisbehavingServer]:
    with MisbehavingServer(host="127.0.0.2") as started:
        yield started


@pytest.fixture
def add(index, server, other):
    def add_sources(*sources: str) -> IngestReport:
        policy = FetchPolicy(allow_private=("127.0.0.0/8",), extra_ports=(server.port, other.port))
        with SourceReader(fetcher=Fetcher(policy), memory=index) as reader:
            return ingest(index, sources, reader=reader, memory=index)

    return add_sources


def shows(server: MisbehavingServer, path: str, body: bytes, *, etag: str = "", kind: str = "text/html") -> None:
    """Serves a page, and answers that it is still that to who knows its ETag."""

    def behave(connection, stop) -> None:
        if etag and f"if-none-match: {etag}".encode() in server.requests[-1].lower():
            connection.sendall(response(b"", status="304 Not Modified"))
        else:
            connection.sendall(response(body, f"Content-Type: {kind}", *([f"ETag: {etag}"] if etag else [])))

    server.behaviours[path] = behave


def test_a_page_is_read_again_only_when_it_has_changed(add, index, server):
    shows(server, "/velt", html(), etag='"one"')
    url = server.url("/velt")
    first, again = add(url), add(url)
    assert first.added == again.unchanged != ()
    assert index.article(first.added[0]).source == url
    shows(server, "/velt", html(paragraphs=PARAGRAPHS[:2]), etag='"two"')
    assert add(url).updated == first.added


@pytest.mark.parametrize("redirected_before", [True, False])
def test_an_older_page_in_the_place_of_a_newer_one_is_read(add, index, server, redirected_before):
    def shows_dated(path: str, body: bytes, last_modified: str) -> None:
        """As servers of files do, which only compare days: the newest page is older than the one before."""

        def behave(connection, stop) -> None:
            since = re.search(rb"if-modified-since: \w+, (\d+)", server.requests[-1].lower())
            if since and int(since[1]) >= int(last_modified.split()[1]):
                connection.sendall(response(b"", status="304 Not Modified"))
            else:
                connection.sendall(response(body, "Content-Type: text/html", f"Last-Modified: {last_modified}"))

        server.behaviours[path] = behave

    shows_dated("/older", html("Older"), "Tue, 01 Oct 2024 10:00:00 GMT")
    if redirected_before:
        shows_dated("/newer", html("Newer"), "Thu, 03 Oct 2024 10:00:00 GMT")
        server.behaviours["/latest"] = sends(redirect("/newer"))
    else:
        shows_dated("/latest", html("Newer"), "Thu, 03 Oct 2024 10:00:00 GMT")
    add(server.url("/latest"))
    server.behaviours["/latest"] = sends(redirect("/older"))
    report = add(server.url("/latest"))
    assert [index.article(one).title for one in report.added] == ["Older"]


def test_a_page_whose_article_was_removed_is_read_again(add, index, server):
    shows(server, "/velt", html(), etag='"one"')
    [article_id] = add(server.url("/velt")).added
    index.remove([article_id])
    assert add(server.url("/velt")).added == (article_id,)


def test_the_pages_of_a_feed_are_read_and_a_feed_that_rests_costs_one_request(add, index, server):
    shows(server, "/a", html("A"))
    items = [{"title": "A", "link": "/a"}, {"title": "A again", "link": "/a"}]
    shows(server, "/feed", rss(items), etag='"feed"', kind="application/rss+xml")
    report = add(server.url("/feed"))
    assert [index.article(one).title for one in report.added] == ["A"]
    before = len(server.requests)
    assert add(server.url("/feed")).unchanged == report.added
    assert [path for path in server.paths()[before:] if path != "/robots.txt"] == ["/feed"]


def test_where_a_page_is_not_to_be_had_the_feed_speaks_for_it(add, index, server):
    markup = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    items = [
        {"title": "Told", "link": "/gone", "content:encoded": markup, "pubDate": "Wed, 05 Apr 2023 10:00:00 GMT"},
        {"title": "Untold", "link": "/lost", "description": "Short."},
        {"title": "Linkless", "description": markup},
    ]
    shows(server, "/feed", rss(items))
    report = add(server.url("/feed"))
    told, linkless = (index.article(one) for one in report.added)
    assert (told.title, str(told.published), told.outlet) == ("Told", "2023-04-05", "Example Wire")
    assert told.source == server.url("/gone")
    assert linkless.text == "\n\n".join(PARAGRAPHS)
    [failure] = report.failed
    assert failure.source == server.url("/lost")
    assert "404" in failure.reason
    assert [note.source for note in report.notes] == [told.source, linkless.source]
    assert "its text is the feed's (its page: 127.0.0.1 has no such page (404)" in report.notes[0].text
    assert report.notes[1].text == "its text is the feed's (it names no page)"


@pytest.mark.parametrize(
    "page", [html(paragraphs=["Subscribe to read on."]), b"\x89PNG\r\n\x1a\n", html(paragraphs=PARAGRAPHS * 2)]
)
def test_a_page_with_little_of_what_its_feed_says_gives_way_to_it(add, index, server, page):
    text = [paragraph + f" Part {number}." for number in range(6) for paragraph in PARAGRAPHS]
    markup = "".join(f"<p>{paragraph}</p>" for paragraph in text)
    shows(server, "/a", page)
    shows(server, "/feed", rss([{"title": "A", "link": "/a", "content:encoded": markup}]))
    report = add(server.url("/feed"))
    assert [index.article(one).text for one in report.added] == ["\n\n".join(text)]
    assert [note.source for note in report.notes] == [server.url("/a")]
    assert report.failed == ()


def test_a_summary_that_is_not_much_longer_than_the_page_does_not_replace_it(add, index, server):
    shows(server, "/a", html())
    shows(server, "/feed", rss([{"title": "A", "link": "/a", "description": " ".join(PARAGRAPHS) + " And so on."}]))
    report = add(server.url("/feed"))
    assert [index.article(one).title for one in report.added] == ["Velt runs dry"]
    assert report.notes == ()


def test_a_page_that_was_down_is_asked_for_again_though_its_feed_rests(add, index, server):
    item = {"title": "A", "link": "/a", "description": " ".join(PARAGRAPHS)}
    shows(server, "/feed", rss([item]), etag='"feed"')
    server.behaviours["/a"] = sends(response(b"", status="503 Service Unavailable"))
    [article_id] = add(server.url("/feed")).added
    shows(server, "/a", html(paragraphs=(*PARAGRAPHS, "Since then it has rained.")))
    report = add(server.url("/feed"))
    assert report.updated == (article_id,)
    assert index.article(article_id).text.endswith("Since then it has rained.")
    assert report.notes == ()


def test_an_article_is_not_replaced_by_its_summary_when_its_page_is_down(add, index, server):
    item = {"title": "A", "link": "/a", "description": " ".join(PARAGRAPHS)}
    shows(server, "/feed", rss([item]))
    shows(server, "/a", html(paragraphs=PARAGRAPHS * 2))
    [article_id] = add(server.url("/feed")).added
    whole = index.article(article_id)
    server.behaviours["/a"] = sends(response(b"", status="503 Service Unavailable"))
    report = add(server.url("/feed"))
    assert [failure.source for failure in report.failed] == [server.url("/a")]
    assert (report.updated, index.article(article_id)) == ((), whole)


def test_the_articles_of_a_feed_on_another_site_keep_their_own_addresses(add, index, server, other):
    for path in ("/a", "/b"):
        shows(other, path, html(path))
    shows(server, "/feed", rss([{"title": path, "link": other.url(path)} for path in ("/a", "/b")]))
    report = add(server.url("/feed"))
    assert [index.article(one).source for one in report.added] == [other.url("/a"), other.url("/b")]


def test_a_feed_in_a_file(add, index, server, tmp_path):
    shows(server, "/a", html("A"))
    (tmp_path / "feed.xml").write_bytes(rss([{"title": "A", "link": server.url("/a")}]))
    assert len(add(str(tmp_path / "feed.xml")).added) == 1


def test_an_atom_feed(add, index, server):
    shows(server, "/a", html("A"))
    entry = "<entry><title>A</title><link rel='self' href='/self'/><link href='/a'/></entry>"
    shows(server, "/feed", f"<feed xmlns='http://www.w3.org/2005/Atom'><title>W</title>{entry}</feed>".encode())
    assert len(add(server.url("/feed")).added) == 1


def test_a_sitemap_of_sitemaps(add, index, server):
    space = "xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'"
    top = f"<sitemapindex {space}><sitemap><loc>{server.url('/map.xml.gz')}</loc></sitemap></sitemapindex>"
    inner = "".join(f"<url><loc>{server.url(path)}</loc></url>" for path in ("/a", "/b"))
    shows(server, "/sitemap.xml", top.encode(), kind="application/xml")
    shows(server, "/map.xml.gz", gzip.compress(f"<urlset {space}>{inner}</urlset>".encode()), kind="application/gzip")
    shows(server, "/a", html("A"))
    shows(server, "/b", html("B"))
    assert len(add(server.url("/sitemap.xml")).added) == 2


def test_sitemaps_that_lie_in_one_another_end(add, server):
    space = "xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'"
    for number in range(9):
        loc = server.url(f"/{number + 1}")
        shows(
            server, f"/{number}", f"<sitemapindex {space}><sitemap><loc>{loc}</loc></sitemap></sitemapindex>".encode()
        )
    [failure] = add(server.url("/0")).failed
    assert "too deep" in failure.reason


def test_an_archive_behind_an_address(add, server):
    shows(server, "/all.zip", zipped({"a.txt": b"Some text.", "b.html": html()}), kind="application/zip")
    assert len(add(server.url("/all.zip")).added) == 2


def test_a_page_cannot_take_the_place_of_another_sites_article(add, index, server):
    claim = '<link rel="canonical" href="https://wire.example/news/1">'
    shows(server, "/evil", html(head=claim))
    [article_id] = add(server.url("/evil")).added
    assert index.article(article_id).source == server.url("/evil")


def test_the_sites_word_on_the_encoding_is_heard(add, index, server):
    page = html("Пожар", ("Резервуар над Вельтом высох во вторник, сообщили в водном управлении города. " * 5,))
    shows(server, "/ru", page.decode().encode("cp1251"), kind="text/html; charset=windows-1251")
    [article_id] = add(server.url("/ru")).added
    assert "Резервуар над Вельтом" in index.article(article_id).text


def test_a_visit_is_kept_by_verify_and_found_damaged(add, index, server, tmp_path):
    import sqlite3

    shows(server, "/velt", html(), etag='"one"')
    add(server.url("/velt"))
    assert index.verify() == []
    with closing(sqlite3.connect(tmp_path / "index" / "store.db")) as connection:
        connection.execute("UPDATE visits SET etag = 'other'")
        connection.commit()
    assert any("visit" in problem for problem in index.verify())
