import math
import random

import pytest
import pytrec_eval

from index.types import Hit, Passage
from qa.chain import answer_chain
from qa.evaluation.pairs import Pair
from qa.evaluation.retrieval import DEPTH, Gold, RecordingSearch, recorded, retrieval_scores
from qa.evaluation.run import ArticleNames, Asker
from tests.doubles_qa import ListIndex, article, finds, hit

ARTICLES = [article(f"Text number {n}.", source=f"s{n}") for n in range(40)]


def found(of, word_rank=None, vector_rank=None, *, start=0, end=None, ordinal=0):
    end = len(of.text) if end is None else end
    passage = Passage(of.id, ordinal, start, end, of.text[start:end])
    return Hit(passage, of, 1.0, word_rank, vector_rank)


def test_each_retriever_is_judged_by_its_own_ranks():
    gold = Gold({ARTICLES[0].id: 1})
    hits = [found(ARTICLES[1], 1, 2), found(ARTICLES[0], 3, 1), found(ARTICLES[2], 2)]
    scores = retrieval_scores(gold, hits)
    assert (scores["mrr"], scores["words_mrr"], scores["vectors_mrr"]) == (0.5, pytest.approx(1 / 3), 1.0)
    assert (scores["recall@1"], scores["recall@5"], scores["vectors_recall@1"]) == (0.0, 1.0, 1.0)
    assert scores["precision@5"] == pytest.approx(1 / 5)
    assert scores["ndcg@10"] == pytest.approx(1 / math.log2(3))


def test_a_retriever_that_found_nothing_has_zeros():
    scores = retrieval_scores(Gold({ARTICLES[0].id: 1}), [found(ARTICLES[0], 1)])
    assert (scores["vectors_recall@20"], scores["recall@1"]) == (0.0, 1.0)
    assert set(retrieval_scores(Gold({"gone": 1}), []).values()) == {0.0}


def test_further_passages_of_a_right_article_take_up_places():
    hits = [found(ARTICLES[0], ordinal=0), found(ARTICLES[0], ordinal=1), found(ARTICLES[1])]
    scores = retrieval_scores(Gold({ARTICLES[0].id: 1, ARTICLES[1].id: 1}), hits)
    assert scores["recall@5"] == 1.0
    assert scores["map"] == pytest.approx((1 + 2 / 3) / 2)


def test_where_the_passage_is_known_only_it_is_right():
    long = article("One sentence here. Another sentence there.", source="long")
    first, second = found(long, 1, end=18), found(long, 2, start=19, ordinal=1)
    assert retrieval_scores(Gold({long.id: 1}), [first, second])["recall@1"] == 1.0
    assert retrieval_scores(Gold({long.id: 1}, "Another sentence"), [first, second])["recall@1"] == 0.0
    assert retrieval_scores(Gold({}, "Another sentence"), [first, second])["mrr"] == 0.5
    assert retrieval_scores(Gold({}, "Not there"), [first, second])["mrr"] == 0.0


def test_the_figures_are_pytrec_evals_on_a_made_set():
    chance = random.Random(3)
    names = {
        "recall@1": "recall_1",
        "recall@5": "recall_5",
        "recall@20": "recall_20",
        "precision@1": "P_1",
        "precision@5": "P_5",
        "mrr": "recip_rank",
        "ndcg@10": "ndcg_cut_10",
        "map": "map",
    }
    for _ in range(200):
        ranking = chance.sample(ARTICLES, chance.randint(1, 40))
        gold = {one.id: chance.randint(1, 3) for one in chance.sample(ARTICLES, chance.randint(1, 5))}
        evaluator = pytrec_eval.RelevanceEvaluator({"q": gold}, set(names.values()))
        expected = evaluator.evaluate({"q": {one.id: -float(place) for place, one in enumerate(ranking)}})["q"]
        scores = retrieval_scores(Gold(gold), [found(one) for one in ranking])
        assert {name: scores[name] for name in names} == pytest.approx({n: expected[m] for n, m in names.items()})


class CountingIndex(ListIndex):
    limits: list[int]

    def search(self, query, limit, where=None):  # noqa: ARG002
        self.limits = [*getattr(self, "limits", []), limit]
        return [hit(one, ordinal=rank) for rank, one in enumerate(self._articles[:limit])]


def test_the_chain_reads_what_it_always_reads_while_more_is_remembered():
    index = CountingIndex([article(f"Text {n}.", source=str(n)) for n in range(200)])
    plain = answer_chain(index, finds("Text 0"), passages=4).invoke("Which text?")
    chain = answer_chain(RecordingSearch(index), finds("Text 0"), passages=4)
    with recorded() as hits:
        answer = chain.invoke("Which text?")
    assert answer.nearest == plain.nearest
    assert len(hits) == DEPTH
    assert tuple(hits[:4]) == answer.nearest
    chain.invoke("Where is that text?")
    assert len(hits) == DEPTH, "what is asked afterwards is not recorded"
    assert index.limits == [4, DEPTH, 4]


SOURCES = [
    "/home/ada/fens.epub#OEBPS/chapter 1.xhtml",
    "/home/ada/fens.epub#OEBPS/chapter 2.xhtml",
    "/home/ada/news.zip/2023/lima.txt",
    "/home/ada/towns/lima.txt",
    "/home/ada/towns/south/quito.txt",
    "/home/ada/table.csv#accra",
    "https://wire.example/a",
]
HELD = ListIndex([article(f"Text number {n}.", source=source) for n, source in enumerate(SOURCES)])


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("fens.epub", [0, 1]),
        ("fens.epub#OEBPS/chapter 2.xhtml", [1]),
        ("chapter 2.xhtml", [1]),
        ("news.zip", [2]),
        ("news.zip/2023", [2]),
        ("lima.txt", [2, 3]),
        ("towns/lima.txt", [3]),
        ("./towns/", [3, 4]),
        ("/home/ada/towns", [3, 4]),
        ("table.csv", [5]),
        ("table.csv#accra", [5]),
        ("https://wire.example/a", [6]),
        ("https://wire.example", [6]),
        (article("", source=SOURCES[4]).id, [4]),
        ("ima.txt", []),
        ("town", []),
        ("/", []),
    ],
)
def test_an_article_is_found_by_what_it_may_be_called(name, right):
    names, pair = ArticleNames(HELD.articles()), Pair("1", "Who?", None, {name: 1})
    gold = names.gold(pair)
    found_by_it = [number for number, one in enumerate(HELD.articles()) if gold.right(one.id) is not None]
    assert (found_by_it, len(gold.articles)) == (right, 1)
    assert names.missing([pair]) == ([] if right else [name])


def test_any_chapter_of_the_right_book_is_right():
    chain = answer_chain(RecordingSearch(HELD), finds("number 1"))
    row = Asker(chain, ArticleNames(HELD.articles())).ask(
        Pair("1", "Which text is number 1?", ("number 1",), {"fens.epub": 1})
    )
    assert (row.outcome, row.gold) == ("right", ["fens.epub"])
    assert {row.scores[name] for name in ("recall@5", "mrr", "citation_recall")} == {1.0}
