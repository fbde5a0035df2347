import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from click.testing import CliRunner

from index.errors import EvaluationError, StorageError
from qa.chain import answer_chain
from qa.cli import main
from qa.evaluation.datasets import read_pairs
from qa.feedback import FILE, as_pairs, keep_feedback, read_feedback
from qa.types import Turn
from tests.doubles_qa import ListIndex, article, finds

KABUL = article("Security in Kabul is controlled by the Haqqani Network.")


@pytest.fixture
def answer():
    return answer_chain(ListIndex([KABUL]), finds("Haqqani")).invoke("Who controls Kabul's security?")


def test_a_verdict_is_kept_with_its_receipt(tmp_path, answer):
    kept = keep_feedback(
        tmp_path,
        "wrong answer",
        answer,
        right_answer=" the Haqqani\x1b Network ",
        history=[Turn("Hello?", None)],
        made_with={"generation": 3},
    )
    (read,) = read_feedback(tmp_path)
    assert read == kept
    assert (read.right_answer, read.history) == ("the Haqqani Network", (("Hello?", None),))
    assert read.receipt["answer"] == "Haqqani"
    assert read.receipt["generation"] == 3
    assert read.receipt["citations"][0]["quote"] == "Haqqani"


def test_verdicts_become_pairs(tmp_path, answer):
    keep_feedback(tmp_path, "wrong answer", answer)
    keep_feedback(tmp_path, "wrong answer", answer, right_answer="first thought")
    keep_feedback(tmp_path, "outdated", answer, right_answer="=second thought", article=KABUL.source)
    keep_feedback(tmp_path, "should have refused", answer, history=[Turn("And?", "yes")])
    first, second = as_pairs(read_feedback(tmp_path))
    assert (first["answers"], first["article"], first["verdict"]) == (["=second thought"], KABUL.source, "outdated")
    assert (second["answers"], second["history"]) == ([], [["And?", "yes"]])


def test_a_wrong_citation_keeps_the_answer_and_corrects_the_article(tmp_path, answer):
    keep_feedback(tmp_path, "wrong citation", answer, article="https://wire.example/b")
    (pair,) = as_pairs(read_feedback(tmp_path))
    assert (pair["answers"], pair["article"]) == (["Haqqani"], "https://wire.example/b")


def test_a_wrong_citation_alone_becomes_a_pair_too(tmp_path, answer):
    keep_feedback(tmp_path, "wrong citation", answer)
    (pair,) = as_pairs(read_feedback(tmp_path))
    assert (pair["answers"], pair["article"], pair["verdict"]) == (["Haqqani"], None, "wrong citation")


@pytest.mark.parametrize("name", ["out.jsonl", "out.csv"])
def test_export_is_what_evaluate_reads(tmp_path, answer, name):
    keep_feedback(tmp_path, "outdated", answer, right_answer="=1+1", history=[Turn("And?", "=yes")])
    done = CliRunner().invoke(main, ["feedback", "export", str(tmp_path / name), "--index", str(tmp_path)])
    assert done.exit_code == 0, done.output
    (pair,) = read_pairs(tmp_path / name).pairs
    assert (pair.answers, pair.history, pair.extra) == (("=1+1",), (Turn("And?", "=yes"),), {"verdict": "outdated"})


def test_nothing_to_export_is_said_in_one_line(tmp_path):
    done = CliRunner().invoke(main, ["feedback", "export", str(tmp_path / "x"), "--index", str(tmp_path)])
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    with pytest.raises(EvaluationError, match="no feedback yet"):
        as_pairs([])


def test_a_line_cut_short_by_a_crash_costs_no_other(tmp_path, answer):
    keep_feedback(tmp_path, "outdated", answer, right_answer="one")
    with (tmp_path / FILE).open("ab") as file:
        file.write(b'{"verdict": "outd')
    keep_feedback(tmp_path, "outdated", answer, right_answer="two")
    assert [one.right_answer for one in read_feedback(tmp_path)] == ["one", "two"]


def test_many_people_at_once(tmp_path, answer):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: keep_feedback(tmp_path, "outdated", answer, right_answer=str(n)), range(40)))
    assert {one.right_answer for one in read_feedback(tmp_path)} == {str(n) for n in range(40)}
    assert all(json.loads(line) for line in (tmp_path / FILE).read_text().splitlines())


def test_what_cannot_be_written_is_told(tmp_path, answer):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="could not be written"):
        keep_feedback(tmp_path / "file", "outdated", answer)
