"""200 coins at a frame a second each: the keeper over a socket, and the same prices by plain REST polling.

The venue is this process; each way is a process of its own, so that its figures are its own. Where a Python is named
that has ccxt, its socket and its REST stand beside them.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web

from tests.bench import prices_wrong

COINS, SECONDS = 200, 20.0
WAYS = {
    "socket": "the keeper, one socket, weighed and stored each second",
    "polls": "plain polling, one call a second for all",
    "single": "plain polling, one call a coin and second",
}

CCXT = {"socket": "ccxt's socket, nothing stored", "rest": "ccxt's REST, one call a second for all"}


def main(words: Sequence[str]) -> None:
    """``prices [SECONDS [PYTHON]]``: how long each way is measured, who has ccxt; then the table of wrong prices."""
    asyncio.run(_run(float(words[0]) if words else SECONDS, words[1] if len(words) > 1 else None))
    prices_wrong.main([])


async def _run(seconds: float, python: str | None = None) -> None:
    print(f"{'way':56} {'% of a core':>11} {'MB more':>8} {'MB in all':>9} {'prices/s':>9}")
    async with _venue() as (address, said):
        for way, words in WAYS.items():
            before = said.frames
            row = await _side(way, address, seconds)
            rate = (said.frames - before) / (seconds + 5) if way == "socket" else row["a_second"]
            print(f"{words:56} {row['core'] * 100:11.1f} {row['grown']:8.1f} {row['rss']:9.1f} {rate:9.0f}", flush=True)
            if way == "socket":
                print(f"{'':4}{row['kept']} quotes kept, the oldest {row['oldest']:.1f} s old; bars: 10 %, 50 MB")

        for way, words in CCXT.items() if python else ():
            row = await _ended(str(python), str(Path(__file__).with_name("prices_ccxt.py")), way, address, seconds)
            print(f"{words:56} {row['core'] * 100:11.1f} {'':8} {row['rss']:9.1f} {row['a_second']:9.0f}", flush=True)


async def _side(way: str, address: str, seconds: float) -> dict[str, float]:
    return await _ended(sys.executable, "-m", "tests.bench.prices_side", way, address, seconds)


async def _ended(*words: str | float) -> dict[str, float]:
    """The figures that the process printed; before its last word, the seconds, comes how many coins there are."""
    command = (*map(str, words[:-1]), str(COINS), str(words[-1]))
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    row: dict[str, float] = json.loads(out.splitlines()[-1])
    return row


class _Said:
    frames = 0


@asynccontextmanager
async def _venue() -> AsyncIterator[tuple[str, _Said]]:
    """A venue with a price of 200 coins that moves each second."""
    said, second = _Said(), 0
    names = [f"C{n:03}" for n in range(COINS)]

    def price(number: int) -> str:
        return f"{100 + number + second % 60 / 100:.2f}"

    async def whole(request: web.Request) -> web.StreamResponse:
        day = ["1.0", "1.0"]
        rest = {"a": day, "b": day, "v": day, "p": day, "t": [1, 2], "l": day, "h": day, "o": "1.0"}
        rows = {f"{name}USD": {"c": [price(number), "0.1"], **rest} for number, name in enumerate(names)}
        return web.json_response({"error": [], "result": rows})

    async def one(request: web.Request) -> web.StreamResponse:
        at = datetime.now(UTC).isoformat()
        return web.json_response({"price": price(names.index(request.match_info["name"])), "time": at, "volume": "1"})

    async def socket(request: web.Request) -> web.StreamResponse:
        nonlocal second
        line = web.WebSocketResponse()
        await line.prepare(request)
        await line.receive()
        begun, second = time.monotonic(), 0
        with contextlib.suppress(ConnectionError):
            while not line.closed:
                second += 1
                at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
                for number, name in enumerate(names):
                    row = {"symbol": f"{name}/USD", "last": float(price(number)), "change_pct": 1.2, "timestamp": at}
                    row |= dict.fromkeys(("bid", "bid_qty", "ask", "ask_qty", "volume", "vwap", "low", "high"), 1.5)
                    await line.send_json({"channel": "ticker", "type": "update", "data": [row]})
                    said.frames += 1
                    due = begun + second - 1 + (number + 1) / COINS
                    await asyncio.sleep(max(0.0, due - time.monotonic()))
                await line.send_str('{"channel":"heartbeat"}')
        return line

    app = web.Application()
    app.router.add_get("/all", whole)
    app.router.add_get("/0/public/Ticker", whole)
    app.router.add_get("/one/{name}", one)
    app.router.add_get("/socket", socket)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}", said
    finally:
        await runner.cleanup()
