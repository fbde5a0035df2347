"""Low-rank changes of a network's matrices (LoRA, Hu et al. 2022): what of a larger reader is learnt, and shipped.

The network that is changed comes out of PyPI packages (`training.base`) and stays as it is; what is learnt is a
hundredth of its size. `python -m training.adapter FOLDER OUT` puts both together to one reader.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import numpy.typing as npt
    import torch

TARGETS = r".*encoder\.layer\..*\.(q|k|v|o|query|key|value|dense)"
WHOLE = ("qa_outputs", "LayerNorm")
"""What is learnt whole, beside all biases: it weighs little."""


def adapted(model: Any, rank: int, toward: Path | None = None) -> Any:
    """The network with matrices of this rank added to those of its layers; they alone are learnt.

    They begin as the nearest of this rank to what tells the reader in the folder `toward` from the network, or as
    nothing. The network's own matrices, which stay, are kept in bfloat16.
    """
    import torch
    from peft import LoraConfig, get_peft_model

    changes = _differences(model, toward) if toward else {}
    for module in model.base_model.encoder.modules():
        if isinstance(module, torch.nn.Linear):
            module.weight.data = module.weight.data.to(torch.bfloat16)
    settings = LoraConfig(
        r=rank, lora_alpha=rank, target_modules=TARGETS, modules_to_save=list(WHOLE), bias="all", use_rslora=False
    )
    changed = get_peft_model(model, settings)
    with torch.no_grad():
        _begin_at(changed, changes, rank)
    return changed


def _differences(model: Any, toward: Path) -> dict[str, torch.Tensor]:
    """What the other reader's weights are more than this network's; of what is learnt whole, the weights themselves."""
    from safetensors.torch import load_file

    own = model.state_dict()
    return {
        name: values - own[name] if values.dim() > 1 and not name.startswith(WHOLE) else values
        for name, values in load_file(toward / "model.safetensors").items()
    }


def _begin_at(changed: Any, changes: dict[str, torch.Tensor], rank: int) -> None:
    import torch

    own = dict(changed.named_parameters())
    for name, values in changes.items():
        path, kind = name.rsplit(".", 1)
        at = f"base_model.model.{path}"
        if f"{at}.lora_A.default.weight" in own and kind == "weight":
            left, sizes, right = torch.svd_lowrank(values, q=min(2 * rank, *values.shape), niter=4)
            root = sizes[:rank].sqrt()
            own[f"{at}.lora_A.default.weight"].copy_(root[:, None] * right[:, :rank].T)
            own[f"{at}.lora_B.default.weight"].copy_(left[:, :rank] * root)
        else:
            kept = (f"{at}.modules_to_save.default.{kind}", f"{at}.base_layer.{kind}", f"{at}.{kind}")
            found = next((one for one in kept if one in own and own[one].requires_grad), None)
            if found:
                own[found].copy_(values)


def joined(folder: Path) -> Any:
    """The network with its adapter in `folder`, as one model of float32 weights."""
    import torch
    from peft import PeftModel
    from transformers import AutoModelForQuestionAnswering

    model = AutoModelForQuestionAnswering.from_pretrained(base_of(folder), dtype=torch.float32)
    return PeftModel.from_pretrained(model, str(folder)).merge_and_unload()


def base_of(folder: Path) -> Path:
    """The folder of the network that an adapter belongs to. Raises click.ClickException if it is not there."""
    from peft import PeftConfig

    base = Path(str(PeftConfig.from_pretrained(str(folder)).base_model_name_or_path))
    if not (base / "config.json").is_file():
        raise click.ClickException(f"{folder} belongs to the network in {base}, which is not there: training.base.")
    return base


def learnt(folder: Path) -> dict[str, npt.NDArray[Any]]:
    """What tells the reader from the network: `NAME.A` and `NAME.B` of its matrices, all else under its own name."""
    from safetensors.numpy import load_file

    factors = {}
    for name, values in load_file(folder / "adapter_model.safetensors").items():
        for side in "AB":
            if name.endswith(f".lora_{side}.weight"):
                matrix = name.removeprefix("base_model.model.").removesuffix(f".lora_{side}.weight")
                factors[f"{matrix}.weight.{side}"] = values
    whole = {
        name: values.numpy()
        for name, values in joined(folder).state_dict().items()
        if name.endswith(".bias") or any(f".{kind}." in f".{name}" for kind in WHOLE)
    }
    return factors | whole


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
def main(folder: Path, out: Path) -> None:
    """Join the adapter in FOLDER, a checkpoint of training, and the network it belongs to, as the reader OUT."""
    if not (folder / "adapter_config.json").is_file():
        raise click.ClickException(f"{folder} holds no adapter. Name a checkpoint that was trained with --rank.")
    joined(folder).save_pretrained(out)
    shutil.copyfile(base_of(folder) / "tokenizer.json", out / "tokenizer.json")
    click.echo(f"wrote {out}")


if __name__ == "__main__":
    main()
