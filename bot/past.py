"""What coins cost before the bot began, and while it was away: asked for once, beside the keeper of prices."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager

from redis.asyncio import Redis

from pipelines.prices.candles import Candles
from pipelines.prices.coins import Find, find_coin
from pipelines.store import STORE_IS_AWAY
from pipelines.tasks import end, rest

log = logging.getLogger(__name__)

_LOOK_SECONDS = 60.0
Wanted = Callable[[], Awaitable[Collection[str]]]


@asynccontextmanager
async def filling_past(
    candles: Candles, store: Redis, wanted: Wanted, stop: asyncio.Event, find: Find = find_coin
) -> AsyncIterator[None]:
    """Fill in the past of the wanted coins as long as this is open, or until ``stop``."""
    task = asyncio.create_task(fill_past(candles, store, wanted, stop, find))
    try:
        yield
    finally:
        await end(task)


async def fill_past(
    candles: Candles, store: Redis, wanted: Wanted, stop: asyncio.Event, find: Find = find_coin
) -> None:
    """Ask once for the past of each coin that is wanted, soon after it is; a failure is for the next start."""
    asked = set[str]()
    while not stop.is_set():
        try:
            for symbol in sorted(await wanted()):
                coin = find(symbol)
                if coin is not None and coin.symbol not in asked:
                    asked.add(coin.symbol)
                    await candles.fill(store, coin)
        except STORE_IS_AWAY as error:
            log.warning("candles.store why=%s", type(error).__name__)
        except Exception:  # nobody waits for the past, and the present must not suffer from it
            log.exception("candles.surprise")
        await rest(stop, _LOOK_SECONDS)
