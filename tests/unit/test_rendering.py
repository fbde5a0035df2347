"""What the page shows: every piece of other people's text stays text, and every mark stands where the citation says."""

from __future__ import annotations

import html
import json
import re
import time
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.types import Article, Hit, Passage
from qa.answer_json import answer_json
from qa.conversations.listing import when
from qa.conversations.messages import messages
from qa.conversations.types import Conversation, Exchange
from qa.markup import copy_html, inert, plural
from qa.rendering import (
    MAX_LEAD,
    answer_html,
    article_html,
    confidence_words,
    parse_place,
    problem_html,
)
from qa.types import Alternative, Answer, Citation, Sentence

TEXT = "Rain fell. The Haqqani Network controls Kabul, experts said. More rain is due."
SENTENCE = "The Haqqani Network controls Kabul, experts said."
HOSTILE = (
    '<script>alert(1)</script> ![x](http://evil.test/x.png) <img src=x onerror="alert(1)"> [y](javascript:alert(1))'
)
TAG = re.compile(r"<(/?\w+)([^<>]*)>")


def cited(sentence: str = SENTENCE, quote: str = "Haqqani Network", **changes: object) -> Citation:
    start = TEXT.find(sentence) if sentence in TEXT else 0
    offset = sentence.index(quote)
    citation = Citation(
        article_id="kabul-0123",
        title="Who runs Kabul",
        source="https://wire.example/kabul",
        outlet="Example Wire",
        published=date(2022, 6, 6),
        start=start + offset,
        end=start + offset + len(quote),
        quote=quote,
        sentence=sentence,
        sentence_start=start,
    )
    return replace(citation, **changes)


def answered(*citations: Citation, text: str = "the Haqqani Network") -> Answer:
    return Answer(
        question="Who controls Kabul?",
        standalone_question="Who controls Kabul?",
        text=text,
        confidence=0.91279,
        citations=citations or (cited(),),
        timings_ms={"search": 12.3456, "total": 20.0},
    )


def refused(**changes: object) -> Answer:
    article = Article("rain-1", "/rain.md", "Rain", TEXT, "hash", outlet="Gazette")
    hits = tuple(Hit(Passage("rain-1", n, 0, 10, TEXT[:10]), article, 0.5) for n in range(5))
    answer = Answer("Who won?", "Who won?", None, 0.1, reason="No passage says who won.", nearest=hits)
    return replace(answer, **changes)


def seen(markup: str) -> str:
    """What a person reads of some markup."""
    return html.unescape(TAG.sub("", markup))


def test_the_json_of_an_answer_has_exactly_the_promised_fields() -> None:
    assert answer_json(answered()) == {
        "question": "Who controls Kabul?",
        "answer": "the Haqqani Network",
        "confidence": 0.9128,
        "citations": [
            {
                "article_id": "kabul-0123",
                "title": "Who runs Kabul",
                "source": "https://wire.example/kabul",
                "outlet": "Example Wire",
                "published": "2022-06-06",
                "start": 15,
                "end": 30,
                "quote": "Haqqani Network",
                "sentence": SENTENCE,
            }
        ],
        "support": {"articles": 1, "independent": 1},
        "alternatives": [],
        "timeline": [],
        "timings_ms": {"search": 12.3, "total": 20.0},
    }


def test_the_json_of_a_refusal_has_null_for_an_answer() -> None:
    given_back = json.loads(json.dumps(answer_json(refused())))
    assert given_back["answer"] is None
    assert given_back["citations"] == []
    assert given_back["reason"] == "No passage says who won."
    assert given_back["looked_for"] == {"question": "Who won?", "missing": []}


def differing(**changes: object) -> Answer:
    other = cited(article_id="other", title="Other", quote="Kabul", published=date(2023, 1, 2), outlet="Post")
    third = cited(article_id="third", quote="experts", published=date(2021, 5, 4), outlet="Gazette")
    alternatives = (Alternative("the Taliban", 0.6, (other,)), Alternative("experts", 0.5, (third,)))
    return replace(answered(), alternatives=alternatives, **changes)


