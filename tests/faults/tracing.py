"""Real processes under strace: what they asked the system to write, and system calls that fail or kill.

Only calls that can change a disk are recorded, with all their bytes; a way to write that is not understood here is an
error, so that nothing can slip past the recorder.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
RENAMES = ("rename", "renameat", "renameat2")
REMOVALS = ("unlink", "unlinkat", "rmdir")
FOLDERS = ("mkdir", "mkdirat")
SYNCS = ("fsync", "fdatasync")
WRITES = ("write", "pwrite64")
OPENINGS = ("open", "openat", "creat")
LENGTHS = ("ftruncate", "truncate")
UNKNOWN = ("writev", "pwritev", "pwritev2", "fallocate", "link", "linkat", "symlink", "symlinkat", "copy_file_range")
WRITING = (*RENAMES, *REMOVALS, *FOLDERS, *SYNCS, *WRITES, *OPENINGS, *LENGTHS, *UNKNOWN, "sendfile")
"""The system calls that can change a disk. Opening is one: it makes files."""
_PLACES = ("lseek", "close", "mmap")
_LINE = re.compile(r"(?P<thread>\d+) +(?P<name>\w+)\((?P<arguments>.*)\) += (?P<result>-?\d+|\?)(?P<rest>.*)")
_ARGUMENT = re.compile(
    r' *(?:"(?P<bytes>(?:\\x[0-9a-f]{2})*)"|(?P<number>AT_FDCWD|-?\d+)<(?P<path>[^>]*)>|(?P<other>[^,]+))'
)


@dataclass(frozen=True, slots=True)
class Call:
    """A system call that came back, in the order in which the calls did."""

    name: str
    paths: tuple[str, ...]
    """The files that it names or whose descriptors it takes, absolute."""
    data: bytes = b""
    number: int = 0
    """The offset of a write, the length of a truncation; the descriptor of an opening."""
    options: str = ""
    happened: bool = True
    """False where strace answered in the system's stead."""
    thread: str = ""
    turn: int = 0
    """The how manieth call of this name it was in its thread: what strace's `when` counts."""


