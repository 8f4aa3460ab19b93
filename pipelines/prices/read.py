"""Reads the quotes at hand. Never fetches, so that a price never delays an alert."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis

from pipelines import keys
from pipelines.prices.quote import Quote, read_quote


async def read_quotes(store: Redis, symbols: Sequence[str]) -> tuple[Quote, ...]:
    """The stored quotes of these symbols, in their order and each once; a symbol without one is left out."""
    wanted = list(dict.fromkeys(symbols))
    if not wanted:
        return ()
    stored = await store.hmget(keys.QUOTES, wanted)
    quotes = (read_quote(data) for data in stored if data is not None)
    return tuple(quote for quote in quotes if quote is not None)


async def read_all_quotes(store: Redis) -> tuple[Quote, ...]:
    """Every stored quote, by symbol."""
    stored: Any = await store.hgetall(keys.QUOTES)
    quotes = (read_quote(data) for data in stored.values())
    return tuple(sorted((quote for quote in quotes if quote is not None), key=lambda quote: quote.symbol))