def test_answers_that_differ_are_in_the_json_with_their_citations_and_days() -> None:
    told = answer_json(differing(citations=(cited(), cited(article_id="early", published=date(2020, 1, 2)))))
    assert [(one["answer"], one["citations"][0]["outlet"]) for one in told["alternatives"]] == [
        ("the Taliban", "Post"),
        ("experts", "Gazette"),
    ]
    assert [one["published"] for one in told["timeline"]] == [
        "2020-01-02",
        "2021-05-04",
        "2022-06-06",
        "2023-01-02",
    ]


def test_answers_that_differ_are_a_list_the_newest_first_with_markers_of_their_own_cards() -> None:
    markup = answer_html(differing())
    items = re.findall(r'<li class="position.*?</li>', markup)
    assert [seen(item) for item in items] == [
        "the Taliban [2]Post · 2 January 2023",
        "the Haqqani Network [1] (the answer given)Example Wire · 6 June 2022",
        "experts [3]Gazette · 4 May 2021",
    ]
    assert len(re.findall('class="source"', markup)) == 3


def test_a_timeline_is_an_ordered_list_with_machine_readable_days() -> None:
    days = (cited(article_id=str(day), published=date(2021, 1, day)) for day in (3, 1, 2))
    markup = answer_html(replace(answered(*days), standalone_question="When did it begin?"))
    assert re.findall(r'<time datetime="([^"]+)">', markup) == ["2021-01-01", "2021-01-02", "2021-01-03"]
    assert '<section class="timeline" aria-label="Timeline">' in markup
    assert "timeline" not in answer_html(answered())


def test_copies_of_one_text_count_once() -> None:
    copies = [cited(article_id=name, story="first") for name in ("first", "second", "third")]
    assert "3 articles say so, all copies of one text" in seen(answer_html(answered(*copies)))
    alone = cited(article_id="fourth", story="fourth")
    assert "4 articles say so, 2 of them independent" in seen(answer_html(answered(*copies, alone)))


def test_a_refusal_says_what_no_article_found_has() -> None:
    markup = answer_html(refused(standalone_question="Who won Mongolia's cup?"))
    assert "None of the articles found mentions Mongolia's." in seen(markup)
    assert "None of the articles" not in answer_html(refused(standalone_question="Who?"))


def test_strangers_words_in_what_differs_are_inert() -> None:
    hostile = cited(article_id=HOSTILE, outlet=HOSTILE, quote="Kabul", published=date(2023, 1, 2))
    long_ago = cited(article_id="x", outlet=HOSTILE, published=date(2020, 1, 2))
    answer = replace(
        answered(cited(), long_ago), alternatives=(Alternative(HOSTILE, 0.6, (replace(hostile, quote=HOSTILE),)),)
    )
    for markup in (answer_html(answer), answer_html(refused(standalone_question=HOSTILE, reason=HOSTILE))):
        assert not re.search(r"<(script|img|a)\b|!\[|\]\(", markup)
        assert "alert(1)" in html.unescape(markup)


def test_an_undated_source_has_null_for_a_date() -> None:
    assert answer_json(answered(cited(published=None)))["citations"][0]["published"] is None


@given(st.text())
def test_inert_text_is_read_back_as_it_was_and_holds_no_sign_of_html_or_markdown(text: str) -> None:
    shown = inert(text)
    assert html.unescape(shown) == text.replace("\0", "")
    assert not set(shown) & set("<>\"'`*_[]()!\\~$:/.@|-+={}\n")


def test_the_answer_ends_with_a_marker_for_each_citation() -> None:
    second = cited(article_id="other-1")
    assert "the Haqqani Network [1][2]" in seen(answer_html(answered(cited(), second)))


def test_a_card_shows_title_outlet_date_and_the_sentence_with_its_answer_marked() -> None:
    shown = answer_html(answered())
    assert seen(shown).endswith(f"1Who runs KabulExample Wire · 6 June 2022{SENTENCE}")
    assert re.findall("<mark>(.*?)</mark>", shown) == ["Haqqani Network"]


