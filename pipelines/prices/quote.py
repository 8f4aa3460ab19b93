"""The quote: what a coin costs, as it is kept in the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache

from pydantic import TypeAdapter, ValidationError


@dataclass(frozen=True, slots=True)
class Quote:
    """A coin's price in US dollars.

    ``change_24h`` has one meaning whatever the source: the last price against the price 24 hours before it, in percent
    (rolling, never since midnight), or None where no source gave that. ``as_of`` is when the price held, in UTC; how
    old that is the reader works out. ``sources`` are those that agreed, the one whose price it is first.
    """

    symbol: str
    price: Decimal
    change_24h: Decimal | None
    as_of: datetime
    sources: tuple[str, ...]


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
