"""Which IP addresses a fetch may connect to. Pure: no look-up, no packet.

Only addresses of the public Internet are open. The ranges are those of IANA's registries of special-purpose
addresses (RFC 6890 and after), written out rather than left to `ipaddress.is_global`, whose tables change between
versions of Python; `is_global` is asked as well, so what either refuses is refused. In IPv6 only global unicast
(2000::/3) is public, and the ranges in which an IPv4 address hides in an IPv6 one are closed whole. The one exception
is 64:ff9b::/96, through which a network without IPv4 reaches all of IPv4 (RFC 6052): there, the address inside decides.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from index.errors import ConfigError
from index.fetching.hosts import host_name

IPAddress = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def _ranges(*rows: tuple[str, str]) -> tuple[tuple[Network, str], ...]:
    return tuple((ipaddress.ip_network(network), kind) for network, kind in rows)


_INTERNAL = _ranges(
    ("127.0.0.0/8", "a loopback address"),
    ("10.0.0.0/8", "a private address"),
    ("172.16.0.0/12", "a private address"),
    ("192.168.0.0/16", "a private address"),
    ("100.64.0.0/10", "a carrier's shared address"),
    ("::1/128", "a loopback address"),
    ("fc00::/7", "a private address"),
)
"""Where an intranet lives: naming a host in `allow_private` opens these for it."""

_SPECIAL = _ranges(
    ("0.0.0.0/8", "an address of this network"),
    ("169.254.0.0/16", "a link-local address"),
    ("168.63.129.16/32", "a cloud platform's own address"),
    ("192.0.0.0/24", "a reserved address"),
    ("192.0.2.0/24", "an address for documentation"),
    ("192.88.99.0/24", "an address of a 6to4 relay"),
    ("198.18.0.0/15", "an address for benchmarking"),
    ("198.51.100.0/24", "an address for documentation"),
    ("203.0.113.0/24", "an address for documentation"),
    ("224.0.0.0/4", "a multicast address"),
    ("240.0.0.0/4", "a reserved address"),
    ("::/128", "an unspecified address"),
    ("::ffff:0:0/96", "an IPv4-mapped address"),
    ("::ffff:0:0:0/96", "an IPv4-translated address"),
    ("::/96", "an IPv4-compatible address"),
    ("64:ff9b:1::/48", "a local NAT64 address"),
    ("100::/8", "a discard-only address"),
    ("2001::/32", "a Teredo address"),
    ("2001:2::/48", "an address for benchmarking"),
    ("2001::/23", "a reserved address"),
    ("2001:db8::/32", "an address for documentation"),
    ("2002::/16", "a 6to4 address"),
    ("3ffe::/16", "a reserved address"),
    ("3fff::/20", "an address for documentation"),
    ("fe80::/10", "a link-local address"),
    ("fec0::/10", "a site-local address"),
    ("ff00::/8", "a multicast address"),
)
"""Open only where `allow_private` names the network itself."""

_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")


def why_not_public(address: IPAddress) -> str | None:
    """What kind of special address this is, as "a private address"; None for one of the public Internet."""
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return "an address of one network interface"
        if address in _NAT64:
            kind = why_not_public(IPv4Address(int(address) & 0xFFFF_FFFF))
            return kind and f"a NAT64 address for {kind}"
    for network, kind in (*_INTERNAL, *_SPECIAL):
        if address in network:
            return kind
    is_unicast = address.version == 4 or address in _GLOBAL_UNICAST
    return None if is_unicast and address.is_global else "a special-purpose address"


@dataclass(frozen=True, slots=True)
class Opening:
    """The non-public places that a person has opened: whole networks, and the internal addresses of named hosts."""

    networks: tuple[Network, ...] = ()
    hosts: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, entries: Iterable[str]) -> Opening:
        """Of host names, addresses and networks, as "wiki.corp" and "10.1.0.0/16". Raises ConfigError."""
        networks: list[Network] = []
        hosts: set[str] = set()
        for entry in entries:
            try:
                networks.append(ipaddress.ip_network(entry))
            except ValueError:
                hosts.add(_opened_host(entry))
        return cls(networks=tuple(networks), hosts=frozenset(hosts))

    def refuses(self, host: str, address: IPAddress) -> str | None:
        """Why a connection to `host` may not go to `address`; None if it may."""
        kind = why_not_public(address)
        if kind is None or any(address in network for network in self.networks):
            return None
        is_internal = any(address in network for network, _ in _INTERNAL)
        return None if host in self.hosts and is_internal else kind


def _opened_host(entry: str) -> str:
    try:
        return host_name(entry)
    except ValueError as error:
        message = f"{entry!a} in allow_private is no host name and no network; write it as wiki.corp or 10.1.0.0/16."
        raise ConfigError(message) from error
