"""Hostile and unlucky files, by their numbers in the catalogue of faults: stopped at a limit, and the batch goes on.

Faults 19, 20, 23, 28 and 36 are tested with their formats, 29 to 33 with the fetcher.
"""

from __future__ import annotations

import ipaddress
import os
import random
import signal
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Sequence
from contextlib import closing
from io import BytesIO
from pathlib import Path

import pytest

from index.fetching.fetch import Fetcher
from index.local import LocalIndex
from index.sources import SourceReader
from index.sources.feeds import MAX_LINKS
from index.sources.isolation import Limits
from index.types import Article, Failure
from tests import made_files
from tests.doubles_index import HashingEmbedder
from tests.faults.depth import depth
from tests.faults.servers import RecordingBackend

PROJECT = Path(__file__).resolve().parents[2]
Write = Callable[[str, bytes], str]
SLOW_PAGE = b"<!DOCTYPE html><html><body><article>" + b"<p>Some words of a paragraph.</p>" * 200_000
LIMIT_S = 4.0


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_file(name: str, content: bytes) -> str:
        path = tmp_path / "sources" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return str(path)

    return write_file


def read(*sources: str, reader: SourceReader | None = None) -> list[Article | Failure]:
    with closing(reader or SourceReader(limits=Limits(seconds=60))) as opened:
        return [one for source in sources for one in opened.read(source) if isinstance(one, Article | Failure)]


def reason(source: str) -> str:
    [failure] = read(source)
    assert isinstance(failure, Failure), failure
    return failure.reason


def in_little_memory(source: str, memory_bytes: int) -> str:
    """What reading gives in a process that may not take more address space, and its status."""
    code = (
        "import resource, sys; from index.sources import read_source;"
        "resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[2]),) * 2);"
        "found = read_source(sys.argv[1]);"
        "print(*[type(one).__name__ + ': ' + getattr(one, 'reason', '') for one in found], sep='\\n')"
    )
    command = [sys.executable, "-c", code, source, str(memory_bytes)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=PROJECT)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_fault_21_rows_are_streamed_however_many(write: Write) -> None:
    row = b'{"text": 1, "padding": "' + b"x" * 1_000_000 + b'"}\n'
    source = write("large.jsonl", row * 300 + b'{"text": "Some text."}\n')
    lines = in_little_memory(source, 250_000_000).splitlines()
    assert len(lines) == 301
    assert lines[-1].startswith("Article")


def test_fault_21_a_large_text_is_refused_without_being_read(write: Write) -> None:
    path = Path(write("large.txt", b""))
    os.truncate(path, 500_000_000)
    assert "larger than 50 MB" in in_little_memory(str(path), 250_000_000)


def test_fault_22_files_are_told_apart_by_what_is_in_them(write: Write) -> None:
    pdf = made_files.pdf([made_files.PARAGRAPHS])
    found = read(write("a.html", pdf), write("b.txt", made_files.docx()), write("c.pdf", made_files.html()))
    assert [one.title for one in found if isinstance(one, Article)] == ["a", "Velt runs dry", "Velt runs dry"]
    assert "binary" in reason(write("d.txt", random.Random(1).randbytes(5000)))


@pytest.mark.parametrize(
    "page",
    [
        SLOW_PAGE,
        b"<!DOCTYPE html><html><body><article><p " + b"".join(b'a%d="x" ' % n for n in range(100_000)) + b">x" * 50_000,
    ],
    ids=["200,000 paragraphs", "100,000 attributes"],
)
def test_fault_24_a_page_that_takes_too_long_is_stopped_and_the_batch_goes_on(write: Write, page: bytes) -> None:
    sources = [write("a.html", made_files.html("A")), write("b.html", page), write("c.html", made_files.html("C"))]
    started = time.monotonic()
    first, slow, last = read(*sources, reader=SourceReader(limits=Limits(seconds=LIMIT_S)))
    assert time.monotonic() - started < 10 * LIMIT_S
    assert isinstance(slow, Failure)
    assert "longer than" in slow.reason or "no article" in slow.reason
    assert [one.title for one in (first, last) if isinstance(one, Article)] == ["A", "C"]


