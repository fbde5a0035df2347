"""Receipts of answers, what becomes of them later, and answers to take along."""

import json
from dataclasses import replace
from datetime import date

import pytest

from index.errors import ArticleMissingError, ReceiptError
from index.types import EmbedderIdentity, Filter, IndexInfo
from qa.conversations.copying import as_json, as_markdown, copied, file_name
from qa.conversations.since import Since, changes_since
from qa.conversations.types import Conversation, Exchange, title_of
from qa.receipts import MadeWith, Model, hash_of, read_receipt, receipt
from qa.rendering import answer_html
from qa.replay import asked_in, compare
from qa.types import Alternative, Answer, Citation, Turn
from tests.doubles_qa import article, hit

TEXT = "Kabul has changed. In Kabul, the Haqqani Network controls security. Nobody else does."
KABUL = article(TEXT, title="Who *rules* Kabul")
WITH = MadeWith(reader=Model("embedded", "abc"), passages=8)
INFO = IndexInfo("folder", 3, 1, 1, EmbedderIdentity("mini", "1", 384, "def"), 0)
SENTENCE = "In Kabul, the Haqqani Network controls security."


def answered(text="the Haqqani Network", found=KABUL):
    start, sentence_start = found.text.index(text), found.text.index(SENTENCE)
    citation = Citation(found.id, found.title, found.source, found.outlet, found.published, start, start + len(text),
                        text, SENTENCE, sentence_start)  # fmt: skip
    return Answer("And who controls it?", "Who controls Kabul?", text, 0.812345, (citation,), nearest=(hit(found),))


def refused():
    return Answer("Who?", "Who?", None, 0.1, reason="Not clearly enough.", nearest=(hit(KABUL),))


def finds(*articles):
    def find(article_id):
        for one in articles:
            if one.id == article_id:
                return one
        raise ArticleMissingError("gone")

    return find


class TestReceipt:
    def test_it_says_what_the_answer_was_made_of(self):
        found = receipt(answered(), WITH, INFO, history=[Turn("Kabul?", None)], where=Filter(outlets=("Wire",)))
        assert json.loads(json.dumps(found)) == found
        assert (found["question"], found["searched_for"]) == ("And who controls it?", "Who controls Kabul?")
        assert (found["history"], found["filter"]) == ([["Kabul?", None]], {"outlets": ["Wire"]})
        assert (found["index"]["generation"], found["reader"]["fingerprint"]) == (3, "abc")
        assert found["read"][0]["content_hash"] == KABUL.content_hash
        assert found["citations"][0]["content_hash"] == KABUL.content_hash
        assert found["citations"][0]["quote"] == "the Haqqani Network"
        assert TEXT not in json.dumps(found)

    def test_it_is_read_back(self):
        found = receipt(answered(), WITH, INFO)
        assert read_receipt(json.dumps(found, indent=3)) == found

    @pytest.mark.parametrize(
        ("text", "words"),
        [("", "no receipt"), ("7", "no receipt"), ("{}", "no receipt"), ("[" * 9_999, "no receipt"),
         ('{"receipt": 2}', "format 2"), ('{"receipt": 1}', "not as it was written")],
    )  # fmt: skip
    def test_what_is_none_is_refused(self, text, words):
        with pytest.raises(ReceiptError, match=words):
            read_receipt(text)

    def test_a_changed_one_is_refused(self):
        text = json.dumps(receipt(answered(), WITH, INFO)).replace("the Haqqani Network", "the Taliban")
        with pytest.raises(ReceiptError, match="not as it was written"):
            read_receipt(text)

    @pytest.mark.parametrize(
        "other",
        [{"citations": 7}, {"citations": [{}]}, {"citations": ["x"]}, {"read": None}, {"filter": None}, {"answer": 7},
         {"index": {}}, {"index": None}, {"question": None}, {"history": "x"}],
    )  # fmt: skip
    def test_what_a_replay_cannot_go_by_is_refused(self, other):
        changed = {**receipt(answered(), WITH, INFO), **other}
        with pytest.raises(ReceiptError, match="lacks a part"):
            read_receipt(json.dumps({**changed, "sha256": hash_of(changed)}))


