"""How much a writer loses when it is stopped in every way there is: nothing that was acknowledged.

    python -m benchmarks.durability [power_cuts | kills | damage | model][:EVERY] ...

EVERY 2 does half of it.

power_cuts: what a writer asks of the disk is recorded by strace; after every system call the power goes, in four ways;
and the same once more where the system only pretends to sync, and where a single kind of fsync is not believed.

kills: at every system call that writes, as far as strace can be told to meet it, a writer dies by `kill -9`.

damage: 1,000 times a bit is flipped in a file of an index, each file in its turn, and 1,000 times its end is lost; the
same again in the store alone, which is the only file that cannot be made anew.

model: 10,000 steps of anything that can be done to an index, compared with a dictionary by hypothesis.

Results: benchmarks/results/durability_NAME.json
"""

from __future__ import annotations

import logging
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.record import record
from tests.faults import damage as wounding
from tests.faults import kills as killing
from tests.faults.damage import Damage
from tests.faults.index_model import check as check_model
from tests.faults.kills import Kill
from tests.faults.power_cuts import DISTRUSTED, NO_SYNC, Cut, cuts, recording


def power_cuts(every: int) -> dict[str, Any]:
    whole = recording("whole")
    controls = {"no fsync at all": recording("whole", inject=NO_SYNC)}
    return {
        "system calls recorded": len(whole.calls),
        "cuts": _counted(cuts(whole, every=every)),
        "controls": {
            **{name: _counted(cuts(one, every=5 * every, fates=["lost"])) for name, one in controls.items()},
            **{
                f"no fsync of {name}": _counted(cuts(whole, every=5 * every, fates=["lost"], trusts=trusts))
                for name, trusts in DISTRUSTED.items()
            },
        },
    }


def _counted(made: Iterable[Cut]) -> dict[str, Any]:
    counts: Counter[str] = Counter()
    fates: Counter[str] = Counter()
    for cut in made:
        fates[cut.fate] += 1
        counts["with acknowledged articles lost"] += bool(cut.verdict.losses)
        counts["otherwise not as promised"] += bool(cut.verdict.complaints)
    return {"power cuts": fates.total(), "by what was left": dict(fates), **counts}


def kills(every: int) -> dict[str, Any]:
    by_life = {}
    for life in killing.KILLED:
        with tempfile.TemporaryDirectory(prefix="kills-") as root:
            by_life[life] = _counted_kills(killing.kills(life, Path(root), every=every))
        print(life, by_life[life], flush=True)
    figures = {name: sum(counts[name] for counts in by_life.values()) for name in next(iter(by_life.values()))}
    return {**figures, "by life": by_life}


def _counted_kills(made: Iterable[Kill]) -> dict[str, int]:
    counts = dict.fromkeys(
        ("kills", "lived to the end", "with acknowledged articles lost", "otherwise not as promised"), 0
    )
    places = set()
    for kill in made:
        counts["kills" if kill.place else "lived to the end"] += 1
        counts["with acknowledged articles lost"] += bool(kill.verdict.losses)
        counts["otherwise not as promised"] += bool(kill.verdict.complaints)
        places.add(kill.place)
        if not kill.verdict.sound:
            print(kill, flush=True)
    return {**counts, "different calls and files": len(places - {None})}


def damage(every: int) -> dict[str, Any]:
    figures = {}
    with tempfile.TemporaryDirectory(prefix="damage-") as root:
        folder = wounding.filled(Path(root) / "index")
        for pattern, files in (("*", "every file"), ("store.db", "the store")):
            for kind in wounding.WOUNDS:
                made = wounding.damages(kind, folder, Path(root), 1000 // every, pattern=pattern)
                figures[f"{kind}, {files}"] = _counted_damage(made)
                print(kind, files, figures[f"{kind}, {files}"], flush=True)
    return figures


def _counted_damage(made: Iterable[Damage]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for one in made:
        counts[one.outcome] += 1
        if one.answers == "changed":
            print(one, flush=True)
    return dict.fromkeys(wounding.OUTCOMES, 0) | counts


def model(every: int) -> dict[str, Any]:
    return {"steps": check_model(250 // every, 50, seed=20), "that differ from the dictionary": 0}


PARTS = {part.__name__: part for part in (power_cuts, kills, damage, model)}


def main() -> int:
    logging.disable(logging.CRITICAL)
    wanted = [argument.partition(":") for argument in sys.argv[1:] or PARTS]
    if unknown := [name for name, _, _ in wanted if name not in PARTS]:
        print(f"No part {unknown[0]!r}: choose from {', '.join(PARTS)}", file=sys.stderr)
        return 2
    for name, colon, every in wanted:
        figures = PARTS[name](int(every or 1))
        record(f"durability_{name}", f"python -m benchmarks.durability {name}{colon}{every}", figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
