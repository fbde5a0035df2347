"""Breaks valid files of every format at random, and counts what reading them gives.

    python -m benchmarks.fuzz [MUTANTS_A_FORMAT] [SEED]

Allowed are articles and failures with a reason; a crash of the program, a hang beyond the limit and a text with
characters that no text has are not. Results: benchmarks/results/fuzz.json
"""

from __future__ import annotations

import io
import random
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping

from benchmarks.record import record
from index.fetching.fetch import Fetcher
from index.sources import SourceReader
from index.sources.documents import Document
from index.sources.isolation import Limits
from index.types import Article, Failure
from tests import made_files
from tests.faults.servers import RecordingBackend

SEEDS: Mapping[str, bytes] = {
    "a.html": made_files.html(head='<meta property="article:published_time" content="2023-04-05">'),
    "a.md": b"---\ntitle: T\npublished: 2023-04-05\n---\n\n# T\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
    "a.txt": "A title\n\nSome text with é and 漢字.".encode(),
    "a.json": b'[{"title": "T", "text": "Some text.", "published": "2023-04-05"}, {"text": "More."}]',
    "a.jsonl": b'{"title": "T", "text": "Some text.", "published": "2023-04-05"}\n' * 5,
    "a.csv": b"title,text,date\n" + b'T,"Some, text.",2023-04-05\n' * 5,
    "a.pdf": made_files.pdf([made_files.PARAGRAPHS, made_files.PARAGRAPHS], title="T"),
    "a.docx": made_files.docx(),
    "a.odt": made_files.odt(),
    "a.epub": made_files.epub(),
    "a.parquet": made_files.parquet([{"title": "T", "text": "Some text."}] * 5),
    "a.zip": made_files.zipped({"a.txt": b"Some text.", "b.md": b"# T\n\nText."}),
    "a.tar": made_files.tarred({"a.txt": b"Some text.", "b.md": b"# T\n\nText."}, "w"),
    "a.tgz": made_files.tarred({"a.txt": b"Some text.", "b.md": b"# T\n\nText."}),
    "a.xml": made_files.rss([{"title": "T", "link": "https://wire.example/a"}]),
}
LIMIT_S = 10.0


def mutant(data: bytes, chance: random.Random) -> bytes:
    """A wounded file; of one that is a ZIP file inside, as often one whose wounds lie beneath intact checksums."""
    return _inside(data, chance) if data.startswith(b"PK") and chance.random() < 0.5 else _wounded(data, chance)


def _inside(data: bytes, chance: random.Random) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    victim = chance.choice([name for name, part in parts.items() if part])
    return made_files.zipped(parts | {victim: _wounded(parts[victim], chance)})


def _wounded(data: bytes, chance: random.Random) -> bytes:
    """One to eight wounds: bits flipped, bytes cut out, doubled, zeroed or made up, or the end lost."""
    broken = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(broken) or 1)
        length = chance.choice((1, 2, 4, 16, 64))
        chance.choice(WOUNDS)(broken, at, length, chance)
    return bytes(broken)


def _flip(data: bytearray, at: int, _: int, chance: random.Random) -> None:
    if data:
        data[at] ^= 1 << chance.randrange(8)


def _cut(data: bytearray, at: int, length: int, _: random.Random) -> None:
    del data[at : at + length]


def _double(data: bytearray, at: int, length: int, _: random.Random) -> None:
    data[at:at] = data[at : at + length] * 2


def _zero(data: bytearray, at: int, length: int, _: random.Random) -> None:
    data[at : at + length] = bytes(len(data[at : at + length]))


def _make_up(data: bytearray, at: int, length: int, chance: random.Random) -> None:
    data[at : at + length] = chance.randbytes(length)


def _truncate(data: bytearray, at: int, _: int, chance: random.Random) -> None:
    if chance.random() < 0.3:
        del data[at:]


WOUNDS: tuple[Callable[[bytearray, int, int, random.Random], None], ...] = (
    *(_flip, _flip, _cut, _double, _zero, _make_up, _truncate),
)


def outcome(reader: SourceReader, name: str, data: bytes) -> str:
    """What reading a file came to. An exception is the program's own fault, and ends the run."""
    found = [
        one
        for one in reader.document(Document(origin=f"/fuzz/{name}", name=name, data=data))
        if isinstance(one, Article | Failure)
    ]
    for one in found:
        shown = "".join(filter(None, (one.title, one.text, one.author))) if isinstance(one, Article) else one.reason
        shown.encode()
        if "\x00" in shown:
            raise ValueError(f"NUL in what {name} gave")
        if isinstance(one, Failure) and "takes longer" in one.reason:
            return "stopped at the time limit"
        if isinstance(one, Failure) and "the program that reads" in one.reason:
            return "its process died"
    return "articles" if any(isinstance(one, Article) for one in found) else "failure with a reason"


def main(mutants: int = 300, seed: int = 2024) -> None:
    results: dict[str, dict[str, float]] = {}
    offline = Fetcher(resolve=lambda *_: [], dial=RecordingBackend())
    with SourceReader(fetcher=offline, limits=Limits(seconds=LIMIT_S)) as reader:
        for name, data in SEEDS.items():
            chance = random.Random(f"{seed} {name}")
            started = time.perf_counter()
            counts = Counter(outcome(reader, name, mutant(data, chance)) for _ in range(mutants))
            results[name] = {**dict(sorted(counts.items())), "seconds": round(time.perf_counter() - started, 1)}
            print(name, results[name], flush=True)
    record("fuzz", f"python -m benchmarks.fuzz {mutants} {seed}", {"mutants_a_format": mutants, "by_format": results})


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
