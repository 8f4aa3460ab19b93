"""The four price sources. Each asks for some coins and says what it was told; whether to believe it is decided later.

Kraken: one call for all coins; errors come under HTTP 200; no rolling change (its ``o`` is the price at 00:00 UTC).
Coinbase Exchange: two calls per coin, ticker (price and its time) and stats (the open of the rolling 24 hours).
Bitstamp: one call per coin, with a rolling change. CoinGecko: one call for all coins, its keyless limits are low.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Protocol

import httpx

from pipelines.prices.ask import (
    GarbageError,
    NotListedError,
    Offer,
    SourceError,
    change_from,
    get_json,
    mapping,
    moment,
    number,
    percent,
)
from pipelines.prices.coins import Coin

Clock = Callable[[], datetime]


class Source(Protocol):
    """Where prices come from."""

    @property
    def name(self) -> str:
        """The word for it in settings, logs and quotes."""
        ...

    @property
    def least_gap(self) -> float:
        """Seconds that must pass between two asks."""
        ...

    @property
    def last_resort(self) -> bool:
        """Whether it is only asked for what no other could give."""
        ...

    @property
    def most(self) -> int:
        """Coins that may be asked for at once; with more, those that waited longest come first."""
        ...

    def lists(self, coin: Coin) -> bool:
        """Whether the source has this coin, as far as is known."""
        ...

    async def ask(self, coins: Sequence[Coin]) -> list[Offer]:
        """Offers for these coins, all of which it lists; what it garbles is left out. Raises ``SourceError``."""
        ...


class _Rest:
    """What the four have in common: an address, a clock, and which coins they turned out not to know."""

    name = ""
    least_gap = 0.0
    last_resort = False
    most = 200

    def __init__(self, client: httpx.AsyncClient, base: str, clock: Clock) -> None:
        self._client = client
        self._base = base.rstrip("/")
        self._clock = clock
        self._unknown: set[str] = set()

    def lists(self, coin: Coin) -> bool:
        """Whether the table has a name for the coin here and the source has not said that it is unknown."""
        return getattr(coin, self.name) is not None and coin.symbol not in self._unknown

    async def _get(
        self, path: str, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> Mapping[str, Any]:
        try:
            url = self._base + path
            return mapping(await get_json(self._client, url, now=self._clock(), params=params, headers=headers))
        except GarbageError:
            raise SourceError("not-an-object") from None

    async def _one_by_one(
        self, coins: Sequence[Coin], row: Callable[[Coin], Awaitable[Callable[[], Offer]]]
    ) -> list[Offer]:
        """Ask coin by coin. A fault of one coin's page does not cost the others; any other failure ends the round."""
        found: list[Offer] = []
        fault: SourceError | None = None
        for coin in coins:
            try:
                found += _readable([await row(coin)])
            except NotListedError:
                self._unknown.add(coin.symbol)
            except SourceError as error:
                fault = error
                if not error.reason.startswith("http-5"):
                    break
        if fault is not None:
            raise SourceError(fault.reason, fault.retry_after, tuple(found))
        return found


class Kraken(_Rest):
    """Kraken's REST API."""

    name = "kraken"

    async def ask(self, coins: Sequence[Coin]) -> list[Offer]:
        """One call; a pair that Kraken does not know fails the whole call, so the rest is then asked in halves."""
        reply = await self._get("/0/public/Ticker", params={"pair": ",".join(str(coin.kraken) for coin in coins)})
        errors = [str(error) for error in reply.get("error") or ()]
        if any("Unknown asset pair" in error for error in errors):
            if len(coins) == 1:
                self._unknown.add(coins[0].symbol)
                return []
            half = len(coins) // 2
            return [*await self.ask(coins[:half]), *await self.ask(coins[half:])]
        if errors:
            busy = any("Rate limit" in error or "Too many requests" in error for error in errors)
            raise SourceError("too-many-requests" if busy else "error-under-200")
        result = mapping(reply.get("result"))
        # Kraken sends no time with a ticker; the price is as old as the answer.
        return _readable(partial(self._read, result, coin) for coin in coins)

    def _read(self, result: Mapping[str, Any], coin: Coin) -> Offer:
        last = mapping(result[str(coin.kraken_key)])["c"]
        if not isinstance(last, list):
            raise GarbageError("c is not a list")
        return Offer(self.name, coin.symbol, number(last[0]), None, self._clock())


