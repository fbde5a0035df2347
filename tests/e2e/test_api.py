"""The endpoint behind the chat, as a script uses it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

pytestmark = pytest.mark.e2e

QA = Path(sys.executable).with_name("qa")


@pytest.fixture(scope="module")
def client(address: str) -> Client:
    return Client(address, verbose=False)


@pytest.mark.parametrize("question", ["Who controls Kabul's security?", "Who is the mayor of Paris?"])
def test_it_answers_what_the_command_line_answers(client: Client, sample_index: Path, question: str) -> None:
    command = [QA, "ask", question, "--index", sample_index, "--json"]
    done = subprocess.run(command, capture_output=True, timeout=120)
    assert untimed(client.predict(question, api_name="/ask")) == untimed(json.loads(done.stdout))


def test_a_history_makes_a_follow_up(client: Client) -> None:
    history = [["Which country became NATO's 32nd member?", "Sweden"]]
    answer = client.predict("Who was its prime minister?", history, api_name="/ask")
    assert "Kristersson" in answer["answer"]


@pytest.mark.parametrize(
    ("question", "history"), [("", []), ("  ", []), ("x" * 1_000_000, []), ("Who?", [["no answer beside it"]]), (7, [])]
)
def test_what_is_no_question_gets_one_clear_line(client: Client, question: Any, history: list[Any]) -> None:
    with pytest.raises(AppError) as caught:
        client.predict(question, history, api_name="/ask")
    assert 0 < len(str(caught.value)) < 200
    assert "Traceback" not in str(caught.value)


def test_it_is_the_only_endpoint(client: Client) -> None:
    assert list(client.view_api(return_format="dict")["named_endpoints"]) == ["/ask"]


def untimed(answer: dict[str, Any]) -> dict[str, Any]:
    assert answer["timings_ms"]["total"] > 0
    return {key: value for key, value in answer.items() if key != "timings_ms"}
