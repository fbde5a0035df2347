"""Examples to a reader: `python -m training.train NAME`. Stop it at any moment; the same command goes on."""

from __future__ import annotations

import csv
import json
import os
import signal
import sys
import threading
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from training.adapter import adapted
from training.attention import use_batched_products
from training.batches import BARRED, Batch, Examples, plan
from training.checkpoints import load_resume, save_resume, save_weights

if TYPE_CHECKING:
    import torch

ENVIRONMENT = {
    "MALLOC_MMAP_THRESHOLD_": "4294967296",
    "MALLOC_TRIM_THRESHOLD_": "4294967296",
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
    "OMP_WAIT_POLICY": "passive",
}
"""Keeps glibc from giving every large buffer back to the kernel, which on a CPU doubles the speed; has it ask for huge
pages, without which a long run becomes slower by a third; and keeps threads from spinning while they wait for one that
lost its core to other work."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run is made with; kept beside it as settings.json."""

    start: str
    examples: tuple[str, ...]
    seed: int = 20
    epochs: int = 1
    max_steps: int = 0
    """0 for all batches of all epochs. Fewer may be asked for when resuming: the learning rate falls to 0 there."""
    learning_rate: float = 1e-4
    warm_up: float = 0.03
    weight_decay: float = 0.01
    batch_pieces: int = 2_560
    frozen_layers: int = 0
    freeze_embeddings: bool = True
    rank: int = 0
    """Of the matrices that are learnt in place of the network's own (`training.adapter`); 0 for its own."""
    toward: str = ""
    """A reader of the same architecture that those matrices begin near to."""
    teacher_share: float = 0.7
    """How much of the loss is the distance from a teacher's scores, where the examples have some."""
    temperature: float = 2.0
    """What scores are divided by before they are compared with the teacher's (Hinton et al. 2015)."""
    save_every: int = 100
    keep_from: float = 0.5
    """From which part of the run on weights are kept for averaging."""


def rate(step: int, steps: int, warm_up: float) -> float:
    """The share of the learning rate at a step: up in a line, then down in a line to 0."""
    rising = max(1, int(steps * warm_up))
    return min((step + 1) / rising, (steps - step) / max(1, steps - rising))


class Threads:
    """How many threads compute: where 0 were asked for, one or two, whichever has been faster of late.

    On cores shared with other work, two threads wait for the one that lost its core; alone they are twice as fast.
    """

    def __init__(self, asked: int) -> None:
        self._asked = asked
        self._speed = {1: 0.0, 2: 0.0}
        self._now = 2

    def choose(self, step: int) -> None:
        """Set the count for this step; every twelfth step tries the other one."""
        import torch

        fastest = max(self._speed, key=lambda count: self._speed[count] or float("inf"))
        self._now = self._asked or (3 - fastest if step % 12 == 0 else fastest)
        torch.set_num_threads(self._now)

    def learn(self, speed: float) -> None:
        """Take in the speed that a step had with the count chosen for it."""
        if not self._asked:
            self._speed[self._now] = 0.5 * (self._speed[self._now] or speed) + 0.5 * speed


