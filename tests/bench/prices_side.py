"""One side of the price benchmark as a process: ``prices_side WAY SERVER COINS SECONDS``; figures as JSON."""

from __future__ import annotations

import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psutil

from pipelines.prices.ask import build_client
from pipelines.prices.coins import Coin
from pipelines.prices.frames import KrakenFrames
from pipelines.prices.keeper import Keeper
from pipelines.prices.read import read_all_quotes
from pipelines.prices.stream import Stream
from pipelines.redis_server import EmbeddedServer
from pipelines.store import connect

WARM = 5.0


def coins(count: int) -> list[Coin]:
    """As many coins as are wanted, by made-up symbols."""
    return [
        Coin(f"C{n:03}", f"Coin {n}", f"coin-{n}", f"C{n:03}USD", f"C{n:03}USD", f"C{n:03}-USD", f"c{n:03}usd")
        for n in range(count)
    ]


def now() -> datetime:
    return datetime.now(UTC)


async def measure(way: str, server: str, count: int, seconds: float) -> dict[str, Any]:
    """CPU and memory of one way to keep prices, after a few seconds in which it settles."""
    process, wanted = psutil.Process(), coins(count)
    known = {coin.symbol: coin for coin in wanted}
    heard = 0
    with tempfile.TemporaryDirectory() as folder:
        store_server = EmbeddedServer(Path(folder) / "store", reserve_mb=0)
        await store_server.open()
        store = connect(store_server.url)
        await store.ping()
        async with build_client() as client:
            before = process.memory_info().rss
            stop = asyncio.Event()

            async def all_of_them() -> Collection[str]:
                return known

            async def polled_at_once() -> None:
                nonlocal heard
                pairs = ",".join(str(coin.kraken) for coin in wanted)
                while True:
                    reply = await client.get(f"{server}/all", params={"pair": pairs})
                    rows = json.loads(reply.content, parse_float=Decimal)["result"]
                    heard += sum(Decimal(rows[coin.kraken]["c"][0]) > 0 for coin in wanted)
                    await asyncio.sleep(1)

            async def polled_one_by_one() -> None:
                nonlocal heard
                while True:
                    begun = time.monotonic()
                    for coin in wanted:
                        reply = await client.get(f"{server}/one/{coin.symbol}")
                        heard += Decimal(json.loads(reply.content)["price"]) > 0
                    await asyncio.sleep(max(0.0, 1 - (time.monotonic() - begun)))

            if way == "socket":
                address = f"{server.replace('http', 'ws')}/socket"
                stream = Stream(KrakenFrames(), address, now, chance=random.random, max_age=timedelta(seconds=120))
                keeper = Keeper(store, (), all_of_them, now, streams=(stream,), find=known.get)
                task = asyncio.ensure_future(keeper.run(stop))
            else:
                task = asyncio.ensure_future(polled_at_once() if way == "polls" else polled_one_by_one())
            await asyncio.sleep(WARM)
            cpu, clock, first = process.cpu_times(), time.monotonic(), heard
            await asyncio.sleep(seconds)
            used, span = process.cpu_times(), time.monotonic() - clock
            quotes = await read_all_quotes(store) if way == "socket" else ()
            row = {
                "core": (used.user + used.system - cpu.user - cpu.system) / span,
                "grown": (process.memory_info().rss - before) / 2**20,
                "rss": process.memory_info().rss / 2**20,
                "a_second": (heard - first) / span,
                "kept": len(quotes),
                "oldest": max((now() - quote.as_of).total_seconds() for quote in quotes) if quotes else None,
            }
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await store.aclose()
        await store_server.close()
    return row


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))))
