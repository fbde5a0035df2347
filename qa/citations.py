"""From what a reader quotes to what an article says: every citation is a slice of its article, or is dropped. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.passages import sentences
from qa.types import Citation, Quote

# Far more than any sentence, far less than an article: a book's sentences are not all found to show one of them.
_REACH = 2_000
_PARAGRAPH_BREAK = "\n\n"
_BULLET = re.compile(r"[-*\u2013\u2022\u2023]\s+")
_BETWEEN_CELLS = " | "
"""As the readers of all formats write the rows of tables."""
_SINGLE_MARKS = "'’‘‛`´‹›′"  # noqa: RUF001 - these are the marks that are taken for each other
_DOUBLE_MARKS = '"“”„‟«»″'
_DASHES = "-‐‑‒–—−"  # noqa: RUF001
_LOOKALIKES = {mark: f"[{re.escape(marks)}]" for marks in (_SINGLE_MARKS, _DOUBLE_MARKS, _DASHES) for mark in marks}
_MAX_QUOTE = 2_000

Span = tuple[int, int]


def cite(quotes: Sequence[Quote]) -> tuple[Citation, ...]:
    """A citation for each quote that its article contains, in order; the others are dropped.

    A quote is taken at its `start` if it stands there, else where the article says it word for word (the passage
    first), else where the passage or what adjoins it says it but for white space, quotation marks and dashes. What
    overlaps an earlier citation of the same article is the same citation.
    """
    citations: list[Citation] = []
    for quote in quotes:
        span = locate(quote)
        if span is not None and not any(_overlaps(citation, quote, span) for citation in citations):
            citations.append(_citation(quote, span))
    return tuple(citations)


def numbers(quotes: Sequence[Quote], citations: Sequence[Citation]) -> tuple[int, ...]:
    """Which of these citations, counted from 1, stand where the quotes do."""
    spans = [(quote, span) for quote in quotes if (span := locate(quote)) is not None]
    return tuple(
        number
        for number, citation in enumerate(citations, start=1)
        if any(_overlaps(citation, quote, span) for quote, span in spans)
    )


def locate(quote: Quote) -> Span | None:
    """Where the article says it, in characters of `article.text`; None where it does not."""
    words = quote.text.strip()
    if len(words) > _MAX_QUOTE or not any(character.isalnum() for character in words):
        return None
    text = quote.hit.article.text
    if quote.start is not None and quote.start >= 0:
        start = quote.start + len(quote.text) - len(quote.text.lstrip())
        if text.startswith(words, start):
            return start, start + len(words)
    return _word_for_word(quote, words) or _but_for_typography(quote, words)


def _word_for_word(quote: Quote, words: str) -> Span | None:
    passage, text = quote.hit.passage, quote.hit.article.text
    start = text.find(words, passage.start, passage.end)
    if start < 0:
        start = text.find(words)
    return (start, start + len(words)) if start >= 0 else None


def _but_for_typography(quote: Quote, words: str) -> Span | None:
    # Near the passage alone: over a whole long article, a hostile quote could make this search take minutes.
    passage = quote.hit.passage
    match = _forgiving(words).search(quote.hit.article.text, max(0, passage.start - _REACH), passage.end + _REACH)
    return match.span() if match else None


def _forgiving(words: str) -> re.Pattern[str]:
    spelled = (
        "".join(_LOOKALIKES.get(character, re.escape(character)) for character in word) for word in words.split()
    )
    return re.compile(r"\s+".join(spelled))


def _overlaps(citation: Citation, quote: Quote, span: Span) -> bool:
    return citation.article_id == quote.hit.article.id and citation.start < span[1] and span[0] < citation.end


def _citation(quote: Quote, span: Span) -> Citation:
    article = quote.hit.article
    start, end = span
    sentence_start, sentence_end = _shown_around(article.text, span)
    return Citation(
        article_id=article.id,
        title=article.title,
        source=article.source,
        outlet=article.outlet,
        published=article.published,
        start=start,
        end=end,
        quote=article.text[start:end],
        sentence=article.text[sentence_start:sentence_end],
        sentence_start=sentence_start,
        story=article.story,
    )


def _shown_around(text: str, span: Span) -> Span:
    """The sentence that holds the span, without the mark of a list; of a table, which may be one sentence, the row."""
    first, last = sentence_around(text, span)
    first = after_bullet(text, (first, span[0]))
    before, after = text.rfind("\n", first, span[0]), text.find("\n", span[1], last)
    row = (first if before < 0 else before + 1, last if after < 0 else after)
    return row if _BETWEEN_CELLS in text[slice(*row)] else (first, last)


def after_bullet(text: str, span: Span) -> int:
    """Where a span begins to speak: after a list's mark that opens it. A number says which item it is, and stays."""
    mark = _BULLET.match(text, *span)
    return mark.end() if mark else span[0]


def sentence_around(text: str, span: Span) -> Span:
    """The sentence that holds the span, or the sentences where it crosses from one into the next.

    Looks at the span's own paragraph, and no further than 2,000 characters to either side of the span.
    """
    start, end = span
    reach_start, reach_end = max(0, start - _REACH), min(len(text), end + _REACH)
    break_before = text.rfind(_PARAGRAPH_BREAK, reach_start, start)
    break_after = text.find(_PARAGRAPH_BREAK, end, reach_end)
    left = reach_start if break_before < 0 else break_before + len(_PARAGRAPH_BREAK)
    right = reach_end if break_after < 0 else break_after
    touched = [(left + s, left + e) for s, e in sentences(text[left:right]) if left + s < end and start < left + e]
    return min([start, *(s for s, _ in touched)]), max([end, *(e for _, e in touched)])
