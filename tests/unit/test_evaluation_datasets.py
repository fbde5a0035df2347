import gzip
import json
import math
from pathlib import Path

import pytest

from index.errors import EvaluationError
from qa.evaluation.datasets import read_pairs, sniff
from qa.evaluation.run import selected
from qa.types import Turn
from tests.doubles_evaluation import write_jsonl

SHARED = Path(__file__).parents[3] / "shared" / "data" / "dev"
SQUAD = {
    "version": "v2.0",
    "data": [
        {
            "title": "Marie_Curie",
            "paragraphs": [
                {
                    "context": "Curie won two Nobel Prizes.",
                    "qas": [
                        {"id": "q1", "question": "How many?", "answers": [{"text": "two", "answer_start": 10}]},
                        {"id": "q2", "question": "Whose?", "answers": [], "is_impossible": True},
                    ],
                }
            ],
        }
    ],
}


def test_jsonl_columns(tmp_path):
    file = tmp_path / "pairs.jsonl"
    write_jsonl(
        file,
        {
            "id": 7,
            "question": "Who?",
            "answers": ["Ada", "Ada", "Ada Lovelace"],
            "article": "https://a.example/1",
            "passage": "It  was Ada.",
            "history": [["When?", None], ["Where?", "London"]],
            "desk": "science",
            "year": 1843,
        },
        {"question": "What for?", "answers": []},
        {"question": "Whose?", "article": "b"},
        {"question": "Why?"},
    )
    first, second, third, fourth = read_pairs(file).pairs
    assert (first.id, first.answers, first.gold) == ("7", ("Ada", "Ada Lovelace"), {"https://a.example/1": 1})
    assert first.passage == "It was Ada."
    assert first.history == (Turn("When?", None), Turn("Where?", "London"))
    assert first.extra == {"desk": "science", "year": "1843"}
    assert (second.id, second.answers) == ("line 2", ())
    assert third.answers is None, "only its article is known, so the answer is not judged"
    assert fourth.answers == ()


def test_a_json_list_is_read_item_by_item(tmp_path):
    file = tmp_path / "pairs.json"
    file.write_text(json.dumps([{"question": "Who?", "answers": ["Ada"]}, 7], indent=1))
    dataset = read_pairs(file)
    assert [pair.answers for pair in dataset.pairs] == [("Ada",)]
    assert str(dataset.problems[0]) == "pairs.json, item 2: this is not a JSON object"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_tables_as_spreadsheets_save_them(tmp_path, encoding):
    file = tmp_path / "pairs.csv"
    file.write_bytes("question;answers\nWho is Zoë?;the “owner”\n".encode(encoding))
    (pair,) = read_pairs(file).pairs
    assert (pair.question, pair.answers) == ("Who is Zoë?", ("the “owner”",))


@pytest.mark.parametrize("name", ["expected_answer", "ground_truth", "ground_truths", "reference"])
def test_answers_by_the_names_of_other_tools(tmp_path, name):
    rows, table = tmp_path / "pairs.jsonl", tmp_path / "pairs.csv"
    write_jsonl(rows, {"question": "Who?", name: "Ada"}, {"question": "What?", name: None})
    table.write_text(f"question,{name}\nWho?,Ada\nWhat?,\n")
    for file in (rows, table):
        assert [(pair.answers, pair.extra) for pair in read_pairs(file).pairs] == [(("Ada",), {}), ((), {})]


@pytest.mark.parametrize("name", ["pairs.jsonl", "pairs.csv"])
def test_a_file_that_says_nowhere_what_is_right_is_refused(tmp_path, name):
    file = tmp_path / name
    if name == "pairs.csv":
        file.write_text("question,target\nWho?,Ada\n")
    else:
        write_jsonl(file, {"question": "Who?", "target": "Ada"})
    with pytest.raises(EvaluationError, match=r"call what does `answers`.* not target"):
        read_pairs(file)


