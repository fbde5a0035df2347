"""What the reader learns from: which rows, how many, and which of them are turned into unanswerable ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

from training.mining import SilentPassages
from training.perturb import (
    KINDS,
    antonym_in_question,
    as_completed_follow_up,
    kind_of,
    negate_question,
    swap_answer,
    swap_in_passage,
    swap_in_question,
    without_answer,
)
from training.rows import Row

Corpus = dict[str, Sequence[str]]
ADVERSARIAL = "squad_v2_lowercase"


@dataclass(frozen=True, slots=True)
class Portion:
    """What is taken of one file: rows as they are, and variants made of its answerable rows, by kind."""

    plain: int
    variants: dict[str, int]
    repeats: int = 1


RECIPES: dict[str, dict[str, Portion]] = {
    "cpu": {
        ADVERSARIAL: Portion(100_000, {}, repeats=2),
        "squad": Portion(
            5_500,
            {
                "question": 2_200,
                "antonym": 1_100,
                "negated": 400,
                "passage": 1_200,
                "cut": 500,
                "mined": 600,
                "answer": 500,
            },
        ),
        "squadshifts_new_wiki": Portion(
            2_200, {"question": 400, "antonym": 300, "passage": 300, "cut": 200, "mined": 200}
        ),
        "natural_questions_qed": Portion(2_200, {"answer": 1_200, "cut": 400, "mined": 500, "passage": 200}),
        "natural_questions_open": Portion(400, {"answer": 400}),
        "qamr": Portion(1_500, {"antonym": 300, "question": 300}),
    },
    "evening": {
        ADVERSARIAL: Portion(100_000, {}, repeats=3),
        "squad": Portion(
            100_000,
            {
                "question": 5_000,
                "antonym": 2_500,
                "negated": 800,
                "passage": 2_500,
                "cut": 1_000,
                "mined": 1_500,
                "answer": 1_500,
            },
            repeats=2,
        ),
        "squadshifts_new_wiki": Portion(
            100_000, {"question": 1_000, "antonym": 500, "passage": 500, "cut": 500, "mined": 500}
        ),
        "natural_questions_qed": Portion(100_000, {"answer": 2_500, "cut": 500, "mined": 1_000, "passage": 400}),
        "natural_questions_open": Portion(100_000, {"answer": 500}),
        "qamr": Portion(4_000, {"antonym": 500, "question": 500}),
    },
    "everything": {
        ADVERSARIAL: Portion(100_000, {}, repeats=2),
        "squad": Portion(
            100_000,
            {
                "question": 9_000,
                "antonym": 6_000,
                "negated": 2_000,
                "passage": 5_000,
                "cut": 3_000,
                "mined": 9_000,
                "answer": 3_000,
            },
        ),
        "squadshifts_new_wiki": Portion(
            100_000, {"question": 2_000, "antonym": 1_500, "passage": 2_000, "cut": 1_500, "mined": 4_000}
        ),
        "natural_questions_qed": Portion(100_000, {"answer": 5_000, "cut": 2_000, "mined": 5_000, "passage": 1_000}),
        "natural_questions_open": Portion(100_000, {"answer": 1_000, "mined": 600}),
        "qamr": Portion(15_000, {"antonym": 2_000, "question": 2_000}),
        "squadshifts_reddit": Portion(100_000, {"cut": 1_000}),
        "squadshifts_amazon": Portion(100_000, {"cut": 1_000}),
        "policyqa": Portion(2_000, {}),
    },
    "answers": {
        ADVERSARIAL: Portion(100_000, {}),
        "squad": Portion(
            100_000,
            {"question": 3_000, "antonym": 1_000, "passage": 2_000, "cut": 1_500, "mined": 4_000, "answer": 3_000},
        ),
        "squadshifts_new_wiki": Portion(100_000, {"cut": 1_000, "mined": 2_000, "answer": 1_000}),
        "natural_questions_qed": Portion(100_000, {"answer": 4_000, "cut": 1_000, "mined": 3_000}),
        "natural_questions_open": Portion(100_000, {"answer": 1_000}),
        "qamr": Portion(8_000, {}),
    },
    "teacher": {
        ADVERSARIAL: Portion(100_000, {}, repeats=2),
        "squad": Portion(
            10_000,
            {
                "question": 2_000,
                "antonym": 1_200,
                "negated": 300,
                "passage": 1_200,
                "cut": 400,
                "mined": 1_200,
                "answer": 1_000,
            },
        ),
        "squadshifts_new_wiki": Portion(3_500, {}),
        "natural_questions_qed": Portion(5_000, {"answer": 1_000, "cut": 300, "mined": 800}),
        "natural_questions_open": Portion(100_000, {}),
        "qamr": Portion(2_000, {}),
    },
    "taught": {
        ADVERSARIAL: Portion(100_000, {}),
        "squad": Portion(
            100_000,
            {
                "question": 4_000,
                "antonym": 3_000,
                "negated": 500,
                "passage": 2_500,
                "cut": 1_500,
                "mined": 6_000,
                "answer": 2_500,
            },
        ),
        "squadshifts_new_wiki": Portion(100_000, {"question": 800, "antonym": 600, "cut": 500, "mined": 2_000}),
        "natural_questions_qed": Portion(100_000, {"answer": 2_500, "cut": 500, "mined": 3_000}),
        "natural_questions_open": Portion(100_000, {"answer": 500, "mined": 400}),
        "qamr": Portion(4_000, {}),
        "squadshifts_reddit": Portion(1_500, {}),
        "squadshifts_amazon": Portion(1_500, {}),
    },
    "wide": {
        "squadshifts_reddit": Portion(100_000, {"mined": 1_500}),
        "squadshifts_amazon": Portion(100_000, {"mined": 1_500}),
        "policyqa": Portion(1_500, {}),
        "qamr": Portion(8_000, {}),
        "squad": Portion(0, {"answer": 5_000}),
        "squadshifts_new_wiki": Portion(0, {"answer": 3_000, "mined": 2_000}),
        "natural_questions_qed": Portion(0, {"answer": 4_000, "mined": 2_000}),
    },
    "completed": {
        "squad": Portion(0, {"completed": 6_500}),
        "squadshifts_new_wiki": Portion(0, {"completed": 3_500}),
    },
}
"""`cpu` fits an hour of two cores, `evening` and `answers` one to three. `everything` is for a GPU; two cores with
matrix units for bfloat16 (AMX) go through it in forty minutes.

