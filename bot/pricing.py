"""Builds the price keeper from the settings: which sources, in which order, for which coins, and their past."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime

from redis.asyncio import Redis

from bot.chat_store import ChatStore
from bot.settings import Settings
from pipelines.prices.ask import build_client
from pipelines.prices.candles import Candles
from pipelines.prices.coins import find_coin
from pipelines.prices.keeper import Keeper
from pipelines.prices.sources import build_sources
from pipelines.store import STORE_IS_AWAY
from pipelines.tasks import end, rest

log = logging.getLogger(__name__)

_LOOK_SECONDS = 60.0


async def keep_prices(
    settings: Settings, store: Redis, chats: ChatStore, clock: Callable[[], datetime], stop: asyncio.Event
) -> None:
    """Keep quotes fresh until ``stop``, for the default coins and whatever else some chat has chosen."""

    async def wanted() -> Collection[str]:
        return {*settings.coins, *await chats.coins()}

    addresses = {
        "kraken": settings.kraken_url,
        "coinbase": settings.coinbase_url,
        "bitstamp": settings.bitstamp_url,
        "coingecko": settings.coingecko_url,
    }
    key = settings.coingecko_key.get_secret_value() if settings.coingecko_key else None
    async with build_client() as client:
        sources = build_sources(client, clock, settings.price_sources, addresses, key)
        keeper = Keeper(store, sources, wanted, clock, interval=settings.price_interval, max_age=settings.price_max_age)
        candles = Candles(client, settings.price_sources, addresses, clock, asyncio.sleep)
        past = asyncio.create_task(fill_past(candles, store, wanted, stop))
        try:
            await keeper.run(stop)
        finally:
            await end(past)


async def fill_past(
    candles: Candles, store: Redis, wanted: Callable[[], Awaitable[Collection[str]]], stop: asyncio.Event
) -> None:
    """Ask once for the past of each coin that is wanted, soon after it is; a failure is for the next start."""
    asked = set[str]()
    while not stop.is_set():
        try:
            for symbol in sorted(await wanted()):
                coin = find_coin(symbol)
                if coin is not None and coin.symbol not in asked:
                    asked.add(coin.symbol)
                    await candles.fill(store, coin)
        except STORE_IS_AWAY as error:
            log.warning("candles.store why=%s", type(error).__name__)
        except Exception:  # nobody waits for the past, and the present must not suffer from it
            log.exception("candles.surprise")
        await rest(stop, _LOOK_SECONDS)
