"""What an answer rests on, summed up."""

from dataclasses import replace
from datetime import date

import pytest

from index.types import Article, Hit, Passage
from qa.evidence import Support, cited, differ_words, looked_for, positions, support, support_words, timeline
from qa.types import Alternative, Answer, Citation


def citation(name, quote="100", published=None, story=""):
    return Citation(
        name, name, f"https://wire.example/{name}", "Wire", published, 0, 3, quote, f"{quote} died.", 0, story
    )


def answer(*citations, alternatives=(), question="How many died?"):
    return Answer(question, question, citations[0].quote, 0.7, citations, alternatives=alternatives)


def test_copies_count_once():
    cited = [citation("a", story="a"), citation("b", story="a"), citation("c", story="c"), citation("c", story="c")]
    assert support(cited) == Support(3, 2)
    assert support_words(support(cited)) == "3 articles say so, 2 of them independent"
    assert support_words(support(cited[:2])) == "2 articles say so, all copies of one text"
    assert support_words(support(cited[1:3])) == "2 articles say so"
    assert support_words(support(cited[:1])) == ""


def test_a_citation_without_a_story_is_its_own():
    assert support([citation("a"), citation("b")]) == Support(2, 2)


OLD, MIDDLE, NEW = (date(2020, 8, day) for day in (5, 8, 12))


def test_answers_that_differ_stand_side_by_side_the_newest_first():
    given = answer(
        citation("a", published=OLD),
        citation("b", published=None),
        alternatives=(
            Alternative("171", 0.6, (citation("c", "171", NEW),)),
            Alternative("135", 0.5, (citation("d", "135", None),)),
        ),
    )
    assert [(one.text, one.given, one.numbers) for one in positions(given)] == [
        ("171", False, (3,)),
        ("100", True, (1, 2)),
        ("135", False, (4,)),
    ]
    assert [one.article_id for one in cited(given)] == ["a", "b", "c", "d"]
    assert positions(answer(citation("a"))) == ()


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (OLD, NEW, "The articles seem to differ. The newest first:"),
        (OLD, None, "The articles seem to differ:"),
        (None, None, "The articles seem to differ:"),
    ],
)
def test_no_order_is_claimed_that_no_days_tell_of(first, second, said):
    rival = Alternative("171", 0.6, (citation("b", "171", second),))
    assert differ_words(positions(answer(citation("a", published=first), alternatives=(rival,)))) == said


def test_a_timeline_needs_three_days_or_a_question_about_time():
    two = (citation("b", published=NEW), citation("a", published=OLD))
    assert timeline(answer(*two)) == ()
    assert [one.day for one in timeline(answer(*two, question="When did it happen?"))] == [OLD, NEW]
    three = (*two, citation("c", "135", MIDDLE), citation("d"))
    assert [(one.day, one.says, one.number) for one in timeline(answer(*three))] == [
        (OLD, "100", 2),
        (MIDDLE, "135", 3),
        (NEW, "100", 1),
    ]


def test_what_never_changed_has_no_timeline():
    assert timeline(answer(*(citation(str(day), published=day) for day in (OLD, MIDDLE, NEW)))) == ()


def test_a_timeline_does_not_repeat_what_the_positions_say():
    rivals = tuple(
        Alternative(quote, 0.5, (citation(quote, quote, day),)) for quote, day in (("135", MIDDLE), ("171", NEW))
    )
    assert timeline(answer(citation("a", published=OLD), alternatives=rivals)) == ()
    assert len(timeline(answer(citation("a", published=OLD), citation("b", published=NEW), alternatives=rivals))) == 4


def test_the_same_said_on_the_same_day_is_one_moment():
    both = (citation("a", published=OLD), citation("b", published=OLD), citation("c", published=NEW))
    assert [one.number for one in timeline(answer(*both, question="when"))] == [1, 3]


def refusal(question, *texts):
    hits = []
    for place, text in enumerate(texts):
        article = Article(str(place), "s", "A title", text, "")
        hits.append(Hit(Passage(article.id, 0, 0, len(text), text), article, 1.0))
    return Answer(question, question, None, 0.1, nearest=tuple(hits))


def test_a_refusal_says_which_words_no_article_found_has():
    searched = looked_for(refusal("What is the population of Mongolia?", "The populations of cities.", "A title"))
    assert searched.words == ("population", "Mongolia")
    assert searched.missing == ("Mongolia",)


def test_common_short_words_are_not_said_to_be_missing():
    assert looked_for(refusal("How many died in Ulan Bator?", "Nothing.")).missing == ("Ulan", "Bator")


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Who will carry it?", "She carried it."),
        ("How many voted?", "The vote was close."),
        ("Who was killed?", "A blast, killing 17."),
        ("Where is Brasilia?", "In Brasília, rain fell."),
        ("Where is Brasília?", "In Brasilia, rain fell."),
        ("Who will build it?", "It was built."),
        ("Who bought it?", "They buy it."),
        ("Whose children are they?", "The child is theirs."),
        ("Which studies are these?", "It is a study."),
        ("Who are the twelve?", "The 12 of them."),
        ("Who came in 2,021 boats?", "Of 2021 boats."),
        ("Who gave the 5 million?", "It was 5 million."),
        ("Who came on the 6th of the 14?", "By 14, on 6 May."),
    ],
)
def test_a_word_in_another_form_is_not_said_to_be_missing(question, text):
    assert looked_for(refusal(question, text)).missing == ()


@pytest.mark.parametrize(
    ("question", "text", "missing"),
    [
        ("Who came on the 14 boats of 2021?", "In 1432 they came on 20,210 boats.", ("14", "2021")),
        ("What does coral need?", "Corn is needed.", ("coral",)),
        ("Who is in Málaga?", "Nobody.", ("Málaga",)),
    ],
)
def test_what_only_looks_alike_is_missing(question, text, missing):
    assert looked_for(refusal(question, text)).missing == missing


def test_where_nothing_was_found_nothing_is_said_of_what_was():
    assert looked_for(refusal("What is the population of Mongolia?")).missing == ()


def test_the_search_is_the_stand_alone_question():
    follow_up = replace(refusal("Who leads it?", "Nothing."), standalone_question="Who leads Mongolia's army?")
    assert looked_for(follow_up).question == "Who leads Mongolia's army?"
    assert looked_for(follow_up).missing == ("leads", "Mongolia's")
