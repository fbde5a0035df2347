"""What stands around an article on a page, known by what it calls itself: elements before extraction, lines after."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from index.clean import clean_line
from index.sources.blocks import Block

MAX_PRUNED_SHARE = 0.3
"""Of a page's text that one element may take with it: what holds more is the article, whatever its class says."""

MAX_LABEL_CHARACTERS = 120

_NAMES = (
    r"ads?|ad-?(?:box|slot|unit|wrap\w*|container)|adverts?|advertisement|advertorial|sponsored|taboola|outbrain|dfp|gpt"
    r"|cookies?|cookie-?\w+|gdpr|consent|cmp|newsletters?|sign-?up|subscribe|subscription|promo|paywall|paybar|contribute"
    r"|related|recirc\w*|recommended|recommendations|onward|read-(?:next|more)|more-on|trending|most-?(?:read|popular)"
    r"|shar(?:e|ing)|share-?(?:bar|tools|buttons|links)|social|comments?|disqus\w*|breadcrumbs?|ticker|tags|topics"
)
_ELEMENTS = "self::div or self::section or self::aside or self::ul or self::ol or self::p or self::span or self::nav"
_BY_NAME = f"//*[{_ELEMENTS}][re:test(concat(@class, ' ', @id), '(^|[\\s_-])({_NAMES})($|[\\s_-])', 'i')]"
_BY_ROLE = (
    "//form | //dialog | //template | //aside | //nav | //*[@hidden]"
    " | //*[re:test(@role, '^(dialog|alertdialog|complementary|navigation|search)$')]"
    " | //*[re:test(@aria-label, '^(advert|cookie|share|newsletter|related|recommended|trending|most )', 'i')]"
)
_LABELS = (
    r"advertisement|ad|sponsored(?: content)?|promoted(?: stories)?|paid post",
    r"scroll to continue.*|(?:story|article|text) continues (?:below|after).*",
    r"recommended(?: for you| stories| reading)?|trending(?: now| stories)?|popular(?: now| stories)?",
    r"most (?:read|popular|viewed|shared)(?: .{0,30})?|editors?.s? picks?|don.t miss|around the web|back to top",
    r"related(?: (?:articles?|stories|topics|content|news|coverage|links|reading))?|from (?:the|our) (?:web|partners)",
    r"more (?:on this (?:story|topic)|stories|from .{1,40}|like this)|(?:read|up|what to read|watch) next",
    r"you (?:may|might) also (?:like|be interested in)|leave a (?:comment|reply)|join the (?:conversation|discussion)",
    r"(?:\d+ )?comments?(?: \(\d+\))?|share (?:on|via) .{1,30}|follow us.{0,60}|newsletters?|skip to .{1,40}",
    r"(?:share|save|print|listen|email|copy link|tweet)(?: this)?(?: (?:article|story|page|post))?",
    r"subscribe(?: now| today)?|sign (?:in|up)|sign up (?:for|to) .{0,90}",
    r"subscribe to .{0,60}(?:newsletter|emails?|podcast).{0,30}|listen \(.{1,20}\)",
    r"(?:read|see|watch|listen|read next|see also|related|more|explore more|go deeper)(?: more| also)?: ?.+",
    r"(?:tags?|topics?|filed under): ?.{0,90}|image source: ?.{0,80}|\d+[ -]min(?:ute)?s? read",
    r".{0,40}all rights reserved\.?|(?:\(c\)|©|copyright) .{0,80}",
)
_LABEL = re.compile(rf"[\W_]*(?:{'|'.join(_LABELS)})[\W_]*", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]]*$")  # noqa: RUF001
_OF_TEXTS = ("p", "h1", "h2", "h3", "h4", "ul", "ol", "dl", "table", "blockquote", "pre")
_INLINE = frozenset("a abbr b br cite code em i mark q small span strong sub sup time".split())  # noqa: SIM905


