"""Faults 29 to 33: a fetch reaches what it should, whatever addresses, names, redirects and servers try."""

import gzip
import socket
import ssl
import sys
import threading
import time
import zlib
from dataclasses import replace

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ConfigError, SourceError
from index.fetching.fetch import Fetcher, FetchPolicy
from tests.faults.servers import (
    MisbehavingServer,
    RecordingBackend,
    drips,
    floods,
    redirect,
    response,
    says_nothing,
    sends,
)
from tests.faults.ssrf_vectors import AS_REDIRECTS, IPV4, IPV6, PUBLIC, VECTORS, Vector

NO_ROBOTS = FetchPolicy(respect_robots=False)
_guards = []


def _watch(event, arguments):
    if _guards and event in {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo"}:
        _guards[-1](event, arguments)


sys.addaudithook(_watch)


@pytest.fixture(autouse=True)
def only_loopback():
    """The interpreter itself tells of every connection and look-up: one that goes anywhere but loopback is stopped."""

    def stop(event, arguments):
        host = arguments[0] if event == "socket.getaddrinfo" else arguments[1][0]
        if host not in ("127.0.0.1", b"127.0.0.1"):
            raise AssertionError(f"{event} to {host!r}")

    _guards.append(stop)
    yield
    _guards.remove(stop)


@pytest.fixture
def server():
    with MisbehavingServer() as running:
        yield running


@pytest.fixture
def allowed(server):
    """The policy under which the local server may be reached."""
    return FetchPolicy(
        allow_private=("127.0.0.1",),
        extra_ports=(server.port,),
        respect_robots=False,
        deadline_s=60,
        max_bytes=100_000,
    )


@pytest.fixture
def impatient(allowed):
    return replace(allowed, deadline_s=0.5)


def names(table):
    """A resolver over a fixed table, which notes what it is asked."""
    asked = []

    def resolve(host, port):
        asked.append(host)
        if host not in table:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return table[host]

    resolve.asked = asked
    return resolve


def one_line(error):
    text = str(error.value)
    assert text.isprintable()
    assert "; " in text
    return text


# 29, 30, 31: addresses


@pytest.mark.parametrize("vector", VECTORS, ids=str)
def test_29_30_31_not_one_packet_to_where_no_fetch_may_go(vector):
    recorder = RecordingBackend()
    fetcher = Fetcher(resolve=lambda *_: vector.answers, dial=recorder)
    with pytest.raises(SourceError) as error:
        fetcher.fetch(vector.url)
    one_line(error)
    assert recorder.dialled == []


@pytest.mark.parametrize("vector", AS_REDIRECTS, ids=str)
def test_32_nor_by_way_of_a_redirect(vector):
    recorder = RecordingBackend({PUBLIC: [redirect(vector.url.encode().decode("latin-1"))]})
    table = {"start.example": (PUBLIC,)}
    fetcher = Fetcher(NO_ROBOTS, resolve=lambda host, _: table.get(host, vector.answers), dial=recorder)
    with pytest.raises(SourceError, match=r"^after a redirect, "):
        fetcher.fetch("http://start.example/")
    assert recorder.dialled == [(PUBLIC, 80)]


def test_the_recorder_sees_a_connection_where_nothing_forbids_it():
    literals = [Vector(f"http://{a}/") for a in IPV4] + [Vector(f"http://[{a}]/") for a in IPV6]
    everywhere = FetchPolicy(allow_private=("0.0.0.0/0", "::/0"))
    for vector in literals:
        recorder = RecordingBackend()
        with pytest.raises(SourceError, match="cannot be reached"):
            Fetcher(everywhere, dial=recorder).fetch(vector.url)
        assert len(recorder.dialled) == 1


def test_31_a_name_that_changes_its_address_is_dialled_at_the_one_that_was_checked():
    answers = iter([(PUBLIC,), ("127.0.0.1",)])
    recorder = RecordingBackend({PUBLIC: [response(b"public")]})
    fetcher = Fetcher(NO_ROBOTS, resolve=lambda *_: next(answers), dial=recorder)
    assert fetcher.fetch("http://rebinding.example/").body == b"public"
    with pytest.raises(SourceError, match=r"127\.0\.0\.1, a loopback address"):
        fetcher.fetch("http://rebinding.example/")
    assert recorder.dialled == [(PUBLIC, 80)]


def test_31_the_certificate_is_asked_for_the_name_while_the_address_is_dialled():
    recorder = RecordingBackend({PUBLIC: [response(b"text")]})
    resolve = names({"site.example": (PUBLIC,)})
    Fetcher(NO_ROBOTS, resolve=resolve, dial=recorder).fetch("https://Site.Example./a?b#c")
    assert recorder.dialled == [(PUBLIC, 443)]
    assert recorder.tls_names == ["site.example"]
    assert resolve.asked == ["site.example"]
    assert b"".join(recorder.sent).startswith(b"GET /a?b HTTP/1.1\r\nHost: site.example\r\nUser-Agent: article-qa/")


def test_a_dead_address_of_several_is_passed_over():
    other = "93.184.215.15"
    recorder = RecordingBackend({other: [response(b"text")]})
    resolve = names({"site.example": (PUBLIC, other)})
    assert Fetcher(NO_ROBOTS, resolve=resolve, dial=recorder).fetch("http://site.example/").body == b"text"
    assert recorder.dialled == [(PUBLIC, 80), (other, 80)]


def test_a_named_host_of_an_intranet_opens_its_private_addresses_and_nothing_else():
    recorder = RecordingBackend({"10.0.0.1": [response(b"wiki")]})
    table = {"wiki.corp": ("10.0.0.1",), "other.corp": ("10.0.0.1",), "evil.corp": ("169.254.169.254",)}
    policy = FetchPolicy(allow_private=("Wiki.Corp", "evil.corp"), respect_robots=False)
    fetcher = Fetcher(policy, resolve=names(table), dial=recorder)
    assert fetcher.fetch("http://wiki.corp/").body == b"wiki"
    for host in ("other.corp", "evil.corp"):
        with pytest.raises(SourceError, match="only public sites"):
            fetcher.fetch(f"http://{host}/")
    assert recorder.dialled == [("10.0.0.1", 80)]


def test_an_opening_that_names_no_place_is_a_wrong_setting():
    with pytest.raises(ConfigError, match="allow_private"):
        Fetcher(FetchPolicy(allow_private=("10.0.0.1/8",)))


def test_neither_proxies_nor_passwords_come_from_the_environment(server, allowed, monkeypatch, tmp_path):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    server.behaviours["/"] = sends(response(b"text", "Set-Cookie: a=b"))
    fetcher = Fetcher(allowed)
    assert [fetcher.fetch(server.url("/")).body for _ in range(2)] == [b"text", b"text"]
    for request in server.requests:
        assert b"cookie" not in request.lower()
        assert b"authorization" not in request.lower()


# 32: redirects


def test_32_three_redirects_are_followed_and_the_last_address_is_given(server, allowed):
    for hop in range(3):
        server.behaviours[f"/{hop}"] = sends(redirect(f"{hop + 1}"))
    server.behaviours["/3"] = sends(response(b"here"))
    fetched = Fetcher(allowed).fetch(server.url("/0"))
    assert (fetched.url, fetched.body) == (server.url("/3"), b"here")


def test_32_a_fourth_redirect_is_not(server, allowed):
    for hop in range(4):
        server.behaviours[f"/{hop}"] = sends(redirect(f"/{hop + 1}"))
    server.behaviours["/4"] = sends(response(b"here"))
    with pytest.raises(SourceError, match="more than 3 redirects"):
        Fetcher(allowed).fetch(server.url("/0"))
    assert "/4" not in server.paths()


@pytest.mark.parametrize("chain", [["/a"], ["/b", "/a"]])
def test_32_a_circle_is_left_at_once(server, allowed, chain):
    for path, target in zip(["/a", *chain], chain, strict=False):
        server.behaviours[path] = sends(redirect(target))
    with pytest.raises(SourceError, match="in a circle") as error:
        Fetcher(allowed).fetch(server.url("/a"))
    one_line(error)
    assert len(server.requests) == len(chain)


def test_32_from_https_to_http_is_refused():
    recorder = RecordingBackend({PUBLIC: [redirect("https://site.example/2"), redirect("http://site.example/3")]})
    with pytest.raises(SourceError, match="from https to http"):
        Fetcher(NO_ROBOTS, resolve=names({"site.example": (PUBLIC,)}), dial=recorder).fetch("http://site.example/1")
    assert recorder.dialled == [(PUBLIC, 80), (PUBLIC, 443)]


def test_32_each_hop_is_resolved_and_checked_anew():
    recorder = RecordingBackend({PUBLIC: [redirect("http://site.example/2"), response(b"never")]})
    answers = iter([(PUBLIC,), ("10.0.0.1",)])
    with pytest.raises(SourceError, match=r"after a redirect, site.example is at 10\.0\.0\.1"):
        Fetcher(NO_ROBOTS, resolve=lambda *_: next(answers), dial=recorder).fetch("http://site.example/1")
    assert recorder.dialled == [(PUBLIC, 80)]


@pytest.mark.parametrize("headers", [(), ("Location: ",), ("Location: http://[",), ("Location: \x1b[31m",)])
def test_32_a_redirect_to_nowhere_is_reported(server, allowed, headers):
    server.behaviours["/"] = sends(response(b"", *headers, status="302 Found"))
    with pytest.raises(SourceError) as error:
        Fetcher(allowed).fetch(server.url("/"))
    one_line(error)


# 33: time and size

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


@pytest.mark.parametrize(
    "behaviour",
    [
        says_nothing,
        drips(HEAD + b"\r\n", b"x", every_s=0.05),
        drips(HEAD, b"X-Slow: 1\r\n", every_s=0.05),
        drips(b"H", b"", every_s=0.05),
        drips(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n", every_s=0.05),
        drips(HEAD + b"Content-Encoding: gzip\r\n\r\n", gzip.compress(b""), every_s=0.05),
        drips(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n", every_s=0.05),
    ],
    ids=["silence", "body", "headers", "status line", "early hints", "empty gzip members", "chunks"],
)
def test_33_slowness_ends_at_the_deadline(server, impatient, behaviour):
    server.behaviours["/"] = behaviour
    began = time.monotonic()
    with pytest.raises(SourceError, match=r"longer than 0\.5 s") as error:
        Fetcher(impatient).fetch(server.url("/"))
    assert 0.4 < time.monotonic() - began < 5
    one_line(error)


def test_33_the_deadline_holds_over_all_hops_together(server, impatient):
    def after_a_while(reply):
        def behave(connection, stop):
            stop.wait(0.3)
            connection.sendall(reply)

        return behave

    server.behaviours["/a"] = after_a_while(redirect("/b"))
    server.behaviours["/b"] = after_a_while(response(b"in time for itself, too late for both"))
    with pytest.raises(SourceError, match=r"longer than 0\.5 s"):
        Fetcher(impatient).fetch(server.url("/a"))


def test_33_a_resolver_that_hangs_ends_at_the_deadline():
    answer = threading.Event()

    def hangs(host, port):
        answer.wait(10)
        return (PUBLIC,)

    recorder = RecordingBackend()
    with pytest.raises(SourceError, match=r"longer than 0\.3 s"):
        Fetcher(FetchPolicy(deadline_s=0.3), resolve=hangs, dial=recorder).fetch("http://site.example/")
    answer.set()
    assert recorder.dialled == []


def test_33_a_tls_handshake_that_hangs_ends_at_the_deadline(server, allowed):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        policy = FetchPolicy(allow_private=("127.0.0.1",), extra_ports=(port,), deadline_s=0.3)
        with pytest.raises(SourceError, match=r"longer than 0\.3 s"):
            Fetcher(policy).fetch(f"https://127.0.0.1:{port}/")


ENDLESS_CHUNKS = floods(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1000\r\n" + b"x" * 0x1000 + b"\r\n")
BOMB = gzip.compress(bytes(50_000_000))
DEFLATE_BOMB = zlib.compress(bytes(50_000_000))


@pytest.mark.parametrize(
    "behaviour",
    [
        floods(HEAD + b"\r\n", b"x" * 4096),
        ENDLESS_CHUNKS,
        sends(response(BOMB, "Content-Encoding: gzip")),
        sends(response(BOMB, "Content-Encoding: X-GZIP")),
        sends(response(DEFLATE_BOMB, "Content-Encoding: deflate")),
        sends(response(gzip.compress(b"x" * 60_000) * 2, "Content-Encoding: gzip")),
        floods(HEAD + b"Content-Encoding: gzip\r\n\r\n", gzip.compress(b"") * 100),
        sends(response(b"", length=10**12)),
        sends(response(b"", length=10**19)),
        sends(response(b"x" * 100_001)),
    ],
    ids=[
        "endless",
        "endless chunks",
        "gzip bomb",
        "x-gzip bomb",
        "deflate bomb",
        "two members",
        "endless empty members",
        "huge length",
        "absurd length",
        "one byte",
    ],
)
def test_33_what_is_too_large_is_given_up(server, allowed, behaviour):
    server.behaviours["/"] = behaviour
    with pytest.raises(SourceError, match="larger than 100,000 bytes") as error:
        Fetcher(allowed).fetch(server.url("/"))
    one_line(error)


def test_33_a_bomb_is_not_unpacked_first(allowed, server):
    import tracemalloc

    server.behaviours["/"] = sends(response(BOMB, "Content-Encoding: gzip"))
    tracemalloc.start()
    with pytest.raises(SourceError):
        Fetcher(allowed).fetch(server.url("/"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3_000_000


def test_33_exactly_the_limit_is_taken(server, allowed):
    server.behaviours["/plain"] = sends(response(b"x" * 100_000))
    server.behaviours["/packed"] = sends(response(gzip.compress(b"x" * 100_000), "Content-Encoding: gzip"))
    assert Fetcher(allowed).fetch(server.url("/plain")).body == b"x" * 100_000
    assert Fetcher(allowed).fetch(server.url("/packed")).body == b"x" * 100_000


@pytest.mark.parametrize(
    "reply",
    [
        response(b"half", length=8),
        response(b"", length=8),
        HEAD + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nxxxxx",
        HEAD + b"Content-Length: -1\r\n\r\n",
        HEAD + b"Content-Length: 4,5\r\n\r\n",
        HEAD + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        HEAD + b"Transfer-Encoding: nonsense\r\n\r\n",
        response(gzip.compress(b"x" * 1000)[:-20], "Content-Encoding: gzip"),
        response(b"not gzip", "Content-Encoding: gzip"),
        response(b"x", "Content-Encoding: br"),
        response(gzip.compress(gzip.compress(b"x")), "Content-Encoding: gzip, gzip"),
        response(gzip.compress(gzip.compress(b"x")), "Content-Encoding: gzip", "Content-Encoding: gzip"),
        HEAD + b"X-Large: " + b"x" * 200_000 + b"\r\n\r\n",
        HEAD + b"X-Many: x\r\n" * 20_000 + b"\r\n",
        HEAD + b"no colon\r\n\r\n",
        b"",
        b"HTTP/1.1",
        b"SSH-2.0-OpenSSH_9.7\r\n\x1b]0;owned\x07\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        response(b"part", status="206 Partial Content"),
        response(b"", status="304 Not Modified"),
    ],
    ids=lambda reply: ascii(reply[:60]),
)
def test_33_a_reply_that_is_not_whole_or_not_http_is_reported(server, allowed, reply):
    server.behaviours["/"] = sends(reply)
    with pytest.raises(SourceError) as error:
        Fetcher(allowed).fetch(server.url("/"))
    one_line(error)
    assert len(str(error.value)) < 400


def test_33_bytes_beyond_the_length_are_not_the_page(server, allowed):
    server.behaviours["/"] = sends(response(b"page and more", length=4))
    assert Fetcher(allowed).fetch(server.url("/")).body == b"page"


@given(st.binary(max_size=300), st.sampled_from([b"", b"HTTP/1.1 200 OK\r\n", HEAD, HEAD + b"\r\n"]))
def test_33_any_bytes_at_all_are_a_page_or_an_error(noise, head):
    recorder = RecordingBackend({PUBLIC: [head + noise]})
    fetcher = Fetcher(NO_ROBOTS, resolve=lambda *_: (PUBLIC,), dial=recorder)
    try:
        said = str(fetcher.fetch("http://site.example/").status)
    except SourceError as error:
        said = str(error)
    assert said in {"200", "203"} or (said.isprintable() and "; " in said)


# what honest and less honest servers say


def test_what_the_server_says_is_handed_on(server, allowed):
    headers = (
        'Content-Type: Text/HTML; Charset="UTF-16"',
        'ETag: "v1"',
        "Last-Modified: Tue, 01 Oct 2024 10:00:00 GMT",
    )
    server.behaviours["/"] = sends(response(b"caf\xe9", *headers))
    fetched = Fetcher(allowed).fetch(server.url("/"))
    assert (fetched.content_type, fetched.charset, fetched.body) == ("text/html", "utf-16", b"caf\xe9")
    assert (fetched.etag, fetched.last_modified) == ('"v1"', "Tue, 01 Oct 2024 10:00:00 GMT")
    assert not fetched.not_modified


@pytest.mark.parametrize(
    "value", ["", "nonsense", "text/html; charset", "text/html; charset*=x''%ff", "a/b; charset=\xff"]
)
def test_a_content_type_that_says_little_is_no_obstacle(server, allowed, value):
    server.behaviours["/"] = sends(response(b"text", f"Content-Type: {value}"))
    assert Fetcher(allowed).fetch(server.url("/")).body == b"text"


def test_a_page_that_has_not_changed_is_not_sent_again(server, allowed):
    server.behaviours["/"] = sends(b'HTTP/1.1 304 Not Modified\r\nETag: "v1"\r\n\r\n')
    fetched = Fetcher(allowed).fetch(server.url("/"), etag='"v1"', last_modified="Tue, 01 Oct 2024 10:00:00 GMT")
    assert fetched.not_modified
    assert fetched.body == b""
    assert b'If-None-Match: "v1"\r\nIf-Modified-Since: Tue, 01 Oct 2024 10:00:00 GMT\r\n' in server.requests[0]


def test_an_etag_cannot_smuggle_a_header(server, allowed):
    with pytest.raises(SourceError):
        Fetcher(allowed).fetch(server.url("/"), etag="x\r\nX-Evil: 1")
    assert server.requests == []


@pytest.mark.parametrize(
    ("status", "says"),
    [
        ("404 Not Found", "no such page"),
        ("410 Gone", "no such page"),
        ("403 Forbidden", "save it as a file"),
        ("429 Too Many Requests", "try again in 120 s"),
        ("500 Internal Server Error", "try again later"),
        ("503 Service Unavailable", "try again later"),
        ("418 I'm a teapot", "gave no page"),
    ],
)
def test_a_status_that_brings_no_page_says_what_to_do(server, allowed, status, says):
    server.behaviours["/"] = sends(response(b"an error page", "Retry-After: 120", status=status))
    with pytest.raises(SourceError, match=says) as error:
        Fetcher(allowed).fetch(server.url("/"))
    one_line(error)


def test_a_port_where_nobody_listens_is_reported(allowed, server):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    policy = FetchPolicy(allow_private=("127.0.0.1",), extra_ports=(port,), deadline_s=60)
    with pytest.raises(SourceError, match="cannot be reached"):
        Fetcher(policy).fetch(f"http://127.0.0.1:{port}/")


# TLS for real, on loopback


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


def tls_server(authority, *host_names):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*host_names).configure_cert(context)
    return MisbehavingServer(tls=context)


def trusting(authority, port):
    context = ssl.create_default_context()
    authority.configure_trust(context)
    policy = FetchPolicy(
        allow_private=("127.0.0.1",), extra_ports=(port,), respect_robots=False, deadline_s=60, max_bytes=1000
    )
    return Fetcher(policy, resolve=lambda *_: ("127.0.0.1",), ssl_context=context)


def test_31_a_certificate_of_the_name_is_taken_and_of_another_is_not(authority):
    with tls_server(authority, "site.example") as server:
        server.behaviours["/"] = sends(response(b"text"))
        fetcher = trusting(authority, server.port)
        assert fetcher.fetch(server.url("/", host="site.example")).body == b"text"
        with pytest.raises(SourceError, match="no secure connection") as error:
            fetcher.fetch(server.url("/", host="other.example"))
        one_line(error)
        assert len(server.requests) == 1


def test_31_a_certificate_that_nobody_vouches_for_is_refused(authority):
    with tls_server(authority, "127.0.0.1") as server:
        policy = FetchPolicy(allow_private=("127.0.0.1",), extra_ports=(server.port,), deadline_s=60)
        with pytest.raises(SourceError, match="no secure connection"):
            Fetcher(policy).fetch(server.url("/"))
        assert server.requests == []


def test_32_a_downgrade_is_refused_for_real(authority):
    with MisbehavingServer() as plain, tls_server(authority, "site.example") as server:
        plain.behaviours["/"] = sends(response(b"forged"))
        server.behaviours["/"] = sends(redirect(plain.url("/")))
        context = ssl.create_default_context()
        authority.configure_trust(context)
        policy = FetchPolicy(
            allow_private=("127.0.0.1",), extra_ports=(server.port, plain.port), respect_robots=False, deadline_s=60
        )
        fetcher = Fetcher(policy, resolve=lambda *_: ("127.0.0.1",), ssl_context=context)
        with pytest.raises(SourceError, match="from https to http"):
            fetcher.fetch(server.url("/", host="site.example"))
        assert plain.requests == []


# robots.txt


@pytest.fixture
def polite(server):
    return FetchPolicy(allow_private=("127.0.0.1",), extra_ports=(server.port,), deadline_s=60)


def test_what_a_site_asks_to_leave_alone_is_left_alone(server, polite):
    rules = b"User-agent: *\nDisallow: /private\nAllow: /private/*.html$\n\nUser-agent: article-qa\nDisallow: /secret\n"
    server.behaviours["/robots.txt"] = sends(response(rules))
    for path in ("/public", "/private"):
        server.behaviours[path] = sends(response(b"text"))
    fetcher = Fetcher(polite)
    assert fetcher.fetch(server.url("/public")).body == b"text"
    assert fetcher.fetch(server.url("/private")).body == b"text"
    with pytest.raises(SourceError, match=r"robots\.txt") as error:
        fetcher.fetch(server.url("/secret/page"))
    one_line(error)
    assert server.paths() == ["/robots.txt", "/public", "/private"]


def test_robots_txt_speaks_for_where_a_redirect_leads_too(server, polite):
    server.behaviours["/robots.txt"] = sends(response(b"User-agent: *\nDisallow: /secret\n"))
    server.behaviours["/"] = sends(redirect("/secret"))
    with pytest.raises(SourceError, match=r"robots\.txt"):
        Fetcher(polite).fetch(server.url("/"))
    assert "/secret" not in server.paths()


def test_a_site_without_robots_txt_allows_everything(server, polite):
    server.behaviours["/"] = sends(response(b"text"))
    assert Fetcher(polite).fetch(server.url("/")).body == b"text"


@pytest.mark.parametrize("status", ["500 Internal Server Error", "503 Service Unavailable", "429 Too Many Requests"])
def test_while_robots_txt_cannot_be_read_nothing_is_fetched(server, polite, status):
    server.behaviours["/robots.txt"] = sends(response(b"", status=status))
    server.behaviours["/"] = sends(response(b"text"))
    with pytest.raises(SourceError, match=r"robots\.txt") as error:
        Fetcher(polite).fetch(server.url("/"))
    one_line(error)
    assert server.paths() == ["/robots.txt"]


def test_robots_txt_is_no_way_in_either():
    recorder = RecordingBackend({PUBLIC: [redirect("http://169.254.169.254/latest/meta-data/")]})
    with pytest.raises(SourceError, match="link-local"):
        Fetcher(resolve=lambda *_: (PUBLIC,), dial=recorder).fetch("http://site.example/")
    assert recorder.dialled == [(PUBLIC, 80)]


def test_a_hostile_robots_txt_costs_no_more_than_another(server, polite):
    patterns = b"".join(b"Disallow: /" + b"*a" * n + b"b\n" for n in range(1, 600))
    server.behaviours["/robots.txt"] = sends(response(b"User-agent: *\n" + patterns))
    path = "/" + "a" * 4000
    server.behaviours[path] = sends(response(b"text"))
    began = time.process_time()
    assert Fetcher(polite).fetch(server.url(path)).body == b"text"
    assert time.process_time() - began < 5
