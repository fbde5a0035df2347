import dataclasses
from pathlib import Path

import pytest

from training.leaks import Leaks
from training.rows import Row, check, read_rows, sentences, write_rows

ROW = Row(
    "1", "squad", "Amazon", "It rains. The river is 6,400 km long.", "How long is the river?", ((23, "6,400 km"),)
)


def test_rows_survive_writing_and_reading(tmp_path: Path) -> None:
    silent = dataclasses.replace(ROW, id="2", answers=())
    write_rows(tmp_path / "squad.jsonl.gz", [ROW, silent])
    assert read_rows(tmp_path / "squad.jsonl.gz") == [ROW, silent]


def test_a_span_that_is_elsewhere_is_refused() -> None:
    with pytest.raises(ValueError, match="6,400 km"):
        check(dataclasses.replace(ROW, answers=((0, "6,400 km"),)))


@pytest.mark.parametrize(
    "text",
    ["One. Two! Three?", "lower case , tokenised . the second one .", "No end", "", 'He said "Stop." Then he left. '],
)
def test_sentences_cover_the_text(text: str) -> None:
    assert "".join(text[start:end] for start, end in sentences(text)) == text


def test_sentences_end_where_sentences_end() -> None:
    text = "It was cold. The lake froze , said 3.5 people . nobody skated ."
    assert [text[a:b] for a, b in sentences(text)] == [
        "It was cold. ",
        "The lake froze , said 3.5 people . ",
        "nobody skated .",
    ]


def test_leaks_see_through_case_and_tokenising() -> None:
    passage = "The Rhine emerges from Lake Constance, flows generally westward, and meets the Aare near Koblenz."
    measured = Leaks([dataclasses.replace(ROW, passage=passage, question="Where does the Rhine go?", answers=())])
    tokenised = "the rhine emerges from lake constance , flows generally westward , and meets the aare near koblenz ."
    assert dataclasses.replace(ROW, passage=tokenised, answers=()) in measured
    assert dataclasses.replace(ROW, question="where does the rhine go ?") in measured
    assert ROW not in measured
