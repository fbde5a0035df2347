"""The library's table, and what is said of an upload."""

import html
import re
from dataclasses import replace
from datetime import date

from index.types import ArticleSummary, Copy, IngestReport, Skipped
from qa.library import library_html, matching, originals, report_html
from qa.markup import copy_html

FIRST = ArticleSummary("wire-1", "/wire.md", "Dam bursts", date(2023, 2, 6), None, "Example Wire", "en", 900, 2)
COPY = replace(FIRST, id="paper-1", source="/paper.md", outlet="Example Paper", copy_of="wire-1")
OTHER = replace(FIRST, id="other-1", source="/other.md", title="Cats", outlet="Example Paper")
ALL = [COPY, OTHER, FIRST]


def seen(markup: str) -> str:
    return html.unescape(re.sub("<[^>]*>", "", markup))


def rows(markup: str) -> list[str]:
    return re.findall("<tr>(.*?)</tr>", markup.split("<tbody>")[1])


def test_a_near_copy_names_what_it_is_a_copy_of_with_a_button_that_opens_it():
    copy, other, first = rows(library_html(ALL, 1, originals(ALL)))
    assert "Near copy of Dam bursts, Example Wire, 6 February 2023" in seen(copy)
    opened = [html.unescape(value) for value in re.findall('name="source" value="([^"]*)"', copy)]
    assert opened == ["paper-1", "wire-1"]
    assert "copy" not in seen(other) + seen(first)


def test_it_is_named_where_the_filter_hides_it():
    found = matching(ALL, "paper")
    assert FIRST not in found
    assert "Near copy of Dam bursts" in seen(library_html(found, 1, originals(ALL)))


def test_an_article_without_outlet_or_date_is_named_by_its_title():
    assert seen(copy_html(replace(FIRST, outlet=None, published=None))) == "Near copy of Dam bursts"


def test_an_upload_says_how_many_are_copies():
    copies = tuple(Copy(f"paper-{number}", "wire-1") for number in range(2))
    assert "2 are near copies" in seen(report_html(IngestReport(added=("a", "b", "c"), copies=copies)))
    assert "One is a near copy" in seen(report_html(IngestReport(added=("a", "b"), copies=copies[:1])))
    assert "copy" not in seen(report_html(IngestReport(added=("a",))))


def test_an_upload_says_what_held_no_article():
    skipped = (Skipped("all.zip", "not articles: 3 .png files", 3),)
    assert "3 files beside them held no article." in seen(report_html(IngestReport(added=("a",), skipped=skipped)))
