"""Ways to talk a fetcher into a place it must not reach, as one family; benchmarks/ssrf.py counts over it too."""

from __future__ import annotations

from dataclasses import dataclass

PUBLIC = "93.184.215.14"
"""An address of the public Internet, for the recorder only: nothing here connects to it."""


@dataclass(frozen=True, slots=True)
class Vector:
    url: str
    answers: tuple[str, ...] = ()
    """What the resolver says of the host, if it is asked."""

    def __str__(self) -> str:
        return ascii(self.url) + (f" at {','.join(self.answers)}" if self.answers else "")


SCHEMES = (
    "file:///etc/passwd",
    "file://localhost/etc/passwd",
    "FILE:/etc/passwd",
    "gopher://127.0.0.1:70/_x",
    "data:text/html,x",
    "ftp://127.0.0.1/",
    "dict://127.0.0.1:11211/stat",
    "ldap://127.0.0.1/",
    "jar:http://127.0.0.1!/x",
    "javascript:alert(1)",
    "unix:/var/run/docker.sock",
    "ws://127.0.0.1/",
    "//127.0.0.1/",
    "/etc/passwd",
    "",
)
TEXTS = (
    "http://user@127.0.0.1/",
    "http://public.example@127.0.0.1/",
    "http://127.0.0.1@public.example/",
    "http://user:secret@public.example/",
    "http://public.example:22/",
    "http://public.example:6379/",
    "http://public.example:0/",
    "http://public.example:65536/",
    "http://public.example:80:80/",
    "http://public.example\\@127.0.0.1/",
    "http://127.0.0.1\\.public.example/",
    "http://public.example\r\nHost: 127.0.0.1/",
    "http://pub\tlic.example/",
    "http://127.0.0.1%2f.public.example/",
    "http://127.0.0.1%00.public.example/",
    "http://%31%32%37.0.0.1/",
    "http://public.example%23@127.0.0.1/",
    "http:///127.0.0.1/",
    "http://[::1/",
    "http://[127.0.0.1]/",
    "http://[v1.127]/",
    "http://[fe80::1%25eth0]/",
    "http://127.0.0.1\u2100/",
    "http://localhost../",
    "http://.localhost/",
)
SPELLINGS = (
    "http://2130706433/",
    "http://0x7f000001/",
    "http://017700000001/",
    "http://0177.0.0.1/",
    "http://0x7f.0.0.1/",
    "http://0x7f.1/",
    "http://127.1/",
    "http://127.0.1/",
    "http://127.0.0.01/",
    "http://127.0.0.1./",
    "http://127.0.0.1.:80/",
    "http://0/",
    "http://0x/",
    "http://4294967297/",
    "http://3232235521/",
    "http://0xA9FEA9FE/",
    "http://1.2.3.4.5/",
    "http://127\u30020\u30020\u30021/",
    "http://\uff11\uff12\uff17.0.0.1/",
    "http://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460/",
    "http://\u0661\u0662\u0667.0.0.1/",
)
IPV4 = (
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
)
IPV6 = (
    "::",
    "::1",
    "0:0:0:0:0:0:0:1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:169.254.169.254",
    "::ffff:93.184.215.14",
    "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:0:7f00:1::",
    "2001:2::1",
    "2001:10::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a00:1::",
    "2002:5db8:d70e::",
    "3fff::1",
    "4000::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
)
NAMES = (
    Vector("http://localhost/", ("127.0.0.1", "::1")),
    Vector("http://LOCALHOST./", ("127.0.0.1",)),
    Vector("http://x.localhost/", ("127.0.0.1",)),
    Vector("http://localhost.localdomain/", ("127.0.0.1",)),
    Vector("http://\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3/", ("127.0.0.1",)),
    Vector("http://127.0.0.1.nip.example/", ("127.0.0.1",)),
    Vector("http://metadata/", ("169.254.169.254",)),
    Vector("http://metadata.google.internal/", ("169.254.169.254",)),
    Vector("https://intranet/", ("10.1.2.3",)),
    Vector("http://rebinding.example/", ("192.168.1.1",)),
    Vector("http://mixed.example/", (PUBLIC, "10.0.0.1")),
    Vector("http://mixed.example/", ("10.0.0.1", PUBLIC)),
    Vector("http://mixed.example/", (PUBLIC, "::1")),
    Vector("https://mixed.example/", (PUBLIC, PUBLIC, PUBLIC, PUBLIC, PUBLIC, "127.0.0.1")),
    Vector("http://mapped.example/", ("::ffff:10.0.0.1",)),
    Vector("http://scoped.example/", ("fe80::1%eth0",)),
    Vector("http://garbled.example/", ("not an address",)),
    Vector("http://nothing.example/", ()),
)

VECTORS = (
    *(Vector(url) for url in (*SCHEMES, *TEXTS, *SPELLINGS)),
    *(Vector(f"http://{address}/") for address in IPV4),
    *(Vector(f"https://[{address}]/") for address in IPV6),
    *(Vector("http://named.example/", (address,)) for address in (*IPV4, *IPV6)),
    *NAMES,
)

AS_REDIRECTS = tuple(
    v for v in VECTORS if v.url.isprintable() and v.url not in {"", "/etc/passwd", "http:///127.0.0.1/"}
)
"""Those that can stand in a Location header and mean another place there."""
