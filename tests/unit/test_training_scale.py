from pathlib import Path

import pytest


def test_logits_are_multiplied_and_nothing_else(tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForQuestionAnswering, BertConfig, BertForQuestionAnswering

    from training.scale import scaled

    torch.manual_seed(0)
    config = BertConfig(vocab_size=30, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16)
    model = BertForQuestionAnswering(config).eval()
    model.qa_outputs.bias.data += 0.5
    model.save_pretrained(tmp_path / "one")
    scaled(tmp_path / "one", 1.5, tmp_path / "other")
    other = AutoModelForQuestionAnswering.from_pretrained(tmp_path / "other").eval()
    pieces = torch.arange(4, 20)[None]
    with torch.inference_mode():
        before, after = model(pieces), other(pieces)
    for old, new in zip((before.start_logits, before.end_logits), (after.start_logits, after.end_logits), strict=True):
        assert new[0].tolist() == pytest.approx((1.5 * old[0]).tolist(), abs=1e-5)
