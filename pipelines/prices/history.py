"""What coins cost: the last price of each minute for a week, and of each quarter of an hour for 400 days.

A coin's closes lie in blocks of four bytes a step, each a key of its own that expires by itself. Writing one touches
four bytes wherever it is done from, so a round needs to read nothing; reading a month is three calls in one trip.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Final

from redis.asyncio import Redis

from pipelines import keys
from pipelines.prices.quote import Quote
from pipelines.stage import Command

_BYTES: Final = 4
"""A close is a 32-bit float, right to one part in 16 million; zero bytes, which gaps are filled with, mean none."""
EVERY: Final = timedelta(seconds=10)
"""A close may be so much older than the end of its step: ten times the writes would say little more."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Step(Enum):
    """How far apart closes are; the value is the time between two."""

    MINUTE = timedelta(minutes=1)
    QUARTER = timedelta(minutes=15)

    @property
    def kept(self) -> timedelta:
        """How long closes of this step are kept."""
        return timedelta(days=7) if self is Step.MINUTE else timedelta(days=400)

    @property
    def in_block(self) -> int:
        """Closes in a block: those of a day, or of 32 days."""
        return 1440 if self is Step.MINUTE else 32 * 96

    def index(self, moment: datetime) -> int:
        """How many steps had passed since 1970 at this moment."""
        return (moment - _EPOCH) // self.value

    def begin(self, index: int) -> datetime:
        """The moment at which that step begins."""
        return _EPOCH + index * self.value


@dataclass(frozen=True, slots=True)
class Series:
    """A coin's closes in US dollars.

    ``closes[i]`` is the last price before ``start + (i + 1) * step``, NaN where there was none within that step.
    """

    symbol: str
    step: timedelta
    start: datetime
    closes: tuple[float, ...]

    @property
    def known(self) -> int:
        """How many closes there are."""
        return sum(not math.isnan(close) for close in self.closes)

    def before(self, moment: datetime, patience: timedelta) -> float | None:
        """The last close at or before this moment, at most ``patience`` old; None where there is none."""
        last = min((moment - self.start) // self.step, len(self.closes)) - 1
        for index in range(last, -1, -1):
            if moment - (self.start + (index + 1) * self.step) > patience:
                break
            if not math.isnan(self.closes[index]):
                return self.closes[index]
        return None


async def read_series(store: Redis, symbol: str, step: Step, since: datetime, until: datetime) -> Series:
    """The coin's closes of the steps that begin in [``since``, ``until``), the first rounded down to its step."""
    first, last = step.index(since), -(-(until - _EPOCH) // step.value)
    size, closes = step.in_block, list[float]()
    pipe = store.pipeline(transaction=False)
    spans = list(_spans(first, last, size))
    for block, begin, end in spans:
        pipe.getrange(_key(symbol, step, block), begin * _BYTES, end * _BYTES - 1)
    for (_, begin, end), data in zip(spans, await pipe.execute(), strict=True):
        found = _unpacked(data)
        closes += [*found, *[math.nan] * (end - begin - len(found))]
    return Series(symbol, step.value, step.begin(first), tuple(closes))


def write_close(symbol: str, price: Decimal, at: datetime) -> tuple[Command, ...]:
    """The writes that remember what the coin cost then: the last of a step stands."""
    return tuple(command for step in Step for command in _put(symbol, step, step.index(at), (float(price),), at))


class Closes:
    """Remembers quotes as they come, of each coin one in ``EVERY`` at most: sockets bring one a second."""

    def __init__(self, store: Redis) -> None:
        self._store = store
        self._last = dict[str, datetime]()

    async def keep(self, quotes: Iterable[Quote]) -> None:
        """Remember those whose turn it is, in one trip: what a round of the keeper does beside its own."""
        due = [quote for quote in quotes if not self._just(quote)]
        if due:
            await keep_closes(self._store, due)
            self._last |= {quote.symbol: quote.as_of for quote in due}

    def _just(self, quote: Quote) -> bool:
        last = self._last.get(quote.symbol)
        return last is not None and timedelta() <= quote.as_of - last < EVERY


async def keep_closes(store: Redis, quotes: Iterable[Quote]) -> None:
    """Remember these quotes, in one trip."""
    await write(store, write_closes(quotes))


async def write(store: Redis, commands: Iterable[Command]) -> None:
    """Make these writes, which need not be one step."""
    async with store.pipeline(transaction=False) as pipe:
        for command in commands:
            pipe.execute_command(*command)
        await pipe.execute()


def write_closes(quotes: Iterable[Quote]) -> tuple[Command, ...]:
    """The writes that remember these quotes."""
    return tuple(command for quote in quotes for command in write_close(quote.symbol, quote.price, quote.as_of))


def fill_gaps(had: Series, found: Series, step: Step, now: datetime) -> tuple[Command, ...]:
    """The writes that put the closes ``found`` where ``had`` has none; what we saw ourselves stands."""
    first, own = step.index(found.start), step.index(had.start)
    writes, run = list[Command](), list[float]()
    oldest = step.index(now - step.kept)

    for place, close in enumerate((*found.closes, math.nan)):
        index = first + place
        at = index - own
        wanted = index >= oldest and not math.isnan(close) and not (0 <= at < len(had.closes) and had.closes[at] > 0)
        if wanted:
            run.append(close)
        elif run:
            writes += _put(had.symbol, step, index - len(run), run, now)
            run = []
    return tuple(writes)


def _put(symbol: str, step: Step, index: int, closes: Sequence[float], now: datetime) -> list[Command]:
    """The writes of closes in a row; a block lives until its last step is older than is kept."""
    size, writes, at = step.in_block, list[Command](), 0
    for block, begin, end in _spans(index, index + len(closes), size):
        key = _key(symbol, step, block)
        life = step.begin((block + 1) * size) + step.kept - now
        writes += [
            ("SETRANGE", key, begin * _BYTES, _packed(closes[at : at + end - begin])),
            ("EXPIRE", key, max(1, math.ceil(life.total_seconds()))),
        ]
        at += end - begin
    return writes


def _spans(first: int, last: int, size: int) -> Iterable[tuple[int, int, int]]:
    """The blocks that hold the steps [first, last): each with the place of its first and after its last."""
    while first < last:
        block, begin = divmod(first, size)
        end = min(size, begin + last - first)
        yield block, begin, end
        first += end - begin


def _key(symbol: str, step: Step, block: int) -> str:
    return keys.closes(symbol, int(step.value.total_seconds()) // 60, block)


def _packed(closes: Sequence[float]) -> bytes:
    return struct.pack(f"<{len(closes)}f", *closes)


def _unpacked(data: bytes) -> list[float]:
    found = struct.unpack(f"<{len(data) // _BYTES}f", data)
    return [close if close > 0 else math.nan for close in found]