class TestReplay:
    def again(self, answer, *articles, made=WITH):
        before = receipt(answered(), WITH, INFO)
        return compare(before, answer, receipt(answer, made, INFO), finds(*articles))

    def test_the_same(self):
        found = self.again(answered(), KABUL)
        assert (found.outcome, found.articles, found.made_otherwise) == ("same", (), ())
        assert (found.passages, found.passages_again) == (1, 1)

    def test_it_asks_what_was_asked(self):
        found = receipt(answered(), WITH, INFO, history=[Turn("Kabul?", "Yes")])
        assert asked_in(found) == {"question": "And who controls it?", "history": [["Kabul?", "Yes"]], "filter": {}}

    def test_an_article_that_changed_and_still_says_so(self):
        changed = replace(KABUL, text=f"Update. {TEXT}", content_hash="other")
        found = self.again(answered(found=changed), changed)
        assert found.outcome == "same answer, other evidence"
        assert [(one.change, one.says_so) for one in found.articles] == [("changed", True)]
        assert found.passages_again == 0

    def test_an_article_that_changed_its_mind(self):
        changed = replace(KABUL, text="Kabul has changed.", content_hash="other")
        found = self.again(refused(), changed)
        assert (found.outcome, found.before, found.now) == ("different", "the Haqqani Network", None)
        assert [(one.change, one.says_so) for one in found.articles] == [("changed", False)]

    def test_an_article_that_went(self):
        found = self.again(refused())
        assert [(one.change, one.says_so) for one in found.articles] == [("gone", False)]

    def test_another_model(self):
        found = self.again(answered(), KABUL, made=replace(WITH, reader=Model("large", "fed")))
        assert (found.outcome, found.made_otherwise) == ("same", ("the reader was embedded abc, and is large fed",))

    def test_a_refusal_stays_one(self):
        before = receipt(refused(), WITH, INFO)
        assert compare(before, refused(), before, finds(KABUL)).outcome == "same"


class TestSince:
    def test_nothing_of_an_article_as_it_was(self):
        assert changes_since(answered(), finds(KABUL)) == {}

    def test_gone(self):
        assert changes_since(answered(), finds()) == {1: Since("gone")}

    def test_moved(self):
        changed = replace(KABUL, text=f"Update. {TEXT}", content_hash="other")
        since = changes_since(answered(), finds(changed))
        assert since == {1: Since("changed", 8)}
        shown = answer_html(answered(), since)
        assert "it still says this" in shown
        start = answered().citations[0].start + 8
        assert changed.text[start:].startswith("the Haqqani Network")
        assert shown.count(f" {start} ") == 2  # the marker and the card

    def test_says_so_no_more(self):
        changed = replace(KABUL, text="Kabul has changed.", content_hash="other")
        since = changes_since(answered(), finds(changed))
        assert since == {1: Since("changed", None)}
        assert "it no longer says this" in answer_html(answered(), since)


def disputed():
    other = article(
        "In Kabul, the police controls security, says *nobody*.", title="Police", source="https://p.example"
    )
    said = Citation(other.id, other.title, other.source, other.outlet, date(2023, 5, 4), 10, 20, "the police",
                    other.text, 0)  # fmt: skip
    return replace(answered(), alternatives=(Alternative("the *police*", 0.6, (said,)),))


