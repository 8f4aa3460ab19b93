"""The store is away for a minute, killed or slow (faults 15 and 19): intake waits, nothing is lost, work resumes."""

from __future__ import annotations

import asyncio
import signal
import time
from pathlib import Path

import pytest

from pipelines.redis_server import EmbeddedServer
from pipelines.store import connect
from tests.faults.feeds import LAG_BAR
from tests.faults.load import Account, figure, seat, under_load

pytestmark = pytest.mark.faults

RATE, QUALIFY = 10.0, 0.1
AWAY, RESUME = 60.0, 10.0


async def test_15_a_store_that_stands_still_for_a_minute(tmp_path: Path) -> None:
    async with under_load(tmp_path, rate=RATE, qualify=QUALIFY) as load:
        load.begin()
        await load.next_message(20)
        await asyncio.sleep(3)
        server = load.server()
        server.suspend()
        try:
            await asyncio.sleep(AWAY)
        finally:
            server.resume()
        resumed = await load.next_message(60)
        await asyncio.sleep(5)
        account = await load.end()
    print(f"\n15: store stopped for {AWAY:g} s: first message {resumed:.1f} s after it was back (bar 10 s); {account}")
    assert_nothing_lost(account, resumed)


async def test_15_a_store_that_is_killed(tmp_path: Path) -> None:
    took = list[float]()
    async with under_load(tmp_path, rate=RATE, qualify=QUALIFY) as load:
        load.begin()
        await load.next_message(20)
        for _ in range(5):
            await asyncio.sleep(2)
            server = load.server()
            server.kill()
            server.wait(10)
            took.append(await load.next_message(60))
        account = await load.end()
    print(
        f"\n15: store killed 5 times: first message after {', '.join(f'{s:.1f}' for s in took)} s (bar 10 s); {account}"
    )
    assert_nothing_lost(account, max(took))


async def test_15_a_store_of_ones_own_that_is_gone_for_a_minute(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    server = EmbeddedServer(folder, reserve_mb=0)
    await server.open()
    store = connect(server.url)
    await seat(store)
    await store.aclose()
    async with under_load(tmp_path, rate=RATE, qualify=QUALIFY, store_folder=folder, redis_url=server.url) as load:
        load.begin()
        await load.next_message(20)
        await asyncio.sleep(3)
        await server.close()
        await asyncio.sleep(AWAY)
        server = EmbeddedServer(folder, reserve_mb=0)
        await server.open()
        resumed = await load.next_message(60)
        await asyncio.sleep(5)
        await load.quiet()
        sent = await load.sent()
        assert await load.product.stop() == 0
        await server.close()
        account = await load.account(sent)
    print(f"\n15: own store gone for {AWAY:g} s: first message {resumed:.1f} s after it was back (bar 10 s); {account}")
    assert_nothing_lost(account, resumed)


async def test_19_a_store_whose_disk_is_slow(tmp_path: Path) -> None:
    async with under_load(tmp_path, rate=RATE, qualify=QUALIFY) as load:
        load.begin()
        await load.next_message(20)
        server = load.server()
        server.suspend()
        await asyncio.sleep(5)
        server.resume()
        resumed = await load.next_message(30)
        await asyncio.sleep(3)
        # A disk that takes its time: a fifth of a second for every fifth of a second of work.
        until = time.monotonic() + 30
        while time.monotonic() < until:
            server.send_signal(signal.SIGSTOP)
            await asyncio.sleep(0.2)
            server.send_signal(signal.SIGCONT)
            await asyncio.sleep(0.2)
        account = await load.end()
    lag = figure(load.product, "loop.lag", "p99_ms") / 1000
    worst = figure(load.product, "loop.lag", "worst_ms") / 1000
    print(
        f"\n19: store held for 5 s (first message {resumed:.1f} s after), then 200 ms in each 400 for 30 s: {account}; "
        f"loop lag p99 {lag * 1000:.0f} ms (bar 200 ms), worst {worst * 1000:.0f} ms"
    )
    assert_nothing_lost(account, resumed)
    assert lag <= LAG_BAR


def assert_nothing_lost(account: Account, resumed: float) -> None:
    assert (account.unread, account.lost, account.doubled, account.dead) == (0, 0, 0, 0)
    assert account.stories >= 10
    assert resumed <= RESUME
