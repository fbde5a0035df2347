"""The sample's articles disagree in places, and the real reader shows where; elsewhere it doesn't say they do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from qa.assemble import open_chain
from qa.config import load_config
from qa.evidence import positions
from qa.types import Answer

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def chain(sample_index: Path) -> Any:
    return open_chain(load_config(index=sample_index))


@pytest.mark.parametrize(
    ("question", "newer", "older"),
    [
        ("How many people died in the earthquakes in Turkey and Syria?", "50,000", "5,000"),
        ("How many people died in the Beirut port explosion?", "171", "100"),
    ],
)
def test_tolls_that_rose_stand_side_by_side_the_newest_first(chain: Any, question: str, newer: str, older: str) -> None:
    answer: Answer = chain.invoke(question)
    said = positions(answer)
    assert [words for words in (newer, older) if any(words in one.text for one in said)] == [newer, older]
    assert newer in said[0].text
    assert [one.newest.published for one in said] == sorted((one.newest.published for one in said), reverse=True)


@pytest.mark.parametrize(
    "question",
    [
        "Who controls Kabul's security?",
        "Which country became NATO's 32nd member?",
        "What is the population of Mongolia?",
    ],
)
def test_what_is_not_disputed_is_not_called_so(chain: Any, question: str) -> None:
    assert chain.invoke(question).alternatives == ()