def test_a_long_sentence_is_cut_before_its_mark_and_at_a_word() -> None:
    sentence = "word " * 100 + "then the Haqqani Network did."
    shown = seen(answer_html(answered(cited(sentence, sentence_start=0))))
    lead = shown.split("…")[1].split("Haqqani")[0]
    assert lead.startswith("word ")
    assert len(lead) <= MAX_LEAD


@pytest.mark.parametrize(
    ("articles", "said"),
    [(("a",), None), (("a", "a"), None), (("a", "b"), "2 articles say so"), (("a", "b", "c"), "3 articles")],
)
def test_articles_that_agree_are_counted_once_each(articles: tuple[str, ...], said: str | None) -> None:
    shown = seen(answer_html(answered(*(cited(article_id=article) for article in articles))))
    assert said in shown if said else "say so" not in shown


def test_each_sentence_that_a_chat_model_wrote_has_its_own_markers() -> None:
    sentences = (Sentence("It runs Kabul.", "supported", (2,)), Sentence("All of it.", "partly", (1, 2)))
    written = replace(
        answered(cited(), cited()), sentences=sentences, written_by="a <b>model</b>", note="It said less."
    )
    shown = seen(answer_html(written))
    assert shown.startswith("It said less.It runs Kabul. [2] All of it. [1][2] only partly supported")
    assert "Written by a <b>model</b> and checked against the sources; the check can overlook a mistake" in shown


def test_a_refusal_says_so_with_its_reason_and_the_nearest_passages() -> None:
    shown = answer_html(refused())
    assert seen(shown).startswith("The articles don't say.No passage says who won.")
    assert shown.count('class="source"') == 3
    assert "<mark>" not in shown


def test_a_heading_is_told_from_the_text_under_it_in_what_is_nearest() -> None:
    hit = refused().nearest[0]
    passage = replace(hit.passage, text="After the rain\n\nFields dry\nout slowly.")
    shown = answer_html(refused(nearest=(replace(hit, passage=passage),)))
    assert "After the rain – Fields dry out slowly." in seen(shown)  # noqa: RUF001


def test_of_a_long_passage_the_part_that_was_asked_about_is_shown() -> None:
    hit = refused().nearest[0]
    passage = replace(hit.passage, text="It rained for days. " * 50 + "Nobody won the cup. " + "It rained again. " * 50)
    shown = seen(answer_html(refused(nearest=(replace(hit, passage=passage),))))
    assert "Nobody won the cup." in shown
    assert len(shown) < 400


def test_a_refusal_with_nothing_near_has_no_cards() -> None:
    shown = answer_html(refused(nearest=(), reason=None))
    assert seen(shown) == "The articles don't say."


@pytest.mark.parametrize("confidence", [0.0, 0.3, 0.6, 0.85, 0.999, 1.0])
def test_confidence_is_never_rounded_up_to_certainty(confidence: float) -> None:
    percent = int(re.findall(r"\d+", html.unescape(confidence_words(confidence)))[-1])
    assert percent <= 100 * confidence + 1e-9
    assert percent == 100 or confidence < 1


@pytest.mark.parametrize(
    "markup",
    [
        answer_html(answered(cited(HOSTILE, "alert", title=HOSTILE, outlet=HOSTILE, article_id=HOSTILE), text=HOSTILE)),
        answer_html(refused(reason=HOSTILE)),
        problem_html(HOSTILE),
        article_html(Article(HOSTILE, HOSTILE, HOSTILE, HOSTILE, "hash", outlet=HOSTILE), (HOSTILE, 0, 9, 0, 20)),
        copy_html(Article(HOSTILE, HOSTILE, HOSTILE, HOSTILE, "hash", outlet=HOSTILE)),
    ],
    ids=["answer", "refusal", "problem", "article", "copy"],
)
def test_hostile_text_is_shown_and_is_never_markup(markup: str) -> None:
    tags = TAG.findall(markup)
    assert {name.strip("/") for name, _ in tags} <= {"div", "p", "button", "span", "mark", "article", "header", "h2"}
    assert not [attributes for _, attributes in tags if re.search(r"\b(on\w+|src|href|style)\s*=", attributes)]
    assert not re.search(r"[<>`*!\[\]()]", TAG.sub("", markup))
    assert HOSTILE in seen(markup)


