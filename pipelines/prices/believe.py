"""Which price to believe, when sources disagree, lie or jump. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Final

from pipelines.prices.ask import Offer
from pipelines.prices.quote import Quote

AGREE: Final = Decimal("0.03")
"""Two sources within 3 % of each other agree; venues differ by tenths of a percent in calm hours."""
LONE_JUMP: Final = Decimal("0.20")
"""The furthest that one source alone may move a price that was good within ``RECENT``."""
LONE_LEAP: Final = Decimal(5)
"""The factor that one source alone may never move a price by, however old the last good one is."""
RECENT: Final = timedelta(hours=1)
_AHEAD: Final = timedelta(seconds=60)
"""A source's clock may be this far ahead of ours."""


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


def believe(offers: Sequence[Offer], last: Quote | None, now: datetime) -> Quote | None:
    """The quote these offers of one coin amount to, or None where none can be trusted.

    ``offers`` have passed ``refuse`` and come in order of preference; ``last`` is the last good quote. The largest
    group that agrees wins; between equal groups the one nearest to the last good price, else to the median of three or
    more. A price that nobody confirms must be near the last good one; without one it is taken if nobody contradicts
    it. ``last`` itself comes back where the offers are older than it is.
    """
    if not offers:
        return None
    groups = [[other for other in offers if _near(other.price, offer.price, AGREE)] for offer in offers]
    size = max(map(len, groups))
    best = [group for group in groups if len(group) == size]
    if last is not None:
        chosen = min(best, key=lambda group: abs(group[0].price - last.price))
    elif len(offers) > 2:
        middle = median(offer.price for offer in offers)
        chosen = min(best, key=lambda group: abs(group[0].price - middle))
    else:
        chosen = best[0]
    first = chosen[0]
    if size == 1 and not _may_stand_alone(first, len(offers), last, now):
        return None
    as_of = min(first.as_of, now)
    if last is not None and as_of < last.as_of <= now:
        return last
    change = next((offer.change_24h for offer in chosen if offer.change_24h is not None), None)
    return Quote(first.symbol, first.price, change, as_of, tuple(offer.source for offer in chosen))


def _near(one: Decimal, other: Decimal, share: Decimal) -> bool:
    return abs(one - other) <= share * min(one, other)


def _may_stand_alone(offer: Offer, offers: int, last: Quote | None, now: datetime) -> bool:
    """Whether a price that nobody confirms is near enough to the last good one."""
    if last is None:
        return offers != 2
    if not last.price / LONE_LEAP <= offer.price <= last.price * LONE_LEAP:
        return False
    return now - last.as_of > RECENT or _near(offer.price, last.price, LONE_JUMP)