@pytest.mark.parametrize(
    ("given", "answers"),
    [({"answers": [39]}, ("39",)), ({"answer": 0.5}, ("0.5",)), ({"answers": [74.0, "74"]}, ("74",))],
)
def test_numbers_are_answers(tmp_path, given, answers):
    file = tmp_path / "pairs.jsonl"
    write_jsonl(file, {"question": "How old is he?"} | given)
    assert read_pairs(file).pairs[0].answers == answers


@pytest.mark.parametrize("given", [True, math.nan, {"text": [None]}])
def test_other_values_are_not(tmp_path, given):
    file = tmp_path / "pairs.jsonl"
    write_jsonl(file, {"question": "How old is he?", "answers": [given]}, {"question": "Who?"})
    assert len(read_pairs(file).problems) == 1


def test_rows_with_a_context_bring_their_article(tmp_path):
    file = tmp_path / "rows.jsonl.gz"
    rows = [
        {
            "id": "1",
            "title": "Some_title",
            "context": "Ada wrote it.",
            "question": "Who?",
            "answers": {"text": ["Ada"], "answer_start": [0]},
            "is_impossible": False,
        },
        {
            "id": "2",
            "title": "Some_title",
            "context": "Ada wrote it.",
            "question": "When?",
            "answers": {"text": [], "answer_start": []},
            "is_impossible": True,
        },
    ]
    file.write_bytes(gzip.compress("".join(json.dumps(one) + "\n" for one in rows).encode()))
    dataset = read_pairs(file)
    (article,) = dataset.articles
    assert (article.title, article.text) == ("Some title", "Ada wrote it.")
    assert [pair.gold for pair in dataset.pairs] == [{article.id: 1}, {}]
    assert [pair.answers for pair in dataset.pairs] == [("Ada",), ()]


@pytest.mark.parametrize(
    ("name", "delimiter"), [("pairs.csv", ","), ("pairs.csv", ";"), ("pairs.tsv", "\t"), ("pairs", ",")]
)
def test_tables(tmp_path, name, delimiter):
    lines = [
        ["Question", "answers", "article", "history", "desk"],
        ["Who?", "Ada | Lovelace", "a.html", '"[[""When?"", ""1843""]]"', "science"],
        ["What?", "", "", "", ""],
        ["How much?", '"[""1 | 2""]"', "", "", "'=money"],
    ]
    file = tmp_path / name
    file.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(delimiter.join(line) for line in lines).encode())
    first, second, third = read_pairs(file).pairs
    assert (first.answers, first.gold, first.extra) == (("Ada", "Lovelace"), {"a.html": 1}, {"desk": "science"})
    assert first.history == (Turn("When?", "1843"),)
    assert second.answers == ()
    assert (third.answers, third.extra) == (("1 | 2",), {"desk": "=money"})


@pytest.mark.parametrize("indent", [None, 2])
def test_squad_json_is_recognised_however_it_is_laid_out(tmp_path, indent):
    file = tmp_path / "dev.json"
    file.write_text(json.dumps(SQUAD, indent=indent))
    dataset = read_pairs(file)
    assert [(pair.id, pair.answers) for pair in dataset.pairs] == [("q1", ("two",)), ("q2", ())]
    assert [article.title for article in dataset.articles] == ["Marie Curie"]


def test_broken_parts_of_squad_json_are_named_by_their_path(tmp_path):
    whole = json.loads(json.dumps(SQUAD))
    whole["data"] += ["x", {"title": "y"}]
    whole["data"][0]["paragraphs"][0]["qas"] += [{"id": "q3"}, 7]
    file = tmp_path / "dev.json"
    file.write_text(json.dumps(whole))
    dataset = read_pairs(file)
    assert len(dataset.pairs) == 2
    assert [problem.place for problem in dataset.problems] == [
        "data[0].paragraphs[0].qas[2]",
        "data[0].paragraphs[0].qas[3]",
        "data[1]",
        "data[2]",
    ]


