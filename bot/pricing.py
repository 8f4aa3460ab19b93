"""Builds the price keeper from the settings: which sources, in which order, for which coins."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from datetime import datetime

from redis.asyncio import Redis

from bot.chat_store import ChatStore
from bot.past import filling_past
from bot.settings import Settings
from pipelines.prices.ask import build_client
from pipelines.prices.candles import Candles
from pipelines.prices.keeper import Keeper
from pipelines.prices.sources import build_sources


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
    async with (
        build_client() as client,
        filling_past(Candles(client, settings.price_sources, addresses, clock, asyncio.sleep), store, wanted, stop),
    ):
        sources = build_sources(client, clock, settings.price_sources, addresses, key)
        keeper = Keeper(store, sources, wanted, clock, interval=settings.price_interval, max_age=settings.price_max_age)
        await keeper.run(stop)
