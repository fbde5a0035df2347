import pytest

from index.errors import EvaluationError
from qa.evaluation.journal import ROWS, WRITTEN, Journal, read_rows
from tests.doubles_evaluation import row

SETTINGS = {"the data": "a", "the index": "b"}


def kept(folder, *rows):
    with Journal(folder) as journal:
        before = journal.begin(SETTINGS)
        for one in rows:
            journal.append(one)
    return before


def test_rows_come_back_as_they_were(tmp_path):
    first = row("1", question="Où?\u2028\x85\ud800", history=[["Who?", None]], scores={"f1": 0.5})
    assert kept(tmp_path / "run", first) == []
    assert kept(tmp_path / "run", row("2")) == [first]
    assert [one.id for one in read_rows(tmp_path / "run")] == ["1", "2"]


@pytest.mark.parametrize("cut", [1, 10, 100])
def test_a_row_that_was_cut_short_is_asked_again(tmp_path, cut):
    kept(tmp_path, row("1"), row("2"))
    path = tmp_path / ROWS
    path.write_bytes(path.read_bytes()[:-cut])
    assert [one.id for one in kept(tmp_path, row("3"))] == (["1", "2"] if cut == 1 else ["1"])
    assert [one.id for one in read_rows(tmp_path)][-1] == "3"


@pytest.mark.parametrize("tail", [b"\0" * 64, b"{}\n", b"[1]\n", b"\xff\xfe", b'{"id": "9"}\n'])
def test_what_is_no_row_is_dropped(tmp_path, tail):
    kept(tmp_path, row("1"))
    with (tmp_path / ROWS).open("ab") as file:
        file.write(tail)
    assert [one.id for one in kept(tmp_path)] == ["1"]


def test_58_what_changed_is_named(tmp_path):
    kept(tmp_path, row("1"))
    with Journal(tmp_path) as journal, pytest.raises(EvaluationError, match=r"changed since: the index\.") as error:
        journal.begin(SETTINGS | {"the index": "c"})
    assert "the data" not in str(error.value)
    assert [one.id for one in kept(tmp_path)] == ["1"], "nothing was lost by trying"


def test_a_run_is_never_overwritten(tmp_path):
    kept(tmp_path)
    with Journal(tmp_path) as journal, pytest.raises(EvaluationError, match="--resume"):
        journal.refuse_to_overwrite()


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize("resume", [True, False])
def test_nobody_elses_file_is_overwritten(tmp_path, name, resume):
    """Such as the questions themselves, where they are called rows.jsonl and the report goes beside them."""
    (tmp_path / name).write_text("mine")
    with Journal(tmp_path) as journal, pytest.raises(EvaluationError, match=f"a file {name} that is of no run"):
        journal.refuse_to_overwrite(resume=resume)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {name: "mine"}


def test_a_run_that_was_begun_may_be_resumed(tmp_path):
    kept(tmp_path, row("1"))
    with Journal(tmp_path) as journal:
        journal.refuse_to_overwrite(resume=True)


@pytest.mark.parametrize("content", ["", "[1", "[]", '"a"'])
def test_what_another_program_calls_run_json_is_named(tmp_path, content):
    (tmp_path / "run.json").write_text(content)
    with Journal(tmp_path) as journal, pytest.raises(EvaluationError, match=r"run\.json was not written by"):
        journal.begin(SETTINGS)


def test_one_run_at_a_time_has_the_folder(tmp_path):
    with Journal(tmp_path), pytest.raises(EvaluationError, match="another run"):
        Journal(tmp_path).__enter__()


def test_the_final_order_is_the_last_word(tmp_path):
    with Journal(tmp_path) as journal:
        journal.begin(SETTINGS)
        journal.append(row("2"))
        journal.append(row("1"))
        journal.finish([row("1"), row("2")])
    assert [one.id for one in read_rows(tmp_path)] == ["1", "2"]


def test_a_folder_without_a_report_says_so(tmp_path):
    with pytest.raises(EvaluationError, match="no report"):
        read_rows(tmp_path)


def test_what_never_began_leaves_no_folder(tmp_path):
    with Journal(tmp_path / "run"):
        pass
    assert not (tmp_path / "run").exists()
    (tmp_path / "mine").write_text("")
    with Journal(tmp_path):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
