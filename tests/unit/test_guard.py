"""Which requests the server refuses before anything else looks at them."""

import pytest

from qa.page.guard import LOOPBACK, hosts_of, objection


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost:7860", "[::1]:7860", "LOCALHOST", "127.0.0.1"])
def test_its_own_names_and_pages_are_welcome(host):
    assert objection({"host": host}, LOOPBACK) is None
    assert objection({"host": host, "origin": f"http://{host.lower()}"}, LOOPBACK) is None


@pytest.mark.parametrize("host", ["evil.test:7860", "127.0.0.1.evil.test", "localhost@evil.test", "", "[", "0.0.0.0:1"])
def test_another_host_is_refused_on_loopback(host):
    assert objection({"host": host}, LOOPBACK)[0] == 421
    assert objection({}, LOOPBACK)[0] == 421


@pytest.mark.parametrize("origin", ["http://evil.test", "null", "", "http://localhost:8000", "file://", "http://["])
def test_another_origin_is_refused_everywhere(origin):
    for hosts in (LOOPBACK, ()):
        assert objection({"host": "localhost:7860", "origin": origin}, hosts)[0] == 403


def test_a_rebound_name_gains_nothing_by_agreeing_with_itself():
    rebound = {"host": "evil.test:7860", "origin": "http://evil.test:7860", "x-forwarded-host": "localhost:7860"}
    assert objection(rebound, LOOPBACK)[0] == 421


def test_a_proxy_may_tell_what_the_browser_called_it():
    passed_on = {"host": "127.0.0.1:7860", "origin": "https://qa.example"}
    assert objection(passed_on, LOOPBACK)[0] == 403
    assert objection(passed_on | {"x-forwarded-host": "qa.example"}, LOOPBACK) is None


def test_a_public_address_goes_by_any_name():
    assert hosts_of("0.0.0.0") == ()
    assert objection({"host": "qa.example", "origin": "https://qa.example"}, ()) is None
    assert hosts_of("127.0.0.1") == hosts_of("localhost") == LOOPBACK
