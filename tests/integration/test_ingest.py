"""Files into a real index. The embedder is small, but its vectors, the store and the caches are true."""

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from index.caches.vectors import Snapshot
from index.ingest import BATCH_ARTICLES, BATCH_CHARACTERS, Progress, ingest
from index.local import LocalIndex
from index.storage.store import Store
from index.types import Failure
from tests.doubles_index import HashingEmbedder

SAMPLE = Path(__file__).resolve().parents[2] / "sample" / "articles"


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], str]:
    def write_file(name: str, text: str) -> str:
        path = tmp_path / "articles" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return str(path)

    return write_file


def rows(*texts: str, url: str = "https://wire.example/{}") -> str:
    lines = [{"title": "T", "text": text, "url": url.format(n)} for n, text in enumerate(texts)]
    return "\n".join(map(json.dumps, lines))


def test_what_is_taken_in_can_be_found_and_read(index: LocalIndex, write: Callable[[str, str], str]) -> None:
    write("dams.md", "# Dam bursts\n\nThe reservoir above Velt is empty.")
    folder = str(Path(write("fires.txt", "Fire on Maui\n\nThe drought made it worse.")).parent)
    report = ingest(index, [folder])
    assert (len(report.added), report.total) == (2, 2)
    [hit] = index.search("reservoir", 1)
    assert hit.article.title == "Dam bursts"
    assert index.article(report.added[0]).text == "The reservoir above Velt is empty."
    assert index.verify() == []


def test_fault_36_again_changes_nothing_and_a_change_replaces(
    index: LocalIndex, write: Callable[[str, str], str]
) -> None:
    source = write("a.jsonl", rows("One text.", "Another text."))
    assert len(ingest(index, [source]).added) == 2
    generation = index.info().generation

    again = ingest(index, [source, source])
    assert (again.added, again.updated, len(again.unchanged)) == ((), (), 4)
    assert index.info().generation == generation

    write("a.jsonl", rows("One text.", "A changed text."))
    changed = ingest(index, [source])
    assert (changed.added, len(changed.updated), len(changed.unchanged)) == ((), 1, 1)
    assert index.article(changed.updated[0]).text == "A changed text."
    assert index.info().articles == 2


def test_fault_36_a_tracking_address_is_the_same_article(index: LocalIndex, write: Callable[[str, str], str]) -> None:
    first = write("a.jsonl", rows("Text.", url="https://wire.example/a"))
    second = write("b.jsonl", rows("Text.", url="https://WIRE.example/a?utm_source=mail&fbclid=1#top"))
    report = ingest(index, [first, second])
    assert (len(report.added), len(report.unchanged)) == (1, 1)
    assert report.added == report.unchanged


def test_the_last_of_several_versions_in_one_run_stays(index: LocalIndex, write: Callable[[str, str], str]) -> None:
    source = write("a.jsonl", rows("First.", "Second.", "Second.", url="https://wire.example/a"))
    report = ingest(index, [write("b.jsonl", rows("Text.")), source])
    assert report.total == 4
    assert [len(ids) for ids in (report.added, report.updated, report.unchanged)] == [2, 1, 1]
    assert index.article(report.updated[0]).text == "Second."


def test_what_fails_stops_nothing_else(index: LocalIndex, write: Callable[[str, str], str]) -> None:
    bad = [write("binary.txt", "\0\1\2"), write("empty.md", ""), "missing.txt", "https://wire.example/a"]
    mixed = write("mixed.jsonl", '{"text": "Good."}\n{"text": 1}\n')
    report = ingest(index, [*bad, mixed, write("good.txt", "Good text.")])
    assert len(report.added) == 2
    assert [failure.source for failure in report.failed] == [*bad, f"{mixed}, line 2"]
    assert all(isinstance(failure, Failure) and failure.reason for failure in report.failed)
    assert index.info().articles == 2


def test_progress_counts_up_to_the_total(index: LocalIndex, write: Callable[[str, str], str]) -> None:
    source = write("a.jsonl", rows(*(f"Text {n}." for n in range(2 * BATCH_ARTICLES + 1))))
    seen: list[Progress] = []
    report = ingest(index, [source, "missing.txt"], on_progress=seen.append)
    total = 2 * BATCH_ARTICLES + 2
    assert report.total == total
    assert {progress.total for progress in seen} == {total}
    committed = [progress.done for progress in seen if not progress.under_way]
    assert committed == [BATCH_ARTICLES, 2 * BATCH_ARTICLES, 2 * BATCH_ARTICLES + 1, total]
    assert [progress.done + progress.under_way for progress in seen] == [
        *range(64, 2 * BATCH_ARTICLES + 1, 64),
        513,
        total,
    ]


def test_progress_moves_within_one_long_article(index: LocalIndex, write: Callable[[str, str], str]) -> None:
    seen: list[Progress] = []
    source = write("book.txt", "\n\n".join(f"On day {number} the river rose again. " * 8 for number in range(400)))
    assert len(ingest(index, [source, "missing.txt"], on_progress=seen.append).added) == 1
    *within, added, failed = seen
    assert (added.done, added.under_way, failed.done) == (1, 0.0, 2)
    shares = [progress.under_way for progress in within]
    assert len(shares) > 2
    assert shares == sorted(set(shares))
    assert all(0 < share < 1 for share in shares)
    assert {(progress.done, progress.total) for progress in within} == {(0, 2)}


def test_an_interrupt_within_a_long_article_leaves_nothing_of_it(
    index: LocalIndex, write: Callable[[str, str], str]
) -> None:
    source = write("book.txt", "\n\n".join(f"On day {number} the river rose again. " * 8 for number in range(400)))

    def interrupt(progress: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest(index, [source], on_progress=interrupt)
    assert index.info().articles == 0


def test_an_interrupt_leaves_what_was_committed(
    index: LocalIndex, write: Callable[[str, str], str], tmp_path: Path
) -> None:
    long = "A sentence about a river. " * (BATCH_CHARACTERS // 26 + 1)
    source = write("a.jsonl", rows(long, long, long))

    def interrupt(progress: Progress) -> None:
        if progress.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest(index, [source], on_progress=interrupt)
    with closing(LocalIndex.open(tmp_path / "index", HashingEmbedder(max_tokens=64))) as reopened:
        assert reopened.info().articles == 2
        assert reopened.verify() == []
        report = ingest(reopened, [source])
    assert (len(report.added), len(report.unchanged)) == (1, 2)


def test_the_sample_goes_in_without_a_failure(index: LocalIndex) -> None:
    report = ingest(index, [str(SAMPLE)])
    assert report.failed == ()
    assert len(report.added) >= 30
    assert len(set(report.added)) == len(report.added)


ADD = """
import sys
from pathlib import Path
from index.local import LocalIndex
from tests.doubles_index import HashingEmbedder, stored_article

index = LocalIndex.create_or_open(Path(sys.argv[1]), HashingEmbedder())
index.add([stored_article(f"kept {number}") for number in range(20)])
index.publish()
index.close()
print("faiss" in sys.modules)
"""


def test_who_only_adds_holds_no_vectors_in_memory(tmp_path: Path) -> None:
    """Snapshots are written as they are read from the store, so that memory does not grow with the index."""
    command = [sys.executable, "-c", ADD, str(tmp_path / "new")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, cwd=SAMPLE.parents[1])
    assert done.stdout == "False\n"
    with closing(Store.open(tmp_path / "new")) as store, store.reading() as stored:
        assert Snapshot.load(tmp_path / "new").manifest.behind(stored) == 0
