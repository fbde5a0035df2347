"""What a training run leaves behind: the weights of some steps, and all that the last one needs to go on.

Nothing is pickled. The resume state is written beside the old one and then put in its place, so that a run that is
killed while it writes resumes from the state before.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

RESUME = "resume"
WORD_PIECES = "tokenizer.json"


def save_weights(model: torch.nn.Module, run: Path, step: int, start: Path) -> Path:
    """The model as a Hugging Face folder of its own, `step-000123`, float32, with the word pieces of `start`."""
    folder = run / f"step-{step:06d}"
    model.save_pretrained(folder, safe_serialization=True)  # type: ignore[operator]
    if (start / WORD_PIECES).exists():
        shutil.copyfile(start / WORD_PIECES, folder / WORD_PIECES)
    return folder


def save_resume(model: torch.nn.Module, optimizer: torch.optim.Optimizer, run: Path, state: dict[str, Any]) -> None:
    """Weights, optimizer and `state` (the step and what else must not change) of this moment."""
    from safetensors.torch import save_file

    new, old = run / f"{RESUME}.new", run / RESUME
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    save_file({name: value.contiguous() for name, value in model.state_dict().items()}, new / "model.safetensors")
    save_file(_flat(model, optimizer), new / "optimizer.safetensors")
    (new / "state.json").write_text(json.dumps(state) + "\n")
    shutil.rmtree(old, ignore_errors=True)
    os.replace(new, old)


def load_resume(model: torch.nn.Module, optimizer: torch.optim.Optimizer, run: Path) -> dict[str, Any] | None:
    """Put the saved moment into model and optimizer and answer its state; None where there is none."""
    from safetensors.torch import load_file

    folder = run / RESUME if (run / RESUME).exists() else run / f"{RESUME}.new"
    if not (folder / "state.json").exists():
        return None
    model.load_state_dict(load_file(folder / "model.safetensors"))
    saved = load_file(folder / "optimizer.safetensors")
    for name, parameter in model.named_parameters():
        moments = {key: saved[f"{key}/{name}"] for key in ("step", "exp_avg", "exp_avg_sq") if f"{key}/{name}" in saved}
        if moments:
            step = moments.pop("step")
            moved = {key: value.to(parameter.device) for key, value in moments.items()}
            optimizer.state[parameter] = {"step": step.to(parameter.device), **moved}
    state: dict[str, Any] = json.loads((folder / "state.json").read_text())
    return state


def _flat(model: torch.nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    return {
        f"{key}/{name}": value.contiguous()
        for name, parameter in model.named_parameters()
        for key, value in optimizer.state.get(parameter, {}).items()
    }
