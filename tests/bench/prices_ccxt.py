"""The same prices through ccxt, as a process of a Python that has it: ``prices_ccxt.py WAY SERVER COINS SECONDS``.

It shares no code with us, so that it runs where nothing of ours is installed.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

import ccxt.pro
import psutil

WARM = 5.0


async def measure(way: str, server: str, count: int, seconds: float) -> dict[str, Any]:
    """CPU and memory of ccxt's Kraken, by its socket or by a call a second for all."""
    venue = ccxt.pro.kraken({"enableRateLimit": False, "newUpdates": True})
    venue.urls["api"]["ws"]["publicV2"] = f"{server.replace('http', 'ws')}/socket"
    venue.urls["api"]["public"] = server
    venue.set_markets([_market(f"C{number:03}") for number in range(count)])
    symbols = [f"C{number:03}/USD" for number in range(count)]
    process, heard = psutil.Process(), 0

    async def hear() -> None:
        nonlocal heard
        while True:
            heard += len(await venue.watch_tickers(symbols))

    async def ask() -> None:
        nonlocal heard
        while True:
            heard += len(await venue.fetch_tickers(symbols))
            await asyncio.sleep(1)

    task = asyncio.ensure_future(hear() if way == "socket" else ask())
    await asyncio.sleep(WARM)
    cpu, clock, first = process.cpu_times(), time.monotonic(), heard
    await asyncio.sleep(seconds)
    used, span = process.cpu_times(), time.monotonic() - clock
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await venue.close()
    return {
        "core": (used.user + used.system - cpu.user - cpu.system) / span,
        "rss": process.memory_info().rss / 2**20,
        "a_second": (heard - first) / span,
    }


def _market(base: str) -> dict[str, Any]:
    return {
        "id": f"{base}USD", "symbol": f"{base}/USD", "base": base, "quote": "USD", "baseId": base, "quoteId": "USD",
        "wsId": f"{base}/USD", "type": "spot", "spot": True, "active": True, "precision": {}, "limits": {}, "info": {},
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))))