class Coinbase(_Rest):
    """Coinbase Exchange (not the consumer API)."""

    name = "coinbase"
    most = 20

    async def ask(self, coins: Sequence[Coin]) -> list[Offer]:
        """Two calls per coin, one after the other: the limit is ten a second."""
        return await self._one_by_one(coins, self._row)

    async def _row(self, coin: Coin) -> Callable[[], Offer]:
        ticker = await self._get(f"/products/{coin.coinbase}/ticker")
        return partial(self._read, ticker, await self._get(f"/products/{coin.coinbase}/stats"), coin)

    def _read(self, ticker: Mapping[str, Any], stats: Mapping[str, Any], coin: Coin) -> Offer:
        price = number(ticker["price"])
        return Offer(self.name, coin.symbol, price, change_from(price, stats.get("open")), moment(ticker["time"]))


class Bitstamp(_Rest):
    """Bitstamp's ticker: a call a coin, and 600 calls in ten minutes are allowed."""

    name = "bitstamp"
    most = 20

    async def ask(self, coins: Sequence[Coin]) -> list[Offer]:
        """One call per coin."""
        return await self._one_by_one(coins, self._row)

    async def _row(self, coin: Coin) -> Callable[[], Offer]:
        return partial(self._read, await self._get(f"/api/v2/ticker/{coin.bitstamp}/"), coin)

    def _read(self, row: Mapping[str, Any], coin: Coin) -> Offer:
        pair = row.get("pair")
        if isinstance(pair, str) and pair.replace("/", "").lower() != coin.bitstamp:
            raise GarbageError("another pair")
        change = percent(row.get("percent_change_24"))
        return Offer(self.name, coin.symbol, number(row["last"]), change, moment(row["timestamp"]))


class CoinGecko(_Rest):
    """CoinGecko's simple price, without a key or with a demo key."""

    name = "coingecko"
    last_resort = True

    def __init__(self, client: httpx.AsyncClient, base: str, clock: Clock, key: str | None = None) -> None:
        super().__init__(client, base, clock)
        self._headers = {"x-cg-demo-api-key": key} if key else {}
        # Without a key the answers are cached for about 60 s. A demo key has 10,000 calls a month: one in 4.3 minutes.
        self.least_gap = 260.0 if key else 60.0

    async def ask(self, coins: Sequence[Coin]) -> list[Offer]:
        """One call; an id that CoinGecko does not know is simply missing from its answer."""
        wanted = {
            "ids": ",".join(str(coin.coingecko) for coin in coins),
            "vs_currencies": "usd",
            "include_24hr_change": "true",
            "include_last_updated_at": "true",
        }
        rows = await self._get("/api/v3/simple/price", params=wanted, headers=self._headers)
        if "status" in rows:
            raise SourceError("error-under-200")
        return _readable(partial(self._read, rows, coin) for coin in coins)

    def _read(self, rows: Mapping[str, Any], coin: Coin) -> Offer:
        row = mapping(rows[str(coin.coingecko)])
        change = percent(row.get("usd_24h_change"))
        return Offer(self.name, coin.symbol, number(row["usd"]), change, moment(row["last_updated_at"]))


def _readable(rows: Iterable[Callable[[], Offer]]) -> list[Offer]:
    """What could be read; a row that is missing or garbled costs that coin only."""
    found = []
    for read in rows:
        try:
            found.append(read())
        except (GarbageError, KeyError, IndexError):
            continue
    return found


def build_sources(
    client: httpx.AsyncClient,
    clock: Clock,
    order: Sequence[str],
    addresses: Mapping[str, str],
    coingecko_key: str | None = None,
) -> tuple[Source, ...]:
    """The sources named in ``order``, first choice first; ``addresses`` holds the base address of each."""
    kinds = {kind.name: kind for kind in (Kraken, Coinbase, Bitstamp)}
    return tuple(
        kinds[name](client, addresses[name], clock)
        if name in kinds
        else CoinGecko(client, addresses[name], clock, coingecko_key)
        for name in order
    )
