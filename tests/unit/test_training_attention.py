import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention

from training.attention import attend, use_batched_products


@pytest.mark.parametrize("padded", [True, False])
def test_attention_and_its_gradients_are_those_of_pytorch(padded: bool) -> None:
    chance = torch.Generator().manual_seed(3)
    ours = [torch.randn(2, 3, 7, 4, generator=chance).requires_grad_() for _ in range(3)]
    theirs = [one.detach().clone().requires_grad_() for one in ours]
    mask = torch.zeros(2, 1, 7, 7)
    mask[1, :, :, 5:] = torch.finfo(torch.float32).min
    given = mask if padded else None

    out, _ = attend(torch.nn.Identity(), *ours, given, scaling=0.5)
    expected = scaled_dot_product_attention(*theirs, attn_mask=given, scale=0.5).transpose(1, 2)
    torch.testing.assert_close(out, expected)

    weights = torch.randn(out.shape, generator=chance)
    torch.autograd.backward((out * weights).sum())
    torch.autograd.backward((expected * weights).sum())
    for mine, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine.grad, other.grad)


def test_a_model_that_attends_so_reads_the_same() -> None:
    from transformers import BertConfig, BertForQuestionAnswering

    torch.manual_seed(1)
    config = BertConfig(vocab_size=60, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32)
    model = BertForQuestionAnswering(config).eval()
    pieces = torch.randint(4, 60, (2, 9))
    attention = torch.ones(2, 9, dtype=torch.long)
    attention[1, 6:] = 0
    before = model(input_ids=pieces, attention_mask=attention)
    use_batched_products(model)
    after = model(input_ids=pieces, attention_mask=attention)
    torch.testing.assert_close(after.start_logits, before.start_logits)
    torch.testing.assert_close(after.end_logits, before.end_logits)
