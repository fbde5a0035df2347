"""Both networks: the real ones, and a second look in the open that says which passages it was shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from qa.readers import AUTO, EMBEDDED, LARGER
from qa.readers.extractive import ExtractiveReader, embedded_model, load_reader
from qa.readers.second_look import INSTALL, is_installed
from qa.readers.windows import Window
from tests.readings import ECHO, FOOTBALL, REPORT, assert_sound, hits_of


@pytest.fixture(scope="module")
def larger() -> ExtractiveReader:
    if not is_installed():
        pytest.skip(f"the larger reader's network is not installed: {INSTALL}")
    return load_reader(LARGER)


class Recording:
    """Adds `change` to the score of no answer, and keeps what it was shown."""

    def __init__(self, change: float) -> None:
        self.files = embedded_model()
        self.shown: list[str] = []
        self._change = np.float32(change)

    def __call__(self, windows: Sequence[Window], _padding_id: int) -> tuple[Window, ...]:
        self.shown += ["".join(window.encoding.tokens) for window in windows]
        nothing = np.zeros(1, np.float32) + self._change
        return tuple(
            replace(window, start=np.concatenate([window.start[:1] + nothing, window.start[1:]])) for window in windows
        )


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Who controls Kabul's security?", "Haqqani Network"),
        ("Who won the World Cup final?", "Argentina"),
        ("Whom did Argentina beat in the final?", "France"),
    ],
)
def test_both_answer_with_a_slice_of_an_article(larger, question, answer):
    reading = larger.read(question, hits_of(FOOTBALL, REPORT))
    assert_sound(reading)
    assert answer in reading.text


@pytest.mark.parametrize("question", ["How many people live in Reykjavik?", "Who painted Guernica?"])
def test_both_say_when_the_passages_do_not_say(larger, question):
    reading = larger.read(question, hits_of(FOOTBALL, REPORT))
    assert_sound(reading)
    assert reading.text is None


def test_a_long_passage_is_looked_at_again_in_windows(larger):
    filler = "The valley has many mills and farms that nobody counted. " * 60
    reading = larger.read("Who won the World Cup final?", hits_of(filler + FOOTBALL, filler))
    assert_sound(reading)
    assert reading.text == "Argentina"


def test_it_has_a_name_and_a_fingerprint_of_its_own(larger):
    small = load_reader(EMBEDDED)
    assert load_reader(AUTO).name == LARGER
    assert (larger.name, small.name) == (LARGER, EMBEDDED)
    assert len({larger.fingerprint, small.fingerprint}) == len({larger.digest, small.digest}) == 2
    assert larger.key != small.key


def test_only_the_passage_that_wins_is_looked_at_again():
    second = Recording(0)
    ExtractiveReader(embedded_model(), second=second).read("Who controls security in Kabul?", hits_of(FOOTBALL, REPORT))
    assert len(second.shown) == 1
    assert "u.n.report" in second.shown[0]


def test_a_passage_that_no_longer_wins_gives_way_to_the_next_which_is_looked_at_too():
    second = Recording(20)
    ExtractiveReader(embedded_model(), second=second).read("Who leads the network?", hits_of(REPORT, ECHO, FOOTBALL))
    assert len(second.shown) == len(set(second.shown)) > 1


def test_what_is_plain_at_first_sight_is_not_looked_at_again():
    second = Recording(20)
    hits = hits_of(REPORT, ECHO, FOOTBALL)
    reading = ExtractiveReader(embedded_model(), second=second).read("Who controls security in Kabul?", hits)
    assert second.shown == []
    assert reading.confidence > 0.9


def test_at_most_four_passages_are_looked_at_again():
    second = Recording(20)
    texts = [f"{REPORT} It has {number} pages." for number in range(8)]
    ExtractiveReader(embedded_model(), second=second).read("Who controls security in Kabul?", hits_of(*texts))
    assert len(second.shown) == 4


def test_the_candidates_that_confidence_is_fitted_on_have_all_been_looked_at_again():
    second = Recording(0)
    hits = hits_of(REPORT, ECHO, FOOTBALL)
    assert ExtractiveReader(embedded_model(), second=second).candidates("Who controls security in Kabul?", hits)
    assert len(second.shown) == len(hits)
