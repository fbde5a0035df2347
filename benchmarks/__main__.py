"""Run the benchmarks one after the other: python -m benchmarks [NAME ...]

Each is a module that runs on its own as well, and keeps its figures in benchmarks/results.
"""

from __future__ import annotations

import subprocess
import sys

BENCHMARKS = {
    "latency": ["benchmarks.latency"],
    "sample": ["benchmarks.evaluation", "sample"],
    "overhead": ["benchmarks.evaluation", "overhead"],
    "speed": ["benchmarks.evaluation", "speed"],
    "resume": ["benchmarks.evaluation", "resume"],
    "runtime": ["benchmarks.runtime"],
    "retrieval": ["benchmarks.retrieval"],
    "end_to_end": ["benchmarks.end_to_end"],
    "reader": ["benchmarks.reader"],
    "followups": ["benchmarks.followups"],
    "claims": ["benchmarks.claims"],
    "partly_supported": ["benchmarks.partly_supported"],
    "disagreement": ["benchmarks.disagreement"],
    "recency": ["benchmarks.recency"],
    "first_token": ["benchmarks.first_token"],
    "injection": ["benchmarks.injection"],
    "ingestion": ["benchmarks.ingestion"],
    "large_index": ["benchmarks.large_index"],
    "copies": ["benchmarks.copies"],
    "fuzz": ["benchmarks.fuzz"],
    "durability": ["benchmarks.durability"],
    "ssrf": ["benchmarks.ssrf"],
}


def main() -> int:
    names = sys.argv[1:] or list(BENCHMARKS)
    if unknown := [name for name in names if name not in BENCHMARKS]:
        print(f"No benchmark {unknown[0]!r}: choose from {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    failed = [name for name in names if _run(name) != 0]
    return 1 if failed else 0


def _run(name: str) -> int:
    print(f"== {name}", flush=True)
    return subprocess.run([sys.executable, "-m", *BENCHMARKS[name]], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