class TestTakingAlong:
    def test_an_answer_with_what_differs_from_it(self):
        text = copied(disputed())
        assert "The articles seem to differ. The newest first:\n- the *police* [2]: Example Wire, 4 May 2023\n" in text
        assert "- the Haqqani Network [1] (the answer given): Example Wire, 6 June 2022\n" in text
        assert "[2] Police, Example Wire, 4 May 2023\n    “In Kabul, the police controls" in text

    def test_markdown_with_what_differs(self):
        shown = as_markdown(Conversation((Exchange("Who?", disputed()),), "1", "T"))
        assert (
            "\n\n- the \\*police\\* \\[2\\]: Example Wire, 4 May 2023\n- the Haqqani Network \\[1\\] (the answer"
            in shown
        )
        assert (
            "\n2. Police, Example Wire, 4 May 2023, `https://p.example`\n   > In Kabul, **the police** controls"
            in shown
        )
        (one,) = as_json(Conversation((Exchange("Who?", disputed()),), "1", "T"))["exchanges"]
        assert one["answer"]["alternatives"][0]["answer"] == "the *police*"

    def test_an_answer_with_its_sources(self):
        text = copied(answered())
        assert text.startswith("the Haqqani Network [1]\n")
        assert "[1] Who *rules* Kabul, Example Wire, 6 June 2022" in text
        assert f"“{SENTENCE}”" in text
        assert KABUL.source in text
        assert copied(refused()) == "The articles don't say. Not clearly enough."

    def test_how_many_say_so_and_what_was_reported_when_go_along(self):
        told = [
            article(f"It was {number} so far.", title=f"Day {number}", source=f"https://{number}.example")
            for number in (1, 2, 3)
        ]
        quotes = tuple(
            Citation(one.id, one.title, one.source, "A *Wire*", date(2023, 5, number), 7, 8, str(number), one.text, 0,
                     story=one.id) for number, one in enumerate(told, 1)
        )  # fmt: skip
        several = Answer("How many?", "How many?", "1", 0.8, quotes)
        assert copied(several).startswith(
            "1 [1][2][3]\n3 articles say so.\n\nAs it was reported:\n- 1 May 2023, 1, A *W"
        )
        assert "\n- 3 May 2023, 3, A *Wire* [3]\n\n[1] Day 1" in copied(several)
        shown = as_markdown(Conversation((Exchange("How many?", several),), "1", "T"))
        assert (
            "\n\n3 articles say so.\n\nAs it was reported:\n\n- 1 May 2023, 1, A \\*Wire\\* \\[1\\]\n- 2 May" in shown
        )

    def test_the_words_that_no_article_found_has_go_along(self):
        asked = replace(refused(), standalone_question="Who *rules* Mongolia's army?")
        said = "Not clearly enough. None of the articles found mentions Mongolia's."
        assert copied(asked) == f"The articles don't say. {said}"
        assert f"**The articles don't say.** {said}" in as_markdown(Conversation((Exchange("Who?", asked),), "1", "T"))

    def test_what_a_model_wrote_is_marked_as_its_words(self):
        written = replace(answered(), written_by="a *model*")
        assert "Written by a *model* and checked against the sources" in copied(written)
        shown = as_markdown(Conversation((Exchange("Who?", written), Exchange("Who?", answered())), "1", "T"))
        assert (
            shown.count("Written by a \\*model\\* and checked against the sources; the check can overlook a mistake.")
            == 1
        )
        assert "Written by" not in copied(answered())

    def test_markdown_has_strangers_words_as_text(self):
        hostile = replace(KABUL, title="<img src=x> ![a](http://evil.test) # `x`")
        conversation = Conversation((Exchange("**Who?**\n# no", answered(found=hostile)),), "1", "A | title")
        shown = as_markdown(conversation)
        assert shown.startswith("# A \\| title\n\n## \\*\\*Who?\\*\\* \\# no\n\nSearched for: Who controls Kabul?")
        assert "\\<img src=x\\> \\!\\[a\\](http://evil.test) \\# \\`x\\`" in shown
        assert "1. " in shown
        assert "**the Haqqani Network** controls security." in shown

    @pytest.mark.parametrize(
        ("begins", "written"), [("- ", "\\- "), ("1. ", "1\\. "), ("+ ", "\\+ "), ("2) ", "2\\) "), ("--", "\\--")]
    )
    def test_markdown_makes_no_list_of_a_sentence_or_a_title(self, begins, written):
        found = replace(KABUL, title=f"{begins}Kabul", text=TEXT)
        answer = answered(found=found)
        (one,) = answer.citations
        listed = replace(one, sentence=f"{begins}{SENTENCE}", sentence_start=one.sentence_start - len(begins))
        shown = as_markdown(Conversation((Exchange("Who?", replace(answer, citations=(listed,))),), "1", "T"))
        assert f"1. {written}Kabul" in shown
        assert f"   > {written}In Kabul, **the Haqqani Network**" in shown

    def test_markdown_leaves_numbers_in_a_text_alone(self):
        found = replace(KABUL, title="2.5 million - or -5")
        shown = as_markdown(Conversation((Exchange("Who?", answered(found=found)),), "1", "T"))
        assert "1. 2.5 million - or -5" in shown

    @pytest.mark.parametrize("after", [".", " - said so.", ") was told."])
    def test_markdown_leaves_what_follows_a_quote_alone(self, after):
        (one,) = answered().citations
        ends = replace(one, sentence=f"{one.sentence[: one.start - one.sentence_start]}{one.quote}{after}")
        shown = as_markdown(Conversation((Exchange("Who?", replace(answered(), citations=(ends,))),), "1", "T"))
        assert f"**the Haqqani Network**{after}" in shown

    def test_markdown_of_what_was_not_answered(self):
        conversation = Conversation((Exchange("Who?", refused()), Exchange("What?", problem="No.")), "1", "T")
        assert "**The articles don't say.** Not clearly enough." in as_markdown(conversation)
        assert "*No.*" in as_markdown(conversation)

    def test_json_has_answers_and_receipts(self):
        found = receipt(answered(), WITH, INFO)
        (one,) = as_json(Conversation((Exchange("Who?", answered(), receipt=found),), "1", "T"))["exchanges"]
        assert one["answer"]["citations"][0]["quote"] == "the Haqqani Network"
        assert one["receipt"]["sha256"] == found["sha256"]
        json.dumps(one)

    @pytest.mark.parametrize(
        ("title", "name"),
        [("Who is it?", "who-is-it"), ("../../etc/passwd\x00", "etc-passwd"), ("???", "conversation"), ("Wér", "wér")],
    )
    def test_file_names_are_tame(self, title, name):
        assert file_name(title, "md", KABUL.published) == f"{name}-2022-06-06.md"

    def test_a_long_question_is_a_short_title(self):
        title = title_of("word " * 100)
        assert len(title) <= 80
        assert title.endswith("word…")
