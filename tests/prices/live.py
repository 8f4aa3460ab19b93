"""Two sockets, a keeper and the price server, for tests whose clock and pauses are their own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from datetime import timedelta

import httpx
from redis.asyncio import Redis

from pipelines.prices.coins import find_coin
from pipelines.prices.frames import CoinbaseFrames, Frames, KrakenFrames
from pipelines.prices.keeper import Keeper
from pipelines.prices.sources import build_sources
from pipelines.prices.stream import Stream
from tests.conftest import Clock
from tests.prices.server import PriceServer

KINDS: dict[str, Callable[[], Frames]] = {"kraken": KrakenFrames, "coinbase": CoinbaseFrames}


class Live:
    """Two sockets and a keeper on the price server; each pause of a socket is written down and skipped."""

    def __init__(self, store: Redis, clock: Clock, server: PriceServer, client: httpx.AsyncClient) -> None:
        self.store, self.clock, self.server, self.client = store, clock, server, client
        self.pauses: list[float] = []
        self.paused = asyncio.Event()
        self.go_on = asyncio.Event()
        self.streams = {name: self.stream(name) for name in KINDS}
        self.symbols: Collection[str] = ("BTC", "ETH")
        self.tasks: list[asyncio.Task[None]] = []

    def stream(self, name: str) -> Stream:
        address = self.server.addresses[f"{name}_socket"]
        return Stream(
            KINDS[name](), address, self.clock, chance=lambda: 0.0, max_age=timedelta(seconds=120), sleep=self.pause
        )

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.paused.set()
        await self.go_on.wait()
        self.go_on.clear()
        self.clock.advance(seconds=seconds)

    async def next_pause(self) -> float:
        """Let the socket go on until it pauses again; the seconds for which it would."""
        async with asyncio.timeout(10):
            await self.paused.wait()
        self.paused.clear()
        return self.pauses[-1]

    def keeper(self, *rest: str) -> Keeper:
        async def wanted() -> Collection[str]:
            return self.symbols

        sources = build_sources(self.client, self.clock, rest, self.server.addresses)
        return Keeper(self.store, sources, wanted, self.clock, streams=tuple(self.streams.values()))

    async def open(self, *names: str) -> None:
        """Run these sockets, and wait until each has heard its coins."""
        coins = [coin for symbol in self.symbols if (coin := find_coin(symbol)) is not None]
        for name in names:
            await self.streams[name].want(coins)
            self.tasks.append(asyncio.ensure_future(self.streams[name].run()))

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(10):
            while not holds():
                await asyncio.sleep(0.001)

    def price(self, name: str, symbol: str = "BTC") -> str | None:
        offer = self.streams[name].offer(symbol)
        return None if offer is None else f"{offer.price:f}"

    async def hear(self, name: str, why: str) -> None:
        """Let the venue say something bad, and wait until that was noticed."""
        await self.server.sockets.beat(name)
        await self.until(lambda: why in self.streams[name].refused(self.clock()).values())