Of `answers`, seven of ten can be answered. From `teacher` a larger reader learns, and the small one from that one's
scores of `taught`, and of `wide`, which holds what `taught` has little of. `completed` has
questions in the form that the product gives follow-ups."""


def mix(files: dict[str, list[Row]], recipe: dict[str, Portion], seed: int) -> list[Row]:
    """The rows to learn from, in the order of the recipe. The same files, recipe and seed give the same rows."""
    random = Random(seed)
    settled = {name: [settle(row, random) for row in rows] for name, rows in files.items()}
    corpus = answer_corpus([row for rows in settled.values() for row in rows])
    silent = SilentPassages(
        sorted({row.passage for rows in settled.values() for row in rows if len(row.passage) < 4_000})
    )
    mixed: list[Row] = []
    for name, portion in recipe.items():
        rows = settled.get(name, [])
        for _ in range(portion.repeats):
            mixed += random.sample(rows, min(portion.plain, len(rows)))
        for kind, count in portion.variants.items():
            mixed += _variants(rows, VARIANTS[kind], count, random, corpus, silent)
    return mixed


def settle(row: Row, random: Random) -> Row:
    """The row with the answer that most annotators gave first, any of them where they tie."""
    if len(row.answers) < 2:
        return row
    texts = Counter(text for _, text in row.answers)
    first = max(row.answers, key=lambda answer: (texts[answer[1]], random.random()))
    return replace(row, answers=(first, *(answer for answer in row.answers if answer != first)))


def answer_corpus(rows: Sequence[Row]) -> Corpus:
    """Answers by kind, most of them names, years and numbers, for swapping in."""
    corpus: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for text in sorted({row.answers[0][1].strip() for row in rows if row.answers}):
        kind = kind_of(text)
        if kind is not None:
            corpus[kind].append(text)
    return {kind: tuple(texts) for kind, texts in corpus.items()}


Variant = Callable[[Row, Random, Corpus, SilentPassages], Row | None]
VARIANTS: dict[str, Variant] = {
    "question": lambda row, random, corpus, _: swap_in_question(row, random, corpus),
    "antonym": lambda row, random, _, __: antonym_in_question(row, random),
    "negated": lambda row, random, _, __: negate_question(row, random),
    "passage": lambda row, random, corpus, _: swap_in_passage(row, random, corpus),
    "cut": lambda row, _, __, ___: without_answer(row),
    "mined": lambda row, _, __, silent: silent.best(row),
    "answer": lambda row, random, corpus, _: swap_answer(row, random, corpus),
    "completed": lambda row, random, _, silent: _completed(row, random, silent),
}


def _completed(row: Row, random: Random, silent: SilentPassages) -> Row | None:
    """Every third with a passage that does not answer it, so that brackets tell nothing."""
    other = as_completed_follow_up(row, random)
    return silent.best(other) if other is not None and random.random() < 1 / 3 else other


def _variants(
    rows: Sequence[Row], variant: Variant, count: int, random: Random, corpus: Corpus, silent: SilentPassages
) -> list[Row]:
    made: list[Row] = []
    for row in random.sample([row for row in rows if row.answers], sum(bool(row.answers) for row in rows)):
        if len(made) == count:
            break
        other = variant(row, random, corpus, silent)
        if other is not None:
            made.append(other)
    return made