def test_fault_24_a_book_that_takes_too_much_memory_is_stopped_and_the_batch_goes_on(write: Write) -> None:
    reader = SourceReader(limits=Limits(seconds=60, memory_bytes=450_000_000))
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as book, zipfile.ZipFile(BytesIO(made_files.epub())) as plain:
        for name in plain.namelist():
            book.writestr(name, b"<p>x</p>" * 8_000_000 if name.endswith("0.xhtml") else plain.read(name))
    sources = [write("a.html", made_files.html("A")), write("b", out.getvalue()), write("c.html", made_files.html("C"))]
    found = read(*sources, reader=reader)
    assert any(isinstance(one, Failure) for one in found)
    assert [one.title for one in (found[0], found[-1]) if isinstance(one, Article)] == ["A", "C"]


def test_fault_24_no_process_is_left_behind(write: Write) -> None:
    reader = SourceReader(limits=Limits(seconds=LIMIT_S))
    read(write("a.html", SLOW_PAGE), write("b.html", made_files.html()), reader=reader)
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    if not children.exists():
        pytest.skip("this system does not list a process's children")
    for child in children.read_text().split():
        assert b"index.sources.worker" not in Path(f"/proc/{child}/cmdline").read_bytes()


def locked_pdf() -> bytes:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(BytesIO(made_files.pdf([made_files.PARAGRAPHS]))))
    writer.encrypt("secret", algorithm="RC4-128")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def replaced(data: bytes, old: bytes, new: bytes) -> bytes:
    assert data.count(old) == 1
    return data.replace(old, new.ljust(len(old)))


PDF = made_files.pdf([made_files.PARAGRAPHS, made_files.PARAGRAPHS])


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (locked_pdf, "locked with a password"),
        (lambda: made_files.pdf([[], []]), "images without a text"),
        (lambda: PDF[:300], "broken or cut off"),
        (lambda: b"%PDF-1.7\n" + bytes(1000), "broken or cut off"),
        (lambda: replaced(PDF, b"/Kids [4 0 R 6 0 R]", b"/Kids [2 0 R 2 0 R]"), "broken or cut off"),
    ],
    ids=["locked", "images", "truncated", "zeros", "pages in a circle"],
)
def test_fault_25_a_pdf_without_a_text_to_be_had_says_why(
    write: Write, make: Callable[[], bytes], expected: str
) -> None:
    assert expected in reason(write("a.pdf", make()))


def test_fault_25_a_pdf_whose_tables_refer_to_one_another_in_a_circle_ends(write: Write) -> None:
    start = PDF.rindex(b"xref\n0")
    circle = replaced(PDF, b"trailer << /Size", b"trailer << /Size").replace(
        b">>\nstartxref", b"/Prev %d >>\nstartxref" % start
    )
    [found] = read(write("a.pdf", circle))
    assert isinstance(found, Article | Failure)


def test_fault_26_a_bomb_of_one_entry_is_not_unpacked(write: Write) -> None:
    bomb = made_files.zipped({"a.txt": bytes(40_000_000)})
    assert len(bomb) < 100_000
    assert "more than 200 times its size" in reason(write("a.zip", bomb))


def test_fault_26_a_bomb_in_gzip_is_not_unpacked(write: Write) -> None:
    import gzip

    bomb = gzip.compress(bytes(60_000_000))
    assert "more than 200 times its size" in in_little_memory(write("a.gz", bomb), 250_000_000)


def test_fault_26_a_bomb_in_an_office_file_is_not_unpacked(write: Write) -> None:
    parts = {"word/document.xml": b"<w>" + b" " * 90_000_000, "[Content_Types].xml": b"<Types/>"}
    assert "more than 200 times its size" in reason(write("a.docx", made_files.zipped(parts)))


def test_fault_26_entries_that_overlap_are_refused(write: Write) -> None:
    """Two entries of the directory lead to the same bytes."""
    once = made_files.zipped({"a.txt": b"Some text. " * 50})
    at = once.index(b"PK\x01\x02")
    directory, end = once[at:-22], bytearray(once[-22:])
    twice = directory + directory.replace(b"a.txt", b"b.txt")
    struct.pack_into("<HHLL", end, 8, 2, 2, len(twice), at)
    found = read(write("a.zip", once[:at] + twice + bytes(end)))
    assert sum(isinstance(one, Article) for one in found) <= 1
    assert any(isinstance(one, Failure) for one in found)


