"""The address policy: which hosts and IP addresses are the public web. Nothing here touches a network."""

import ipaddress
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ConfigError, SourceError
from index.fetching.addresses import Opening, why_not_public
from index.fetching.hosts import host_name, parse_url

# Taken from IANA's special-purpose address registries and RFC 1122, 1918, 3056, 4193, 4291, 4380, 6052, 6598 and 9637.
CLOSED = [
    ipaddress.ip_network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"),
        *("192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
        *("224.0.0.0/4", "240.0.0.0/4", "255.255.255.255/32"),
        *("::/128", "::1/128", "::/96", "::ffff:0:0/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32"),
        *("2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
    )
]
PUBLIC = ["1.1.1.1", "8.8.8.8", "93.184.215.14", "172.15.255.255", "172.32.0.0", "100.128.0.0", "198.20.0.0"]
PUBLIC += ["223.255.255.255", "2606:4700::1111", "2a00:1450:4001::1", "2001:4860:4860::8888", "64:ff9b::8.8.8.8"]


@pytest.mark.parametrize("text", PUBLIC)
def test_the_public_internet_is_open(text):
    assert why_not_public(ip_address(text)) is None


@given(st.sampled_from(CLOSED).flatmap(lambda network: st.ip_addresses(network=network)))
def test_no_address_of_a_special_range_is_public(address):
    assert why_not_public(address) is not None


@pytest.mark.parametrize("network", CLOSED, ids=str)
def test_a_special_range_is_closed_to_its_edges(network):
    assert why_not_public(network[0]) is not None
    assert why_not_public(network[-1]) is not None


@given(st.ip_addresses())
def test_what_python_does_not_call_global_is_never_public(address):
    if not address.is_global or address.is_multicast or address.is_reserved:
        assert why_not_public(address) is not None or address in ipaddress.ip_network("64:ff9b::/96")


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_gains_nothing_by_hiding_in_an_ipv6_one(inside):
    number = int(inside)
    for hidden in (
        number,
        0xFFFF << 32 | number,
        0x2002 << 112 | number << 80,
        0x20010000 << 96 | number ^ 0xFFFF_FFFF,
    ):
        assert why_not_public(IPv6Address(hidden)) is not None
    nat64 = IPv6Address(0x0064_FF9B << 96 | number)
    assert (why_not_public(nat64) is None) == (why_not_public(inside) is None)


@given(st.ip_addresses(v=4))
def test_every_spelling_of_an_ipv4_address_is_that_address_or_no_host(address):
    number, (a, b, c, d) = int(address), address.packed
    assert host_name(str(address)) == host_name(f"{address}.") == str(address)
    spellings = [str(number), hex(number), f"0{number:o}", f"{a}.{number & 0xFFFFFF}", f"{a}.{b}.{number & 0xFFFF}"]
    spellings += [f"{a:#x}.{b}.{c}.{d}", f"0{a:o}.{b}.{c}.{d}", f"{a}.{b}.{c}.{d:#X}", f"{a}.{b}.{c}.{d:04}"]
    for spelling in spellings:
        with pytest.raises(ValueError, match=r"."):
            host_name(spelling)


@given(st.ip_addresses(v=6))
def test_every_spelling_of_an_ipv6_address_is_one_host(address):
    assert host_name(address.exploded) == host_name(address.compressed.upper()) == str(address)
    assert parse_url(f"http://[{address.exploded}]/").host == str(address)


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("Example.COM", "example.com"),
        ("example.com.", "example.com"),
        ("B\u00fccher.example", "xn--bcher-kva.example"),
        ("\u24d4\u24e7\u24d0\u24dc\u24df\u24db\u24d4.com", "example.com"),
        ("\uff11\uff12\uff17\u30020.0.1", "127.0.0.1"),
        ("a_b.example", "a_b.example"),
        ("1and1.example", "1and1.example"),
    ],
)
def test_a_host_has_one_spelling(text, host):
    assert host_name(text) == host


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "a..b",
        ".a",
        "a..",
        "-a",
        "a-",
        "a b",
        "a%2e",
        "a/b",
        "a@b",
        "a" * 64,
        "a." * 127 + "bb",
        "a\u2024\u2024b",
    ],
)
def test_what_is_no_host_name_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        host_name(text)


@given(st.text())
def test_any_text_is_a_canonical_url_or_an_error_on_one_line(text):
    for candidate in (text, f"http://{text}", f"https://site.example/{text}"):
        try:
            url = str(parse_url(candidate))
        except SourceError as error:
            url = None
            said = str(error)
        if url is None:
            assert said.isprintable()
        else:
            assert url.isascii()
            assert url.isprintable()
            assert " " not in url
            assert str(parse_url(url)) == url


@pytest.mark.parametrize(
    ("reference", "target"),
    [
        ("/b", "https://site.example/b"),
        ("b?c#d", "https://site.example/a/b?c"),
        ("//other.example", "https://other.example/"),
        ("?q", "https://site.example/a/?q"),
        (" https://other.example/ ", "https://other.example/"),
    ],
)
def test_a_reference_is_read_from_where_it_stands(reference, target):
    assert str(parse_url("https://site.example/a/").join(reference)) == target


@pytest.mark.parametrize("url", ["http://site.example:8080/", "https://[2606:4700::1111]:8080/"])
def test_a_further_port_is_open_by_setting_only(url):
    with pytest.raises(SourceError, match="port 8080"):
        parse_url(url)
    assert str(parse_url(url, (8080,))) == url


def test_a_password_in_an_address_is_not_repeated():
    with pytest.raises(SourceError) as error:
        parse_url("https://me:secret@site.example/")
    assert "secret" not in str(error.value)


def test_an_opened_network_is_open_under_every_name_and_no_other():
    opening = Opening.parse(["10.1.0.0/16", "fd00::/8", "127.0.0.1"])
    for address in ("10.1.2.3", "fd12::1", "127.0.0.1"):
        assert opening.refuses("any.example", ip_address(address)) is None
    for address in ("10.2.0.1", "127.0.0.2", "::1", "::ffff:10.1.2.3", "64:ff9b::10.1.2.3"):
        assert opening.refuses("any.example", ip_address(address)) is not None


@pytest.mark.parametrize("address", ["169.254.169.254", "0.0.0.0", "224.0.0.1", "fe80::1", "::ffff:10.0.0.1"])
def test_an_opened_name_opens_no_special_address(address):
    opening = Opening.parse(["wiki.corp"])
    assert opening.refuses("wiki.corp", IPv4Address("10.0.0.1")) is None
    assert opening.refuses("wiki.corp", ip_address(address)) is not None


@pytest.mark.parametrize("entry", ["", "*", "*.corp", "10.0.0.1/8", "10.0.0.0/33", "http://wiki.corp", "wiki.corp:80"])
def test_an_opening_that_names_no_place_is_a_wrong_setting(entry):
    with pytest.raises(ConfigError, match=r"wiki\.corp or "):
        Opening.parse([entry])
