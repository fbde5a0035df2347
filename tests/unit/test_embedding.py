import json
import time

import pytest

from index.errors import ModelError
from index.models.batching import batches_by_length
from index.models.embedding import DEFAULT_FINGERPRINT, DEFAULT_REVISION, load_embedder
from index.models.files import DEFAULT_EMBEDDER, find_model


def _folder(tmp_path, files):
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return tmp_path


PLAIN = {"config.json": {}, "model.safetensors": "", "modules.json": []}


@pytest.mark.parametrize("lengths", [[], [5], [3, 1, 2], [100, 7, 100, 2, 50, 50, 1], [4000, 1, 1]])
def test_batches_hold_each_row_once_and_no_more_than_allowed(lengths):
    batches = batches_by_length(lengths, 200)
    assert sorted(row for batch in batches for row in batch) == list(range(len(lengths)))
    assert all(len(batch) == 1 or len(batch) * max(lengths[row] for row in batch) <= 200 for batch in batches)


def test_batches_put_texts_of_like_length_together():
    assert batches_by_length([10, 50, 11, 51], 110) == [[3, 1], [2, 0]]


def test_the_default_embedder_is_the_pinned_one():
    identity = load_embedder().identity
    assert (identity.name, identity.revision, identity.dimension) == (DEFAULT_EMBEDDER, DEFAULT_REVISION, 384)
    assert identity.fingerprint == DEFAULT_FINGERPRINT


def test_tokens_are_counted_without_truncation_and_padding(embedder):
    assert embedder.max_tokens == 256
    assert embedder.count_tokens(["", "hello world", "word " * 700]) == [0, 2, 700]
    assert embedder.count_tokens([]) == []


def test_a_long_book_goes_through_in_parts_and_in_order(embedder):
    texts = [str(number) for number in range(2_100)]
    assert embedder.count_tokens(["word " * (number % 5) for number in range(5_000)]) == [0, 1, 2, 3, 4] * 1_000
    vectors = embedder.embed_passages(texts)
    assert vectors.shape == (2_100, 384)
    for number in (0, 2_047, 2_048, 2_099):
        assert vectors[number] @ embedder.embed_passages([texts[number]])[0] > 0.99


NO_MODELS = ["no/such/folder", "../escape", "a b", "", "ends/with/", "-", "~nobody-here", "x" * 300, "null\0"]


@pytest.mark.parametrize("name", NO_MODELS)
def test_a_name_that_is_no_model_is_one_clear_line(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError) as error:
        load_embedder(name)
    assert "\n" not in str(error.value)


def test_an_unknown_name_fails_at_once_when_the_hub_is_off(monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    start = time.monotonic()
    with pytest.raises(ModelError, match="not on this machine") as error:
        load_embedder("nobody/has-this-model")
    assert time.monotonic() - start < 5
    assert "\n" not in str(error.value)


PICKLED_OR_CODE = ["pytorch_model.bin", "weights.pt", "1_Dense/pytorch_model.bin", "modeling_own.py", "a.pkl"]


@pytest.mark.parametrize("file", PICKLED_OR_CODE)
def test_pickles_and_code_are_refused(file, tmp_path):
    folder = _folder(tmp_path, {**PLAIN, file: ""})
    with pytest.raises(ModelError, match="never loaded"):
        find_model(str(folder))


@pytest.mark.parametrize("missing", ["config.json", "model.safetensors"])
def test_a_folder_that_holds_no_model_is_refused(missing, tmp_path):
    folder = _folder(tmp_path, {name: content for name, content in PLAIN.items() if name != missing})
    with pytest.raises(ModelError, match="not a model"):
        load_embedder(str(folder))


def test_a_folder_of_something_else_is_not_looked_through_for_code(tmp_path):
    folder = _folder(tmp_path, {"src/deep/a.py": "", "weights.pt": ""})
    with pytest.raises(ModelError, match="it needs config"):
        find_model(str(folder))


def test_a_folder_of_more_files_than_a_model_has_is_refused_whatever_they_are(tmp_path):
    folder = _folder(tmp_path, PLAIN | {f"many/{number}.txt": "" for number in range(1_000)})
    with pytest.raises(ModelError, match="more than 1,000 files"):
        find_model(str(folder))


def test_a_model_of_another_kind_is_refused(tmp_path):
    folder = _folder(tmp_path, {name: content for name, content in PLAIN.items() if name != "modules.json"})
    with pytest.raises(ModelError, match="not a sentence-transformers model"):
        load_embedder(str(folder))


def test_modules_of_other_libraries_are_never_imported(tmp_path):
    folder = _folder(tmp_path, {**PLAIN, "modules.json": [{"path": "", "type": "os.path"}]})
    with pytest.raises(ModelError, match="never run"):
        load_embedder(str(folder))


@pytest.mark.parametrize("damage", ["{", "[1]", "\x00"])
def test_damaged_settings_are_one_clear_line(damage, tmp_path):
    modules = [{"path": "", "type": f"sentence_transformers.models.{kind}"} for kind in ("Transformer", "Pooling")]
    folder = _folder(tmp_path, {**PLAIN, "modules.json": modules, "sentence_bert_config.json": damage})
    with pytest.raises(ModelError, match="sentence_bert_config") as error:
        load_embedder(str(folder))
    assert "\n" not in str(error.value)
