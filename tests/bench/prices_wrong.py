"""The share of wrong prices that is shown: the keeper's median beside each single source, under faults made on purpose.

One day of a market in which the price walks; each source says the price of its venue (a few hundredths of a percent
off), and now and then has a fault of one kind for a while. What is shown counts as wrong where it is further than half
a percent from the market at the time that is claimed for it.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from pipelines.prices.ask import Offer
from pipelines.prices.believe import believe, refuse
from pipelines.prices.quote import Quote

BEGUN = datetime(2026, 11, 24, tzinfo=UTC)
SECOND = timedelta(seconds=1)
STEP, STEPS = 5, 17_280
"""Seconds between two looks, and looks in a day."""
MAX_AGE = timedelta(seconds=120)
WRONG = 0.005
SOURCES = ("kraken", "coinbase", "bitstamp")
STARTS, LASTS = 0.0025, 24
"""A source's chance at each look that a fault begins, and the mean number of looks that it lasts: 6 % of a day."""

Fault = Callable[[float, float], float]
"""What is said instead of the price, by the price now and the one when the fault began."""
FAULTS: dict[str, Fault] = {
    "thousandfold": lambda now, then: now * 1000,
    "a tenth off": lambda now, then: now * 1.1,
    "two per cent off": lambda now, then: now * 1.02,
    "another coin": lambda now, then: now / 20,
    "zero": lambda now, then: 0.0,
    "negative": lambda now, then: -now,
    "not a number": lambda now, then: math.nan,
    "stuck, new time": lambda now, then: then,
    "stuck, old time": lambda now, then: then,
}
OLD = frozenset({"stuck, old time"})


@dataclass
class Told:
    """What somebody showed: looks with a price, those of them that were wrong, and those that said sources differ."""

    shown: int = 0
    wrong: int = 0
    owned: int = 0

    def tell(self, price: float, at: int, market: Sequence[float], *, differ: bool = False) -> None:
        self.shown += 1
        wrong = not abs(price - market[at]) <= WRONG * market[at]
        self.wrong += wrong
        self.owned += wrong and differ


@dataclass
class Venue:
    """One source, with its luck."""

    name: str
    luck: random.Random
    kinds: Sequence[str]
    fault: str | None = None
    since: int = 0
    left: int = 0
    alone: Told = field(default_factory=Told)
    checked: Told = field(default_factory=Told)
    last: Quote | None = None

    def says(self, step: int, market: Sequence[float]) -> Offer:
        """Its offer at this look."""
        if self.left == 0:
            self.fault = None
            if self.luck.random() < STARTS:
                self.fault, self.since = self.luck.choice(self.kinds), step
                self.left = 1 + int(self.luck.expovariate(1 / LASTS))
        self.left = max(0, self.left - 1)
        price = market[step] * (1 + self.luck.gauss(0, 0.0003))
        at = step
        if self.fault is not None:
            price = FAULTS[self.fault](price, market[self.since])
            at = self.since if self.fault in OLD else step
        return Offer(self.name, "BTC", Decimal(repr(price)), None, moment(at))


def main(words: Sequence[str]) -> None:
    """``prices_wrong [DAYS]``: days of each kind of fault; 3 unless said."""
    days = int(words[0]) if words else 3
    heads = [*(f"{name} alone" for name in SOURCES), "one, with our checks", "median of three", "wrong, not flagged"]
    print(f"| fault | {' | '.join(heads)} |")
    print(f"|---|{'---|' * 6}")
    for title, kinds in (*((kind, (kind,)) for kind in FAULTS), ("all of them", tuple(FAULTS))):
        alone, checked, median = day(title, kinds, days)
        silent = Told(median.shown, median.wrong - median.owned)
        cells = [share(told) for told in (*alone, checked, median, silent)]
        print(f"| {title} | {' | '.join(cells)} |", flush=True)


def day(title: str, kinds: Sequence[str], days: int) -> tuple[list[Told], Told, Told]:
    """Each source as it comes, one source with our checks, and the median, over some days of these faults."""
    median, checked = Told(), Told()
    alone = [Told() for _ in SOURCES]
    for number in range(days):
        luck = random.Random(f"{title} {number}")
        market = list(walk(luck))
        venues = [Venue(name, random.Random(f"{title} {number} {name}"), kinds) for name in SOURCES]
        last: Quote | None = None
        for step in range(STEPS):
            now = moment(step)
            offers = [venue.says(step, market) for venue in venues]
            for told, offer in zip(alone, offers, strict=True):
                told.tell(float(offer.price), step, market)  # a program that shows what one source says, as of now
            sound = [offer for offer in offers if refuse(offer, now, MAX_AGE) is None]
            last = shown(sound, last, now, median, market)
            venues[0].last = shown(sound[:1] if sound[:1] == offers[:1] else [], venues[0].last, now, checked, market)
    return alone, checked, median


def shown(
    offers: Sequence[Offer], last: Quote | None, now: datetime, told: Told, market: Sequence[float]
) -> Quote | None:
    """The quote that stands now; it is counted while it is fresh."""
    quote = believe(offers, last, now) or last
    if quote is not None and now - quote.as_of <= MAX_AGE:
        told.tell(float(quote.price), int((quote.as_of - BEGUN) / SECOND) // STEP, market, differ=quote.differ)
    return quote


def walk(luck: random.Random) -> Iterator[float]:
    """A day's market: 60 % a year, and a jump of a few per cent now and then."""
    price, step = 80_000.0, 0.6 * math.sqrt(STEP / (365 * 86_400))
    for _ in range(STEPS):
        jump = luck.gauss(0, 0.03) if luck.random() < 0.0002 else 0.0
        price *= math.exp(luck.gauss(0, step) + jump)
        yield price


def moment(step: int) -> datetime:
    return BEGUN + step * STEP * SECOND


def share(told: Told) -> str:
    """The share that was wrong, in percent."""
    return f"{100 * told.wrong / told.shown:.2f} %" if told.shown else "-"
