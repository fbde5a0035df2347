"""How much a writer loses when it is stopped in every way there is: nothing that was acknowledged.

    python -m benchmarks.durability [power_cuts | kills | damage ...]

power_cuts: what a writer asks of the disk is recorded by strace; after every system call the power goes, in four ways;
and the same once more where the system only pretends to sync, and where a single kind of fsync is not believed.

Results: benchmarks/results/durability_NAME.json
"""

from __future__ import annotations

import logging
import sys
from collections import Counter
from collections.abc import Iterable
from typing import Any

from benchmarks.record import record
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


PARTS = {part.__name__: part for part in (power_cuts,)}


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
