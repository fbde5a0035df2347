"""`qa ask --receipt` and `qa replay`, as people run them: by subprocess, while the articles change."""

import json
import subprocess

import pytest

from tests.commands import QA

QUESTION = "Who controls security in Kabul?"
TEXT = "Security in Kabul is controlled by the Haqqani Network, the experts wrote. It has 3,000 fighters there."


@pytest.fixture
def qa(tmp_path, environment):
    own = {**environment, "QA_INDEX": str(tmp_path / "index")}

    def run(*arguments):
        return subprocess.run([QA, *arguments], capture_output=True, text=True, timeout=180, env=own)

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
