"""A coin's closes as a line: where its points lie, where there is a gap, and what the edges say. Pure."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from babel.numbers import format_decimal

from bot.languages.translator import ENGLISH, Translator
from bot.pictures.plot import Curve, Tick
from bot.quiet import day_of, here
from bot.words import money_words, short_day_words
from pipelines.prices.history import Series, Step
from pipelines.prices.quote import Quote

_LEAST_GAP, _GAP_SHARE = timedelta(minutes=31), 200
"""A hole is shown where it is longer than two quarters of an hour, and wide enough in the picture to be seen."""
_LEAST_RANGE = 0.004
"""A drawing goes over 0.4 % of the price at least, so that a stablecoin's tremble looks as small as it is."""
_MOST_HOURS = 7
_MOST_DIGITS = 8
"""A price with more digits after the point has no room beside the drawing."""
_HOURS = (1, 2, 3, 4, 6, 12)


@dataclass(frozen=True, slots=True)
class Point:
    """What a coin cost at a moment, in US dollars."""

    at: datetime
    price: float


@dataclass(frozen=True, slots=True)
class Frame:
    """The time that a drawing shows, of which ``until`` is as far as it can be known, and its prices from below."""

    since: datetime
    to: datetime
    until: datetime
    low: float
    high: float

    def across(self, at: datetime) -> float:
        """Where a moment lies, from 0 to 1."""
        return min(1.0, max(0.0, (at - self.since) / (self.to - self.since)))

    def up(self, price: float) -> float:
        """Where a price lies, from 0 to 1."""
        return min(1.0, max(0.0, (price - self.low) / (self.high - self.low)))


def points_of(
    series: Sequence[Series], since: datetime, now: datetime, quote: Quote | None = None
) -> tuple[Point, ...]:
    """The closes of all series up to now, in order: finer ones first, where they have none coarser ones; and the quote.

    A step that is not over yet has its last price so far.
    """
    found, taken = dict[datetime, float](), set[int]()
    for each in sorted(series, key=lambda one: one.step):
        had = set[int]()
        for number, price in enumerate(each.closes):
            begun = each.start + number * each.step
            quarter = Step.QUARTER.index(begun)
            at = min(begun + each.step, now)
            if math.isfinite(price) and price > 0 and quarter not in taken and begun < now and at >= since:
                found[at] = price
                had.add(quarter)
        taken |= had
    if quote is not None and quote.as_of <= now and quote.as_of >= max(found, default=since):
        found[quote.as_of] = float(quote.price)
    return tuple(Point(at, price) for at, price in sorted(found.items()))


def price_at(points: Sequence[Point], at: datetime, patience: timedelta = _LEAST_GAP) -> float | None:
    """What the coin cost then, by the last point before it; None where that is longer ago than ``patience``."""
    place = bisect_right(points, at, key=lambda point: point.at) - 1
    return points[place].price if place >= 0 and at - points[place].at <= patience else None


def frame_of(
    points: Sequence[Point], since: datetime, to: datetime, until: datetime, also: Sequence[float] = ()
) -> Frame:
    """A frame with room for all points and for these further prices; raises ``ValueError`` where there is neither."""
    prices = [*(point.price for point in points), *also]
    low, high = min(prices), max(prices)
    room = max(0.09 * (high - low), (_LEAST_RANGE * high - (high - low)) / 2)
    return Frame(since, to, until, low - room, high + room)


def curve_of(points: Sequence[Point], frame: Frame, zone: str, tr: Translator = ENGLISH) -> Curve:
    """The line in its frame, with hours or days by the clock of ``zone`` under it and prices beside it."""
    gaps, runs = gaps_of(points, frame.since, frame.until), list[tuple[tuple[float, float], ...]]()
    ends = {begin for begin, _ in gaps}
    run = list[tuple[float, float]]()
    for point in points:
        run.append((round(frame.across(point.at), 5), round(frame.up(point.price), 5)))
        if point.at in ends:
            runs.append(tuple(run))
            run = []
    return Curve(
        runs=(*runs, tuple(run)) if run else tuple(runs),
        gaps=tuple((frame.across(begin), frame.across(end)) for begin, end in gaps),
        across=hours_of(frame, zone, tr),
        up=prices_of(frame, tr),
        until=frame.across(frame.until),
    )


def gaps_of(points: Sequence[Point], since: datetime, until: datetime) -> tuple[tuple[datetime, datetime], ...]:
    """The times without a price that are long enough to be seen."""
    least = max(_LEAST_GAP, (until - since) / _GAP_SHARE)
    moments = [since, *(point.at for point in points), until]
    return tuple((begin, end) for begin, end in pairwise(moments) if end - begin > least)


def hours_of(frame: Frame, zone: str, tr: Translator = ENGLISH) -> tuple[Tick, ...]:
    """Hours, or days where it is longer than two, at which the chat's clock is even; a day's first hour is its name."""
    length = frame.to - frame.since
    if length > timedelta(days=2):
        days = days_of(frame, zone)
        every = -(-len(days) // _MOST_HOURS)
        kept = [day for number, day in enumerate(reversed(days)) if number % every == 0]
        return tuple(Tick(frame.across(day), short_day_words(here(zone, day), tr)) for day in reversed(kept))
    step = next(hours for hours in _HOURS if length / timedelta(hours=hours) <= _MOST_HOURS)
    at, ticks = Step.QUARTER.begin(Step.QUARTER.index(frame.since)), list[Tick]()
    while at <= frame.to:
        local = here(zone, at)  # some zones are half an hour off
        if at >= frame.since and local.minute == 0 and local.hour % step == 0:
            label = f"{local:%H:%M}" if local.hour else short_day_words(local, tr)
            ticks.append(Tick(frame.across(at), label))
        at += Step.QUARTER.value
    return tuple(ticks)


def days_of(frame: Frame, zone: str) -> list[datetime]:
    """The midnights of a chat's clock within the frame."""
    begin, end = day_of(zone, frame.since)
    found = [begin] if begin == frame.since else []
    while end < frame.to:
        found.append(end)
        _, end = day_of(zone, end)
    return found


def prices_of(frame: Frame, tr: Translator = ENGLISH) -> tuple[Tick, ...]:
    """Three to six round prices within the frame."""
    size = (frame.high - frame.low) / 4
    unit = 10.0 ** math.floor(math.log10(size))
    step = next(unit * times for times in (1, 2, 2.5, 5, 10) if unit * times >= size * 0.8)
    first = math.ceil(frame.low / step)
    wanted = [number * step for number in range(first, math.floor(frame.high / step) + 1)]
    return tuple(Tick(frame.up(price), _round_words(price, step, tr)) for price in wanted)


def paid(price: float, tr: Translator = ENGLISH) -> str:
    """A close in words; what is kept of it is right to seven digits."""
    return money_words(Decimal(f"{price:.7g}"), tr)


def moved(before: float, after: float) -> Decimal:
    """How far a price has moved, in percent."""
    return Decimal(f"{(after / before - 1) * 100:.4f}")


def with_level(curve: Curve, frame: Frame, price: float) -> Curve:
    """The line with a height to compare it with."""
    return replace(curve, level=frame.up(price))


def _round_words(price: float, step: float, tr: Translator) -> str:
    """A price with as many digits as its step has."""
    digits = max(0, -int(Decimal(f"{step:.3g}").normalize().as_tuple().exponent))
    if digits > _MOST_DIGITS:
        return f"${price:.3g}"
    pattern = f"#,##0.{'0' * digits}" if digits else "#,##0"
    return tr.figure("${number}", number=format_decimal(Decimal(f"{price:.10g}"), format=pattern, locale=tr.locale))
