from datetime import date, datetime

import pytest

from index.errors import QuestionError
from index.local import LocalIndex
from index.types import EVERYTHING, ArticleSummary, Filter
from qa.chain import answer_chain
from qa.filters import NAMES, as_filter, left_nothing, left_out
from tests.doubles_index import HashingEmbedder, stored_article
from tests.doubles_qa import finds

QUAKE = "The toll rose to {} after the earthquake."


def test_none_is_everything_and_a_filter_is_itself():
    assert as_filter(None) == as_filter({}) == as_filter(dict.fromkeys(NAMES)) == EVERYTHING
    where = Filter(outlets=("A",))
    assert as_filter(where) is where


def test_a_mapping_is_read_by_name():
    given = {"outlets": ["A", "B"], "article_ids": ("x",), "since": "2023-02-06", "until": date(2023, 2, 7)}
    assert as_filter(given) == Filter(("x",), ("A", "B"), (), (), date(2023, 2, 6), date(2023, 2, 7))


@pytest.mark.parametrize(
    "given",
    [
        "x", 7, [], {"outlet": ["A"]}, {"outlets": "A"}, {"outlets": [1]}, {"outlets": {"A": 1}},
        {"since": "yesterday"}, {"since": 20230206}, {"since": datetime(2023, 2, 6)},
        {"since": "2023-02-06", "until": "2023-02-05"},
    ],
)  # fmt: skip
def test_what_is_no_filter_is_refused_in_one_line(given):
    with pytest.raises(QuestionError) as error:
        as_filter(given)
    assert "\n" not in str(error.value)


@pytest.fixture
def index(tmp_path):
    index = LocalIndex.create_or_open(tmp_path / "index", HashingEmbedder())
    index.add(
        [
            stored_article("early", QUAKE.format("3,000"), published=date(2023, 2, 6), outlet="Wire", language="en"),
            stored_article("late", QUAKE.format("50,000"), published=date(2023, 2, 24), outlet="Desk", author="B. C."),
        ]
    )
    yield index
    index.close()


@pytest.fixture
def chain(index):
    return answer_chain(index, finds("The toll rose to"))


@pytest.mark.parametrize(
    ("where", "found"),
    [
        (None, {"early", "late"}), ({"outlets": ["Wire"]}, {"early"}), ({"authors": ["B. C."]}, {"late"}),
        ({"until": "2023-02-10"}, {"early"}), ({"since": "2023-02-10"}, {"late"}), ({"languages": ["en"]}, {"early"}),
        ({"article_ids": ["late"]}, {"late"}), (Filter(outlets=("Desk",)), {"late"}),
    ],
)  # fmt: skip
def test_a_filter_acts_before_ranking(chain, where, found):
    answer = chain.invoke({"question": "What was the toll?", "filter": where})
    assert {hit.article.id for hit in answer.nearest} == found
    assert {citation.article_id for citation in answer.citations} <= found


@pytest.mark.parametrize(
    ("where", "reason"),
    [
        ({"outlets": ["Nobody"]}, 'No article is of the outlet "Nobody". Known: "Desk", "Wire".'),
        ({"outlets": ["wire"]}, 'No article is of the outlet "wire". Did you mean "Wire"?'),
        ({"authors": ["C."]}, 'No article is by "C.". Did you mean "B. C."?'),
        ({"authors": ["Ann"]}, 'No article is by "Ann". Known: "B. C.". Not known of 1 article.'),
        ({"languages": ["fr"]}, 'No article is in the language "fr". Known: "en". Not known of 1 article.'),
        ({"article_ids": ["erly"]}, 'No article has the id "erly". Did you mean "early"?'),
        ({"outlets": ["Wire"], "since": "2023-02-10"}, "No article fits the filter."),
    ],
)
def test_a_filter_that_leaves_nothing_says_why(chain, where, reason):
    answer = chain.invoke({"question": "What was the toll?", "filter": where})
    assert (answer.text, answer.citations, answer.reason) == (None, (), reason)


@pytest.mark.parametrize(
    ("where", "note"),
    [
        (None, None),
        ({"outlets": ["Wire"]}, None),
        ({"languages": ["en"]}, "Of 2 articles, the filter leaves out 1 without a language."),
        ({"authors": ["B. C."]}, "Of 2 articles, the filter leaves out 1 without an author."),
    ],
)
def test_a_refusal_says_how_many_articles_do_not_say_what_the_filter_goes_by(chain, index, where, note):
    assert chain.invoke({"question": "What was the toll?", "filter": where}).note is None
    refusal = answer_chain(index, finds("Nothing of it"))
    assert refusal.invoke({"question": "What was the toll?", "filter": where}).note == note


def test_articles_are_left_out_for_several_reasons():
    bare = ArticleSummary("a", "/a.txt", "A", None, None, None, None, 10, 1)
    said = left_out(Filter(outlets=("Wire",), since=date(2023, 1, 1)), [bare, bare])
    assert said == "Of 2 articles, the filter leaves out 2 without an outlet and 2 without a date."


def test_articles_without_a_date_are_counted_where_days_leave_nothing():
    undated = ArticleSummary("a", "/a.txt", "A", None, None, None, None, 10, 1)
    said = left_nothing(Filter(until=date(2023, 1, 1)), [undated, undated])
    assert said == "No article fits the filter; 2 without a date."
