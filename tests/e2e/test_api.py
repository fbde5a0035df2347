"""The endpoints that docs/api.md describes, as a script uses them: over HTTP, and with Gradio's client."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

pytestmark = pytest.mark.e2e

CALLS = "gradio_api/call/v2"


@pytest.fixture(scope="module")
def client(address: str) -> Client:
    return Client(address, verbose=False)


def post(address: str, endpoint: str, body: Any, **headers: str) -> httpx.Response:
    return httpx.post(f"{address}{CALLS}/{endpoint}", json=body, headers=headers, timeout=60)


def result(address: str, endpoint: str, body: dict[str, Any]) -> Any:
    """What docs/api.md says to do: call, then read the event."""
    event = post(address, endpoint, body).json()["event_id"]
    said = httpx.get(f"{address}{CALLS}/{endpoint}/{event}", timeout=60).text
    assert "event: complete" in said
    return json.loads(said.split("event: complete\ndata: ")[1].splitlines()[0])[0]


def test_a_result_is_read_once(address: str) -> None:
    event = post(address, "list_articles", {}).json()["event_id"]
    again = f"{address}{CALLS}/list_articles/{event}"
    assert "event: complete" in httpx.get(again, timeout=60).text
    for nothing in (again, f"{address}{CALLS}/ask/none-such"):
        refused = httpx.get(nothing, timeout=60)
        assert refused.status_code == 404
        assert "Call again" in refused.json()["detail"]


def test_a_history_makes_a_follow_up(client: Client) -> None:
    history = [["Which country became NATO's 32nd member?", "Sweden"]]
    answer = client.predict("Who was its prime minister?", history, api_name="/ask")
    assert "Kristersson" in answer["answer"]


def test_a_filter_chooses_the_articles(address: str) -> None:
    question = {"question": "How many people died in the earthquakes in Turkey and Syria?"}
    early = result(address, "ask", question | {"filter": {"until": "2023-02-10"}})
    assert early["citations"]
    assert all(citation["published"] <= "2023-02-10" for citation in early["citations"])


def test_articles_are_listed_searched_and_read(address: str) -> None:
    listed = result(address, "list_articles", {"words": "nato"})
    assert [one["title"][:6] for one in listed["articles"]] == ["Sweden", "Finlan"]
    found = result(address, "search_articles", {"words": "joining NATO", "limit": 3})["passages"]
    assert len(found) == 3
    article = result(address, "read_article", {"article_id": found[0]["article_id"]})
    assert article["text"][found[0]["start"] : found[0]["end"]] == found[0]["text"]
    assert article["next"] is None


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"question": ""}, "The question is empty"),
        ({}, "The question is empty"),
        ({"question": "x" * 100_000}, "100,000 characters"),
        ({"question": 7}, "must be text"),
        ({"question": "Who?", "history": [["no answer beside it"]]}, "must be a (question, answer) pair"),
        ({"question": "Who?", "filter": {"outlet": ["Example Wire"]}}, "A filter is a mapping with any of"),
        ({"question": "Who?", "filter": {"since": "yesterday"}}, "must be a date such as 2023-02-06"),
        ({"qestion": "Who?"}, "`qestion` is not a valid"),
    ],
)
def test_what_cannot_be_asked_is_refused_at_once_with_a_reason(address: str, body: dict[str, Any], said: str) -> None:
    refused = post(address, "ask", body)
    assert refused.status_code == 422
    assert said in refused.text
    assert "Traceback" not in refused.text


@pytest.mark.parametrize("body", [{"data": ["Who?"]}, {"question": "Who?"}, []])
@pytest.mark.parametrize("name", ["ask", "begin", "nothing"])
def test_calls_by_position_are_told_to_name_their_parameters(address: str, name: str, body: Any) -> None:
    refused = httpx.post(f"{address}gradio_api/call/{name}", json=body, timeout=60)
    assert refused.status_code == 404
    assert refused.json()["detail"].endswith("post them as one JSON object to /gradio_api/call/v2/NAME.")


def test_there_is_no_other_endpoint(address: str, client: Client) -> None:
    assert set(client.view_api(return_format="dict")["named_endpoints"]) == {
        "/ask",
        "/search_articles",
        "/list_articles",
        "/read_article",
    }
    assert post(address, "begin", {}).status_code == 404


def test_the_client_gets_one_clear_line(client: Client) -> None:
    with pytest.raises(AppError, match="There is no article 'nothing'") as caught:
        client.predict("nothing", api_name="/read_article")
    assert "Traceback" not in str(caught.value)


@pytest.mark.parametrize("path", ["", "gradio_api/info", f"{CALLS}/ask", "gradio_api/upload", "mcp"])
def test_pages_of_other_addresses_are_refused(address: str, path: str) -> None:
    own = address.rstrip("/")
    assert httpx.post(f"{address}{path}", headers={"Origin": "http://evil.test"}, timeout=60).status_code == 403
    assert httpx.post(f"{address}{path}", headers={"Origin": "null"}, timeout=60).status_code == 403
    assert httpx.post(f"{address}{path}", headers={"Host": "evil.test"}, timeout=60).status_code == 421
    assert httpx.post(f"{address}{path}", headers={"Origin": own}, timeout=60).status_code not in (403, 421)
