"""The quote: what a coin costs, as it is kept in the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Final

from pydantic import TypeAdapter, ValidationError

PEGGED: Final = dict.fromkeys(("USDC", "USDT", "DAI", "PYUSD"), Decimal(1))
"""Coins that are meant to be worth so many dollars."""
PEG_BAND: Final = Decimal("0.5")
"""Percent by which such a coin may be off its peg before that is worth a word; a calm day moves it by hundredths."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A coin's price in US dollars: the median of the fresh sources that agree.

    ``change_24h`` has one meaning whatever the source: this price against the median of what the sources say the price
    was 24 hours before, in percent (rolling, never since midnight), or None where none says that. ``as_of`` is when
    the price held, in UTC; how old that is the reader works out. ``sources`` are those that agreed, first choice
    first. ``spread`` is how far the fresh sources lie apart, in percent of the price, None where only one spoke;
    ``others`` are those that say something else; ``differ`` says that the spread is beyond what was set.
    """

    symbol: str
    price: Decimal
    change_24h: Decimal | None
    as_of: datetime
    sources: tuple[str, ...]
    spread: Decimal | None = None
    others: tuple[str, ...] = ()
    differ: bool = False

    @property
    def off_peg(self) -> Decimal | None:
        """How far the coin is off its peg, in percent with its sign; None within the band and for coins without one."""
        peg = PEGGED.get(self.symbol)
        if peg is None:
            return None
        off = (self.price / peg - 1) * 100
        return off if abs(off) > PEG_BAND else None


@cache
def _adapter() -> TypeAdapter[Quote]:
    return TypeAdapter(Quote)


def write_quote(quote: Quote) -> bytes:
    """The quote as JSON; numbers are strings, so that no digit is lost."""
    return _adapter().dump_json(quote)


def read_quote(data: bytes | str) -> Quote | None:
    """The quote that ``write_quote`` wrote, or None for anything that is not a believable one."""
    try:
        quote = _adapter().validate_json(data)
    except ValidationError:
        return None
    return quote if quote.price > 0 and quote.as_of.tzinfo is not None else None
