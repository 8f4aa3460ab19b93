"""Which price to believe, when sources disagree, lie or jump. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Context, Decimal
from statistics import median
from typing import Final

from pipelines.prices.ask import Offer
from pipelines.prices.quote import Quote

AGREE: Final = Decimal("0.03")
"""Two sources within 3 % of each other agree; venues differ by tenths of a percent in calm hours."""
SPREAD: Final = Decimal(1)
"""Percent by which the sources may lie apart before a quote says so, where nothing else is set."""
LONE_JUMP: Final = Decimal("0.20")
"""The furthest that one source alone may move a price that was good within ``RECENT``."""
LONE_LEAP: Final = Decimal(5)
"""The factor that one source alone may never move a price by, however old the last good one is, nor two against one."""
RECENT: Final = timedelta(hours=1)
TOGETHER: Final = timedelta(seconds=3)
"""Of sources that agree, those that spoke within this time of the newest make the price; older ones only confirm it."""
COMPARED: Final = timedelta(seconds=45)
"""How far a source may lie from the others is told of those that spoke within this time of the newest."""
_AHEAD: Final = timedelta(seconds=60)
"""A source's clock may be this far ahead of ours."""
_PLACES: Final = Decimal("0.0001")
_DIGITS: Final = Context(prec=18)
"""As many as any venue writes; the mean of two has one more, which means nothing."""
_APART: Final = Decimal(1_000_000)


def refuse(offer: Offer, now: datetime, max_age: timedelta) -> str | None:
    """Why the offer cannot be true by itself, as a fixed word; None if it may be."""
    if not offer.price.is_finite() or offer.price <= 0:
        return "no-price"
    if not Decimal("1e-12") < offer.price < Decimal("1e12"):
        return "absurd-price"
    if offer.as_of > now + _AHEAD:
        return "from-the-future"
    if now - offer.as_of > max_age:
        return "stale"
    return None


def believe(offers: Sequence[Offer], last: Quote | None, now: datetime, spread: Decimal = SPREAD) -> Quote | None:
    """The quote these offers of one coin amount to, or None where none can be trusted.

    ``offers`` have passed ``refuse``, come in order of preference and are one a source; ``last`` is the last good
    quote; ``spread`` is the percent beyond which the quote says that its sources differ. The largest group that agrees
    wins, of those that are no leap from the last good price if there are such; between equal groups the one nearest to
    that price, else to the median of three or more. The price is the median of the group's newest, or of all of it
    where it lies further apart than ``spread``. A price that nobody confirms must be near the last good one; without
    one it is taken if nobody contradicts it. ``last`` itself comes back where the offers are older than it is.
    """
    if not offers:
        return None
    chosen = _largest(offers, last)
    if len(chosen) == 1 and not _may_stand_alone(chosen[0], len(offers), last, now):
        return None
    told = sorted(_telling(chosen, spread), key=lambda offer: offer.price)
    price = _DIGITS.plus(median(offer.price for offer in told))
    # Of an even number the two in the middle make the price, which is as old as the older one.
    middle = told[(len(told) - 1) // 2 : len(told) // 2 + 1]
    as_of = min(now, *(offer.as_of for offer in middle))
    if last is not None and as_of < last.as_of <= now:
        return last
    apart = None
    newest = max(offer.as_of for offer in offers)
    prices = [offer.price for offer in offers if newest - offer.as_of <= COMPARED]
    if len(prices) > 1:
        apart = min((max(prices) - min(prices)) / price * 100, _APART).quantize(_PLACES)
    others = tuple(offer.source for offer in offers if offer not in chosen)
    return Quote(
        symbol=offers[0].symbol,
        price=price,
        change_24h=_change(price, chosen),
        as_of=as_of,
        sources=tuple(offer.source for offer in chosen),
        spread=apart,
        others=others,
        differ=bool(others) or (apart is not None and apart > spread),
    )


def _telling(chosen: Sequence[Offer], spread: Decimal) -> Sequence[Offer]:
    """Those that make the price: the newest; but all where they lie apart, for one may be off."""
    lowest, highest = (pick(offer.price for offer in chosen) for pick in (min, max))
    if not _near(lowest, highest, spread / 100):
        return chosen
    newest = max(offer.as_of for offer in chosen)
    return [offer for offer in chosen if newest - offer.as_of <= TOGETHER]


def _largest(offers: Sequence[Offer], last: Quote | None) -> list[Offer]:
    groups = [[other for other in offers if _near(other.price, offer.price, AGREE)] for offer in offers]
    if last is not None:
        # Two that make the same mistake, a wrong unit or another coin, do not outvote one that goes on as before.
        groups = [group for group in groups if _within_leap(group[0].price, last)] or groups
    size = max(map(len, groups))
    best = [group for group in groups if len(group) == size]
    if last is not None:
        return min(best, key=lambda group: abs(median(offer.price for offer in group) - last.price))
    if len(offers) > 2:
        middle = median(offer.price for offer in offers)
        return min(best, key=lambda group: abs(median(offer.price for offer in group) - middle))
    return best[0]


def _change(price: Decimal, offers: Sequence[Offer]) -> Decimal | None:
    """The one definition of the 24 h change: this price against the median of what the sources say it was then."""
    before = [offer.price / (1 + offer.change_24h / 100) for offer in offers if offer.change_24h is not None]
    return ((price / median(before) - 1) * 100).quantize(_PLACES) if before else None


def _within_leap(price: Decimal, last: Quote) -> bool:
    return last.price / LONE_LEAP <= price <= last.price * LONE_LEAP


def _near(one: Decimal, other: Decimal, share: Decimal) -> bool:
    return abs(one - other) <= share * min(one, other)


def _may_stand_alone(offer: Offer, offers: int, last: Quote | None, now: datetime) -> bool:
    """Whether a price that nobody confirms is near enough to the last good one."""
    if last is None:
        return offers != 2
    if not _within_leap(offer.price, last):
        return False
    return now - last.as_of > RECENT or _near(offer.price, last.price, LONE_JUMP)
