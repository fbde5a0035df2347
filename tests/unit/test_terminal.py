import io
from dataclasses import replace
from datetime import date

import pytest
from rich.console import Console

from index.types import Failure, IngestReport, Note, Skipped
from qa.commands.answers import MARK, print_answer
from qa.commands.reports import print_article, print_report
from qa.markup import percent
from qa.types import Alternative, Answer, Citation, Sentence
from tests.doubles_qa import article, hit

HOSTILE = "\x1b[31mred\x1b]8;;http://evil\x07 [bold]loud[/bold] \u202eesrever\x9b2J :smile:\r"
SENTENCE = f"{HOSTILE} by the Haqqani Network. "


@pytest.fixture
def out():
    return Console(file=io.StringIO(), markup=False, emoji=False, highlight=False, width=80)


def printed(out):
    return out.file.getvalue()


def cited(sentence, quote):
    start = sentence.index(quote)
    return Citation(
        article_id="1",
        title=HOSTILE,
        source=HOSTILE,
        outlet="Example Wire",
        published=date(2022, 6, 6),
        start=100 + start,
        end=100 + start + len(quote),
        quote=quote,
        sentence=sentence,
        sentence_start=100,
    )


def test_an_answer_shows_its_numbered_sources(out):
    citation = cited("It is controlled by the Haqqani Network.", "the Haqqani Network")
    print_answer(out, Answer("q", "q", "the Haqqani Network", 0.93, (citation, citation)))
    assert printed(out).startswith("the Haqqani Network  (93% sure)\n\n[1] ")
    assert "Example Wire, 6 June 2022" in printed(out)
    assert "    It is controlled by the Haqqani Network.\n" in printed(out)
    assert "\n[2] " in printed(out)


def test_how_many_articles_say_so_is_told_of_a_quoted_answer_alone(out):
    one = cited("It is controlled by the Haqqani Network.", "the Haqqani Network")
    other = replace(one, article_id="2")
    print_answer(out, Answer("q", "q", "the Haqqani Network", 0.93, (one, other)))
    assert "2 articles say so." in printed(out)
    sentences = (Sentence("It is the network.", "supported", (1,)), Sentence("It is old.", "supported", (2,)))
    written = Answer("q", "q", "It is the network. It is old.", 0.9, (one, other), sentences=sentences, written_by="m")
    out.file.truncate(0)
    print_answer(out, written)
    assert "Written by m" in printed(out)
    assert "say so" not in printed(out)


def test_of_an_answer_that_differs_it_is_told_how_many_articles_say_so(out):
    one = replace(cited("The network does.", "network"), article_id="2", story="2")
    copies = (one, replace(one, article_id="3"))
    said = cited("The police do.", "police")
    print_answer(out, Answer("q", "q", "police", 0.9, (said,), alternatives=(Alternative("network", 0.5, copies),)))
    flat = " ".join(printed(out).split())
    assert "network Example Wire, 6 June 2022, 2 articles say so, all copies of one text [2][3]" in flat
    assert "police Example Wire, 6 June 2022 [1]" in flat


def test_every_line_of_a_source_is_indented_on_a_terminal():
    out = Console(file=io.StringIO(), force_terminal=True, color_system=None, width=40)
    citation = cited("In plain terms, the experts say that security is controlled by the Haqqani Network.", "experts")
    print_answer(out, Answer("q", "q", "the Haqqani Network", 0.93, (citation,)))
    sentence = [line for line in printed(out).splitlines() if "terms" in line or "controlled" in line]
    assert len(sentence) == 2
    assert all(line.startswith("    ") for line in sentence)


def test_the_answer_is_marked_in_its_sentence():
    out = Console(file=io.StringIO(), force_terminal=True, color_system="standard", width=200, markup=False)
    print_answer(out, Answer("q", "q", "Haqqani", 0.9, (cited(SENTENCE, "Haqqani"),)))
    marked = out.render_str("Haqqani", style=MARK)
    with out.capture() as capture:
        out.print(marked, end="")
    assert capture.get() in printed(out)


@pytest.mark.parametrize("text", ["Haqqani", None])
def test_strangers_words_are_inert(out, text):
    citations = (cited(SENTENCE, "Haqqani"),) if text else ()
    print_answer(out, Answer("q", "q", text, 0.9, citations, HOSTILE, (hit(article(SENTENCE, title=HOSTILE)),)))
    print_article(out, article(SENTENCE, title=HOSTILE, source=HOSTILE))
    print_report(out, IngestReport(failed=(Failure(HOSTILE, HOSTILE),)))
    assert not {"\x1b", "\x07", "\x9b", "\u202e", "\r"} & set(printed(out))
    assert "[bold]loud[/bold]" in printed(out)
    assert ":smile:" in printed(out)


def test_no_answer_says_why_and_what_was_nearest(out):
    hits = tuple(hit(article(f"Passage {n}. " * 100, title=f"Title {n}")) for n in range(5))
    print_answer(out, Answer("q", "q", None, 0.1, (), "The articles do not say.", hits))
    lines = printed(out).splitlines()
    assert lines[0] == "No answer. The articles do not say."
    assert [line[:11] for line in lines if line.startswith("[")] == ["[1] Title 0", "[2] Title 1", "[3] Title 2"]
    assert max(map(len, lines)) < 260


def test_of_a_long_passage_the_part_that_was_asked_about_is_shown(out):
    text = "It rained for days. " * 50 + "A dam was planned. " + "It rained again. " * 50
    print_answer(
        out, Answer("Who planned the dam?", "Who planned the dam?", None, 0.1, (), "No.", (hit(article(text)),))
    )
    assert "A dam was planned." in printed(out)


@pytest.mark.parametrize("text", ["Haqqani", None])
def test_a_question_searched_as_another_one_is_shown_once(out, text):
    citations = (cited(SENTENCE, "Haqqani"),) if text else ()
    print_answer(out, Answer("Who leads it?", "Who leads Mongolia?", text, 0.9, citations, None, (hit(article("x")),)))
    assert printed(out).startswith("Searched for: Who leads Mongolia?\n")
    assert printed(out).count("Who leads Mongolia?") == 1


def test_an_article_keeps_its_paragraphs(out):
    print_article(out, article("One.\n\nTwo."))
    assert printed(out).endswith("\nOne.\n\nTwo.\n")


def test_a_report_counts_and_names_what_failed(out):
    print_report(out, IngestReport(added=("a", "b"), unchanged=("c",), failed=(Failure("x.bin", "is not text"),)))
    assert printed(out) == "2 added, 0 updated, 1 unchanged, 1 failed\n  x.bin: is not text\n"


def test_a_report_counts_what_was_skipped_and_says_what_is_noteworthy(out):
    skipped, notes = (Skipped("news", "not articles: 3 .png files", 3),), (Note("a", "its text is the feed's"),)
    print_report(out, IngestReport(added=("a",), skipped=skipped, notes=notes))
    assert printed(out).splitlines() == [
        "1 added, 0 updated, 0 unchanged, 0 failed, 3 skipped",
        "  a: its text is the feed's",
        "  news: skipped, not articles: 3 .png files",
    ]


@pytest.mark.parametrize(("share", "said"), [(0.799, "79%"), (0.999, "99%"), (1.0, "100%"), (0.29, "29%"), (0.0, "0%")])
def test_a_percentage_is_never_more_than_the_share(share, said):
    assert percent(share) == said
