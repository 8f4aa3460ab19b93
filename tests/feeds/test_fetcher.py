"""The fetcher against servers that misbehave. Canary servers stand where nothing may be asked."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import time

import pytest

from pipelines.feeds.connect import Resolver
from pipelines.feeds.fetcher import Fetcher
from pipelines.feeds.trouble import FeedTrouble, Reason
from tests.feeds.conftest import BODY, CAP, NOW, trouble
from tests.feeds.servers import Reply, Request, answer, serving


def endless(chunk: bytes, head: str, pause: float = 0.0, first: bytes = b"") -> Reply:
    async def reply(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".encode() + first)
        while not writer.is_closing():
            writer.write(chunk)
            await writer.drain()
            await asyncio.sleep(pause)

    return reply


async def silence(_: Request, writer: asyncio.StreamWriter) -> None:
    await writer.wait_closed()


async def nonsense(_: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x16\x03\x01 what is this\r\n\r\n")


async def hang_up(_: Request, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def short_of_its_word(_: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n<rss")
    writer.close()


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (answer(200, b"x" * (CAP + 1)), Reason.TOO_LARGE),
        (endless(b"ffff\r\n" + b"x" * 0xFFFF + b"\r\n", "Transfer-Encoding: chunked"), Reason.TOO_LARGE),
        (endless(b"x" * 65_536, "Content-Length: 100000000000"), Reason.TOO_LARGE),
        (endless(b"x" * 65_536, "Connection: close"), Reason.TOO_LARGE),
        (short_of_its_word, Reason.PROTOCOL),
        (endless(b"1\r\nx\r\n", "Transfer-Encoding: chunked", 0.05), Reason.TIMEOUT),
        (silence, Reason.TIMEOUT),
        (nonsense, Reason.PROTOCOL),
        (hang_up, Reason.PROTOCOL),
        (answer(301), Reason.REDIRECTS),
        (answer(301, location="http://[broken"), Reason.REFUSED_URL),
        (answer(500), Reason.HTTP),
        (answer(404), Reason.HTTP),
        (answer(204), Reason.HTTP),
    ],
    ids=[
        "large", "endless-chunks", "length-lies-up", "endless-plain", "length-lies-down", "drip",
        "silent", "nonsense", "hangs-up", "nowhere", "broken-place", "500", "404", "204",
    ],
)  # fmt: skip
async def test_a_misbehaving_server_costs_one_reason(small: Fetcher, reply: Reply, reason: Reason) -> None:
    async with serving() as server:
        server.pages["/"] = reply
        began = time.monotonic()
        assert (await trouble(small, f"{server.url}/")).reason is reason
        assert time.monotonic() - began < 5  # the limit is 0.5 s; the rest is a busy machine


async def test_a_closed_port_and_an_unknown_name(small: Fetcher) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        found = await trouble(small, f"http://127.0.0.1:{taken.getsockname()[1]}/")
    assert found.reason is Reason.CONNECT

    async def nothing(_: str) -> list[str]:
        raise FeedTrouble(Reason.DNS, "no such name")

    fetcher = Fetcher(resolve=nothing)
    assert (await trouble(fetcher, "http://feed.example/")).reason is Reason.DNS
    await fetcher.aclose()


async def test_plain_http_where_tls_is_asked_for(small: Fetcher) -> None:
    async def blunt(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(blunt, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert (await trouble(small, f"https://127.0.0.1:{port}/")).reason is Reason.TLS


async def test_redirects_stop_at_five(fetcher: Fetcher) -> None:
    async with serving() as server:
        for step in range(20):
            server.pages[f"/{step}"] = answer(302, location=f"/{step + 1}")
        server.pages["/loop"] = answer(301, location="/loop")
        assert (await trouble(fetcher, f"{server.url}/0")).reason is Reason.REDIRECTS
        assert len(server.requests) == 6
        assert (await trouble(fetcher, f"{server.url}/loop")).reason is Reason.REDIRECTS


@pytest.mark.parametrize(
    "place",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.2:{canary}/",
        "http://localhost:{canary}/",
        "http://[::ffff:127.0.0.2]:{canary}/",
        "http://2130706434:{canary}/",
        "file:///etc/passwd",
        "gopher://127.0.0.2:{canary}/_",
        "//127.0.0.2:{canary}/",
        "http://127.0.0.1@127.0.0.2:{canary}/",
        "http://127.0.0.1:{own}\\@127.0.0.2:{canary}/",
    ],
)
async def test_a_redirect_is_checked_like_any_address(place: str) -> None:
    fetcher = Fetcher(("127.0.0.1",))
    async with serving() as server, serving("127.0.0.2") as canary, serving("127.0.0.1") as beside:
        place = place.format(canary=canary.port, own=server.port)
        server.pages["/"] = answer(302, location=place)
        if "localhost" in place:  # a name that is not allowed, at an address that is: the address counts
            place = place.replace(str(canary.port), str(beside.port))
            server.pages["/"] = answer(302, location=place)
            beside.pages["/"] = answer(200, BODY)
            fetcher_strict = Fetcher(("127.0.0.1",), resolve=_always("127.0.0.2"))
            assert (await trouble(fetcher_strict, f"{server.url}/")).reason is Reason.REFUSED_ADDRESS
            await fetcher_strict.aclose()
        else:
            assert (await trouble(fetcher, f"{server.url}/")).reason in {Reason.REFUSED_ADDRESS, Reason.REFUSED_URL}
        assert canary.connections == 0
        assert beside.connections == 0
    await fetcher.aclose()


def _always(*addresses: str):  # type: ignore[no-untyped-def]
    async def resolve(host: str) -> list[str]:
        return [host] if host[0].isdigit() else list(addresses)

    return resolve


@pytest.mark.parametrize("answers", [("127.0.0.1",), ("93.184.216.34", "127.0.0.1"), ("::ffff:127.0.0.1",), ("::1",)])
async def test_a_name_that_leads_inside_is_refused_without_a_connection(answers: tuple[str, ...]) -> None:
    fetcher = Fetcher(resolve=_always(*answers))
    async with serving() as canary:
        assert (await trouble(fetcher, "http://feed.example/")).reason is Reason.REFUSED_ADDRESS
        assert canary.connections == 0
    await fetcher.aclose()


async def test_rebinding_finds_no_gap_because_a_name_is_resolved_once() -> None:
    """The name answers with an allowed address first and with a canary's after that."""
    asked = list[str]()

    async with serving() as server, serving("127.0.0.2") as canary:
        server.pages["/"] = answer(200, BODY)

        async def resolve(host: str) -> list[str]:
            asked.append(host)
            return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

        fetcher = Fetcher(("127.0.0.1",), resolve=resolve)
        assert (await fetcher.get(f"http://feed.example:{server.port}/", now=NOW)).body == BODY
        assert len(asked) == 1
        assert (await trouble(fetcher, f"http://feed.example:{canary.port}/")).reason is Reason.REFUSED_ADDRESS
        assert canary.connections == 0
        await fetcher.aclose()


