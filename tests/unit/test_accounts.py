"""Fault 53: every route asks for an account where there are accounts, and none is served to others without."""

import asyncio
import base64

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from index.errors import ConfigError
from qa.page.accounts import Accounts, accounts_for, is_loopback

SECRET = "s3cret:with:colons"


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "accounts"
    file.write_text(f"ann:{SECRET}\n\nbob:another secret\n", "utf-8")
    file.chmod(0o600)
    return file


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_this_machine_alone_needs_no_accounts(host):
    assert is_loopback(host)
    assert accounts_for(host, None, trusted=False) == {}


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "10.0.0.1", "example.org", "", "127.0.0.1.evil.test"])
def test_where_others_reach_it_somebody_has_to_say_so(host, file):
    with pytest.raises(ConfigError, match="--auth-file"):
        accounts_for(host, None, trusted=False)
    assert accounts_for(host, None, trusted=True) == {}
    assert accounts_for(host, file, trusted=False) == {"ann": SECRET, "bob": "another secret"}


@pytest.mark.parametrize("text", ["", "\n", "ann", "ann:short", ":no name at all", "\xff"])
def test_a_file_that_is_none_is_refused_without_its_words(file, text):
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigError) as caught:
        accounts_for("127.0.0.1", file, trusted=False)
    assert "short" not in str(caught.value)


def test_a_file_that_others_can_read_is_refused(file):
    file.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        accounts_for("127.0.0.1", file, trusted=False)


def status(path="/", header=None):
    app = Starlette(
        routes=[Route("/{rest:path}", lambda _: PlainTextResponse("articles"))],
        middleware=[Middleware(Accounts, accounts={"ann": SECRET})],
    )
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "http.request"}

    headers = [(b"authorization", header.encode())] if header else []
    scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"",
             "headers": headers, "root_path": "", "scheme": "http", "server": ("127.0.0.1", 80)}  # fmt: skip
    asyncio.run(app(scope, receive, send))
    return sent[0]["status"]


def basic(words):
    return "Basic " + base64.b64encode(words.encode()).decode()


@pytest.mark.parametrize("path", ["/", "/config", "/gradio_api/queue/join", "/gradio_api/info", "/mcp", "/ask"])
def test_every_route_asks(path):
    assert status(path) == 401
    assert status(path, basic(f"ann:{SECRET}")) == 200


@pytest.mark.parametrize(
    "header",
    ["", "Basic", "Basic !!!", "Basic /w==", "Bearer x", basic("ann:"), basic("ann:wrong"), basic(f"bob:{SECRET}"),
     basic("bob:"), basic("bob:\0"), basic(SECRET), "Bearer" + basic(f"ann:{SECRET}")[5:]],
)  # fmt: skip
def test_nothing_else_is_let_in(header):
    assert status("/", header) == 401
