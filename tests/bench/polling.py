"""A round over 1,000 feeds of 30 items, a tenth of them with two new ones: Lodestone beside the package ``reader``.

Both poll the same feed server, each in a fresh process. Feeds per CPU second count the process and its children: parsers
and the embedded store for Lodestone; ``reader`` has none. Its store is SQLite on disk, as it comes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from tests.bench.feed_farm import CHANGED, NEW, address

ROUNDS = 3


def main(argv: list[str] | None = None) -> int:
    """Print the figures of both; the exit status says whether the bar is met."""
    parser = argparse.ArgumentParser(prog="polling", description=__doc__)
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=1, help="reader's threads; more of them made it slower")
    parser.add_argument("--side", choices=("lodestone", "reader"))
    parser.add_argument("--port", type=int)
    options = parser.parse_args(argv)
    if options.side:
        side = _lodestone if options.side == "lodestone" else _reader
        print(json.dumps(side(options)))
        return 0
    farm = subprocess.Popen([sys.executable, "-m", "tests.bench.feed_farm"], stdin=-1, stdout=-1, text=True)
    try:
        assert farm.stdout is not None
        port = farm.stdout.readline().strip()
        found = {side: _run(side, port, options) for side in ("lodestone", "reader")}
    finally:
        farm.terminate()
    return _show(found, options.feeds)


def _run(side: str, port: str, options: argparse.Namespace) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.bench.polling", "--side", side, "--port", port]
    command += ["--feeds", str(options.feeds), "--workers", str(options.workers)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def _show(found: dict[str, dict[str, Any]], feeds: int) -> int:
    print(f"{feeds} feeds x 30 items; median of {ROUNDS} rounds with a tenth changed, {NEW} new items each\n")
    print(f"{'':22}{'feeds/CPU s':>12}{'feeds/s':>10}{'CPU s':>8}{'wall s':>8}{'new items':>11}")
    for side, result in found.items():
        for name in ("first", "changed"):
            row = result[name]
            per_cpu, per_s = feeds / row["cpu"], feeds / row["wall"]
            label = f"{side}, {'first round' if name == 'first' else 'a tenth new'}"
            print(f"{label:22}{per_cpu:>12.0f}{per_s:>10.0f}{row['cpu']:>8.2f}{row['wall']:>8.2f}{row['new']:>11}")
    ours, theirs = found["lodestone"], found["reader"]
    times = theirs["changed"]["cpu"] / ours["changed"]["cpu"]
    parts = ", ".join(f"{name} {seconds:.2f}" for name, seconds in ours["changed"]["parts"].items())
    lag = {name: ours[name]["lag"] for name in ("first", "changed")}
    print(f"\nCPU seconds of Lodestone's round: {parts}")
    for name, (p99, most) in lag.items():
        print(f"loop lag, {name}: p99 {p99 * 1000:.1f} ms, maximum {most * 1000:.1f} ms")
    met = times >= 1.5 and lag["changed"][0] < 0.1
    print(
        f"{times:.2f} times the feeds per CPU second of reader (bar 1.5); lag p99 under 100 ms: {'met' if met else 'MISSED'}"
    )
    return 0 if met else 1


def _set_issue(port: int, issue: int) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/set/{issue}", timeout=10) as answer:
        answer.read()


def _cpu() -> dict[str, float]:
    """CPU seconds so far of this process and of each kind of child."""
    this = psutil.Process()
    parts = {"this process": sum(this.cpu_times()[:2]), "parsers": 0.0, "store": 0.0}
    for child in this.children(recursive=True):
        words = " ".join(child.cmdline())
        parts["parsers" if "parse_child" in words else "store"] += sum(child.cpu_times()[:2])
    return parts


def _median(rows: list[dict[str, Any]]) -> dict[str, Any]:
    middle = statistics.median_low([row["cpu"] for row in rows])
    return next(row for row in rows if row["cpu"] == middle)


def _lodestone(options: argparse.Namespace) -> dict[str, Any]:
    logging.disable(logging.WARNING)
    return asyncio.run(_lodestone_rounds(options.port, options.feeds))


async def _lodestone_rounds(port: int, count: int) -> dict[str, Any]:
    from pipelines.feeds.feed import Feed
    from pipelines.feeds.fetcher import Fetcher
    from pipelines.feeds.parsing import Parsers
    from pipelines.fetch import Fetch
    from pipelines.redis_server import EmbeddedServer
    from pipelines.store import connect
    from pipelines.streams import Streams

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
                _set_issue(port, issue)
                rows.append(await _lodestone_round(streams, stage, list(feeds)))
        finally:
            await parsers.aclose()
            await fetcher.aclose()
            await store.aclose()
            await server.close()
    return {"first": rows[0], "changed": _median(rows[1:])}


async def _lodestone_round(streams: Any, stage: Any, feeds: list[str]) -> dict[str, Any]:
    """One round through the worker: read a turn, fetch, parse, hand over."""
    from pipelines.events import Poll
    from pipelines.stage import Stage
    from pipelines.worker import Worker

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


def _reader(options: argparse.Namespace) -> dict[str, Any]:
    import feedparser_sgmllib

    # reader carries a feedparser of its own that asks for this module by the name it had before.
    sys.modules.setdefault("sgmllib", feedparser_sgmllib)
    from reader import make_reader

    with tempfile.TemporaryDirectory() as folder:
        reader = make_reader(str(Path(folder) / "reader.sqlite"))
        for number in range(options.feeds):
            reader.add_feed(f"http://{address(number)}:{options.port}/{number}")
        rows = []
        for issue in range(ROUNDS + 1):
            _set_issue(options.port, issue)
            before, began = time.process_time(), time.perf_counter()
            known = reader.get_entry_counts().total or 0
            reader.update_feeds(scheduled=False, workers=options.workers)
            cpu, wall = time.process_time() - before, time.perf_counter() - began
            rows.append({"cpu": cpu, "wall": wall, "new": (reader.get_entry_counts().total or 0) - known})
        reader.close()
    expected = options.feeds // CHANGED * NEW
    assert rows[1]["new"] == expected, f"reader found {rows[1]['new']} new items, not {expected}"
    return {"first": rows[0], "changed": _median(rows[1:])}


if __name__ == "__main__":
    sys.exit(main())
