"""One engine: whoever is asked, the page, the command line, HTTP, MCP or LangChain, the answer is the same."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult
from playwright.sync_api import Page, expect

from qa.answer_json import answer_json
from qa.assemble import open_chain
from qa.commands.answers import print_answer
from qa.commands.terminal import console
from qa.config import load_config
from qa.langchain import ArticleRetriever
from qa.types import Answer
from tests.commands import QA

pytestmark = pytest.mark.e2e

QUESTIONS = (
    "Who controls Kabul's security?",
    "Who is the mayor of Paris?",
    "How many people died in the earthquakes in Turkey and Syria?",
    "Quel pays est devenu le 32e membre de l'OTAN ?",
)
asked = pytest.mark.parametrize("question", QUESTIONS)


def untimed(answer: Mapping[str, Any]) -> dict[str, Any]:
    assert answer["timings_ms"]["total"] > 0
    return {key: value for key, value in answer.items() if key != "timings_ms"}


@pytest.fixture(scope="module")
def engine(sample_index: Path) -> Mapping[str, Answer]:
    """What the LangChain chain answers: the engine itself."""
    chain = open_chain(load_config(index=sample_index))
    return {question: chain.invoke(question) for question in QUESTIONS}


@pytest.fixture(scope="module")
def answers(engine: Mapping[str, Answer]) -> dict[str, dict[str, Any]]:
    """The same as JSON, since that is how all the others come."""
    return {question: json.loads(json.dumps(untimed(answer_json(answer)))) for question, answer in engine.items()}


@pytest.fixture(scope="module")
def client(address: str) -> Client:
    return Client(address, verbose=False)


def printed(*arguments: object, said: str | None = None) -> str:
    command = [QA, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, input=said, check=True)
    return done.stdout


def test_the_command_line(answers: dict[str, Any], sample_index: Path) -> None:
    for question in QUESTIONS[:2]:
        assert untimed(json.loads(printed("ask", question, "--index", sample_index, "--json"))) == answers[question]


def test_the_conversation_on_the_command_line(engine: Mapping[str, Answer], sample_index: Path) -> None:
    out = console()
    with out.capture() as one_by_one:
        for question in QUESTIONS[:2]:
            print_answer(out, engine[question])
            out.print()
    assert printed("chat", "--index", sample_index, said="\n".join(QUESTIONS[:2])) == one_by_one.get()


@asked
def test_http(answers: dict[str, Any], client: Client, question: str) -> None:
    assert untimed(client.predict(question, api_name="/ask")) == answers[question]


def call_tool(address: str, name: str, arguments: dict[str, Any]) -> CallToolResult:
    async def call() -> CallToolResult:
        async with streamable_http_client(f"{address}mcp") as (read, write, _), ClientSession(read, write) as session:
            began = await session.initialize()
            assert (began.serverInfo.name, began.serverInfo.version) == ("Ask your articles", version("article-qa"))
            return await session.call_tool(name, arguments)

    # In a thread of its own: an open browser keeps this one's event loop.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(call())).result(timeout=120)


@asked
def test_mcp(answers: dict[str, Any], address: str, question: str) -> None:
    told = call_tool(address, "ask", {"question": question})
    assert not told.isError
    assert told.structuredContent is not None
    assert untimed(told.structuredContent) == answers[question]
    assert told.structuredContent == json.loads(told.content[0].text)  # type: ignore[union-attr]


def test_mcp_filters_and_follows_up_as_http_does(address: str, client: Client) -> None:
    history = [["Which country became NATO's 32nd member?", "Sweden"]]
    arguments = {"question": "Who was its prime minister?", "history": history, "filter": {"since": "2024-01-01"}}
    told = call_tool(address, "ask", arguments)
    assert told.structuredContent is not None
    http = client.predict(**arguments, api_name="/ask")
    assert untimed(told.structuredContent) == untimed(http)
    assert "Kristersson" in http["answer"]


def test_mcp_says_what_is_wrong(address: str) -> None:
    for arguments in ({"question": " "}, {"question": "Who?", "filter": {"outlet": ["x"]}}):
        told = call_tool(address, "ask", arguments)
        assert told.isError
        said = told.content[0].text  # type: ignore[union-attr]
        assert "The question is empty" in said or "A filter is a mapping" in said


def test_the_retriever_finds_what_the_engine_reads(
    engine: Mapping[str, Answer], sample_index: Path, client: Client
) -> None:
    retriever = ArticleRetriever.open(sample_index, k=8)
    for question, answer in engine.items():
        found = [one.page_content for one in retriever.invoke(question)]
        assert found == [hit.passage.text for hit in answer.nearest]
        told = client.predict(question, 8, api_name="/search_articles")
        assert found == [one["text"] for one in told["passages"]]


@asked
def test_the_page(answers: dict[str, Any], page: Page, question: str) -> None:
    page.get_by_label("Your question").fill(question)
    page.get_by_label("Your question").press("Enter")
    shown = page.locator("#chat .bot-row").last
    expect(shown.locator(".answer-text")).to_be_visible(timeout=90_000)
    expected = answers[question]
    if expected["answer"] is None:
        expect(shown.locator(".refusal")).to_be_visible()
        expect(shown.locator(".marker")).to_have_count(0)
    else:
        expect(shown.locator(".answer-text").first).to_contain_text(expected["answer"])
        titles = shown.locator(".source .title").all_inner_texts()
        given = [citation["title"] for citation in expected["citations"]]
        others = [citation["title"] for other in expected["alternatives"] for citation in other["citations"]]
        assert titles == given + others
        expect(shown.locator(".position")).to_have_count(len(expected["alternatives"]) + 1 if others else 0)
