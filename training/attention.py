"""Attention for training on a processor: batched matrix products, which bfloat16 units (AMX) take whole.

PyTorch's fused attention is slow there on its way back: half of a training step on Xeons with AMX. With this one a step
takes about half as long. Values and gradients are the same (tests/unit/test_training_attention.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

NAME = "batched_products"


def use_batched_products(model: Any) -> None:
    """Make a transformers model attend by batched products from now on."""
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import eager_mask

    AttentionInterface.register(NAME, attend)
    AttentionMaskInterface.register(NAME, eager_mask)
    model.set_attn_implementation(NAME)


def attend(
    _module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float,
    **_: Any,
) -> tuple[torch.Tensor, None]:
    """Scaled dot-product attention of (examples, heads, pieces, size), with a mask that is added if any; no dropout.

    Answers (examples, pieces, heads, size). The scores are kept in the type that the products have.
    """
    import torch

    examples, heads, pieces, size = query.shape
    query, key, value = (one.reshape(examples * heads, pieces, size) for one in (query, key, value))
    mask = query.new_zeros(1, 1, 1, 1) if attention_mask is None else attention_mask.to(query.dtype)
    mask = mask.expand(examples, heads, pieces, pieces).reshape(-1, pieces, pieces)
    scores = torch.baddbmm(mask, query, key.transpose(1, 2), alpha=scaling)
    with torch.autocast(query.device.type, enabled=False):
        shares = torch.softmax(scores, -1)
    return torch.bmm(shares, value).view(examples, heads, pieces, size).transpose(1, 2), None
