"""What programs may ask for, with an index in a list and a reader that reads what the test says."""

import asyncio
import json
import subprocess
import sys

import pytest

from index.errors import ArticleMissingError, QuestionError
from qa.api import LISTED, READ_CHARACTERS, Api
from qa.chain import answer_chain
from qa.filters import NAMES, SCHEMA
from tests.doubles_qa import ListIndex, article, finds

LONG = article("A weevil. " * 3_000, title="Long", source="https://wire.example/long")
SHORT = article("The weevil eats grain.", title="Short", source="https://wire.example/short")


@pytest.fixture
def api():
    index = ListIndex([SHORT, LONG])
    return Api(answer_chain(index, finds("grain")), index)


def test_all_it_gives_is_json(api):
    given = (
        asyncio.run(api.ask("What does the weevil eat?")),
        api.search_articles("weevil"),
        api.list_articles(),
        api.read_article(SHORT.id),
    )
    assert json.loads(json.dumps(given)) == list(given)
    assert given[0]["answer"] == "grain"
    assert given[0]["citations"][0]["article_id"] == SHORT.id


def test_a_long_article_is_read_in_pieces_that_make_it_whole(api):
    read, start = "", 0
    while start is not None:
        piece = api.read_article(LONG.id, start)
        assert len(piece["text"]) <= READ_CHARACTERS
        read, start = read + piece["text"], piece["next"]
    assert read == LONG.text
    assert api.read_article(LONG.id, 10**9)["text"] == ""


def test_a_long_list_is_given_in_pieces():
    articles = [article("Text.", title=f"{n:03}", source=f"https://wire.example/{n}") for n in range(LISTED + 5)]
    index = ListIndex(articles)
    api = Api(answer_chain(index, finds("grain")), index)
    titles = [one["title"] for first in (0, LISTED) for one in api.list_articles(first=first)["articles"]]
    assert titles == [one.title for one in articles]
    assert api.list_articles("wire 004")["total"] == 1


@pytest.mark.parametrize(
    "call",
    [
        lambda api: api.search_articles("weevil", 0),
        lambda api: api.search_articles("weevil", 51),
        lambda api: api.search_articles("weevil", True),
        lambda api: api.search_articles("weevil", "8"),
        lambda api: api.search_articles(" "),
        lambda api: api.search_articles("weevil", 8, {"outlet": ["x"]}),
        lambda api: api.list_articles(7),
        lambda api: api.list_articles("", -1),
        lambda api: api.read_article(SHORT.id, 1.5),
        lambda api: asyncio.run(api.ask("Who?", "history")),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(api, call):
    with pytest.raises(QuestionError):
        call(api)


def test_an_article_that_is_not_there(api):
    with pytest.raises(ArticleMissingError):
        api.read_article("nothing")


def test_the_schema_of_a_filter_names_all_that_it_takes():
    assert set(SCHEMA["properties"]) == set(NAMES)


def test_without_the_extra_the_command_to_run_is_named(tmp_path):
    without = "import sys; sys.modules['mcp'] = None; from qa.cli import run; run()"
    command = [sys.executable, "-c", without, "serve", "--mcp", "--index", str(tmp_path / "index"), "--port", "0"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2
    assert done.stderr.strip().endswith("Run: pip install 'article-qa[mcp]'")
    assert "Traceback" not in done.stderr