def test_fault_26_archives_in_archives_in_archives_are_not_opened_for_ever(write: Write) -> None:
    data = made_files.zipped({"a.txt": b"Some text."})
    for _ in range(6):
        data = made_files.zipped({"in.zip": data})
    assert "too deep in one another" in reason(write("a.zip", data))


def test_fault_26_a_million_entries_are_not_listed(write: Write) -> None:
    entry = (
        struct.pack("<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0) + b"a.txt"
    )
    directory = entry * 1_000_000
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, len(directory), 4, 0)
    source = write("a.zip", b"PK\x03\x04" + directory + end)
    assert "table of contents is larger" in in_little_memory(source, 300_000_000)


def test_fault_26_a_tar_header_that_asks_for_memory_is_refused(write: Write) -> None:
    import gzip
    import tarfile

    header = tarfile.TarInfo("x")
    header.type, header.size = tarfile.XHDTYPE, 1_500_000_000
    bomb = header.tobuf(tarfile.USTAR_FORMAT) + random.Random(2).randbytes(3_000_000)
    assert "exhaust memory" in in_little_memory(write("a.tgz", gzip.compress(bomb)), 250_000_000)


@pytest.mark.parametrize("make", [made_files.zipped, made_files.tarred], ids=["zip", "tar"])
@pytest.mark.parametrize("name", ["../out.txt", "a/../../out.txt", "/tmp/out.txt", "..\\out.txt", "C:\\out.txt"])
def test_fault_27_an_entry_that_leads_out_is_refused_and_nothing_is_written(
    write: Write, tmp_path: Path, make: Callable[..., bytes], name: str
) -> None:
    source = write("a.archive", make({name: b"Out.", "in.txt": b"In."}))
    before = set(tmp_path.rglob("*"))
    refused, article = read(source)
    assert isinstance(refused, Failure)
    assert "leads out of the archive" in refused.reason
    assert isinstance(article, Article)
    assert set(tmp_path.rglob("*")) == before


def test_fault_27_links_in_archives_are_not_followed(write: Write) -> None:
    import tarfile

    out = BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
            entry = tarfile.TarInfo("link.txt")
            entry.type, entry.linkname = kind, "/etc/passwd"
            archive.addfile(entry)
    assert "4 links or devices" in reason(write("a.tar", out.getvalue()))
    link = zipfile.ZipInfo("link.txt")
    link.external_attr = 0o120777 << 16
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as zipped:
        zipped.writestr(link, "/etc/passwd")
    assert "1 link" in reason(write("a.zip", out.getvalue()))


LAUGHS = b"<!DOCTYPE rss [<!ENTITY a 'ha'>" + b"".join(
    b"<!ENTITY %c '%s'>" % (name + 1, b"&%c;" % name * 10) for name in range(ord("a"), ord("k"))
)


@pytest.mark.parametrize(
    "document",
    [
        LAUGHS + b"]><rss><channel><item><title>&k;</title></item></channel></rss>",
        b"<?xml version='1.0'?>" + LAUGHS + b"]><rss/>",
        b"<rss><!DOCTYPE x SYSTEM 'file:///etc/passwd'></rss>",
        (b"<?xml version='1.0'?>" + LAUGHS + b"]><rss/>").decode().encode("utf-16"),
    ],
    ids=["laughs", "declared", "late", "UTF-16"],
)
def test_fault_34_a_feed_with_a_dtd_is_refused(write: Write, document: bytes) -> None:
    backend = RecordingBackend()
    [failure] = read(write("feed.xml", document), reader=recording_reader(backend))
    assert isinstance(failure, Failure)
    assert "DTD" in failure.reason
    assert backend.dialled == []


def recording_reader(backend: RecordingBackend) -> SourceReader:
    address = ipaddress.ip_address("93.184.215.14")
    return SourceReader(fetcher=Fetcher(resolve=lambda *_: [address], dial=backend))


def test_fault_34_a_feed_of_100_000_items_is_capped(write: Write) -> None:
    feed = made_files.rss([{"title": str(n)} for n in range(100_000)])
    found = read(write("feed.xml", feed), reader=recording_reader(RecordingBackend()))
    assert len(found) == MAX_LINKS + 1
    assert isinstance(found[-1], Failure)
    assert "99,000 pages were left out" in found[-1].reason


