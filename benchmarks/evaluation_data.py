"""What the evaluation's benchmarks ask: SQuAD's development questions, of an index of all their paragraphs."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

from benchmarks import material
from benchmarks.material import ROOT
from benchmarks.record import SHARED_DATA
from qa.assemble import create_or_open_index
from qa.config import Config, load_config
from qa.evaluation.datasets import read_pairs
from qa.evaluation.pairs import Dataset
from qa.evaluation.run import selected

SQUAD = SHARED_DATA / "dev" / "squad_v1.1.jsonl.gz"
SQUAD_2 = SHARED_DATA / "dev" / "squad_v2.jsonl.gz"
INDEX = ROOT / ".cache" / "evaluation-squad-index"
SHORT_INDEX = ROOT / ".cache" / "evaluation-short-index"
PASSAGES, PASSAGE_TOKENS = 2, 64
"""Where it is not the answers that count, but how many there are: little to read, by the very chain."""


def filled(questions: int, config: Config) -> Dataset:
    """That many questions, with the articles of all of them in the index, which is made where it is not there yet."""
    dataset = read_pairs(SQUAD)
    with closing(create_or_open_index(config)) as index:
        material.filled(index, dataset.articles)
    return replace(selected(dataset, sample=questions), articles=())


def short_config() -> Config:
    return load_config(index=SHORT_INDEX, passages=PASSAGES, passage_tokens=PASSAGE_TOKENS)
