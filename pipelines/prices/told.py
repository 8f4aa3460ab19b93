"""The quotes that were shown with a story: they stay in its messages, however often these are edited."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from redis.asyncio import Redis

from pipelines import keys
from pipelines.prices.quote import Quote, read_quote, write_quote


async def keep_told(store: Redis, story: str, quotes: Sequence[Quote], now: datetime, kept: timedelta) -> None:
    """Remember the quotes as shown in this minute, for so long; the first of a minute stand."""
    if not quotes:
        return
    key, minute = keys.told_quotes(story), _minute(now)
    async with store.pipeline(transaction=False) as pipe:
        for quote in quotes:
            pipe.hsetnx(key, f"{minute}:{quote.symbol}", write_quote(quote).decode())
        pipe.expire(key, int(kept.total_seconds()))
        await pipe.execute()


async def read_told(store: Redis, story: str, symbols: Sequence[str], sent: datetime) -> tuple[Quote, ...]:
    """The quotes that a message sent then has shown, in the order of the symbols; those never shown are left out.

    A message is made a moment before it is sent, so it may be those of the minute before.
    """
    found: Any = await store.hgetall(keys.told_quotes(story))
    shown = dict[str, tuple[int, bytes]]()
    for name, data in found.items():
        minute, _, symbol = name.decode().partition(":")
        best = shown.get(symbol)
        if int(minute) <= _minute(sent) and (best is None or int(minute) > best[0]):
            shown[symbol] = (int(minute), data)
    quotes = (read_quote(shown[symbol][1]) for symbol in dict.fromkeys(symbols) if symbol in shown)
    return tuple(quote for quote in quotes if quote is not None)


def _minute(moment: datetime) -> int:
    return int(moment.timestamp()) // 60