def test_fault_35_bad_rows_of_a_table_are_named_and_good_ones_go_in(write: Write) -> None:
    rows = (
        b"title,text,date\nA,Good.,2023-04-05\nB,\x00\x00,2023-04-05\nC,too,many,columns\nD,,2023-04-05\n"
        b"E,No date.,soon\nF,\xff\xfe\xfa.,\nG,Good.,\n"
    )
    found = read(write("rows.csv", rows))
    assert [one.title for one in found if isinstance(one, Article)] == ["A", "G"]
    lines = [one.source.rpartition(", ")[2] for one in found if isinstance(one, Failure)]
    assert lines == ["row 2", "row 3", "row 4", "row 5", "row 6"]


def test_fault_35_a_line_of_100_mb_is_passed_over(write: Write) -> None:
    table = b"title,text\nA," + b"x" * 100_000_000 + b"\nB,Good.\n"
    lines = in_little_memory(write("rows.csv", table), 500_000_000).splitlines()
    assert lines[-1].startswith("Article")
    assert all(line.startswith("Failure") for line in lines[:-1])


def test_fault_35_json_of_millions_of_objects_takes_little_memory_here(write: Write) -> None:
    [line] = in_little_memory(write("a.json", b"[" + b"{}," * 6_000_000 + b"{}]"), 500_000_000).splitlines()
    assert line.startswith("Failure")


def page(number: int) -> bytes:
    """Long enough for the files to be more than one batch."""
    paragraphs = [
        f"{paragraph} That is line {line} of {number}." for line in range(5) for paragraph in made_files.PARAGRAPHS
    ]
    return made_files.html(f"Number {number}", paragraphs)


FILES = depth(120, 10_000)
KILLED_AT = depth((0.3,), (0.001, 0.2, 0.48, 0.8))
"""Once that share of the files is done; a file in the middle hangs."""
INGEST = """
import sys
from contextlib import closing
from pathlib import Path
from index.ingest import ingest
from index.local import LocalIndex
from index.sources import SourceReader
from index.sources.isolation import Limits
from tests.doubles_index import HashingEmbedder

with closing(LocalIndex.create_or_open(Path(sys.argv[1]), HashingEmbedder(max_tokens=64))) as index:
    with SourceReader(limits=Limits(seconds=float(sys.argv[3]))) as reader:
        report = ingest(index, [sys.argv[2]], reader=reader, on_progress=lambda now: print(now.done, flush=True))
    print(*(f"{failure.source}: {failure.reason}" for failure in report.failed), sep="\\n")
    print(len(report.added), len(report.updated), len(report.unchanged), len(report.failed))
"""


@pytest.mark.timeout(3600)
def test_fault_37_of_many_files_one_hangs_and_the_run_is_killed_and_begun_again(tmp_path: Path) -> None:
    folder = tmp_path / "sources"
    folder.mkdir()
    for number in range(FILES - 1):
        (folder / f"{number:05}.html").write_bytes(page(number))
    hangs = folder / f"{FILES // 2:05}-hangs.html"
    hangs.write_bytes(SLOW_PAGE)
    command = [sys.executable, "-c", INGEST, str(tmp_path / "index"), str(folder), str(LIMIT_S)]
    done = 0
    for share in KILLED_AT:
        done = max(done, done_when_killed(command, share * FILES))
    last = subprocess.run(command, capture_output=True, text=True, cwd=PROJECT, timeout=3600)
    assert last.returncode == 0, last.stderr
    failure, counts = last.stdout.splitlines()[-2:]
    added, updated, unchanged, failed = map(int, counts.split())
    assert (added + unchanged, updated, failed) == (FILES - 1, 0, 1)
    assert failure.startswith(f"{hangs}: ")
    assert "takes longer than 4 s" in failure
    assert unchanged >= done - 1  # all that were acknowledged; the one that hangs may be among those that were done
    with closing(LocalIndex.open(tmp_path / "index", HashingEmbedder(max_tokens=64))) as index:
        assert titles(index) == sorted(f"Number {number}" for number in range(FILES - 1))
        assert index.verify() == []


def done_when_killed(command: Sequence[str], enough: float) -> int:
    """Let it run until that many files are done, kill it, and give how many it said were done by then."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=PROJECT) as run:
        assert run.stdout
        done = next(number for number in map(int, run.stdout) if number >= enough)
        run.send_signal(signal.SIGKILL)
        return max([done, *map(int, run.stdout)])


def titles(index: LocalIndex) -> Sequence[str]:
    return sorted(article.title for article in index.articles())