async def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch, fetcher: Fetcher) -> None:
    async with serving() as server, serving() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
            monkeypatch.setitem(os.environ, name, proxy.url)
        server.pages["/"] = answer(200, BODY)
        own = Fetcher(("127.0.0.1",))
        assert (await own.get(f"{server.url}/", now=NOW)).body == BODY
        await own.aclose()
        assert proxy.connections == 0


async def test_validators_go_out_and_a_304_brings_no_body(fetcher: Fetcher) -> None:
    async with serving() as server:
        server.pages["/"] = answer(200, BODY, etag='"1"', last_modified="Tue, 24 Nov 2026 09:00:00 GMT")
        first = await fetcher.get(f"{server.url}/", now=NOW)
        server.pages["/"] = answer(304)
        second = await fetcher.get(f"{server.url}/", now=NOW, etag=first.etag, modified=first.modified)
        assert second.body is None
        assert server.requests[1].headers["if-none-match"] == '"1"'
        assert server.requests[1].headers["if-modified-since"] == first.modified


async def test_a_validator_that_cannot_be_sent_back_is_forgotten(fetcher: Fetcher) -> None:
    async with serving() as server:
        server.pages["/"] = answer(200, BODY, etag='"€uro"', last_modified="x" * 5000)
        fetched = await fetcher.get(f"{server.url}/", now=NOW)
        assert (fetched.etag, fetched.modified) == ("", "")


async def test_no_cookie_is_kept(fetcher: Fetcher) -> None:
    async with serving() as server:
        server.pages["/"] = answer(200, BODY, set_cookie="session=1; Path=/")
        await fetcher.get(f"{server.url}/", now=NOW)
        await fetcher.get(f"{server.url}/", now=NOW)
        assert "cookie" not in server.requests[1].headers


async def test_headers_of_a_feed_do_not_follow_a_redirect_to_another_host(fetcher: Fetcher) -> None:
    async with serving() as server, serving("127.0.0.3") as other:
        server.pages["/"] = answer(302, location=f"{other.url}/there")
        other.pages["/there"] = answer(200, BODY)
        headers = {"Authorization": "secret", "User-Agent": "declared"}
        await fetcher.get(f"{server.url}/", now=NOW, headers=headers)
        assert server.requests[0].headers["authorization"] == "secret"
        assert "authorization" not in other.requests[0].headers
        assert other.requests[0].headers["user-agent"] == "declared"


@pytest.mark.parametrize(
    ("statuses", "moved"),
    [((301,), True), ((308,), True), ((302,), False), ((307,), False), ((301, 301), True), ((302, 301), False)],
)
async def test_only_a_chain_of_permanent_redirects_is_remembered(
    fetcher: Fetcher, statuses: tuple[int, ...], moved: bool
) -> None:
    async with serving() as server:
        for step, status in enumerate(statuses):
            server.pages[f"/{step}"] = answer(status, location=f"/{step + 1}")
        server.pages[f"/{len(statuses)}"] = answer(200, BODY)
        fetched = await fetcher.get(f"{server.url}/0", now=NOW)
        assert fetched.moved == (f"{server.url}/{len(statuses)}" if moved else "")


async def test_a_good_name_does_not_stand_in_line_behind_slow_ones() -> None:
    answer_now = threading.Event()

    def look_up(host: str) -> list[str]:
        if host.startswith("slow"):
            answer_now.wait()
        return ["192.0.2.1"]

    # As many as there are hands for healthy feeds, all of them at their first slow answer.
    resolver = Resolver(look_up=look_up)
    slow = [asyncio.create_task(resolver(f"slow{n}.example")) for n in range(64)]
    try:
        async with asyncio.timeout(5):
            assert await resolver("good.example") == ["192.0.2.1"]
        assert not any(task.done() for task in slow)
    finally:
        answer_now.set()
    assert await asyncio.gather(*slow) == [["192.0.2.1"]] * 64
    resolver.close()
