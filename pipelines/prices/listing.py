"""What venues list besides the table: which pairs against dollars trade, what each is called, and how that is kept.

Kraken's ``AssetPairs`` has no names of coins; Coinbase Exchange's ``products`` has pairs and its ``currencies`` names.
Money of states is no coin. Whatever is not plainly as it should be is left out.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from redis.asyncio import Redis

from pipelines import keys
from pipelines.prices.ask import GarbageError, mapping
from pipelines.prices.coins import Coin, Coins

MOST: Final = 5_000
"""Symbols that are kept: both venues together list some hundreds."""
_FRESH: Final = timedelta(minutes=1)
_SYMBOL: Final = re.compile(r"[A-Z0-9]{1,12}", re.ASCII)
# No dollar sign and no backslash: names stand in pictures, where those mean formulas.
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 .,&'()/+!-]{0,39}", re.ASCII)
_STATES: Final = frozenset("USD EUR GBP CAD AUD CHF JPY NZD SEK NOK DKK PLN CZK HUF TRY BRL MXN SGD HKD AED".split())


@dataclass(frozen=True, slots=True)
class Row:
    """A coin at one venue: its name where the venue tells one, the pair to ask for and the one that comes back."""

    symbol: str
    name: str | None
    pair: str
    key: str


def read_kraken(result: object) -> tuple[Row, ...]:
    """Kraken's pairs against dollars that trade, of the ``result`` of ``AssetPairs``."""
    rows = []
    for key, pair in mapping(result).items():
        if not isinstance(pair, dict) or pair.get("status") != "online" or pair.get("quote") not in ("ZUSD", "USD"):
            continue
        if pair.get("aclass_base", "currency") != "currency":
            continue
        symbol, slash, dollars = _text(pair.get("wsname")).partition("/")
        named = _text(pair.get("altname"))
        # The names must be made of the symbol: a pair of another name would be another coin's price.
        usual = named == f"{symbol}USD" and key in (named, f"{symbol}ZUSD", f"X{symbol}ZUSD")
        if slash and dollars == "USD" and _coin(symbol) and usual:
            rows.append(Row(symbol, None, named, key))
    return _each_once(rows)


def read_coinbase(products: object, currencies: object) -> tuple[Row, ...]:
    """Coinbase Exchange's products against dollars that trade, with the names of its currencies."""
    told = {row["id"]: row for row in _rows(currencies) if isinstance(row.get("id"), str)}
    rows = []
    for product in _rows(products):
        symbol = _text(product.get("base_currency"))
        if product.get("quote_currency") != "USD" or product.get("id") != f"{symbol}-USD" or not _coin(symbol):
            continue
        if product.get("status") != "online" or any(
            product.get(word, False) is not False for word in ("trading_disabled", "cancel_only", "post_only")
        ):
            continue
        currency = told.get(symbol, {})
        details = currency.get("details")
        if isinstance(details, dict) and details.get("type", "crypto") != "crypto":
            continue
        name = _text(currency.get("name")).strip()
        rows.append(Row(symbol, name if _NAME.fullmatch(name) else None, f"{symbol}-USD", f"{symbol}-USD"))
    return _each_once(rows)


def merge(venues: Mapping[str, Iterable[Row]]) -> tuple[Coin, ...]:
    """One coin a symbol; left out is a symbol under which two venues name two coins, and what the table has."""
    found: dict[str, dict[str, Row]] = {}
    for venue, rows in venues.items():
        for row in rows:
            found.setdefault(row.symbol, {})[venue] = row
    coins = [_merged(symbol, rows) for symbol, rows in sorted(found.items())]
    return Coins(coin for coin in coins if coin is not None).listed[:MOST]


def _merged(symbol: str, rows: Mapping[str, Row]) -> Coin | None:
    names = {re.sub(r"\W", "", row.name).upper(): row.name for row in rows.values() if row.name is not None}
    if len(names) > 1:
        return None
    kraken, coinbase = rows.get("kraken"), rows.get("coinbase")
    return Coin(
        symbol=symbol,
        name=next(iter(names.values()), symbol),
        coingecko=None,
        kraken=kraken.pair if kraken else None,
        kraken_key=kraken.key if kraken else None,
        coinbase=coinbase.pair if coinbase else None,
    )


def rows_of(coins: Iterable[Coin], venue: str) -> tuple[Row, ...]:
    """What a venue listed of these coins when it was last heard."""
    if venue == "kraken":
        return tuple(
            Row(coin.symbol, None, coin.kraken, coin.kraken_key) for coin in coins if coin.kraken and coin.kraken_key
        )
    return tuple(
        Row(coin.symbol, coin.name if coin.name != coin.symbol else None, coin.coinbase, coin.coinbase)
        for coin in coins
        if coin.coinbase
    )


async def write_listing(store: Redis, coins: Iterable[Coin]) -> None:
    """Keep these coins as all that is listed."""
    told: dict[Any, Any] = {coin.symbol: _written(coin) for coin in coins}
    async with store.pipeline(transaction=True) as pipe:
        pipe.delete(keys.LISTED)
        if told:
            pipe.hset(keys.LISTED, mapping=told)
        await pipe.execute()


async def read_listing(store: Redis) -> Coins:
    """The coins of the table and of the stored listing; a row that cannot be read is left out."""
    stored: Any = await store.hgetall(keys.LISTED)
    # In a thread: with some hundreds of coins it takes 10 ms, for which nobody else should wait.
    return await asyncio.to_thread(_coins, stored)


def _coins(stored: Mapping[bytes, bytes]) -> Coins:
    return Coins(coin for symbol, row in stored.items() if (coin := _read(symbol, row)) is not None)


@dataclass(slots=True)
class Listed:
    """The coins that can be chosen, as last read from the store: anew for whoever asks a minute later."""

    _coins: Coins = field(default_factory=Coins)
    _at: datetime | None = None

    async def coins(self, store: Redis, now: datetime) -> Coins:
        """The coins of the table and of the stored listing."""
        if self._at is None or not timedelta() <= now - self._at < _FRESH:
            self._coins, self._at = await read_listing(store), now
        return self._coins


def _written(coin: Coin) -> str:
    kraken = [coin.kraken, coin.kraken_key] if coin.kraken else None
    told = {"name": coin.name, "kraken": kraken, "coinbase": coin.coinbase}
    return json.dumps({word: value for word, value in told.items() if value}, separators=(",", ":"))


def _read(symbol: bytes, row: bytes) -> Coin | None:
    try:
        told = mapping(json.loads(row))
        pair, key = told.get("kraken") or (None, None)
        return Coin(symbol.decode(), str(told["name"]), None, pair, key, told.get("coinbase"))
    except (ValueError, KeyError, TypeError):
        return None


def _coin(symbol: str) -> bool:
    return _SYMBOL.fullmatch(symbol) is not None and symbol not in _STATES


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _rows(value: object) -> list[dict[str, Any]]:
    if not isinstance(value, list):
        raise GarbageError("not a list")
    return [row for row in value if isinstance(row, dict)]


def _each_once(rows: list[Row]) -> tuple[Row, ...]:
    """Without symbols that one venue lists twice: nobody knows which is meant."""
    times = Counter(row.symbol for row in rows)
    return tuple(row for row in rows if times[row.symbol] == 1)
