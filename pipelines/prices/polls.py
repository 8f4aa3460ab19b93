"""The REST sources: asked politely, left alone for longer and longer while they fail, their last word held."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pipelines.prices.ask import Offer, SourceError
from pipelines.prices.believe import refuse
from pipelines.prices.coins import Coin
from pipelines.prices.notes import Notes
from pipelines.prices.patience import poll_pause
from pipelines.prices.sources import Source

_ASK_LIMIT: Final = 20.0
"""Seconds that all calls of one source may take in a round."""


@dataclass(slots=True)
class Health:
    """How a source has been doing: failures in a row and in all, its last word, and when it may be asked again."""

    failures: int = 0
    errors: int = 0
    fault: str | None = None
    heard_at: datetime | None = None
    not_before: datetime | None = None


class Polls:
    """The REST sources, first choice first, and what each said last of each coin."""

    def __init__(
        self,
        sources: Sequence[Source],
        clock: Callable[[], datetime],
        notes: Notes,
        *,
        interval: float,
        max_age: timedelta,
    ) -> None:
        self.sources = tuple(sources)
        self.health = {source.name: Health() for source in self.sources}
        self._clock = clock
        self._notes = notes
        self._interval = interval
        self._max_age = max_age
        self._held: dict[tuple[str, str], Offer] = {}
        self._new: set[tuple[str, str]] = set()
        self._turns: dict[tuple[str, str], int] = {}
        self._rounds = 0

    def held(self, symbol: str, *, new: bool = False) -> list[Offer]:
        """What each source said last of this coin, in order, however old; or only what is ``new`` in this round."""
        names = ((source.name, symbol) for source in self.sources)
        return [self._held[name] for name in names if name in (self._new if new else self._held)]

    def begin(self, symbols: Collection[str]) -> None:
        """Begin a round about these coins, and drop what was said of others."""
        self._new.clear()
        for key in [key for key in self._held if key[1] not in symbols]:
            del self._held[key]

    async def ask(self, source: Source, coins: Sequence[Coin]) -> None:
        """Hold what the source says that may be true; nothing new while it rests or fails."""
        health, now = self.health[source.name], self._clock()
        if not coins or (health.not_before is not None and now < health.not_before):
            return
        coins = self._turn(source, coins)
        failure: SourceError | None = None
        faults: dict[tuple[str, str], str | None] = {}
        try:
            async with asyncio.timeout(_ASK_LIMIT):
                offers = await source.ask(coins)
        except TimeoutError:
            failure = SourceError("slow")
        except SourceError as error:
            failure = error
        if failure is None:
            health.failures, health.fault = 0, None
            health.not_before = now + timedelta(seconds=source.least_gap) if source.least_gap else None
            self._notes.note(source.name, "", None)
            faults |= {(source.name, coin.symbol): "unreadable" for coin in coins if source.lists(coin)}
        else:
            health.failures += 1
            health.errors += 1
            health.fault = failure.reason
            pause = poll_pause(failure.reason, health.failures, self._interval, failure.retry_after)
            health.not_before = now + timedelta(seconds=pause)
            self._notes.note(source.name, "", failure.reason, pause)
            offers = list(failure.offers)
        for offer in offers:
            why = refuse(offer, self._clock(), self._max_age)
            faults[offer.source, offer.symbol] = why
            if why is None:
                self._held[offer.source, offer.symbol] = offer
                self._new.add((offer.source, offer.symbol))
                health.heard_at = self._clock()
        self._notes.read(faults)

    def _turn(self, source: Source, coins: Sequence[Coin]) -> Sequence[Coin]:
        """As many coins as the source may be asked for at once: those that waited longest."""
        self._rounds += 1
        if len(coins) > source.most:
            coins = sorted(coins, key=lambda coin: self._turns.get((source.name, coin.symbol), 0))[: source.most]
        for coin in coins:
            self._turns[source.name, coin.symbol] = self._rounds
        return coins
