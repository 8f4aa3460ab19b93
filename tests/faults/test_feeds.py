"""Feeds that drip or hang the parser (faults 25 and 26), and bodies that grow when read: each is cut in time."""

from __future__ import annotations

import asyncio
import contextlib
import re
import resource
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from redis.asyncio import Redis

from pipelines import keys
from pipelines.events import Poll
from pipelines.feeds.feed import Feed, decode_state
from pipelines.feeds.fetcher import Fetcher, Limits
from pipelines.feeds.parsing import Parsers
from pipelines.feeds.schedule import QUARANTINE
from pipelines.feeds.trouble import FeedTrouble, Reason
from pipelines.fetch import Fetch
from pipelines.stage import Done
from tests.faults.feeds import HANG, LAG_BAR, LOOPBACK, Lags, drip, now, place
from tests.feeds.servers import answer, feed, serving

pytestmark = pytest.mark.faults

URL = "https://feed.example/rss"
LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
GROWING = {
    "billion laughs": f'<!DOCTYPE rss [<!ENTITY a0 "ha">{LAUGHS}]><rss><channel>&a9;</channel></rss>',
    "quadratic": f'<!DOCTYPE rss [<!ENTITY x "{"x" * 50_000}">]><rss><channel>{"&x;" * 50_000}</channel></rss>',
}


@dataclass
class Line:
    """The stage over some feeds, without its worker; each poll's seconds are told."""

    stage: Fetch
    store: Redis
    feeds: dict[str, Feed]

    async def poll(self, feed_id: str) -> float:
        began = time.perf_counter()
        (done,) = await self.stage.handle([Poll(feed_id)])
        took = time.perf_counter() - began
        assert isinstance(done, Done)
        for command in done.writes:
            await self.store.execute_command(*command)  # type: ignore[no-untyped-call]
        return took

    async def reason(self, feed_id: str) -> str:
        stored: bytes | None = await self.store.hget(keys.FEEDS, feed_id)  # type: ignore[assignment]
        return decode_state(stored, self.feeds[feed_id].url).reason

    async def until_next(self, feed_id: str) -> float:
        due = await self.store.zscore(keys.DUE, f"poll:{feed_id}")
        assert due is not None
        return float(due) - now().timestamp()


@contextlib.asynccontextmanager
async def line(store: Redis, urls: dict[str, str]) -> AsyncIterator[Line]:
    """The stage with the product's limits, but for a busy machine; each feed has an address of its own."""
    await store.flushall()
    feeds = {feed_id: Feed(id=feed_id, url=url, name=feed_id) for feed_id, url in urls.items()}
    fetcher, parsers = Fetcher(LOOPBACK), Parsers(busy=120)
    try:
        yield Line(Fetch(feeds, fetcher, parsers, store, now), store, feeds)
    finally:
        await parsers.aclose()
        await fetcher.aclose()


async def test_25_a_feed_that_drips_is_cut_at_the_deadline(store: Redis) -> None:
    lags, deadline = Lags(), Limits().seconds
    async with serving("0.0.0.0") as server:
        server.pages["*"] = drip
        async with line(store, {f"drip{n}": place(server, n) for n in range(20)}) as running:
            with lags.watched():
                took = await asyncio.gather(*(running.poll(feed_id) for feed_id in running.feeds))
            reasons = {await running.reason(feed_id) for feed_id in running.feeds}
    print(
        f"\n25: 20 feeds at 1 byte/s, deadline {deadline:g} s: cut after {min(took):.2f} to {max(took):.2f} s, "
        f"loop lag p99 {lags.p99 * 1000:.1f} ms"
    )
    assert reasons == {"timeout"}
    assert deadline <= 20
    assert max(took) <= deadline + 1
    assert lags.p99 <= LAG_BAR


async def test_26_a_feed_that_hangs_the_parser_is_killed_and_quarantined_after_three(store: Redis) -> None:
    lags, took, used, waits = Lags(), list[float](), list[float](), list[float]()
    async with serving("0.0.0.0") as server:
        server.pages["*"] = answer(200, HANG)
        async with line(store, {"hang": place(server, 0)}) as running:
            with lags.watched():
                for _ in range(3):
                    before = children_seconds()
                    took.append(await running.poll("hang"))
                    used.append(children_seconds() - before)
                    waits.append(await running.until_next("hang"))
            assert await running.reason("hang") == "parse-hang"
    print(
        f"\n26: killed after {', '.join(f'{one:.2f}' for one in used)} s of processor time, start included "
        f"({', '.join(f'{one:.2f}' for one in took)} s on the wall); next try in "
        f"{', '.join(f'{one / 3600:.2f}' for one in waits)} h; loop lag p99 {lags.p99 * 1000:.1f} ms"
    )
    assert max(used) <= 3
    assert waits[1] < QUARANTINE / 2 < QUARANTINE - 60 <= waits[2]
    assert lags.p99 <= LAG_BAR


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for the most memory that a process has held")
@pytest.mark.parametrize("name", GROWING)
async def test_a_body_that_grows_when_read_costs_neither_time_nor_memory(name: str) -> None:
    others = set(psutil.Process().children())
    parsers = Parsers(count=1)
    await parsers.parse(feed(), url=URL)
    (child,) = set(psutil.Process().children()) - others
    before, began = peak_mb(child.pid), time.perf_counter()
    with pytest.raises(FeedTrouble) as caught:
        await parsers.parse(GROWING[name].encode(), url=URL, known=["read before"])
    took, more = time.perf_counter() - began, peak_mb(child.pid) - before
    await parsers.aclose()
    print(f"\n{name}: refused after {took * 1000:.1f} ms with {more:.1f} MB more (bars 1 s, 50 MB)")
    assert caught.value.reason is Reason.UNSAFE_XML
    assert took <= 1
    assert more <= 50


def children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def peak_mb(pid: int) -> float:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) / 1024
