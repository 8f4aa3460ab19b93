"""Builds the price keeper from the settings: which sources, in which order, for which coins."""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import Callable, Collection
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from decimal import Decimal

import certifi
from redis.asyncio import Redis

from bot.chat_store import ChatStore
from bot.past import filling_past
from bot.settings import Settings
from pipelines.prices.ask import build_client
from pipelines.prices.candles import Candles
from pipelines.prices.frames import CoinbaseFrames, Frames, KrakenFrames
from pipelines.prices.keeper import Keeper
from pipelines.prices.lister import Lister, listing
from pipelines.prices.sources import build_sources
from pipelines.prices.stream import Stream


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
    async with build_client() as client, AsyncExitStack() as beside:
        lister = Lister(client, settings.price_sources, addresses, store, clock)
        candles = Candles(client, settings.price_sources, addresses, clock, asyncio.sleep)
        await beside.enter_async_context(listing(lister, stop))
        await beside.enter_async_context(filling_past(candles, store, wanted, stop, lister.find))
        keeper = Keeper(
            store,
            build_sources(client, clock, settings.price_sources, addresses, key),
            wanted,
            clock,
            streams=build_streams(settings, clock),
            interval=settings.price_interval,
            max_age=settings.price_max_age,
            spread=Decimal(str(settings.price_spread)),
            find=lister.find,
        )
        await keeper.run(stop)


def build_streams(settings: Settings, clock: Callable[[], datetime]) -> tuple[Stream, ...]:
    """The sockets of the venues that are asked for prices, in the same order; none where they are switched off."""
    kinds: dict[str, tuple[Callable[[], Frames], str]] = {
        "kraken": (KrakenFrames, settings.kraken_socket_url),
        "coinbase": (CoinbaseFrames, settings.coinbase_socket_url),
    }
    named = [kinds[name] for name in settings.price_sources if name in kinds] if settings.price_sockets else []
    # The same certificates on every machine, as for everything else that is called.
    tls = (
        ssl.create_default_context(cafile=certifi.where()) if any(url.startswith("wss:") for _, url in named) else None
    )
    max_age = timedelta(seconds=settings.price_max_age)
    return tuple(Stream(frames(), url, clock, chance=random.random, max_age=max_age, tls=tls) for frames, url in named)
