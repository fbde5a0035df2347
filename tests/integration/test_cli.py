"""The `qa` command as people and scripts run it: by subprocess, with real models, in a home of its own."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import QA

PROJECT = Path(__file__).resolve().parents[2]
ARTICLE = """---
title: Experts name who controls Kabul
published: 2022-06-06
outlet: Example Wire
---

Security in Kabul is controlled by the Haqqani Network, the experts wrote. The network moved quickly after the takeover.

Its leader, Sirajuddin Haqqani, is the acting interior minister.
"""
QUESTION = "Who controls security in Kabul?"


@pytest.fixture(scope="module")
def qa(environment, home):
    def run(*arguments, **options):
        options = {"capture_output": True, "text": True, "timeout": 120, "env": environment, "cwd": home, **options}
        return subprocess.run([QA, *map(str, arguments)], **options)

    return run


@pytest.fixture(scope="module")
def article(home):
    file = home / "kabul.md"
    file.write_text(ARTICLE, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def index(qa, home, article):
    folder = home / "index"
    added = qa("add", "--index", folder, article)
    assert added.returncode == 0, added.stderr
    return folder


def one_line_error(done, status=1):
    """The one line of standard error, where that is all that was printed."""
    assert done.returncode == status
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("Error: ")
    return line


class TestHelp:
    @pytest.mark.parametrize(
        "command",
        [
            *("add", "list", "show", "remove", "info", "verify", "ask", "chat", "serve", "watch", "prune"),
            *("backup", "restore", "repair", "export", "evaluate", "replay"),
        ],
    )
    def test_every_command_explains_itself_with_an_example(self, qa, command):
        done = qa(command, "--help")
        assert done.returncode == 0
        assert f"  qa {command}" in done.stdout
        assert "--index FOLDER" in done.stdout

    def test_the_list_of_commands_says_what_each_does_in_whole_sentences(self, qa):
        assert "..." not in qa("--help").stdout.partition("Commands:")[2]

    def test_help_imports_nothing_heavy(self, environment):
        code = "import sys, qa.cli; print(*sorted({name.split('.')[0] for name in sys.modules}))"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
        heavy = {"torch", "numpy", "faiss", "openvino", "transformers", "tantivy", "langchain_core", "gradio", "rich"}
        assert not heavy & set(done.stdout.split())
        assert "click" in done.stdout.split()

    def test_a_command_ends_before_native_libraries_are_taken_down(self, environment):
        code = """
import atexit, os, sys, qa.cli
class Late:
    def __del__(self, write=os.write): write(1, b"taken down")
late = Late()
@qa.cli.main.command()
def leave():
    print("done")
    atexit.register(os.write, 1, b"left in order")
    sys.exit(3)
