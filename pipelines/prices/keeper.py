"""The keeper: hears and asks the price sources in the background and holds the quotes in the store.

Sockets are heard all the time and weighed at each tick; REST is asked at each interval for what sockets do not give and
as the cross-check. No alert waits for any of it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Literal

from redis.asyncio import Redis

from pipelines import keys
from pipelines.prices.ask import Offer
from pipelines.prices.believe import SPREAD, believe, refuse
from pipelines.prices.coins import Coin, find_coin
from pipelines.prices.health import states, write_states
from pipelines.prices.history import Closes
from pipelines.prices.notes import Notes
from pipelines.prices.polls import Polls
from pipelines.prices.quote import Quote, write_quote
from pipelines.prices.read import read_quotes
from pipelines.prices.sources import Source
from pipelines.prices.stream import Stream
from pipelines.store import STORE_IS_AWAY

log = logging.getLogger(__name__)

TICK: Final = 1.0
"""Seconds between two looks at the sockets."""
QUORUM: Final = 3
"""Opinions that a quote wants: of three, one may be wrong. The last resort is asked where there are not even two."""
_CHANGE_HOLDS: Final = timedelta(minutes=10)
"""How long a 24 h change is shown on after its source fell silent: ten minutes move it by little."""
_STILL: Final = timedelta(seconds=5)
"""A price that stands still is written so seldom: else each tick would write each coin."""
_JUST: Final = timedelta(seconds=10)
"""While a socket has spoken of a coin within this time, its venue is not asked by REST."""
_STATES: Final = timedelta(seconds=10)
"""Between two accounts of the sources for the operator."""


class Keeper:
    """Keeps quotes fresh for the coins that ``wanted`` names (symbols; unknown ones are passed over).

    ``sources`` and ``streams`` come first choice first. ``interval``, ``tick`` and ``max_age`` are seconds: between
    rounds of polls, between looks at the sockets, and the age at which what a source says is stale. ``spread`` is the
    percent beyond which a quote says that its sources differ. ``sleep`` must run on a clock that never jumps; ``find``
    knows the coin of a symbol.
    """

    def __init__(
        self,
        store: Redis,
        sources: Iterable[Source],
        wanted: Callable[[], Awaitable[Collection[str]]],
        clock: Callable[[], datetime],
        *,
        streams: Sequence[Stream] = (),
        interval: float = 30.0,
        tick: float = TICK,
        max_age: float = 120.0,
        spread: Decimal = SPREAD,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        find: Callable[[str], Coin | None] = find_coin,
    ) -> None:
        self._store = store
        self._wanted = wanted
        self._clock = clock
        self._streams = tuple(streams)
        self._interval = interval
        self._tick = tick
        self._max_age = timedelta(seconds=max_age)
        self._spread = spread
        self._sleep = sleep
        self._find = find
        self._notes = Notes()
        self._polls = Polls(tuple(sources), clock, self._notes, interval=interval, max_age=self._max_age)
        names = (*(source.name for source in self._polls.sources), *(stream.name for stream in self._streams))
        self._order = list(dict.fromkeys(names))
        self._changes: dict[str, tuple[Decimal, datetime]] = {}
        self._last: dict[str, Quote] = {}
        self._closes = Closes(store)
        self._writing = asyncio.Lock()
        self._told_states: datetime | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Until ``stop`` is set, then at once; whatever happens to a round, the next one comes."""
        stopped = asyncio.ensure_future(stop.wait())
        loops = [self._again(self.round, self._interval)]
        if self._streams:
            loops += [self._again(self.tick, self._tick), *(stream.run() for stream in self._streams)]
        try:
            await _or_until(stopped, loops)
        finally:
            stopped.cancel()

    async def _again(self, work: Callable[[], Awaitable[object]], pause: float) -> None:
        while True:
            try:
                await work()
                self._notes.note("store", "", None)
            except STORE_IS_AWAY as error:
                self._notes.note("store", "", type(error).__name__)
            except Exception:
                log.exception("price.round_failed")
            await self._sleep(pause)

    async def tick(self) -> tuple[Quote, ...]:
        """Look at the sockets, write what is believed now, and return what was written."""
        coins = self._coins(await self._wanted())
        for stream in self._streams:
            await stream.want(coins)
            stream.look()
        return await self._settle(coins)

    async def round(self) -> tuple[Quote, ...]:
        """Ask what has to be asked once, write what is believed, and return what was written."""
        coins = self._coins(await self._wanted())
        self._polls.begin({coin.symbol for coin in coins})
        before = await self._read(coins)
        for source in self._polls.sources:
            asked = [coin for coin in coins if source.lists(coin) and not self._streamed(source, coin)]
            unsettled = [coin for coin in asked if _unsettled(self._believe(coin, before, new=True), source)]
            await self._polls.ask(source, unsettled)
        return await self._settle(coins)

    async def _settle(self, coins: Sequence[Coin]) -> tuple[Quote, ...]:
        """Write what is believed of these coins by what was said so far."""
        async with self._writing:
            before = await self._read(coins)
            quotes = {coin.symbol: self._believe(coin, before) for coin in coins}
            for symbol, quote in quotes.items():
                if quote is None or quote is not before.get(symbol):
                    believed = quote.sources if quote else ()
                    for offer in self._offers(symbol):
                        self._notes.weighed(offer.source, symbol, agrees=offer.source in believed)
            for stream in self._streams:
                self._notes.only(f"{stream.name}-socket", self._socket_faults(stream))
            fresh = tuple(
                self._with_change(quote)
                for quote in quotes.values()
                if quote and _news(quote, before.get(quote.symbol))
            )
            if fresh:
                await self._store.hset(keys.QUOTES, mapping={quote.symbol: write_quote(quote) for quote in fresh})
                await self._closes.keep(fresh)
                self._last |= {quote.symbol: quote for quote in fresh}
            await self._tell_states()
            return fresh

    def _coins(self, symbols: Collection[str]) -> list[Coin]:
        """The coins of these symbols, each once, in the order of the symbols' names."""
        found = (self._find(symbol) for symbol in sorted(symbols))
        return list({coin.symbol: coin for coin in found if coin is not None}.values())

    async def _read(self, coins: Sequence[Coin]) -> dict[str, Quote]:
        """The last good quotes: as written here, or as whoever kept prices before left them."""
        new = [coin.symbol for coin in coins if coin.symbol not in self._last]
        self._last |= {quote.symbol: quote for quote in await read_quotes(self._store, new)}
        return self._last

    def _believe(self, coin: Coin, before: dict[str, Quote], *, new: bool = False) -> Quote | None:
        offers = self._offers(coin.symbol, new=new)
        return believe(offers, before.get(coin.symbol), self._clock(), self._spread)

    def _offers(self, symbol: str, *, new: bool = False) -> list[Offer]:
        """What each venue said last of the coin, by socket or REST, as far as that is fresh; one a venue.

        ``new``: only what REST said in this round, and a socket just now.
        """
        newest: dict[str, Offer] = {}
        now = self._clock()
        heard = [offer for stream in self._streams if (offer := stream.offer(symbol)) is not None]
        if new:
            heard = [offer for offer in heard if self._just_said(offer)]
        for offer in (*self._polls.held(symbol, new=new), *heard):
            known = newest.get(offer.source)
            if refuse(offer, now, self._max_age) is None and (known is None or offer.as_of >= known.as_of):
                newest[offer.source] = offer
        return sorted(newest.values(), key=lambda offer: self._order.index(offer.source))

    def _streamed(self, source: Source, coin: Coin) -> bool:
        """Whether the same venue's socket has just spoken of the coin, so that REST adds nothing."""
        heard = (stream.offer(coin.symbol) for stream in self._streams if stream.name == source.name)
        return any(offer is not None and self._just_said(offer) for offer in heard)

    def _just_said(self, offer: Offer) -> bool:
        return self._clock() - offer.as_of <= _JUST

    def _socket_faults(self, stream: Stream) -> dict[str, str]:
        if not stream.open and stream.fault is not None:
            return {"": stream.fault}
        return stream.refused(self._clock())

    async def _tell_states(self) -> None:
        """Every ten seconds, how each source is, for whoever asks."""
        now = self._clock()
        if self._told_states is None or not timedelta() <= now - self._told_states < _STATES:
            self._told_states = now
            await write_states(self._store, states(self._streams, self._polls, self._notes), now)

    def _with_change(self, quote: Quote) -> Quote:
        if quote.change_24h is not None:
            self._changes[quote.symbol] = (quote.change_24h, quote.as_of)
            return quote
        change, at = self._changes.get(quote.symbol, (None, quote.as_of))
        return replace(quote, change_24h=change) if quote.as_of - at <= _CHANGE_HOLDS else quote


def _unsettled(quote: Quote | None, source: Source) -> bool:
    """Whether this source may still add something: a price, a further opinion or the 24 h change."""
    if quote is None or quote.change_24h is None:
        return True
    return len(quote.sources) < (2 if source.last_resort else QUORUM)


def _news(quote: Quote, before: Quote | None) -> bool:
    """Whether the quote says something that the stored one does not: at least that the price still holds."""
    if before is None or quote.as_of - before.as_of >= _STILL or quote.as_of < before.as_of:
        return True
    return (quote.price, quote.sources, quote.differ) != (before.price, before.sources, before.differ)


async def _or_until(stopped: asyncio.Future[Literal[True]], works: Iterable[Awaitable[None]]) -> None:
    """Await the works, which go on for ever, or give them up once ``stopped`` is done or one of them failed."""
    tasks: list[asyncio.Future[Any]] = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.wait([*tasks, stopped], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
