"""How much a writer loses when it is stopped in every way there is: nothing that was acknowledged.

    python -m benchmarks.durability [power_cuts | kills ...]

power_cuts: what a writer asks of the disk is recorded by strace; after every system call the power goes, in four ways;
and the same once more where the system only pretends to sync, and where a single kind of fsync is not believed.

kills: at every system call that writes, as far as strace can be told to meet it, a writer dies by `kill -9`.

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
from tests.faults import kills as killing
from tests.faults.kills import Kill
from tests.faults.power_cuts import DISTRUSTED, NO_SYNC, Cut, cuts, recording


def power_cuts() -> dict[str, Any]:
    whole = recording("whole")
    controls = {"no fsync at all": recording("whole", inject=NO_SYNC)}
    return {
        "system calls recorded": len(whole.calls),
        "cuts": _counted(cuts(whole)),
        "controls": {
            **{name: _counted(cuts(one, fates=["lost"])) for name, one in controls.items()},
            **{
                f"no fsync of {name}": _counted(cuts(whole, fates=["lost"], trusts=trusts))
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


def kills() -> dict[str, Any]:
    by_life = {}
    for life in killing.KILLED:
        with tempfile.TemporaryDirectory(prefix="kills-") as root:
            by_life[life] = _counted_kills(killing.kills(life, Path(root)))
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


PARTS = {part.__name__: part for part in (power_cuts, kills)}


def main() -> int:
    logging.disable(logging.CRITICAL)
    names = sys.argv[1:] or list(PARTS)
    if unknown := [name for name in names if name not in PARTS]:
        print(f"No part {unknown[0]!r}: choose from {', '.join(PARTS)}", file=sys.stderr)
        return 2
    for name in names:
        record(f"durability_{name}", f"python -m benchmarks.durability {name}", PARTS[name]())
    return 0


if __name__ == "__main__":
    sys.exit(main())
