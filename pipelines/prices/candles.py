"""Fills the gaps of the history from a source's candles: what was before the bot began, and while it was away.

Coinbase Exchange gives 300 candles a call for any span, newest first, as [time, low, high, open, close, volume]; spans
without a trade are missing. Kraken gives the last 720 alone, oldest first, as [time, open, high, low, close, ...] with
numbers as text, and its last candle is not over yet. The first source that knows the coin is believed, for a close of
months ago is only measured against its neighbours, and those are its own.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import httpx
from redis.asyncio import Redis

from pipelines.prices.ask import GarbageError, NotListedError, SourceError, get_json, mapping, number
from pipelines.prices.coins import Coin
from pipelines.prices.history import Series, Step, fill_gaps, read_series, write

log = logging.getLogger(__name__)

REACH: Final = {Step.QUARTER: timedelta(days=182), Step.MINUTE: timedelta(days=2)}
"""How far back is asked for: what says what is usual, and what an alert of the last days is measured by."""
FULL: Final = 0.95
"""A history that lacks no more than the rest of it is left as it is."""
_AT_ONCE: Final = 300
_APART: Final = 0.25
"""Seconds between two calls: both allow ten a second or one, and nobody waits for this."""
_WILD: Final = 3.0
"""A close that many times higher or lower than the one before is garbage."""


class Candles:
    """Asks Coinbase and then Kraken, as far as they are among ``sources``, one call after the other.

    ``sleep`` must run on a clock that never jumps.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        sources: Collection[str],
        addresses: Mapping[str, str],
        clock: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._client = client
        self._sources = sources
        self._addresses = addresses
        self._clock = clock
        self._sleep = sleep

    async def fill(self, store: Redis, coin: Coin) -> int:
        """Fill in what the coin's history lacks; how many closes that brought. Never raises for a source's failure."""
        return sum([await self._fill(store, coin, step) for step in Step])

    async def _fill(self, store: Redis, coin: Coin, step: Step) -> int:
        now = self._clock()
        had = await read_series(store, coin.symbol, step, now - REACH[step], now)
        if had.known >= FULL * len(had.closes):
            return 0
        for name, ask in (("coinbase", self._coinbase), ("kraken", self._kraken)):
            if name not in self._sources:
                continue
            try:
                found = await ask(coin, step, had)
            except NotListedError:
                continue
            except (SourceError, GarbageError) as error:
                log.info("candles.failed source=%s symbol=%s why=%s", name, coin.symbol, error)
                continue
            if found.known:
                # Asking takes a while, in which the keeper goes on: what it saw by now stands.
                seen = await read_series(store, coin.symbol, step, had.start, now)
                await write(store, fill_gaps(seen, found, step, now))
                log.info(
                    "candles.filled source=%s symbol=%s step=%s closes=%d", name, coin.symbol, step.name, found.known
                )
                return found.known
        return 0

    async def _coinbase(self, coin: Coin, step: Step, had: Series) -> Series:
        if coin.coinbase is None:
            raise NotListedError
        closes = [math.nan] * len(had.closes)
        # The newest first, so that what a reaction needs most is there even where a later call fails.
        for end in range(len(closes), 0, -_AT_ONCE):
            first = max(0, end - _AT_ONCE)
            if all(close > 0 for close in had.closes[first:end]):
                continue
            span = {
                "granularity": str(int(step.value.total_seconds())),
                "start": (had.start + first * step.value).isoformat(),
                "end": (had.start + (end - 1) * step.value).isoformat(),
            }
            try:
                rows = await self._get("coinbase", f"/products/{coin.coinbase}/candles", span)
            except SourceError as error:
                if all(math.isnan(close) for close in closes):
                    raise
                log.info("candles.cut source=coinbase symbol=%s why=%s", coin.symbol, error)
                break
            if not isinstance(rows, list):
                raise GarbageError("candles are not a list")
            if not _place(rows, 4, step, had, closes):
                break  # before it was listed there
            await self._sleep(_APART)
        return _sane(had, closes)

    async def _kraken(self, coin: Coin, step: Step, had: Series) -> Series:
        if coin.kraken is None:
            raise NotListedError
        asked = {"pair": coin.kraken, "interval": str(int(step.value.total_seconds()) // 60)}
        reply = mapping(await self._get("kraken", "/0/public/OHLC", asked))
        if errors := [str(error) for error in reply.get("error") or ()]:
            if any("Unknown asset pair" in error for error in errors):
                raise NotListedError
            raise SourceError("error-under-200")
        rows = mapping(reply.get("result")).get(str(coin.kraken_key))
        if not isinstance(rows, list):
            raise GarbageError("candles are not a list")
        closes = [math.nan] * len(had.closes)
        _place(rows[:-1], 4, step, had, closes)
        await self._sleep(_APART)
        return _sane(had, closes)

    async def _get(self, source: str, path: str, params: Mapping[str, str]) -> Any:
        return await get_json(
            self._client, self._addresses[source].rstrip("/") + path, now=self._clock(), params=params
        )


def _place(rows: Iterable[object], close: int, step: Step, had: Series, closes: list[float]) -> int:
    """Put the closes of these rows in their places; how many had one. What cannot be read costs that candle only."""
    own, placed = step.index(had.start), 0
    for row in rows:
        if not isinstance(row, list):
            continue
        try:
            seconds, price = float(number(row[0])), float(number(row[close]))
        except (GarbageError, IndexError):
            continue
        at = int(seconds // step.value.total_seconds()) - own
        if 0 <= at < len(closes) and math.isfinite(price) and price > 0:
            closes[at], placed = price, placed + 1
    return placed


def _sane(had: Series, closes: list[float]) -> Series:
    """The closes without those that no market makes between one and the next."""
    last = math.nan
    for at, close in enumerate(closes):
        if last > 0 and close > 0 and not 1 / _WILD < close / last < _WILD:
            closes[at] = math.nan
        elif close > 0:
            last = close
    return Series(had.symbol, had.step, had.start, tuple(closes))
