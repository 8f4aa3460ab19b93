"""Politeness towards a host: few requests at a time, and silence where it asked for that."""

from __future__ import annotations

import asyncio

import pytest

from pipelines.feeds.fetcher import Fetched, Fetcher, Limits, freshness, retry_after
from pipelines.feeds.trouble import FeedTrouble, HostBusyError
from tests.feeds.conftest import BODY, NOW, trouble
from tests.feeds.servers import Request, answer, serving


async def test_one_host_gets_two_requests_at_a_time(fetcher: Fetcher) -> None:
    at_once, most = 0, 0
    gate = asyncio.Event()

    async def slow(request: Request, writer: asyncio.StreamWriter) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await gate.wait()
        at_once -= 1
        await answer(200, BODY)(request, writer)

    async with serving() as server:
        server.pages["*"] = slow
        polite = Fetcher(("127.0.0.1",), Limits(patience=0.05))
        calls = [asyncio.create_task(polite.get(f"{server.url}/{n}", now=NOW)) for n in range(5)]
        # All who are turned away must be so before there is room for them.
        turned_away = set[asyncio.Task[Fetched]]()
        while len(turned_away) < 3:
            done, _ = await asyncio.wait(set(calls) - turned_away, return_when=asyncio.FIRST_COMPLETED)
            turned_away |= done
        gate.set()
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        await polite.aclose()
    assert all(isinstance(task.exception(), HostBusyError) for task in turned_away)
    assert most == 2
    assert sum(isinstance(outcome, Fetched) for outcome in outcomes) == 2


async def test_a_host_that_asks_to_wait_is_left_alone_by_all_its_feeds(fetcher: Fetcher) -> None:
    async with serving() as server:
        server.pages["/a"] = answer(429, retry_after="120")
        found = await trouble(fetcher, f"{server.url}/a")
        assert (found.word, found.retry_after) == ("http-429", 120.0)
        with pytest.raises(HostBusyError) as caught:
            await fetcher.get(f"{server.url}/b", now=NOW)
        assert 100 < caught.value.seconds <= 120
        assert len(server.requests) == 1


async def test_a_feed_that_was_waiting_for_its_turn_heeds_the_silence_too() -> None:
    async with serving() as server:
        server.pages["*"] = answer(429, retry_after="120")
        polite = Fetcher(("127.0.0.1",), Limits(per_host=1))
        calls = (polite.get(f"{server.url}/{n}", now=NOW) for n in range(5))
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        await polite.aclose()
    assert len(server.requests) == 1
    assert [type(outcome) for outcome in outcomes] == [FeedTrouble, *[HostBusyError] * 4]


async def test_a_redirects_target_has_a_limit_and_a_silence_of_its_own(fetcher: Fetcher) -> None:
    async with serving() as server, serving("127.0.0.3") as other:
        server.pages["/moved"] = answer(302, location=f"{other.url}/feed")
        server.pages["/here"] = answer(200, BODY)
        other.pages["/feed"] = answer(429, retry_after="120")
        assert (await trouble(fetcher, f"{server.url}/moved")).word == "http-429"
        assert (await fetcher.get(f"{server.url}/here", now=NOW)).body == BODY
        for url in (f"{server.url}/moved", f"{other.url}/feed"):
            with pytest.raises(HostBusyError):
                await fetcher.get(url, now=NOW)
        assert len(other.requests) == 1


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0), (" 5 ", 5.0), ("Tue, 24 Nov 2026 09:31:00 GMT", 60.0), ("Tue, 24 Nov 2026 09:00:00 GMT", 0.0),
        ("999999999999", None), ("99999999", 86_400.0), ("-5", None), ("soon", None), ("", None), ("1e9", None),
    ],
)  # fmt: skip
def test_retry_after(value: str, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"cache-control": "public, max-age=300"}, 300.0),
        ({"cache-control": "no-cache", "expires": "Tue, 24 Nov 2026 10:30:00 GMT"}, 0.0),
        ({"expires": "Tue, 24 Nov 2026 10:30:00 GMT"}, 3600.0),
        ({"expires": "0"}, 0.0),
        ({"cache-control": "max-age=soon"}, None),
        ({}, None),
    ],
)
def test_freshness(headers: dict[str, str], seconds: float | None) -> None:
    assert freshness(headers, NOW) == seconds
