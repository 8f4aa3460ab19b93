"""The keeper: asks the price sources in the background and holds the quotes in the store. No alert waits for it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, Literal

from redis.asyncio import Redis

from pipelines import keys
from pipelines.prices.ask import Offer, SourceError
from pipelines.prices.believe import believe, refuse
from pipelines.prices.coins import Coin, find_coin
from pipelines.prices.history import keep_closes
from pipelines.prices.quote import Quote, write_quote
from pipelines.prices.read import read_quotes
from pipelines.prices.sources import Source
from pipelines.store import STORE_IS_AWAY

log = logging.getLogger(__name__)

_ASK_LIMIT: Final = 20.0
"""Seconds that all calls of one source may take in a round."""
_LONGEST_PAUSE: Final = 900.0
_SHUT_OUT: Final = 3600.0
"""Seconds until a source that shuts this address out (403, 418, 451) is asked again."""
_CHANGE_HOLDS: Final = timedelta(minutes=10)
"""How long a 24 h change is shown on after its source fell silent: ten minutes move it by little."""


@dataclass(slots=True)
class _Health:
    """How a source has been doing: failures in a row, and when it may be asked again."""

    failures: int = 0
    not_before: datetime | None = None


class Keeper:
    """Keeps quotes fresh for the coins that ``wanted`` names (symbols; unknown ones are passed over).

    ``sources`` come first choice first. ``interval`` and ``max_age`` are seconds: between rounds, and the age at which
    what a source says is stale. ``sleep`` must run on a clock that never jumps.
    """

    def __init__(
        self,
        store: Redis,
        sources: Iterable[Source],
        wanted: Callable[[], Awaitable[Collection[str]]],
        clock: Callable[[], datetime],
        *,
        interval: float = 30.0,
        max_age: float = 120.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store = store
        self._sources = tuple(sources)
        self._wanted = wanted
        self._clock = clock
        self._interval = interval
        self._max_age = timedelta(seconds=max_age)
        self._sleep = sleep
        self._health = {source.name: _Health() for source in self._sources}
        self._faults: dict[tuple[str, str], str] = {}
        self._changes: dict[str, tuple[Decimal, datetime]] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Round after round until ``stop`` is set, then at once; whatever happens to a round, the next one comes."""
        stopped = asyncio.ensure_future(stop.wait())
        try:
            while not stop.is_set():
                await _or_until(stopped, self._guarded_round())
                await _or_until(stopped, self._sleep(self._interval))
        finally:
            stopped.cancel()

    async def _guarded_round(self) -> None:
        try:
            await self.round()
            self._note("store", "", None)
        except STORE_IS_AWAY as error:
            self._note("store", "", type(error).__name__)
        except Exception:
            log.exception("price.round_failed")

    async def round(self) -> tuple[Quote, ...]:
        """Ask once, write what is believed, and return what was written."""
        coins = _coins(await self._wanted())
        before = {quote.symbol: quote for quote in await read_quotes(self._store, [coin.symbol for coin in coins])}
        offers: dict[str, list[Offer]] = {coin.symbol: [] for coin in coins}
        quotes: dict[str, Quote | None] = dict.fromkeys(offers)
        faults: dict[tuple[str, str], str | None] = {}
        for source in self._sources:
            unsettled = [coin for coin in coins if source.lists(coin) and _unsettled(quotes[coin.symbol], source)]
            for offer in await self._ask(source, unsettled, faults):
                offers[offer.symbol].append(offer)
                quotes[offer.symbol] = believe(offers[offer.symbol], before.get(offer.symbol), self._clock())
        for symbol, quote in quotes.items():
            if quote is None or quote is not before.get(symbol):
                believed = quote.sources if quote else ()
                faults |= {(o.source, symbol): "disagrees" for o in offers[symbol] if o.source not in believed}
        for (name, symbol), fault in faults.items():
            self._note(name, symbol, fault)
        fresh = tuple(
            self._with_change(quote) for quote in quotes.values() if quote and quote != before.get(quote.symbol)
        )
        if fresh:
            await self._store.hset(keys.QUOTES, mapping={quote.symbol: write_quote(quote) for quote in fresh})
            await keep_closes(self._store, fresh)
        return fresh

    async def _ask(self, source: Source, coins: list[Coin], faults: dict[tuple[str, str], str | None]) -> list[Offer]:
        """What the source offers that may be true, nothing while it rests or fails; adds to ``faults``."""
        health, now = self._health[source.name], self._clock()
        if not coins or (health.not_before is not None and now < health.not_before):
            return []
        failure: SourceError | None = None
        try:
            async with asyncio.timeout(_ASK_LIMIT):
                offers = await source.ask(coins)
        except TimeoutError:
            failure = SourceError("slow")
        except SourceError as error:
            failure = error
        if failure is None:
            health.failures = 0
            health.not_before = now + timedelta(seconds=source.least_gap) if source.least_gap else None
            self._note(source.name, "", None)
            faults |= {(source.name, coin.symbol): "unreadable" for coin in coins if source.lists(coin)}
        else:
            health.failures += 1
            pause = self._pause(failure, health.failures)
            health.not_before = now + timedelta(seconds=pause)
            self._note(source.name, "", failure.reason, pause)
            offers = list(failure.offers)
        faults |= {(offer.source, offer.symbol): refuse(offer, self._clock(), self._max_age) for offer in offers}
        return [offer for offer in offers if faults[offer.source, offer.symbol] is None]

    def _pause(self, error: SourceError, failures: int) -> float:
        """Seconds to leave a failing source alone: doubling, an hour where it shuts us out, longer if it says so."""
        shut_out = error.reason in {"refused", "banned", "restricted-location"}
        own = _SHUT_OUT if shut_out else min(self._interval * 2.0 ** min(failures - 1, 16), _LONGEST_PAUSE)
        return max(own, error.retry_after or 0.0)

    def _with_change(self, quote: Quote) -> Quote:
        if quote.change_24h is not None:
            self._changes[quote.symbol] = (quote.change_24h, quote.as_of)
            return quote
        change, at = self._changes.get(quote.symbol, (None, quote.as_of))
        return replace(quote, change_24h=change) if quote.as_of - at <= _CHANGE_HOLDS else quote

    def _note(self, source: str, symbol: str, reason: str | None, pause: float = 0.0) -> None:
        """One line when something goes bad and one when it is well again, not one per round."""
        known = self._faults.get((source, symbol))
        if reason is None and known is not None:
            del self._faults[source, symbol]
            log.info("price.back source=%s symbol=%s was=%s", source, symbol or "all", known)
        elif reason is not None and known is None:
            self._faults[source, symbol] = reason
            log.warning("price.bad source=%s symbol=%s reason=%s pause=%.0f", source, symbol or "all", reason, pause)


def _coins(symbols: Collection[str]) -> list[Coin]:
    """The coins of these symbols, each once, in the order of the symbols' names."""
    found = (find_coin(symbol) for symbol in sorted(symbols))
    return list({coin.symbol: coin for coin in found if coin is not None}.values())


def _unsettled(quote: Quote | None, source: Source) -> bool:
    """Whether this source may still add something: a price, a second opinion or the 24 h change."""
    if quote is None or quote.change_24h is None:
        return True
    return len(quote.sources) < 2 and not source.last_resort


async def _or_until(stopped: asyncio.Future[Literal[True]], work: Awaitable[None]) -> None:
    """Await the work, or give it up once ``stopped`` is done."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait((task, stopped), return_when=asyncio.FIRST_COMPLETED)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
