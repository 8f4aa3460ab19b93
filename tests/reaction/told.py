"""A story told to chats, with the stage that looks at prices beside the others, and a market to look at."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np
from redis.asyncio import Redis

from pipelines import keys
from pipelines.prices.history import Series, Step, fill_gaps, keep_closes, read_series, write
from pipelines.prices.quote import Quote, write_quote
from pipelines.react import React
from pipelines.stage import Stage
from pipelines.worker import Worker
from tests.delivery.living import Living
from tests.delivery.scene import Scene

USUAL = 0.001
"""A usual move of 15 minutes."""


async def remember(store: Redis, symbol: str, price: float, now: datetime, days: int = 60) -> None:
    """A calm past of so many days, which ends at this price."""
    count = days * 96
    moves = np.random.default_rng(len(symbol)).standard_normal(count) * USUAL
    closes = price * np.exp(np.cumsum(moves) - moves.sum())
    had = await read_series(store, symbol, Step.QUARTER, now - count * Step.QUARTER.value, now)
    found = Series(symbol, Step.QUARTER.value, had.start, tuple(closes.tolist()))
    await write(store, fill_gaps(had, found, Step.QUARTER, now))


async def quote(store: Redis, now: datetime, **prices: float) -> None:
    """The keeper's round at this moment."""
    quotes = [Quote(symbol, Decimal(repr(price)), None, now, ("kraken",)) for symbol, price in prices.items()]
    await store.hset(keys.QUOTES, mapping={each.symbol: write_quote(each) for each in quotes})
    await keep_closes(store, quotes)


class Reacting(Living):
    """The living story, with prices kept as time goes by and the stage that looks at them."""

    def __init__(self, scene: Scene, page: int = 3) -> None:
        super().__init__(scene, page)
        self.prices = dict[str, float]()
        stage = Stage(
            name="reactions", reads=keys.REACTIONS, feeds=keys.ALERTS, handle=React(scene.store).handle, batch=1
        )
        self.reactions = Worker(self.streams, stage, scene.clock)

    async def price(self, **prices: float) -> None:
        """From now on these are the prices."""
        self.prices |= prices
        if self.prices:
            await quote(self.scene.store, self.clock() - timedelta(seconds=30), **self.prices)

    async def wait(self, **parts: float) -> None:
        until = self.clock() + timedelta(**parts)
        while self.clock() < until:
            await super().wait(minutes=min(1.0, (until - self.clock()) / timedelta(minutes=1)))
            await self.price()

    async def _line_up(self) -> None:
        while await self.reactions.step(1) + await self.worker.step(1):
            pass