@cache
def unavailable() -> str:
    """Why processes cannot be traced here; empty where they can."""
    try:
        done = subprocess.run(["strace", "-f", "-e", "trace=none", "true"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return "strace is not installed"
    return "" if done.returncode == 0 else f"strace may not trace here: {done.stderr.strip()}"


def child_command(folder: Path, *words: object) -> list[str]:
    return [sys.executable, "-m", "tests.faults.lives", str(folder), *map(str, words)]


@dataclass(frozen=True, slots=True)
class Run:
    """How a process ended that had faults injected, and the calls that never came back."""

    status: int
    lines: tuple[str, ...]
    errors: str
    interrupted: tuple[Call, ...]


def tampered(command: Sequence[str], rule: str, *, path: Path | None = None) -> Run:
    """Run a command with a fault in a system call (`fsync:error=EIO:when=3`), of those that name `path` where given."""
    # strace counts the calls that it traces; with --seccomp-bpf it would miss those of the first thread.
    options = ["-f", "-qq", "-y", "-xx", "-s", "0", f"--trace={rule.partition(':')[0]}", f"--inject={rule}"]
    if path:
        options.append(f"--trace-path={path}")
    with tempfile.TemporaryDirectory(prefix="trace-") as scratch:
        log = Path(scratch) / "log"
        traces = ["strace", *options, "-o", str(log), "--", *command]
        done = subprocess.run(traces, capture_output=True, text=True, cwd=PROJECT, check=False, timeout=300)
        matches = map(_LINE.fullmatch, _whole_lines(log.read_text(encoding="ascii").splitlines(keepends=True)))
        interrupted = tuple(_call(match) for match in matches if match and match["result"] == "?")
        return Run(done.returncode, tuple(done.stdout.splitlines()), done.stderr, interrupted)


def record(command: Sequence[str], root: Path, *, inject: Sequence[str] = ()) -> list[Call]:
    """Run a command to its end and give what it changed beneath `root`, and what it printed (as writes to "")."""
    with tempfile.TemporaryDirectory(prefix="trace-") as scratch:
        log = Path(scratch) / "log"
        options = ["-f", "-qq", "-y", "-xx", "-s", str(1 << 24), f"--trace={','.join((*WRITING, *_PLACES))}"]
        faults = [f"--inject={rule}" for rule in inject]
        traces = ["strace", "--seccomp-bpf", *options, *faults, "-o", str(log), "--", *command]
        done = subprocess.run(traces, capture_output=True, text=True, cwd=PROJECT, check=False, timeout=300)
        if done.returncode:
            raise RuntimeError(f"the recorded process failed: {done.stderr}")
        with log.open(encoding="ascii") as lines:
            return list(_changes(_whole_lines(lines), str(root)))


def _whole_lines(lines: Iterable[str]) -> Iterator[str]:
    """Lines with what was interrupted by another thread put together, at the place where it came back."""
    unfinished: dict[str, str] = {}
    for line in lines:
        thread = line.partition(" ")[0]
        if line.endswith("<unfinished ...>\n"):
            unfinished[thread] = line.removesuffix(" <unfinished ...>\n")
        elif resumed := re.match(r"\d+ +<\.\.\. \w+ resumed>(.*)", line):
            yield unfinished.pop(thread) + resumed[1]
        else:
            yield line.rstrip("\n")


def _changes(lines: Iterable[str], root: str) -> Iterator[Call]:
    """The calls beneath `root` that succeeded, with the place in its file for every write."""
    places: dict[int, int] = {}
    turns: Counter[tuple[str, str]] = Counter()
    for line in lines:
        match = _LINE.fullmatch(line)
        if not match:
            if " +++ " in line or " --- " in line:  # a thread's end, a signal
                continue
            raise RuntimeError(f"the recorder cannot read {line[:200]!r}")
        thread, name = match["thread"], match["name"]
        turns[thread, name] += 1
        if match["result"] not in ("?", "-1"):
            call = _placed(_call(match), int(match["result"]), places)
            if _concerns(call, root):
                yield replace(call, thread=thread, turn=turns[thread, name])


def _placed(call: Call, result: int, places: dict[int, int]) -> Call:
    """The call with the place of what it writes; `places` says where each descriptor is in its file."""
    if call.name in WRITES and result != len(call.data):
        raise RuntimeError(f"a write was cut short, or not recorded whole: {call}")
    if call.name in OPENINGS:
        places[result] = 0
    elif call.name == "lseek":
        places[call.number] = result
    elif call.name == "write":
        if call.number == 1:
            return replace(call, paths=("",))
        place = places.get(call.number, 0)
        places[call.number] = place + result
        return replace(call, number=place)
    return call


def _call(match: re.Match[str]) -> Call:
    paths: list[str] = []
    data, number, others = b"", 0, []
    base = os.sep
    for argument in _ARGUMENT.finditer(match["arguments"]):
        if argument["path"] is not None:
            base = _plain(argument["path"]).decode()
            if argument["number"] != "AT_FDCWD":
                number = int(argument["number"])
                paths.append(base)
        elif argument["bytes"] is not None:
            data = _plain(argument["bytes"])
            if match["name"] not in WRITES:
                paths.append(os.path.normpath(os.path.join(base, data.decode())))
        else:
            others.append(argument["other"].strip())
    if match["name"] in ("unlinkat", "renameat", "renameat2", "mkdirat", "openat"):
        paths = [path for path in paths if path != base] or paths
    if match["name"] in ("pwrite64", *LENGTHS):
        number = int(others[-1])
    return Call(match["name"], tuple(paths), data, number, " ".join(others), "(INJECTED)" not in match["rest"])


def _plain(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", "")) if text.startswith("\\x") else text.encode()


def _concerns(call: Call, root: str) -> bool:
    if call.paths == ("",):
        return True
    if not any(path.startswith(root) for path in call.paths) or call.name in ("lseek", "close"):
        return False
    if call.name in UNKNOWN or (call.name == "mmap" and _maps_for_writing(call)):
        raise RuntimeError(f"the recorder does not know how to replay {call}")
    return call.name != "mmap" and not (call.name in OPENINGS and not {"O_CREAT", "O_TRUNC"} & _flags(call))


def _maps_for_writing(call: Call) -> bool:
    """SQLite maps its wal-index, which is made anew after every crash; nothing else may be written that way."""
    return "PROT_WRITE" in call.options and "MAP_SHARED" in call.options and not call.paths[0].endswith("-shm")


def _flags(call: Call) -> set[str]:
    return set(re.split(r"[| ]", call.options))