class Training:
    """A model, its optimizer, and one step of the one on the other."""

    def __init__(self, settings: Settings) -> None:
        import torch
        from transformers import AutoModelForQuestionAnswering

        torch.manual_seed(settings.seed)
        self.settings = settings
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self._bfloat16 = self.device == "cuda" or torch.ops.mkldnn._is_mkldnn_bf16_supported()
        options: dict[str, Any] = {
            "dtype": torch.float32,
            "hidden_dropout_prob": 0.0,
            "attention_probs_dropout_prob": 0.0,
        }
        self.model = AutoModelForQuestionAnswering.from_pretrained(settings.start, **options).to(self.device)
        self.model.train()
        if self.device == "cpu":
            use_batched_products(self.model)
        if settings.rank:
            self.model = adapted(self.model, settings.rank, Path(settings.toward) if settings.toward else None)
        else:
            self._freeze()
        learnt = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        groups = [
            {"params": [p for p in learnt if p.dim() > 1], "weight_decay": settings.weight_decay},
            {"params": [p for p in learnt if p.dim() <= 1], "weight_decay": 0.0},
        ]
        self.optimizer = torch.optim.AdamW(groups, lr=settings.learning_rate, fused=True)

    def _freeze(self) -> None:
        body = self.model.base_model
        if self.settings.freeze_embeddings:
            body.embeddings.requires_grad_(False)
        for layer in body.encoder.layer[: self.settings.frozen_layers]:
            layer.requires_grad_(False)

    def step(self, batch: Batch, share: float) -> float:
        """One batch with this share of the learning rate; answers its loss."""
        import torch

        for group in self.optimizer.param_groups:
            group["lr"] = self.settings.learning_rate * share
        with torch.autocast(self.device, dtype=torch.bfloat16, enabled=self._bfloat16), self._as_it_comes():
            loss = self._loss(batch)
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_((p for g in self.optimizer.param_groups for p in g["params"]), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return loss.item()

    def _as_it_comes(self) -> AbstractContextManager[None]:
        """Adapters take their inputs in the type that they come in; autocast sees to it."""
        if not self.settings.rank:
            return nullcontext()
        from peft.helpers import disable_input_dtype_casting

        return disable_input_dtype_casting(self.model)

    def _loss(self, batch: Batch) -> torch.Tensor:
        import torch
        from torch.nn.functional import cross_entropy, kl_div, log_softmax, softmax

        output = self.model(**{name: self._tensor(values) for name, values in batch.inputs.items()})
        barred = ~self._tensor(batch.spans)
        logits = [part.float().masked_fill(barred, BARRED) for part in (output.start_logits, output.end_logits)]
        labels = [self._tensor(batch.start), self._tensor(batch.end)]
        loss = torch.stack([cross_entropy(one, label) for one, label in zip(logits, labels, strict=True)]).mean()
        if batch.taught is None:
            return loss
        heat, share = self.settings.temperature, self.settings.teacher_share
        taught = [part.masked_fill(barred, BARRED) for part in self._tensor(batch.taught)]
        pairs = [(log_softmax(a / heat, -1), softmax(b / heat, -1)) for a, b in zip(logits, taught, strict=True)]
        distance = torch.stack([kl_div(learnt, told, reduction="batchmean") for learnt, told in pairs]).mean()
        return (1 - share) * loss + share * heat**2 * distance

    def _tensor(self, values: Any) -> torch.Tensor:
        import torch

        return torch.from_numpy(values).to(self.device)


def run(settings: Settings, folder: Path, *, threads: int = 1, stop_at: int | None = None) -> int:
    """Train, or go on, until the last step (or `stop_at`, or a SIGTERM); answers the steps done."""
    told_to_stop = threading.Event()
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda *_: told_to_stop.set())
    training = Training(settings)
    examples = Examples(*map(Path, settings.examples))
    batches = plan(examples.lengths, settings.batch_pieces, settings.epochs, settings.seed)
    steps = min(len(batches), settings.max_steps or len(batches))
    state = load_resume(training.model, training.optimizer, folder) or {"step": 0, "pieces": 0}
    click.echo(f"{len(examples)} examples, {steps} steps, from step {state['step']}, on {training.device}")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "settings.json").write_text(json.dumps(asdict(settings), indent=1) + "\n")
    losses: list[float] = []
    pace = Threads(threads)
    began, pieces = time.monotonic(), 0
    for step in range(state["step"], steps if stop_at is None else min(steps, stop_at)):
        batch = examples.batch(batches[step])
        pace.choose(step)
        step_began = time.monotonic()
        losses.append(training.step(batch, rate(step, steps, settings.warm_up)))
        pieces += int(batch.attention.sum())
        pace.learn(int(batch.attention.sum()) / (time.monotonic() - step_began))
        done = step + 1
        if done % 20 == 0:
            _log(folder, done, sum(losses) / len(losses), pieces / (time.monotonic() - began))
            losses.clear()
        if done % settings.save_every == 0 or done in (steps, stop_at) or told_to_stop.is_set():
            state = {"step": done, "pieces": state["pieces"] + pieces}
            began, pieces = time.monotonic(), 0
            save_resume(training.model, training.optimizer, folder, state)
            if done >= steps * settings.keep_from:
                save_weights(training.model, folder, done, Path(settings.start))
        if told_to_stop.is_set():
            break
    return int(state["step"])


def _log(folder: Path, step: int, loss: float, speed: float) -> None:
    with (folder / "log.csv").open("a", newline="") as file:
        csv.writer(file).writerow([step, f"{loss:.4f}", f"{speed:.0f}"])
    click.echo(f"step {step}  loss {loss:.4f}  {speed:.0f} word pieces a second")


@click.command()
@click.argument("name")
@click.option("--start", default="../shared/reader-v0", show_default=True, help="A Hugging Face folder to begin from.")
@click.option(
    "--examples",
    multiple=True,
    default=(".cache/training/data/examples.safetensors",),
    show_default=True,
    help="Again for more files.",
)
@click.option("--runs", type=click.Path(path_type=Path), default=".cache/training/runs", show_default=True)
@click.option("--seed", default=20, show_default=True)
@click.option("--epochs", default=1, show_default=True)
@click.option("--max-steps", default=0, help="0 for all; may be changed when resuming.")
@click.option("--learning-rate", default=1e-4, show_default=True)
@click.option("--batch-pieces", default=2_560, show_default=True, help="Word pieces of a batch, padding included.")
@click.option("--frozen-layers", default=0, show_default=True)
@click.option("--freeze-embeddings/--learn-embeddings", default=True)
@click.option(
    "--rank",
    type=click.IntRange(min=0),
    default=0,
    help="Learn matrices of this rank beside the network's (LoRA); 0 for its own.",
)
@click.option(
    "--toward", type=click.Path(exists=True, file_okay=False), default="", help="A reader that those begin near to."
)
@click.option("--teacher-share", default=0.7, show_default=True, help="Of the loss, where training.label made scores.")
@click.option("--temperature", default=2.0, show_default=True, help="What scores are divided by to compare them.")
@click.option("--save-every", default=100, show_default=True)
@click.option("--threads", default=0, help="0 for one or two, whichever is faster at the time.")
def main(name: str, runs: Path, threads: int, **settings: Any) -> None:
    """Train the reader NAME, or go on training it. On a GPU where there is one; in bfloat16 where that is native."""
    if sys.platform == "linux" and not ENVIRONMENT.items() <= os.environ.items():
        os.execve(
            sys.executable, [sys.executable, "-m", "training.train", *sys.argv[1:]], {**os.environ, **ENVIRONMENT}
        )
    run(Settings(**settings), runs / name, threads=threads)


if __name__ == "__main__":
    main()