@pytest.mark.parametrize("article_id", ["kabul-0123", "two words", "", "a 1 2 3"])
def test_a_card_names_the_place_that_it_opens(article_id: str) -> None:
    value = re.search('value="([^"]*)"', answer_html(answered(cited(article_id=article_id))))
    assert value
    assert parse_place(html.unescape(value[1])) == (article_id, 15, 30, 11, 11 + len(SENTENCE))


def test_a_bare_article_id_opens_the_article_at_its_beginning() -> None:
    assert parse_place("kabul-0123") == ("kabul-0123", 0, 0, 0, 0)


@pytest.mark.parametrize("place", [(15, 30, 11, 60), (30, 15, 60, 11), (0, 0, 0, 0), (10**11, 10**11, 0, 10**11)])
def test_an_article_is_shown_whole_wherever_its_mark_is_said_to_be(place: tuple[int, int, int, int]) -> None:
    article = Article("kabul-0123", "/kabul.md", "Kabul", TEXT, "hash")
    shown = article_html(article, ("kabul-0123", *place))
    assert seen(shown).endswith(TEXT)
    assert shown.count("<mark>") == 1


def test_the_panel_says_what_a_near_copy_is_a_copy_of() -> None:
    first = Article("wire-1", "/wire.md", "Kabul", TEXT, "hash", outlet="Example Wire")
    copy = replace(first, id="paper-1", outlet="Example Paper", copy_of="wire-1")
    shown = article_html(copy, ("paper-1", 0, 0, 0, 0), first)
    assert "Near copy of Kabul, Example Wire" in seen(shown)
    assert 'name="source" value="wire&#45;1"' in shown
    assert "Near copy" not in seen(article_html(first, ("wire-1", 0, 0, 0, 0)))


def test_the_panel_marks_the_span_within_its_sentence() -> None:
    citation = cited()
    article = Article("kabul-0123", "/kabul.md", "Kabul", TEXT, "hash")
    end = citation.sentence_start + len(citation.sentence)
    shown = article_html(article, ("kabul-0123", citation.start, citation.end, citation.sentence_start, end))
    tinted = re.search('<span class="sentence">(.*)</span>', shown)
    assert tinted
    assert seen(tinted[1]) == SENTENCE
    assert "<mark>Haqqani Network</mark>" in tinted[1]


@pytest.mark.parametrize(("count", "said"), [(0, "0 articles"), (1, "1 article"), (1204, "1,204 articles")])
def test_counts_are_said_as_a_person_would(count: int, said: str) -> None:
    assert plural(count, "article") == said


def test_the_day_of_a_conversation_is_that_of_the_clock_on_the_wall(monkeypatch):
    morning = datetime(2024, 5, 5, 22, 30, tzinfo=UTC)  # half past eight on the sixth, in Sydney
    try:
        monkeypatch.setenv("TZ", "Australia/Sydney")
        time.tzset()
        assert [when(morning, date(2024, 5, day)) for day in (6, 7, 8)] == ["Today", "Yesterday", "6 May 2024"]
    finally:
        monkeypatch.undo()
        time.tzset()


def test_half_a_character_is_shown_as_one_that_can_be_sent():
    assert html.unescape(inert("Who \ud800 or \udfff?")).encode() == "Who \ufffd or \ufffd?".encode()


def test_only_the_newest_problem_is_read_out_at_once():
    said = [Exchange("Who?", problem="Failed"), Exchange("Who?", problem="Stopped")]
    _, before, _, newest = (message["content"] for message in messages(Conversation(tuple(said))))
    assert ("Failed" in before, "alert" in before) == (True, False)
    assert 'role="alert">Stopped' in newest
