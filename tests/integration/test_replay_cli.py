"""`qa ask --receipt` and `qa replay`, as people run them: by subprocess, while the articles change."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

QA = Path(sys.executable).parent / "qa"
QUESTION = "Who controls security in Kabul?"
TEXT = "Security in Kabul is controlled by the Haqqani Network, the experts wrote. It has 3,000 fighters there."


@pytest.fixture
def qa(tmp_path):
    places = {f"XDG_{name}_HOME": str(tmp_path / name.lower()) for name in ("DATA", "CONFIG", "CACHE", "STATE")}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("QA_")}
    environment = {**kept, **places, "QA_CACHE": os.environ["QA_CACHE"], "QA_INDEX": str(tmp_path / "index")}

    def run(*arguments):
        return subprocess.run([QA, *arguments], capture_output=True, text=True, timeout=180, env=environment)

    return run


def test_a_receipt_is_replayed_while_its_article_changes(qa, tmp_path):
    article, receipt = tmp_path / "kabul.txt", tmp_path / "receipt.json"
    article.write_text(TEXT, "utf-8")
    assert qa("add", str(article)).returncode == 0
    assert qa("ask", QUESTION, "--receipt", str(receipt)).returncode == 0
    assert json.loads(receipt.read_text())["answer"] == "Haqqani Network"

    same = qa("replay", str(receipt))
    assert (same.returncode, same.stdout.splitlines()[0]) == (0, "The same answer, from the same words.")

    article.write_text("Security in Kabul is controlled by nobody at all these days.", "utf-8")
    qa("add", str(article))
    other = qa("replay", str(receipt), "--json")
    assert other.returncode == 4
    assert [(one["change"], one["says_so"]) for one in json.loads(other.stdout)["articles"]] == [("changed", False)]
