"""From what a format found to a finished `Article`: cleaned, checked, named and hashed in one place for all formats."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from index.clean import clean, clean_line
from index.errors import SourceError
from index.types import Article

MAX_TITLE_CHARACTERS = 500
MAX_NAME_CHARACTERS = 200
"""Of an author or an outlet. What is longer is not a name, and is cut."""

MAX_REPLACEMENT_SHARE = 0.002
"""Of a text's characters that may be U+FFFD: a few stay visible, more mean that the text was garbled before us."""

_SLUG_CHARACTERS = 40
_ID_DIGITS = 12
_SURROGATE = re.compile("[\ud800-\udfff]")
_TRACKING = re.compile(
    r"utm_\w+|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|li_fat_id|igshid|igsh|mc_cid|mc_eid"
    r"|_ga|_gl|_hsenc|_hsmi|mkt_tok|oly_anon_id|oly_enc_id|vero_id|wickedid",
    re.IGNORECASE,
)
_YEAR_FIRST = re.compile(
    r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:Z|[T ]\d{1,2}:\d\d\S*(?: UTC| GMT| ?[+-]\d\d:?\d\d)?)?", re.ASCII
)
_WEEKDAY = re.compile(r"(?i)^(?:mon|tue|wed|thu|fri|sat|sun)(?:s|nes|rs|ur)?(?:day)?[.,]? ")
_ORDINAL = re.compile(r"(?i)(?<=\d)(?:st|nd|rd|th)\b|(?<=[a-z]{3})\.")
_SEPTEMBER = re.compile(r"(?i)\bsept\b")
_EMPTY_NAMES = {"", "index", "default", "amp", "home"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a format says about an article.

    `origin` is where it was found: an absolute path, for one row of a file with `#` and the row's name. `source` is
    the canonical source where it is known, as `exported_source` tells.
    """

    origin: str
    title: str
    text: str
    url: str | None = None
    published: date | None = None
    author: str | None = None
    outlet: str | None = None
    language: str | None = None
    source: str | None = None


def finish(draft: Draft) -> Article:
    """Raises SourceError when there is no text, or when it is visibly garbled."""
    text = clean(_checked(draft.text))
    if not text:
        raise SourceError("it has no text")
    title = clean_line(_checked(draft.title))[:MAX_TITLE_CHARACTERS].rstrip()
    author, outlet = _name(draft.author), _name(draft.outlet)
    published = draft.published.isoformat() if draft.published else None
    framed = json.dumps([title, text, published, author, outlet, draft.language])
    source = _checked(draft.source or canonical_source(draft.url, draft.origin))
    return Article(
        id=article_id(source),
        source=source,
        title=title,
        text=text,
        content_hash=hashlib.sha256(framed.encode()).hexdigest(),
        published=draft.published,
        author=author,
        outlet=outlet,
        language=draft.language,
    )


def canonical_source(url: str | None, origin: str) -> str:
    """The article's own address, without what only tracks readers; `origin` if it states none that names a page."""
    return _canonical_url(url.strip()) or origin if url else origin


def exported_source(stated_id: object, stated_source: object) -> str | None:
    """The canonical source that a row states, if it was exported from an index: then its id is made of its source."""
    if isinstance(stated_source, str) and stated_source and stated_id == article_id(stated_source):
        return stated_source
    return None


def article_id(source: str) -> str:
    """A readable slug of the source's last part and twelve hexadecimal digits of its SHA-256."""
    digest = hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()[:_ID_DIGITS]
    return f"{slug(_last_name(source)) or 'article'}-{digest}"


def slug(text: str) -> str:
    """Lower-case ASCII words joined by hyphens, at most 40 characters, cut between words where there is one."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", ascii_text).strip("-")
    if len(words) <= _SLUG_CHARACTERS:
        return words
    head = words[: _SLUG_CHARACTERS + 1]
    return (head.rpartition("-")[0] or head[:_SLUG_CHARACTERS]).strip("-")


def parse_date(stated: str | None) -> date | None:
    """The day of an ISO 8601 or RFC 2822 date, or of one written out in English; as written, in its own time zone.

    None where nothing is stated, or what is no date.
    """
    text = (stated or "").strip()
    for parse in (datetime.fromisoformat, _year_first, _written_out, _as_in_mail):
        try:
            return parse(text).date()
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None


def _year_first(text: str) -> datetime:
    """As databases and spreadsheets write it: `2023/5/12`, `2023-05-12 10:00:00 UTC`."""
    found = _YEAR_FIRST.fullmatch(text)
    if not found:
        raise ValueError(text)
    year, month, day = map(int, found.groups())
    return datetime(year, month, day)


def _written_out(text: str) -> datetime:
    words = re.split(r"[\s,-]+", _SEPTEMBER.sub("Sep", _ORDINAL.sub("", _WEEKDAY.sub("", text))))
    for form in ("%d %B %Y", "%d %b %Y", "%B %d %Y", "%b %d %Y"):
        try:
            return datetime.strptime(" ".join(words), form)
        except ValueError:
            continue
    raise ValueError(text)


def _as_in_mail(text: str) -> datetime:
    from email.utils import parsedate_to_datetime

    return parsedate_to_datetime(text)


def _checked(text: str) -> str:
    if _SURROGATE.search(text):
        raise SourceError("it holds half characters (lone surrogates): save it as UTF-8 again")
    if "\x00" in text:
        raise SourceError("it holds NUL characters, so it is not text")
    if text.count("\ufffd") > MAX_REPLACEMENT_SHARE * len(text):
        raise SourceError("its characters were garbled when it was saved (U+FFFD): save it as UTF-8 again")
    return text


def _name(text: str | None) -> str | None:
    return clean_line(_checked(text))[:MAX_NAME_CHARACTERS].rstrip() or None if text else None


def _canonical_url(url: str) -> str | None:
    """None for what is not an http(s) address, and for a site's front page, which many articles wrongly state."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    host = (parts.hostname or "").lower()
    if parts.scheme.lower() not in {"http", "https"} or not host or re.search(r"[\s\x00-\x1f\ud800-\udfff]", url):
        return None
    query = [(key, value) for key, value in parse_qsl(parts.query, True) if not _TRACKING.fullmatch(key)]
    if parts.path in {"", "/"} and not query:
        return None
    netloc = f"[{host}]" if ":" in host else host
    if port and port != {"http": 80, "https": 443}[parts.scheme.lower()]:
        netloc = f"{netloc}:{port}"
    return urlunsplit((parts.scheme.lower(), netloc, parts.path, urlencode(query), ""))


def _last_name(source: str) -> str:
    """The last part of a path or an address that says something, without its extension."""
    path, _, row = source.partition("#")
    if row:
        return row
    if "://" in path:
        path = urlsplit(path).path
    names = [re.sub(r"\.\w{1,5}$", "", name) for name in re.split(r"[/\\]", path)]
    telling = [name for name in names if name.lower() not in _EMPTY_NAMES and not name.isdigit()]
    return telling[-1] if telling else names[-1]