def prune(tree: Any) -> None:
    """Remove from a page, in place, what its markup or its first heading says is not the article.

    What is left is set right where extraction would go wrong: tables that lay out the page, `div`s as paragraphs.
    """
    from lxml import etree  # type: ignore[import-untyped]

    namespaces = {"re": "http://exslt.org/regular-expressions"}
    limit = MAX_PRUNED_SHARE * _length(tree)
    named = etree.XPath(f"{_BY_ROLE} | {_BY_NAME}", namespaces=namespaces)(tree)
    for element in [*named, *_labelled(tree)]:
        holds_article = element.find(".//h1") is not None or element.find(".//article") is not None
        if element.getparent() is not None and not holds_article and _length(element) <= limit:
            element.drop_tree()
    for element in list(tree.iter("table")):
        if _is_layout(element):
            _make_divs(element)
    for element in list(tree.iter("div")):
        if _is_paragraph(element):
            element.tag = "p"
    _name_article(tree)


def without_clutter(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks without labels, calls to read, share or subscribe, and the teasers under a label that is a heading."""
    in_teasers = False
    for block in blocks:
        if is_label(block.text):
            in_teasers = block.level > 0
            continue
        in_teasers = in_teasers and not block.level and not _SENTENCE_END.search(block.text)
        if not in_teasers:
            yield block


def is_label(text: str) -> bool:
    """Whether a whole line says what a page's furniture says, such as "Most read" or "Read more: ..."."""
    line = clean_line(text).removeprefix("- ")
    return len(line) <= MAX_LABEL_CHARACTERS and _LABEL.fullmatch(line) is not None


def _labelled(tree: Any) -> Iterator[Any]:
    """Elements that begin with a heading which is such a label, or with one in bold and hold little but links."""
    for heading in tree.iter("h2", "h3", "h4", "h5", "h6", "b", "strong"):
        parent = heading.getparent()
        opens = parent is not None and heading.getprevious() is None and not (parent.text or "").strip()
        if opens and is_label(_text(heading)) and (heading.tag.startswith("h") or _is_mostly_links(parent, heading)):
            yield parent


def _is_mostly_links(element: Any, heading: Any) -> bool:
    linked = sum(_length(link) for link in element.iter("a"))
    return 2 * linked >= _length(element) - _length(heading)


def _is_layout(table: Any) -> bool:
    """Whether a table holds a page and not data: a heading, or several paragraphs in one cell."""
    return table.find(".//h1") is not None or any(len(cell.findall("p")) > 1 for cell in table.iter("td"))


def _make_divs(table: Any) -> None:
    for element in [table, *table.iterchildren("tbody", "tr"), *table.xpath("./tr/td | ./tbody/tr | ./tbody/tr/td")]:
        element.tag = "div"


def _is_paragraph(element: Any) -> bool:
    """A `div` used as a paragraph among `p`s, where extraction would lose it."""
    parent = element.getparent()
    return (
        parent is not None
        and parent.find("p") is not None
        and all(child.tag in _INLINE for child in element.iterdescendants())
        and _SENTENCE_END.search(_text(element).strip()) is not None
    )


def _name_article(tree: Any) -> None:
    """Call the element what it is that has most of the page's text right in it, where the page itself names none.

    Of one without a telling name, extraction takes the paragraphs alone, and no heading and no list.
    """
    if tree.find(".//article") is not None or tree.find(".//main") is not None:
        return
    half = _length(tree.find("body") if tree.find("body") is not None else tree) / 2
    for element in tree.iter("body", "div", "section"):
        if sum(_length(child) for child in element.iterchildren(*_OF_TEXTS)) > half:
            article = element if element.tag != "body" else _wrapped(element)
            article.tag = "article"
            return


def _wrapped(body: Any) -> Any:
    inner = body.makeelement("div")
    inner.text, body.text = body.text, None
    inner[:] = list(body)
    body.append(inner)
    return inner


def _text(element: Any) -> str:
    return "".join(map(str, element.itertext()))


def _length(element: Any) -> int:
    return sum(len(text) for text in element.itertext())
