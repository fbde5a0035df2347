"""Which articles support an answer, which say something else, and which are about something else."""

from dataclasses import replace
from datetime import date

from index.types import Article, Hit, Passage
from qa.readers.disputes import MARGINS, newest_given, weighed
from qa.readers.ranking import Candidate, ranked
from qa.types import Reading

QUESTION = "How many people died in the Beirut explosion?"


def article(name, text, *, published=None, copy_of=None):
    return Article(name, f"https://wire.example/{name}", name, text, "", published, copy_of=copy_of)


def candidate(of, words, span):
    start = of.text.index(words)
    hit = Hit(Passage(of.id, 0, 0, len(of.text), of.text), of, 1.0)
    return Candidate(hit, start, start + len(words), span, span + 3)


EARLY = article("early", "At least 100 people died in the Beirut explosion.", published=date(2020, 8, 5))
LATER = article("later", "The dead of the Beirut explosion: 171 people died.", published=date(2020, 8, 12))
ROUND = article("round", "In Beirut about 100 people died in an explosion.", published=date(2020, 8, 6))
QUAKE = article("quake", "The earthquake killed 3,419 people in Turkey.", published=date(2023, 2, 6))


def read(*candidates, confidence=0.7):
    answers = ranked(candidates)
    reading = Reading(answers[0].best.text, confidence, answers[0].quotes)
    return weighed(reading, QUESTION, answers, lambda answer: answer.best.span / 16)


def test_another_number_of_another_article_is_a_rival():
    reading = read(candidate(EARLY, "100", 7.5), candidate(LATER, "171", 4.0))
    assert [(one.text, one.confidence) for one in reading.rivals] == [("171", 0.25)]
    assert [quote.hit.article.id for quote in reading.rivals[0].quotes] == ["later"]
    assert [quote.hit.article.id for quote in reading.quotes] == ["early"]


def test_one_common_word_of_several_does_not_make_two_articles_about_the_same():
    signed = article("signed", "It should become a museum, say 2,300 people so far.")
    employs = article("employs", "The company employs 5,200 people.")
    question = "How many people signed the petition?"
    answers = ranked([candidate(signed, "2,300", 7.5), candidate(employs, "5,200", 7.0)])
    reading = Reading(answers[0].best.text, 0.7, answers[0].quotes)
    assert weighed(reading, question, answers, lambda _: 0.5).rivals == ()
    assert len(weighed(reading, "How many people?", answers, lambda _: 0.5).rivals) == 1


def test_a_rounded_number_agrees_and_is_quoted():
    reading = read(candidate(EARLY, "100", 7.5), candidate(ROUND, "100", 5), candidate(LATER, "171", 4.2))
    assert [quote.hit.article.id for quote in reading.quotes] == ["early", "round"]
    exact = article("exact", "103 people died in the Beirut explosion.")
    reading = read(candidate(exact, "103", 7.5), candidate(ROUND, "100", 5))
    assert [quote.text for quote in reading.quotes] == ["103", "about 100"]
    assert reading.rivals == ()


def test_beside_rivals_the_answer_has_its_hedge_as_they_have():
    crowd = article("crowd", "About 24,500 people died in the Beirut explosion.")
    more = article("more", "More than 27,000 people died in the Beirut explosion.")
    reading = read(candidate(crowd, "24,500", 7.5), candidate(more, "27,000", 5))
    assert (reading.text, [one.text for one in reading.rivals]) == ("About 24,500", ["More than 27,000"])
    assert [(quote.text, quote.start) for quote in reading.quotes] == [("About 24,500", 0)]
    assert read(candidate(crowd, "24,500", 7.5)).text == "24,500"


def test_the_newest_is_given_where_it_is_sure_enough_and_really_newer():
    reading = read(candidate(EARLY, "100", 7.5), candidate(LATER, "171", 4.0))
    newest = newest_given(reading, 0.2)
    assert (newest.text, newest.confidence) == ("171", 0.25)
    assert [quote.hit.article.id for quote in newest.quotes] == ["later"]
    assert [(one.text, one.confidence) for one in newest.rivals] == [("At least 100", 0.7)]
    assert newest_given(reading, 0.3) == reading
    assert newest_given(newest, 0.2) == newest
    undated = replace(LATER, published=None)
    for first, second in ((EARLY, undated), (undated, EARLY)):
        said = {EARLY: "100", undated: "171"}
        reading = read(candidate(first, said[first], 7.5), candidate(second, said[second], 4.0))
        assert reading.rivals
        assert newest_given(reading, 0.2) == reading


def test_what_is_far_less_sure_is_no_rival():
    assert read(candidate(EARLY, "100", 7.5), candidate(LATER, "171", 7.4 - MARGINS.differs)).rivals == ()
    assert read(candidate(EARLY, "100", 3), candidate(LATER, "171", MARGINS.least - 0.1)).rivals == ()


def test_an_article_about_something_else_is_no_rival():
    assert read(candidate(EARLY, "100", 7.5), candidate(QUAKE, "3,419", 7)).rivals == ()


def test_an_article_is_not_its_own_rival():
    both = article("both", "At first 100, then 171 people died in the Beirut explosion.")
    assert read(candidate(both, "100", 7.5), candidate(both, "171", 7.4)).rivals == ()


def test_articles_that_say_the_same_otherwise_are_one_rival():
    also = article("also", "The Beirut explosion: more than 170 people died.")
    reading = read(candidate(EARLY, "100", 7.5), candidate(LATER, "171", 5), candidate(also, "170", 4))
    assert [[quote.text for quote in one.quotes] for one in reading.rivals] == [["171", "more than 170"]]


def test_after_the_best_the_newest_is_quoted_first():
    articles = [replace(EARLY, id=f"{day}", published=date(2020, 8, day) if day else None) for day in (7, 5, 0, 9)]
    reading = read(*(candidate(of, "100", 7.5 - place / 10) for place, of in enumerate(articles)))
    assert [quote.hit.article.id for quote in reading.quotes] == ["7", "9", "5", "0"]


def test_a_refusal_stays_one():
    answers = ranked([candidate(EARLY, "100", 7.5), candidate(LATER, "171", 7)])
    refused = Reading(None, 0.1, reason="Unsure.")
    assert weighed(refused, QUESTION, answers, lambda _: 0.5) is refused
    assert weighed(refused, QUESTION, (), lambda _: 0.5) is refused
