"""`qa ask` with a chat model, as people run it: by subprocess, against a real server on a loopback port."""

import json
import signal
import subprocess

import pytest

pytest.importorskip("langchain_openai", reason="the extra `openai` is not installed")

from tests.commands import QA
from tests.doubles_openai import refuses, says, serving, stalls_after
from tests.terminals import on_a_terminal

TEXT = "Security in Kabul is controlled by the Haqqani Network, the experts wrote. It has 3,000 fighters there."
QUESTION = "Who controls security in Kabul?"
SECRET = "sk-secret-4711"


@pytest.fixture(scope="module")
def qa(home, environment):
    own = {**environment, "QA_INDEX": str(home / "index"), "QA_CHAT_API_KEY": SECRET}

    def run(*arguments):
        return subprocess.run([QA, *arguments], capture_output=True, text=True, timeout=180, env=own)

    (home / "kabul.txt").write_text(TEXT, encoding="utf-8")
    assert run("add", str(home / "kabul.txt")).returncode == 0
    return run


def test_a_written_answer_has_the_same_fields_and_four_more(qa):
    with serving([says("Security in Kabul is controlled by the Haqqani Network [1].")]) as server:
        done = qa("ask", "--json", "--chat-url", server.url, "--chat-model", "double", QUESTION)
    answer = json.loads(done.stdout)
    quoted = json.loads(qa("ask", "--json", QUESTION).stdout)
    assert list(answer) == [*quoted, "written_by", "note", "disputed", "sentences"]
    assert (answer["written_by"], answer["note"]) == ("double", None)
    assert answer["sentences"] == [{"text": answer["answer"], "verdict": "supported", "citations": [1]}]
    assert server.keys == [f"Bearer {SECRET}"]
    assert SECRET not in done.stdout + done.stderr


def test_a_quoted_answer_says_why(qa):
    with serving([refuses(401, f"Incorrect key {SECRET}")]) as server:
        done = qa("ask", "--chat-url", server.url, QUESTION)
    assert done.stdout.startswith("The chat model did not accept the key (status 401). This answer is quoted")
    assert "Haqqani Network" in done.stdout
    assert SECRET not in done.stdout + done.stderr


def test_a_written_answer_on_a_terminal_shows_marks(qa):
    reply = "Security in Kabul is controlled by the Haqqani Network [1]. It has 8,000 fighters there [1]."
    with serving([says(reply)]) as server:
        done = qa("ask", "--chat-url", server.url, "--chat-model", "double", QUESTION)
    assert "Security in Kabul is controlled by the Haqqani Network. [1]" in done.stdout
    assert "Written by double and checked against the sources; the check can overlook a mistake." in done.stdout
    assert "8,000" not in done.stdout or "(only partly supported)" in done.stdout


def test_an_address_with_a_key_in_it_is_refused(qa):
    done = qa("ask", "--chat-url", f"http://x:{SECRET}@127.0.0.1/v1", QUESTION)
    assert done.returncode == 2
    assert done.stderr.startswith("Error: The setting chat_url must be")
    assert SECRET not in done.stderr


def test_ctrl_c_on_a_terminal_stops_an_answer_and_not_the_conversation(qa, home, environment):
    own = {**environment, "QA_INDEX": str(home / "index"), "QA_CHAT_API_KEY": SECRET}
    says_it = says("Security in Kabul is controlled by the Haqqani Network [1].")
    with serving([stalls_after("Security in Kabul is"), says_it]) as server:
        command = [QA, "chat", "--chat-url", server.url, "--chat-model", "double"]
        with on_a_terminal(command, own) as terminal:
            terminal.type(f"{QUESTION}\n")
            assert server.asked.acquire(timeout=60)
            terminal.process.send_signal(signal.SIGINT)
            terminal.shows("Stopped. Ask something else")
            terminal.type(f"{QUESTION}\n:quit\n")
            answered = terminal.process.stdout.read().decode()
            assert terminal.process.wait(60) == 0
    assert answered.count("Haqqani Network. [1]") == 1
