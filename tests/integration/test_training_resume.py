from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from safetensors.numpy import load_file

from training.batches import Examples
from training.examples import Example
from training.label import label_all
from training.prepare import save_examples
from training.train import Settings, run


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Twenty examples and a tiny model of the real architecture."""
    from transformers import BertConfig, BertForQuestionAnswering

    config = BertConfig(vocab_size=60, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32)
    BertForQuestionAnswering(config).save_pretrained(tmp_path / "start")
    random = np.random.default_rng(0)
    examples = []
    for number in range(20):
        question, passage = random.integers(4, 60, 4).tolist(), random.integers(4, 60, 8 + number).tolist()
        at = 6 if number % 2 else 0
        examples.append(Example((2, *question, 3, *passage, 3), 6, at, at))
    save_examples(examples, tmp_path / "examples.safetensors")
    return Settings(
        str(tmp_path / "start"),
        (str(tmp_path / "examples.safetensors"),),
        epochs=6,
        batch_pieces=100,
        learning_rate=5e-3,
        save_every=3,
    )


def _weights(folder: Path) -> dict[str, np.ndarray]:
    return load_file(folder / "resume" / "model.safetensors")


def test_a_run_that_was_stopped_ends_as_one_that_was_not(settings: Settings, tmp_path: Path) -> None:
    steps = run(settings, tmp_path / "whole")
    assert run(settings, tmp_path / "stopped", stop_at=7) == 7
    assert run(settings, tmp_path / "stopped") == steps
    whole, stopped = _weights(tmp_path / "whole"), _weights(tmp_path / "stopped")
    assert all(np.array_equal(whole[name], stopped[name]) for name in whole)


def test_training_learns(settings: Settings, tmp_path: Path) -> None:
    from training.train import Training

    training = Training(replace(settings, freeze_embeddings=False))
    batch = Examples(Path(settings.examples[0])).batch(list(range(20)))
    losses = [training.step(batch, 1.0) for _ in range(40)]
    assert losses[-1] < 0.5 * losses[0]


def test_a_teacher_pulls_towards_its_answers(settings: Settings, tmp_path: Path) -> None:
    from transformers import AutoModelForQuestionAnswering

    from training.train import Training

    teacher = AutoModelForQuestionAnswering.from_pretrained(settings.start).eval()
    teacher.qa_outputs.weight.data *= 30
    label_all([teacher], Path(settings.examples[0]), tmp_path / "taught.safetensors")
    batch = Examples(tmp_path / "taught.safetensors").batch(list(range(20)))
    pupil = Training(replace(settings, teacher_share=1.0))
    distances = [pupil.step(batch, 1.0) for _ in range(40)]
    assert distances[0] > 0.1
    assert distances[-1] < 0.3 * distances[0]


def test_scores_are_those_of_the_model_and_are_not_made_twice(settings: Settings, tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForQuestionAnswering

    model = AutoModelForQuestionAnswering.from_pretrained(settings.start).eval()
    label_all([model], Path(settings.examples[0]), tmp_path / "taught.safetensors")
    batch = Examples(tmp_path / "taught.safetensors").batch([3, 17, 4])
    with torch.inference_mode():
        output = model(**{name: torch.from_numpy(values) for name, values in batch.inputs.items()})
    assert batch.taught is not None
    for told, logits in zip(batch.taught, (output.start_logits, output.end_logits), strict=True):
        for row, (said, spans) in enumerate(zip(told, batch.spans, strict=True)):
            assert said[spans] == pytest.approx(logits[row][spans].log_softmax(-1).numpy(), abs=0.02)
    label_all(
        [SimpleNamespace(name_or_path=settings.start)], Path(settings.examples[0]), tmp_path / "taught.safetensors"
    )
    with pytest.raises(AttributeError):
        label_all(
            [SimpleNamespace(name_or_path="another")], Path(settings.examples[0]), tmp_path / "taught.safetensors"
        )


def test_kept_weights_open_as_a_reader(settings: Settings, tmp_path: Path) -> None:
    from transformers import AutoModelForQuestionAnswering

    (Path(settings.start) / "tokenizer.json").write_text("{}")
    steps = run(settings, tmp_path / "run")
    folder = tmp_path / "run" / f"step-{steps:06d}"
    saved = AutoModelForQuestionAnswering.from_pretrained(folder).state_dict()
    last = _weights(tmp_path / "run")
    assert all(np.array_equal(saved[name].numpy(), last[name]) for name in last)
    assert (folder / "tokenizer.json").exists(), "the word pieces are beside them, so that training.validate reads them"
    assert not (tmp_path / "run" / "step-000003").exists(), "weights of the first half are not kept"