sys.argv = ["qa", "leave"]
qa.cli.run()
"""
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
        assert (done.returncode, done.stdout) == (3, "done\nleft in order")

    def test_version(self, qa):
        done = qa("--version")
        assert done.returncode == 0
        assert done.stdout.startswith("qa, version ")

    @pytest.mark.parametrize(
        "arguments",
        [["bogus"], ["ask"], ["ask", "a", "b"], ["--bogus"], ["add"], ["show"], ["remove"], ["serve", "--port", "x"]],
    )
    def test_wrong_use_is_status_2(self, qa, arguments):
        done = qa(*arguments)
        assert done.returncode == 2
        assert done.stdout == ""
        assert "Usage: qa" in done.stderr
        assert "Traceback" not in done.stderr


class TestAsk:
    def test_json_is_exactly_one_object_on_standard_output(self, qa, index):
        done = qa("ask", "--json", "--index", index, QUESTION)
        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout)
        assert done.stdout.count("\n") == 1
        told = {"question", "answer", "confidence", "citations", "support", "alternatives", "timeline", "timings_ms"}
        assert set(answer) == told
        assert answer["question"] == QUESTION
        assert "Haqqani Network" in answer["answer"]
        assert 0 < answer["confidence"] <= 1
        assert set(answer["timings_ms"]) == {"rewrite", "search", "read", "cite", "total"}
        citation = answer["citations"][0]
        fields = {"article_id", "title", "source", "outlet", "published", "start", "end", "quote", "sentence"}
        assert set(citation) == fields
        assert citation["published"] == "2022-06-06"
        assert citation["quote"] in citation["sentence"]
        shown = json.loads(qa("show", "--json", "--index", index, citation["article_id"]).stdout)
        assert shown["text"][citation["start"] : citation["end"]] == citation["quote"]

    def test_plain_shows_answer_and_source(self, qa, index):
        done = qa("ask", "--index", index, QUESTION)
        assert done.returncode == 0
        assert "Haqqani Network" in done.stdout.splitlines()[0]
        assert "[1] Experts name who controls Kabul, Example Wire, 6 June 2022" in done.stdout
        assert done.stderr == ""

    def test_a_question_from_standard_input(self, qa, index):
        done = qa("ask", "--json", "--index", index, "-", input=f"{QUESTION}\n")
        assert json.loads(done.stdout)["question"] == QUESTION

    def test_no_answer_is_success(self, qa, index):
        done = qa("ask", "--json", "--index", index, "What is the boiling point of tungsten?")
        assert done.returncode == 0
        answer = json.loads(done.stdout)
        assert (answer["answer"], answer["citations"]) == (None, [])
        assert qa("ask", "--index", index, "What is the boiling point of tungsten?").stdout.startswith("No answer. ")

    def test_filters_choose_the_articles(self, qa, index):
        kept = qa("ask", "--json", "--index", index, "--outlet", "Example Wire", "--as-of", "2022-06-06", QUESTION)
        assert "Haqqani Network" in json.loads(kept.stdout)["answer"]
        dropped = qa("ask", "--index", index, "--until", "2022-06-05", QUESTION)
        assert dropped.stdout.startswith("No answer. No article fits the filter")
        missed = qa("ask", "--index", index, "--outlet", "example wire", QUESTION)
        assert missed.stdout == 'No answer. No article is of the outlet "example wire". Did you mean "Example Wire"?\n'

    @pytest.mark.parametrize("question", ["", "  ", "?", "\x1b"])
    def test_an_empty_question(self, qa, index, question):
        assert "empty" in one_line_error(qa("ask", "--index", index, question), status=2)

    def test_a_question_of_a_megabyte(self, qa, index):
        done = qa("ask", "--json", "--index", index, "-", input="a" * 1_000_000)
        assert "1,000,000 characters" in one_line_error(done, status=2)

    def test_a_question_that_is_not_text(self, qa, index):
        done = qa("ask", "--json", "--index", index, "-", input=b"\xff\xfe\x00 Kabul?", text=False)
        assert done.returncode == 0
        assert json.loads(done.stdout)["question"].endswith("Kabul?")

    def test_what_looks_like_an_option_can_be_a_question(self, qa, index):
        done = qa("ask", "--json", "--index", index, "--", '--{"question": "x"}')
        assert json.loads(done.stdout)["question"] == '--{"question": "x"}'

    def test_a_missing_index(self, qa, home):
        line = one_line_error(qa("ask", "--json", "--index", home / "none", QUESTION))
        assert str(home / "none") in line
        assert not (home / "none").exists()

    def test_a_reader_that_cannot_be_had(self, qa, index):
        line = one_line_error(qa("ask", "--json", "--index", index, "--reader", "./no-such-model", QUESTION))
        assert "no-such-model" in line


class TestLibrary:
    def test_adding_again_changes_nothing(self, qa, index, article):
        report = json.loads(qa("add", "--json", "--index", index, article).stdout)
        assert [len(report[key]) for key in ("added", "updated", "unchanged", "failed")] == [0, 0, 1, 0]

    def test_list_show_info_verify(self, qa, index):
        (listed,) = json.loads(qa("list", "--json", "--index", index).stdout)
        assert listed["title"] == "Experts name who controls Kabul"
        assert qa("list", "--index", index).stdout.startswith(f"{listed['id']}  2022-06-06  Example Wire  Experts")
        assert "Sirajuddin Haqqani" in qa("show", "--index", index, listed["id"]).stdout
        assert json.loads(qa("info", "--json", "--index", index).stdout)["articles"] == 1
        shown = qa("info", "--index", index).stdout
        assert "articles:   1\n" in shown
        assert "article-qa/config.toml (there is none)" in shown
        assert qa("verify", "--index", index).stdout == "No problems.\n"
        assert json.loads(qa("verify", "--json", "--index", index).stdout) == {"problems": []}

    def test_verify_finds_damage(self, qa, home, article):
        folder = home / "damaged"
        assert qa("add", "--index", folder, article).returncode == 0
        cached = list(folder.rglob("vectors.bin"))
        data = bytearray(cached[0].read_bytes())
        data[len(data) // 2] ^= 1
        cached[0].write_bytes(data)
        done = qa("verify", "--json", "--index", folder)
        assert done.returncode == 1
        assert json.loads(done.stdout)["problems"]

    def test_what_fails_is_named_and_the_rest_is_added(self, qa, home, article):
        (home / "empty.txt").write_text("")
        (home / "binary.txt").write_bytes(bytes(range(256)) * 40)
        folder = home / "partly"
        sources = [home / "empty.txt", article, home / "binary.txt", home / "missing.txt"]
        done = qa("add", "--json", "--index", folder, *sources)
        assert done.returncode == 1
        report = json.loads(done.stdout)
        assert len(report["added"]) == 1
        assert {Path(failure["source"]).name for failure in report["failed"]} == {
            "empty.txt",
            "binary.txt",
            "missing.txt",
        }
        assert "Traceback" not in done.stderr

    def test_remove(self, qa, home, article):
        folder = home / "removing"
        (added,) = json.loads(qa("add", "--json", "--index", folder, article).stdout)["added"]
        assert "none-such" in one_line_error(qa("remove", "--index", folder, added, "none-such"))
        assert len(json.loads(qa("list", "--json", "--index", folder).stdout)) == 1
        assert qa("remove", "--index", folder, added, added).stdout == "1 removed\n"
        assert json.loads(qa("list", "--json", "--index", folder).stdout) == []

    def test_an_article_that_is_not_there(self, qa, index):
        assert "none-such" in one_line_error(qa("show", "--index", index, "none-such"))

    def test_an_article_by_another_name_than_its_id(self, qa, index, article):
        ((only,),) = [json.loads(qa("list", "--json", "--index", index).stdout)]
        for name in (only["id"][:-3], article.name, str(article), only["title"].upper()):
            assert f"Did you mean {only['id']}?" in one_line_error(qa("show", "--index", index, name))
        assert "Did you mean" in one_line_error(qa("remove", "--index", index, only["id"], article.name))
        assert len(json.loads(qa("list", "--json", "--index", index).stdout)) == 1

    @pytest.mark.parametrize("command", [["list"], ["add", "kabul.md"], ["verify"], ["info"], ["ask", QUESTION]])
    def test_a_folder_that_holds_something_else_is_left_alone(self, qa, home, command):
        folder = home / "photos"
        folder.mkdir(exist_ok=True)
        (folder / "holiday.jpg").write_bytes(b"\xff\xd8")
        assert str(folder) in one_line_error(qa(*command, "--index", folder))
        assert [path.name for path in folder.iterdir()] == ["holiday.jpg"]

    def test_an_embedder_that_cannot_be_had(self, qa, home, article):
        line = one_line_error(qa("add", "--index", home / "other", "--embedder", "./no-such-model", article))
        assert "no-such-model" in line
        assert not (home / "other").exists()

    def test_embedding_anew_keeps_the_articles(self, qa, index):
        done = qa("add", "--re-embed", "--index", index)
        assert (done.returncode, done.stdout) == (0, "")
        assert done.stderr == "1 article embedded anew with sentence-transformers/all-MiniLM-L6-v2\n"
        again = qa("add", "--json", "--re-embed", "--index", index)
        assert json.loads(again.stdout)["failed"] == []
        assert qa("verify", "--index", index).returncode == 0
        assert len(json.loads(qa("list", "--json", "--index", index).stdout)) == 1


class TestSettings:
    def test_the_default_index_is_named(self, qa, home, article):
        done = qa("add", article)
        assert done.returncode == 0
        assert str(home / "data") in done.stderr
        assert "1 added" in done.stdout

    def test_the_environment_names_the_index(self, qa, index, environment):
        done = qa("info", "--json", env={**environment, "QA_INDEX": str(index)})
        assert json.loads(done.stdout)["folder"] == str(index)
        assert done.stderr == ""

    def test_a_wrong_setting_is_named(self, qa, tmp_path, environment):
        file = tmp_path / "article-qa" / "config.toml"
        file.parent.mkdir()
        file.write_text("passagez = 3\n")
        line = one_line_error(qa("list", env={**environment, "XDG_CONFIG_HOME": str(tmp_path)}), status=2)
        assert "passagez" in line
        assert str(file) in line


class TestChat:
    def test_a_conversation_with_a_follow_up(self, qa, index):
        done = qa(
            "chat", "--index", index, input=f"{QUESTION}\n\nWho is its leader?\n{'a' * 3000}\n:quit\nnever asked\n"
        )
        assert done.returncode == 0
        assert "Haqqani Network" in done.stdout
        assert "Sirajuddin Haqqani" in done.stdout
        assert done.stderr.splitlines() == [
            "Error: The question has 3,000 characters; please ask it in 2,000 characters or fewer."
        ]

    @pytest.mark.parametrize("word", [":q", "exit", "Quit", "/quit"])
    def test_a_word_that_leaves_is_not_searched_for(self, qa, index, word):
        done = qa("chat", "--index", index, input=f"{word}\nnever asked\n")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

    def test_what_is_no_command_of_it_is_not_searched_for_either(self, qa, index):
        done = qa("chat", "--index", index, input=":clear\nhelp\n")
        assert (done.returncode, done.stdout) == (0, "")
        first, second = done.stderr.splitlines()
        assert first == "There is no :clear here; ask in words, or leave with :quit."
        assert second.startswith("Ask about your articles")

    def test_bytes_that_are_no_text_end_nothing(self, qa, index, environment):
        strict = {**environment, "PYTHONIOENCODING": "utf-8:strict"}  # as in most languages' settings
        typed = b"\xff\xfe\n" + QUESTION.encode() + b"\n"
        done = qa("chat", "--index", index, input=typed, text=False, env=strict)
        assert (done.returncode, done.stderr.count(b"Error: ")) == (0, 1)
        assert b"Haqqani Network" in done.stdout

    def test_it_ends_with_the_input(self, qa, index):
        done = qa("chat", "--index", index, input="")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


class TestStreams:
    def test_a_reader_that_goes_away_is_no_error(self, index, environment):
        process = subprocess.Popen(
            [QA, "list", "--index", index], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
        )
        process.stdout.close()
        assert process.stderr.read() == b""
        process.wait(60)

    @pytest.mark.parametrize(
        ("arguments", "says"), [(["chat"], ""), (["ask", "-"], "question is empty"), (["add", "-"], "it has no text")]
    )
    def test_a_closed_standard_input_is_an_empty_one(self, index, environment, arguments, says):
        command = ["sh", "-c", 'exec "$0" "$@" <&-', QA, arguments[0], "--index", index, *arguments[1:]]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)
        assert "Traceback" not in done.stderr
        assert says in done.stdout + done.stderr

    def test_a_full_disk_is_one_line(self, qa, index):
        if not Path("/dev/full").exists():
            pytest.skip("this system has no /dev/full")
        with open("/dev/full", "w") as full:
            done = qa("list", "--index", index, capture_output=False, stdout=full, stderr=subprocess.PIPE)
        assert done.returncode == 1
        assert done.stderr.splitlines() == ["Error: No space left on device"]

    def test_a_narrow_encoding_is_no_error(self, qa, index, environment):
        done = qa("ask", "--index", index, QUESTION, env={**environment, "PYTHONIOENCODING": "ascii"})
        assert done.returncode == 0
        assert "Traceback" not in done.stderr

    def test_ctrl_c_is_status_130(self, index, environment):
        command = [QA, "chat", "--index", index]
        streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        process = subprocess.Popen(command, **streams, env=environment, text=True)
        process.stdin.write(f"{QUESTION}\n")
        process.stdin.flush()
        assert "Haqqani" in process.stdout.readline()  # it has answered, and now waits
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
        assert "Traceback" not in process.stderr.read()
