"""Which addresses may be contacted: tables of refused ones, what an allow-list lifts, and properties of all."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.feeds.guard import Guard, Target, refused
from pipelines.feeds.trouble import FeedTrouble, Reason

STRICT = Guard()

REFUSED_URLS = [
    # other schemes
    "file:///etc/passwd",
    "gopher://example.com/",
    "ftp://example.com/feed",
    "javascript:alert(1)",
    "//example.com/feed",
    "example.com/feed",
    "",
    "http://",
    "http:///feed",
    # spellings of loopback that some resolvers accept
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0177.0.0.1/",
    "http://0x7f.1/",
    "http://127.0.0.1./",
    "http://①②⑦.⓪.⓪.①/",
    "http://\uff11\uff12\uff17.0.0.1/",
    "http://127。0。0。1/",
    # loopback and metadata inside other forms
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[2002:7f00:1::]/",
    "http://[::127.0.0.1]/",
    "http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
    "http://[::1]/",
    "http://[::]/",
    "http://[fe80::1]/",
    "http://[fe80::1%25eth0]/",
    "http://[fc00::1]/",
    "http://[ff02::1]/",
    # ranges
    "http://127.0.0.1/",
    "http://10.1.2.3/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://100.64.0.1/",
    "http://0.0.0.0/",
    "http://224.0.0.1/",
    "http://192.0.0.8/",
    "http://255.255.255.255/",
    # ports
    "http://example.com:22/",
    "http://example.com:25/",
    "http://example.com:6379/",
    "https://example.com:11211/",
    "http://example.com:0/",
    # what parsers disagree on
    "http://user:pass@example.com/",
    "http://user@example.com/",
    "http://example.com\\@127.0.0.1/",
    "http://127.0.0.1\\@example.com/",
    "http://example.com\t.evil.example/",
    "http://exam\nple.com/",
    "http://example.com /",
    " http://example.com/",
    "http://example.com#@127.0.0.1:80\\/",
    "http://a@b@example.com/",
    "http://example.com%2f@127.0.0.1/",
    "http://%31%32%37.0.0.1/",
    "http://exa%6dple.com/",
    "http://-example.com/",
    "http://exam<ple.com/",
    "http://[127.0.0.1]/",
    "http://" + "a" * 2100 + ".com/",
]


@pytest.mark.parametrize("url", REFUSED_URLS)
def test_refused(url: str) -> None:
    with pytest.raises(FeedTrouble) as caught:
        STRICT.target(url)
    assert caught.value.reason in {Reason.REFUSED_URL, Reason.REFUSED_ADDRESS}


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("http://example.com/feed?a=1", "example.com", 80),
        ("https://Example.COM/feed", "example.com", 443),
        ("https://example.com:80/feed", "example.com", 80),
        ("https://8.8.8.8/", "8.8.8.8", 443),
        ("https://[2606:4700::1111]/", "2606:4700::1111", 443),
        ("https://bücher.example/", "xn--bcher-kva.example", 443),
        ("https://example.com/feed?conditions[agencies][]=a b".replace(" ", "%20"), "example.com", 443),
        ("https://example.com/@someone/feed", "example.com", 443),
    ],
)
def test_allowed(url: str, host: str, port: int) -> None:
    target = STRICT.target(url)
    assert (target.host, target.port) == (host, port)


@pytest.mark.parametrize(
    ("allowed", "url", "passes"),
    [
        (("127.0.0.0/8",), "http://127.0.0.9:8800/", True),
        (("127.0.0.1",), "http://127.0.0.1:8800/", True),
        (("127.0.0.1",), "http://127.0.0.2:8800/", False),
        (("127.0.0.1",), "http://[::ffff:127.0.0.1]/", True),
        (("::1",), "http://[::1]:99/", True),
        (("intranet.example",), "http://intranet.example:8080/", True),
        (("INTRANET.example",), "http://intranet.example:8080/", True),
        (("intranet.example",), "http://other.example:8080/", False),
        (("10.0.0.0/8",), "http://169.254.169.254/", False),
        (("127.0.0.0/8",), "http://127.1/", False),
        (("127.0.0.0/8",), "http://user@127.0.0.1/", False),
        (("127.0.0.0/8",), "file://127.0.0.1/etc/passwd", False),
    ],
)
def test_an_allow_list_lifts_ranges_and_ports_and_nothing_else(
    allowed: tuple[str, ...], url: str, passes: bool
) -> None:
    guard = Guard.allowing(allowed)
    if passes:
        guard.target(url)
    else:
        with pytest.raises(FeedTrouble):
            guard.target(url)


def test_a_named_range_speaks_for_a_name_only_by_its_address() -> None:
    guard = Guard.allowing(("10.0.0.0/8",))
    guard.target("http://feeds.corp.example:8080/")  # decided on connecting
    guard.check_port("feeds.corp.example", "10.1.1.1", 8080)
    with pytest.raises(FeedTrouble):
        guard.check_port("feeds.corp.example", "93.184.216.34", 8080)


PRIVATE = [ipaddress.IPv4Network(text) for text in ("10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "100.64.0.0/10")]
private_v4 = st.sampled_from(PRIVATE).flatmap(lambda net: st.ip_addresses(v=4, network=net))


@given(private_v4)
def test_a_private_address_is_refused_in_every_form_that_carries_it(inner: ipaddress.IPv4Address) -> None:
    number = int(inner)
    forms: list[ipaddress.IPv4Address | ipaddress.IPv6Address] = [
        inner,
        ipaddress.IPv6Address(0xFFFF << 32 | number),  # mapped
        ipaddress.IPv6Address(number),  # compatible
        ipaddress.IPv6Address(0x64FF9B << 96 | number),  # NAT64
        ipaddress.IPv6Address(0x2002 << 112 | number << 80),  # 6to4
        ipaddress.IPv6Address(0x20010000 << 96 | (number ^ 0xFFFFFFFF)),  # Teredo
    ]
    assert [form for form in forms if not refused(form)] == []


@given(st.ip_addresses())
def test_what_the_standard_calls_private_or_multicast_is_refused(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    if address.is_private or address.is_multicast or address.is_loopback or address.is_link_local:
        nat64 = address in ipaddress.ip_network("64:ff9b::/96") if address.version == 6 else False
        mapped = getattr(address, "ipv4_mapped", None)
        if not nat64 and mapped is None:
            assert refused(address)


@given(st.text(max_size=60))
def test_any_text_is_judged_without_surprise(text: str) -> None:
    for url in (text, f"http://{text}", f"http://example.com{text}"):
        target = judged(url)
        if target is not None:
            assert target.port in {80, 443}
            assert target.url.host
            assert not target.url.userinfo


def judged(url: str) -> Target | None:
    try:
        return STRICT.target(url)
    except FeedTrouble:
        return None
