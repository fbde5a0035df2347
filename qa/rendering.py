"""An answer, and the articles that it cites, as HTML for the page. Pure.

Titles, sentences, questions and answers are other people's text. Every piece of it passes through `inert`, whose
result is the same text whether it is read as HTML or as Markdown, and never markup, a link or an image.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from index.types import Article, Hit
from qa.conversations.since import Since, moved
from qa.evidence import PARTLY, cited, looked_for, positions, support, support_words, timeline, written_words
from qa.evidence_html import missing_html, positions_html, timeline_html
from qa.markup import byline, copy_html, inert, percent, plural
from qa.nearest import nearest
from qa.types import Answer, Citation

MAX_LEAD = 110
"""Characters that a card shows of a sentence before its mark, at most, up to a word."""


def masthead_html(title: str, articles: int, passages: int) -> str:
    """The head of the page, with what is in the index."""
    return (
        f"<div><h1>{inert(title)}</h1><p>{plural(articles, 'article')} &#183; {plural(passages, 'passage')}</p></div>"
        '<button type="button" name="list" aria-controls="list" aria-expanded="false">Conversations</button>'
    )


def stage_html(words: str) -> str:
    """What the page is doing at the moment."""
    return f'<div class="stage" role="status">{inert(words)}</div>'


def problem_html(message: str, *, alarm: bool = True) -> str:
    """Why there is neither an answer nor a refusal, for the person who asked; read out at once if it is an `alarm`."""
    role = ' role="alert"' if alarm else ""
    return f'<div class="problem"{role}>{inert(message)}</div>'


def answer_html(answer: Answer, since: Mapping[int, Since] | None = None) -> str:
    """The answer with its `[n]` markers and its sources as cards; a refusal with its reason and the nearest passages.

    A marker and a card are buttons named `source` whose value is what `parse_place` reads. A card says what became of
    its article after the answer, where `since` knows, by the number of the citation.
    """
    return _refusal_html(answer) if answer.text is None else _supported_html(answer, answer.text, since or {})


def _supported_html(answer: Answer, text: str, since: Mapping[int, Since]) -> str:
    sources, differing = cited(answer), positions(answer)

    def markers(numbers: Sequence[int]) -> str:
        return _markers(sources, since, numbers)

    said = _written_html(answer, since) if answer.sentences else f"{inert(text)} {_markers(answer.citations, since)}"
    kind = "answer written" if answer.sentences else "answer"
    return (
        f'{_note_html(answer)}<div class="{kind}"><p class="answer-text" dir="auto">{said}</p>'
        f'<p class="footing">{_support(answer)}<span class="confidence">{confidence_words(answer.confidence)}'
        f"</span></p></div>{positions_html(differing, markers)}{timeline_html(timeline(answer), markers)}"
        f'<div class="sources">{_cards(sources, since)}</div>'
    )


def _cards(sources: Sequence[Citation], since: Mapping[int, Since]) -> str:
    """A card for each source; copies of a text that has one already are folded away, however many there are."""
    shown, copies = list[str](), list[str]()
    first: dict[str, str] = {}
    for number, one in enumerate(sources, 1):
        card = _card(str(number), _place(one, moved(since, number)), one, _quoted_sentence(one), since.get(number))
        original = first.setdefault(one.story or one.article_id, one.article_id)
        (shown if original == one.article_id else copies).append(card)
    words = f"{len(copies)} more with the same text" if copies else ""
    folded = f'<details class="copies"><summary>{words}</summary>{"".join(copies)}</details>' if copies else ""
    return f"{''.join(shown)}{folded}"


def _written_html(answer: Answer, since: Mapping[int, Since]) -> str:
    return " ".join(
        f"{inert(sentence.text)} {_markers(answer.citations, since, sentence.citations)}"
        + (f' <span class="partly">{PARTLY}</span>' if sentence.verdict == "partly" else "")
        for sentence in answer.sentences
    )


def _markers(citations: Sequence[Citation], since: Mapping[int, Since], only: Sequence[int] | None = None) -> str:
    """The buttons of these citations, or of those with these numbers."""
    return "".join(
        f'<button type="button" class="marker" name="source" value="{_place(citation, moved(since, number))}" '
        f'title="{inert(f"Source {number}: {citation.title}")}">&#91;{number}&#93;</button>'
        for number, citation in enumerate(citations, 1)
        if only is None or number in only
    )


def _note_html(answer: Answer) -> str:
    return f'<p class="note" dir="auto">{inert(answer.note)}</p>' if answer.note else ""


def _support(answer: Answer) -> str:
    if written := written_words(answer):
        return f"<span>{inert(written)}</span>"
    words = support_words(support(answer.citations))
    return f'<span class="support">{words}</span>' if words else ""


def confidence_words(confidence: float) -> str:
    """A probability as a person would say it, with the number."""
    words = "Confident" if confidence >= 0.85 else "Fairly confident" if confidence >= 0.6 else "Not certain"
    return f"{words} &#183; {inert(percent(confidence))}"


def _refusal_html(answer: Answer) -> str:
    reason = f'<p class="reason" dir="auto">{inert(answer.reason)}</p>' if answer.reason else ""
    cards = "".join(_card("", _passage_place(one.hit), one.hit.article, inert(one.shown)) for one in nearest(answer))
    near = f'<p class="nearest">The nearest passages</p><div class="sources">{cards}</div>' if cards else ""
    said = f'<p class="answer-text">The articles don&#39;t say.</p>{reason}{missing_html(looked_for(answer))}'
    return f'{_note_html(answer)}<div class="answer refusal">{said}</div>{near}'


def _card(number: str, place: str, what: Citation | Article, words: str, since: Since | None = None) -> str:
    badge = f'<span class="number">{number}</span>' if number else ""
    flag = f'<span class="since">{inert(since.words)}</span>' if since else ""
    return (
        f'<button type="button" class="source" name="source" value="{place}">{badge}<span class="about">'
        f'<span class="title" dir="auto">{inert(what.title)}</span>{byline(what.outlet, what.published)}'
        f'<span class="quote" dir="auto">{words}</span>{flag}</span></button>'
    )


def _quoted_sentence(citation: Citation) -> str:
    # A card shows a few lines: of a long sentence's beginning, only what leaves room for the mark.
    start = citation.start - citation.sentence_start
    cut = citation.sentence.find(" ", start - MAX_LEAD) + 1 if start > MAX_LEAD else 0
    cut = min(cut, start)
    words = citation.sentence[cut:]
    return ("…" if cut else "") + _marked(words, start - cut, start - cut + citation.end - citation.start)


def _marked(text: str, start: int, end: int) -> str:
    return f"{inert(text[:start])}<mark>{inert(text[start:end])}</mark>{inert(text[end:])}"


Place = tuple[str, int, int, int, int]
"""Where to look in an article: its id, then start and end of what to mark, then of what to tint around it."""


def _place(citation: Citation, shift: int | None = 0) -> str:
    """Where the citation stands in an article that moved it by `shift`; the beginning where it stands no more."""
    if shift is None:
        return inert(citation.article_id)
    tint = citation.sentence_start
    places = (citation.start, citation.end, tint, tint + len(citation.sentence))
    return inert(" ".join([citation.article_id, *(str(place + shift) for place in places)]))


def _passage_place(hit: Hit) -> str:
    # Nothing in a refusal's passage is an answer, so nothing is marked: an empty mark is still scrolled to.
    start, end = hit.passage.start, hit.passage.end
    return inert(f"{hit.article.id} {start} {start} {start} {end}")


def parse_place(value: str) -> Place:
    """The place that a button names; a bare article id is the article's beginning. Offsets are not checked."""
    parts = value.rsplit(" ", 4)
    if len(parts) == 5 and all(part.isdecimal() and len(part) < 12 for part in parts[1:]):
        start, end, tint_start, tint_end = (int(part) for part in parts[1:])
        return parts[0], start, end, tint_start, tint_end
    return value, 0, 0, 0, 0


