"""Make the embedded reader out of a trained one: python -m training.pack FOLDER OUT

Writes int8 weights, config.json and tokenizer.json to OUT, and leaves OUT's calibration.json and README.md as they
are: the first is made by training/calibrate.py, which must follow, and the second is written by a person.
With --unpack, FOLDER is a packed one, and OUT becomes what a training may begin from.
Of a checkpoint that holds an adapter (`training.adapter`) the second look is made, for qa/readers/larger.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

import click

from qa.readers.packing import ADAPTER_FILE, PACKED_FILE, pack, pack_adapter, unpack
from training.adapter import base_of, learnt
from training.average import WEIGHTS

MAX_BYTES = 30_000_000
_KEPT_SETTINGS = (
    "architectures hidden_act hidden_size intermediate_size layer_norm_eps max_position_embeddings model_type "
    "num_attention_heads num_hidden_layers pad_token_id position_embedding_type relative_attention_num_buckets "
    "type_vocab_size vocab_size"
)


def pack_folder(trained: Path, out: Path) -> int:
    """Pack a folder of Hugging Face's layout. Answers with the bytes written; raises ValueError past MAX_BYTES."""
    import numpy as np
    from safetensors.numpy import load_file, save

    loaded = load_file(trained / WEIGHTS)
    weights = {name: values.astype(np.float32) for name, values in loaded.items() if not name.endswith("position_ids")}
    config = json.loads((trained / "config.json").read_bytes())
    contents = {
        PACKED_FILE: save(pack(weights), metadata={"format": "int8-groups-1"}),
        "config.json": _json({name: config[name] for name in _KEPT_SETTINGS.split() if name in config}),
        "tokenizer.json": _json(_bare_tokenizer(json.loads((trained / "tokenizer.json").read_bytes())), indent=None),
    }
    size = sum(len(data) for data in contents.values())
    if size > MAX_BYTES:
        raise ValueError(f"the packed reader has {size:,} bytes, more than {MAX_BYTES:,}")
    out.mkdir(parents=True, exist_ok=True)
    for name, data in contents.items():
        (out / name).write_bytes(data)
    return size


def pack_second_look(checkpoint: Path, out: Path, first_share: float, scale: float) -> int:
    """Pack an adapter, with how its network's scores are mixed with the first reader's. Answers with the bytes."""
    from safetensors.numpy import save

    config = json.loads((base_of(checkpoint) / "config.json").read_bytes())
    kept = {name: config[name] for name in _KEPT_SETTINGS.split() if name in config}
    contents = {
        ADAPTER_FILE: save(pack_adapter(learnt(checkpoint)), metadata={"format": "int4-groups-1"}),
        "config.json": _json({**kept, "first_share": first_share, "scale": scale}),
    }
    out.mkdir(parents=True, exist_ok=True)
    for name, data in contents.items():
        (out / name).write_bytes(data)
    return sum(len(data) for data in contents.values())


def unpack_folder(packed: Path, out: Path) -> int:
    """A packed folder in Hugging Face's layout, its weights as float32. Answers with the bytes of the weights."""
    from safetensors.numpy import load_file, save_file

    weights = unpack(load_file(packed / PACKED_FILE))
    out.mkdir(parents=True, exist_ok=True)
    for name in ("config.json", "tokenizer.json"):
        shutil.copyfile(packed / name, out / name)
    save_file(weights, out / WEIGHTS, metadata={"format": "pt"})
    return (out / WEIGHTS).stat().st_size


def _bare_tokenizer(tokenizer: dict[str, Any]) -> dict[str, Any]:
    return {**tokenizer, "truncation": None, "padding": None}


def _json(value: dict[str, Any], indent: int | None = 2) -> bytes:
    return (json.dumps(value, indent=indent, ensure_ascii=False) + "\n").encode()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="the trained model: model.safetensors, config.json, tokenizer.json")
    parser.add_argument("out", type=Path, help="where the packed one goes, usually qa/readers/embedded")
    parser.add_argument("--unpack", action="store_true", help="the other way: FOLDER is packed, OUT is not")
    parser.add_argument("--first-share", type=float, default=0.5, help="of an adapter: the first reader's share")
    parser.add_argument("--scale", type=float, default=1.0, help="of an adapter: what mixed scores are multiplied by")
    given = parser.parse_args()
    try:
        if (given.folder / "adapter_config.json").is_file():
            size = pack_second_look(given.folder, given.out, given.first_share, given.scale)
        else:
            size = (unpack_folder if given.unpack else pack_folder)(given.folder, given.out)
    except click.ClickException as error:
        parser.error(error.message)
    except FileNotFoundError as error:
        parser.error(f"{given.folder} is not such a folder: {error}")
    print(f"{size:,} bytes in {given.out}")


if __name__ == "__main__":
    main()
