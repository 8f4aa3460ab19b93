"""Which addresses may be contacted. Pure: names are resolved elsewhere, every answer is judged here.

Ranges are listed rather than asked of ``ipaddress``: its ``is_global`` says yes to NAT64, 6to4 and multicast forms of
private addresses, and its ``is_private`` says no to carrier-grade NAT.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from pipelines.feeds.trouble import FeedTrouble, Reason

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MAX_URL = 2_000
PORTS = frozenset({80, 443})
_DEFAULT_PORTS = {"http": 80, "https": 443}

# IANA's special-purpose registries of IPv4 and IPv6, and multicast.
_RANGES = """
0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24
192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24
203.0.113.0/24 224.0.0.0/4 240.0.0.0/4
::/8 100::/64 100:0:0:1::/64 2001::/23 2001:db8::/32 2002::/16 3fff::/20 5f00::/16 64:ff9b:1::/48
fc00::/7 fe80::/10 fec0::/10 ff00::/8
"""
_REFUSED: tuple[Network, ...] = tuple(ipaddress.ip_network(text) for text in _RANGES.split())
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")

_PLAIN_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*\.?")
_NUMERIC_LABEL = re.compile(r"[0-9]+|0x[0-9a-f]*")


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that passed the checks that need no network: what to ask, of whom."""

    url: httpx.URL
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Guard:
    """The rule. ``names`` and ``networks`` are hosts for which ranges and ports are not checked."""

    names: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    @staticmethod
    def allowing(private_hosts: Sequence[str]) -> Guard:
        """A guard that lifts its range and port checks for these host names, addresses and CIDRs."""
        names, networks = set[str](), list[Network]()
        for entry in (host.strip().strip("[]").lower() for host in private_hosts):
            if not entry:
                continue
            try:
                networks.append(ipaddress.ip_network(entry, strict=False))
            except ValueError:
                names.add(entry.rstrip("."))
        return Guard(frozenset(names), tuple(networks))

    def target(self, url: str) -> Target:
        """The URL taken apart once, by the parser that will also be used to ask; raises ``FeedTrouble``."""
        parsed = _parse(url)
        host = parsed.raw_host.decode("ascii", "replace").strip("[]").rstrip(".").lower()
        port = _DEFAULT_PORTS[parsed.scheme] if parsed.port is None else parsed.port
        address = _literal(host)
        if address is None:
            _check_name(host)
        else:
            self.check_address(host, str(address))
        # A named range can only speak for a host name once it is resolved, so a port is checked again on connecting.
        if port not in PORTS and not self._named(host, address) and (address is not None or not self.networks):
            raise FeedTrouble(Reason.REFUSED_ADDRESS, f"port {port}")
        return Target(parsed, host, port)

    def check_address(self, host: str, address: str) -> None:
        """Raise ``FeedTrouble`` unless ``host`` may be asked at this address (as resolved, or as connected)."""
        parsed = ipaddress.ip_address(address.partition("%")[0])
        if self._named(host, parsed):
            return
        if refused(parsed):
            raise FeedTrouble(Reason.REFUSED_ADDRESS, address)

    def check_port(self, host: str, address: str, port: int) -> None:
        """Raise ``FeedTrouble`` unless this port may be asked of ``host`` at this address."""
        if port not in PORTS and not self._named(host, ipaddress.ip_address(address.partition("%")[0])):
            raise FeedTrouble(Reason.REFUSED_ADDRESS, f"port {port}")

    def _named(self, host: str, address: Address | None) -> bool:
        if host in self.names:
            return True
        if address is None:
            return False
        # An address named in its IPv4 form is also meant when it comes mapped into IPv6.
        forms = (address, address.ipv4_mapped) if isinstance(address, ipaddress.IPv6Address) else (address,)
        return any(form in network for form in forms if form for network in self.networks)


def refused(address: Address) -> bool:
    """Whether an address, or one that it carries inside, is not on the public Internet."""
    if isinstance(address, ipaddress.IPv6Address):
        return any(refused(inner) for inner in _inside(address)) or _in_refused_range(address)
    return _in_refused_range(address)


def _in_refused_range(address: Address) -> bool:
    # NAT64 is how an IPv6-only machine reaches public IPv4: what counts is the address inside.
    if isinstance(address, ipaddress.IPv6Address) and address in _NAT64:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return False
    return any(address in network for network in _REFUSED)


def _inside(address: ipaddress.IPv6Address) -> list[ipaddress.IPv4Address]:
    """The IPv4 addresses that an IPv6 address carries: mapped, compatible, NAT64, 6to4, Teredo."""
    inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64 or address in _COMPATIBLE:
        inner.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [one for one in inner if one is not None]


def _parse(url: str) -> httpx.URL:
    if not url or len(url) > MAX_URL:
        raise FeedTrouble(Reason.REFUSED_URL, "empty" if not url else f"longer than {MAX_URL}")
    if any(character <= " " or character in "\x7f\\" for character in url):
        raise FeedTrouble(Reason.REFUSED_URL, "a character that parsers disagree on")
    # Digits in circles and the like turn into plain digits in some resolvers. Letters of any script are a name.
    if any(ord(c) > 127 and unicodedata.category(c)[0] not in "LM" for c in _authority(url)):
        raise FeedTrouble(Reason.REFUSED_URL, "an odd character in the host")
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError, TypeError):
        raise FeedTrouble(Reason.REFUSED_URL, "not a URL") from None
    if parsed.scheme not in _DEFAULT_PORTS:
        raise FeedTrouble(Reason.REFUSED_URL, f"scheme {parsed.scheme[:20]!r}")
    if parsed.userinfo or "@" in _authority(url):
        raise FeedTrouble(Reason.REFUSED_URL, "a user name in the URL")
    if not parsed.raw_host or "%" in _authority(url):
        raise FeedTrouble(Reason.REFUSED_URL, "no plain host")
    return parsed


def _authority(url: str) -> str:
    """What stands between the slashes, read as loosely as any parser might."""
    try:
        return urlsplit(url).netloc
    except ValueError:
        raise FeedTrouble(Reason.REFUSED_URL, "not a URL") from None


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _check_name(host: str) -> None:
    """Refuse what is neither a name nor a canonical address: 127.1, 0x7f000001 and 2130706433 are both to some."""
    labels = host.split(".")
    if len(host) > 253 or not _PLAIN_HOST.fullmatch(host) or _NUMERIC_LABEL.fullmatch(labels[-1]):
        raise FeedTrouble(Reason.REFUSED_URL, "host is neither a name nor a plain address")