def article_html(article: Article, place: Place, first: Article | None = None) -> str:
    """The whole article for the side panel, its span marked and the sentence around it tinted.

    `first` is the article that it is a near copy of.
    """
    _, start, end, tint_start, tint_end = place
    tint_start, start, end, tint_end = _nested(len(article.text), tint_start, start, end, tint_end)
    text = article.text
    return (
        f'{_panel_head(article, first)}<div class="article-text" tabindex="0" dir="auto">{inert(text[:tint_start])}'
        f'<span class="sentence">{_marked(text[tint_start:tint_end], start - tint_start, end - tint_start)}</span>'
        f"{inert(text[tint_end:])}</div></article>"
    )


def _nested(length: int, *offsets: int) -> list[int]:
    nested, floor = [], 0
    for offset in offsets:
        floor = min(max(floor, offset), length)
        nested.append(floor)
    return nested


def _panel_head(article: Article, first: Article | None) -> str:
    copy = copy_html(first) if first else ""
    return (
        '<article class="panel-article" aria-label="Source article"><header><div>'
        f'<h2 tabindex="-1" dir="auto">{inert(article.title)}</h2>{byline(article.outlet, article.published)}'
        f'<span class="origin" dir="auto">{inert(article.source)}</span>{copy}</div>{_CLOSE}</header>'
    )


_CLOSE = '<button type="button" class="close" name="close" aria-label="Close the article" title="Close">&#215;</button>'


def missing_article_html(message: str) -> str:
    """The side panel where the article can't be shown."""
    return f'<article class="panel-article"><header><h2 tabindex="-1">{inert(message)}</h2>{_CLOSE}</header></article>'
