"""Lodestone's side of the polling benchmark: turns through the real worker, with parsers and an embedded store."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from pipelines.events import Poll
from pipelines.feeds.feed import Feed
from pipelines.feeds.fetcher import Fetcher
from pipelines.feeds.parsing import Parsers
from pipelines.fetch import Fetch
from pipelines.redis_server import EmbeddedServer
from pipelines.stage import Stage
from pipelines.store import connect
from pipelines.streams import Streams
from pipelines.worker import Worker
from tests.bench.feed_farm import ROUNDS, address, median, set_issue


async def rounds(port: int, count: int) -> dict[str, Any]:

    feeds = {
        f"f{number}": Feed(id=f"f{number}", url=f"http://{address(number)}:{port}/{number}", name=f"Feed {number}")
        for number in range(count)
    }
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedServer(Path(folder), reserve_mb=0)
        await server.open()
        store = connect(server.url)
        fetcher, parsers = Fetcher(("127.0.0.0/8",)), Parsers()
        stage = Fetch(feeds, fetcher, parsers, store, lambda: datetime.now(UTC))
        streams = Streams(store, "bench")
        await streams.create(["polls", "entries"])
        try:
            rows = []
            for issue in range(ROUNDS + 1):
                set_issue(port, issue)
                rows.append(await _round(streams, stage, list(feeds)))
        finally:
            await parsers.aclose()
            await fetcher.aclose()
            await store.aclose()
            await server.close()
    return {"first": rows[0], "changed": median(rows[1:])}


async def _round(streams: Any, stage: Any, feeds: list[str]) -> dict[str, Any]:
    """One round through the worker: read a turn, fetch, parse, hand over."""

    await streams.publish("polls", *(Poll(feed) for feed in feeds))
    entries = await streams.length("entries")
    worker = Worker(
        streams,
        Stage(name="fetch", reads="polls", feeds="entries", handle=stage.handle, batch=1, parallel=32),
        lambda: datetime.now(UTC),
    )
    stop, lags = asyncio.Event(), list[float]()
    before, began = _cpu(), time.perf_counter()
    watch = asyncio.create_task(_watch_loop(lags))
    running = asyncio.create_task(worker.run(stop))
    while await streams.length("polls"):
        await asyncio.sleep(0.05)
    watch.cancel()
    wall, after = time.perf_counter() - began, _cpu()
    stop.set()
    await running
    parts = {name: after[name] - before[name] for name in after}
    lags.sort()
    return {
        "cpu": sum(parts.values()),
        "wall": wall,
        "parts": parts,
        "new": await streams.length("entries") - entries,
        "lag": (lags[int(len(lags) * 0.99)], lags[-1]),
    }


async def _watch_loop(lags: list[float]) -> None:
    while True:
        began = time.perf_counter()
        await asyncio.sleep(0.005)
        lags.append(time.perf_counter() - began - 0.005)


def _cpu() -> dict[str, float]:
    """CPU seconds so far of this process and of each kind of child."""
    this = psutil.Process()
    parts = {"this process": sum(this.cpu_times()[:2]), "parsers": 0.0, "store": 0.0}
    for child in this.children(recursive=True):
        words = " ".join(child.cmdline())
        parts["parsers" if "parse_child" in words else "store"] += sum(child.cpu_times()[:2])
    return parts


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    print(json.dumps(asyncio.run(rounds(int(sys.argv[1]), int(sys.argv[2])))))