def test_beir_folders(tmp_path):
    folder = tmp_path / "scifact"
    (folder / "qrels").mkdir(parents=True)
    write_jsonl(folder / "corpus.jsonl", {"_id": "d1", "title": "T", "text": "One."}, {"_id": "d2", "text": "Two."})
    write_jsonl(folder / "queries.jsonl", {"_id": "q1", "text": "One?"}, {"_id": "q9", "text": "Not judged?"})
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t0\n")
    (folder / "qrels" / "train.tsv").write_text("query-id\tcorpus-id\tscore\nq9\td1\t1\n")
    dataset = read_pairs(folder)
    (pair,) = dataset.pairs
    assert (pair.question, pair.answers, pair.gold) == ("One?", None, {"scifact/d1": 2})
    assert [article.source for article in dataset.articles] == ["scifact/d1", "scifact/d2"]


@pytest.mark.parametrize(
    ("name", "text", "format_"),
    [
        ("x", '{"question": "Who?"}\n{"question": "What?"}\n', "jsonl"),
        ("x", '{"version": "1.1", "data": []}', "squad"),
        ("x", '{\n "data": []}', "squad"),
        ("x", "question\tanswers\n", "tsv"),
        ("x", "question,answers\n", "csv"),
        ("x.CSV", "{}", "csv"),
        ("x.jsonl", "question", "jsonl"),
    ],
)
def test_formats_are_found_out(tmp_path, name, text, format_):
    (tmp_path / name).write_text(text)
    assert sniff(tmp_path / name) == format_


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("none.jsonl", None, "cannot be read"),
        ("empty.jsonl", b"", "no question at all"),
        ("empty.csv", b"question,answers\n", "no question at all"),
        ("other.csv", b"name,value\n1,2\n", r"no column `question` in its first line, but name, value;"),
        ("empty.csv", b"\n", r"no column `question` in its first line;"),
        ("latin.jsonl", '{"question": "Où?"}'.encode("latin-1"), "not UTF-8"),
        ("cut.jsonl.gz", gzip.compress(b"x" * 1000, mtime=0)[:20], "cannot be read"),
        ("not.json", b'{"data": ', "not JSON"),
        ("list.json", b'{"other": []}\n{', "no usable question|not JSON"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(tmp_path, name, data, says):
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(EvaluationError, match=says) as error:
        read_pairs(tmp_path / name)
    assert "\n" not in str(error.value)


def test_a_sample_is_random_repeatable_and_in_order(tmp_path):
    file = tmp_path / "pairs.jsonl"
    write_jsonl(file, *({"id": number, "question": f"Is it {number}?"} for number in range(100)))
    dataset = read_pairs(file)
    chosen = [int(pair.id) for pair in selected(dataset, sample=10, seed=1).pairs]
    assert chosen == sorted(chosen) != list(range(10))
    assert chosen == [int(pair.id) for pair in selected(dataset, sample=10, seed=1).pairs]
    assert chosen != [int(pair.id) for pair in selected(dataset, sample=10, seed=2).pairs]
    assert [int(pair.id) for pair in selected(dataset, sample=10, seed=1, limit=3).pairs] == chosen[:3]


def test_the_digest_tells_any_change(tmp_path):
    file = tmp_path / "pairs.jsonl"
    digests = set()
    for change in (
        {},
        {"id": "2"},
        {"question": "Whom?"},
        {"answers": ["x"]},
        {"article": "a"},
        {"desk": "b"},
        {"history": [["a", "b"]]},
        {"passage": "p", "answers": []},
    ):
        write_jsonl(file, {"id": "1", "question": "Who?", "answers": []} | change)
        digests.add(read_pairs(file).digest)
    assert len(digests) == 8


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data is not here")
def test_a_public_data_set_is_read_whole():
    dataset = read_pairs(SHARED / "natural_questions_qed.jsonl.gz")
    assert (len(dataset.pairs), dataset.problems) == (1355, ())
    assert all(pair.gold.keys() <= {article.id for article in dataset.articles} for pair in dataset.pairs)
