"""Average readers, weight by weight: `python -m training.average OUT FOLDER...`.

The last checkpoints of one run average to a flatter, mostly better point (Izmailov et al., 2018); averaging with the
reader that the run began from keeps more of what that one knew (WiSE, Wortsman et al., 2022): `--with FOLDER --share`.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Weights = Mapping[str, npt.NDArray[np.floating]]

WEIGHTS = "model.safetensors"


def average(readers: Sequence[Weights], shares: Sequence[float]) -> dict[str, npt.NDArray[np.float32]]:
    """The sum of share times weights, computed in float64. The shares add up to 1, all readers have the same names."""
    import numpy as np

    if not readers or len(readers) != len(shares) or abs(sum(shares) - 1) > 1e-6:
        raise ValueError("averaging needs one share for each reader, and shares that add up to 1")
    names = set(readers[0])
    if any(set(reader) != names for reader in readers):
        raise ValueError("these readers are not of the same architecture: their weights have different names")
    return {
        name: sum(
            share * reader[name].astype(np.float64) for share, reader in zip(shares, readers, strict=True)
        ).astype(np.float32)  # type: ignore[union-attr]
        for name in sorted(names)
    }


def save_average(folders: Sequence[Path], shares: Sequence[float], out: Path) -> None:
    """A reader folder with the averaged weights, and the configuration and word pieces of the first that has them."""
    from safetensors.numpy import load_file, save_file

    out.mkdir(parents=True, exist_ok=True)
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt"):
        source = next((folder / name for folder in folders if (folder / name).exists()), None)
        if source is not None:
            shutil.copyfile(source, out / name)
    weights = [load_file(folder / WEIGHTS) for folder in folders]
    save_file(average(weights, shares), out / WEIGHTS, metadata={"format": "pt"})
    config = out / "config.json"
    config.write_text(config.read_text(encoding="utf-8").replace('"float16"', '"float32"'), encoding="utf-8")


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.argument("folders", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--with", "anchor", type=click.Path(exists=True, path_type=Path), default="../shared/reader-v0")
@click.option("--share", default=0.0, show_default=True, help="The share of the anchor's weights, 0 to 1.")
def main(out: Path, folders: tuple[Path, ...], anchor: Path, share: float) -> None:
    """Average the FOLDERS evenly, and with the anchor's share; words and configuration come from the anchor."""
    shares = [share, *[(1 - share) / len(folders)] * len(folders)]
    save_average([anchor, *folders], shares, out)


if __name__ == "__main__":
    main()
