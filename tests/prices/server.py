"""A price server for tests: speaks the four shapes on loopback and answers right or wrong on order; sockets beside it.

Shapes as the venues document them: Kraken's renamed keys and errors under HTTP 200, Coinbase Exchange's ticker and
stats, Bitstamp's ticker, CoinGecko's simple price.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from aiohttp import web

from pipelines.prices.coins import COINS, Coin
from tests.prices.sockets import PriceSockets


@dataclass(frozen=True)
class Market:
    """What a coin costs and what it cost 24 hours ago, as text."""

    price: str
    before: str

    @property
    def change(self) -> float:
        return float((Decimal(self.price) / Decimal(self.before) - 1) * 100)


MARKETS = {"BTC": Market("80000", "78000"), "ETH": Market("4000", "4100"), "USDC": Market("0.9998", "0.9999")}

STATUSES = {"403": 403, "418": 418, "429": 429, "451": 451, "500": 500, "moved": 302}


@dataclass
class PriceServer:
    """The four venues. ``modes`` says how each answers: "right", or one of the wrong ways of ``_answer``."""

    clock: Callable[[], datetime]
    markets: dict[str, Market] = field(default_factory=lambda: dict(MARKETS))
    modes: dict[str, str] = field(default_factory=dict)
    stuck: dict[tuple[str, str], Market] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    asked: list[str] = field(default_factory=list)
    addresses: dict[str, str] = field(default_factory=dict)
    coins: tuple[Coin, ...] = COINS
    listings: dict[str, object] = field(default_factory=dict)
    """What stands under a path that lists: AssetPairs, products, currencies; nothing is listed where there is none."""
    _release: asyncio.Event = field(default_factory=asyncio.Event)
    sockets: PriceSockets = field(init=False)

    def __post_init__(self) -> None:
        self.sockets = PriceSockets(self)

    async def _kraken(self, request: web.Request) -> web.StreamResponse:
        pairs = request.query["pair"].split(",")
        coins = {coin.kraken: coin for coin in self.coins if coin.symbol in self.markets}
        if self.modes.get("kraken") == "error-200":
            return web.json_response({"error": ["EAPI:Rate limit exceeded"]})
        if any(pair not in coins for pair in pairs):
            return web.json_response({"error": ["EQuery:Unknown asset pair"]})
        rows = {}
        for pair in pairs:
            market = self.market("kraken", coins[pair])
            day = [market.price, market.price]
            row = {"c": [market.price, "0.1"], "a": [market.price, "1", "1.0"], "b": [market.price, "1", "1.0"]}
            # ``o`` is the price at midnight: far from the one 24 hours ago, so that nobody takes it for that.
            rows[coins[pair].kraken_key] = row | {"v": day, "p": day, "t": [1, 2], "l": day, "h": day, "o": "1.0"}
        return await self._answer("kraken", request, {"error": [], "result": rows})

    async def _coinbase(self, request: web.Request) -> web.StreamResponse:
        symbol, dollars = request.match_info["product"].split("-")
        listed = any(coin.coinbase == f"{symbol}-{dollars}" for coin in self.coins)
        if not listed or symbol not in self.markets:
            return web.json_response({"message": "NotFound"}, status=404)
        market = self.market("coinbase", self._by_symbol(symbol))
        body: dict[str, object] = {"open": market.before, "high": market.price, "low": "1", "last": market.price}
        if request.match_info["what"] == "ticker":
            at = self.time("coinbase").isoformat().replace("+00:00", "Z")
            body = {"trade_id": 1, "price": market.price, "size": "0.1", "time": at, "bid": "1", "ask": "1"}
        return await self._answer("coinbase", request, body | {"volume": "9"})

    async def _bitstamp(self, request: web.Request) -> web.StreamResponse:
        symbol = request.match_info["pair"].removesuffix("usd").upper()
        if symbol not in self.markets:
            return web.json_response({"message": "Not found."}, status=404)
        market = self.market("bitstamp", self._by_symbol(symbol))
        body = {
            "timestamp": str(int(self.time("bitstamp").timestamp())),
            "last": market.price,
            "open": "1.0",
            "open_24": market.before,
            "percent_change_24": f"{self.markets[symbol].change:.2f}",
            "pair": f"{symbol}/USD",
        }
        if self.modes.get("bitstamp") == "another-pair":
            body["pair"] = "XRP/USD"
        return await self._answer("bitstamp", request, body)

    async def _coingecko(self, request: web.Request) -> web.StreamResponse:
        if self.modes.get("coingecko") == "error-200":
            return web.json_response({"status": {"error_code": 10002, "error_message": "key"}})
        rows = {}
        for coin in (coin for coin in self.coins if coin.coingecko in request.query["ids"].split(",")):
            if coin.symbol in self.markets:
                market = self.market("coingecko", coin)
                rows[coin.coingecko] = {
                    "usd": _number(market.price),
                    "usd_24h_change": self.markets[coin.symbol].change,
                    "last_updated_at": int(self.time("coingecko").timestamp()),
                }
        return await self._answer("coingecko", request, rows)

    def market(self, venue: str, coin: Coin) -> Market:
        """The coin's market, or a wrong one on order."""
        mode = self.modes.get(venue, "right")
        market = self.markets[coin.symbol]
        if mode == "stuck":  # the old price under a new time
            return self.stuck.setdefault((venue, coin.symbol), market)
        self.stuck.pop((venue, coin.symbol), None)
        if mode == "swapped":
            market = self.markets[{"BTC": "ETH", "ETH": "BTC"}.get(coin.symbol, coin.symbol)]
        if mode.startswith("x"):
            market = replace(market, price=f"{(Decimal(market.price) * Decimal(mode[1:])).normalize():f}")
        words = {"zero": "0", "nan": "NaN", "infinity": "Infinity", "negative": "-5", "empty": "", "word": "up"}
        return replace(market, price=words[mode]) if mode in words else market

    def time(self, venue: str) -> datetime:
        """The time of the price, or a wrong one on order."""
        ahead = {"stale": timedelta(minutes=-10), "future": timedelta(days=1)}
        return self.clock() + ahead.get(self.modes.get(venue, ""), timedelta())

    def _by_symbol(self, symbol: str) -> Coin:
        return next(coin for coin in self.coins if coin.symbol == symbol)

    async def _listing(self, request: web.Request) -> web.StreamResponse:
        _, venue, *_, what = request.path.split("/")
        if what not in self.listings:
            return web.Response(status=503)
        return await self._answer(venue, request, self.listings[what])

    async def _answer(self, venue: str, request: web.Request, body: object) -> web.StreamResponse:
        mode = self.modes.get(venue, "right")
        self.calls[venue] += 1
        self.asked.append(f"{venue} {request.path_qs}")
        if mode == "500-for-ETH" and "eth" in request.path_qs.lower():
            return web.Response(status=500)
        if mode in STATUSES:
            return web.Response(status=STATUSES[mode], headers=self.headers, text="no")
        if mode == "hang":
            await self._release.wait()
        if mode == "away":
            assert request.transport is not None
            request.transport.abort()
        text = {
            "html": "<html>log in</html>",
            "list": "[]",
            "null": "null",
            "long": "[" + "1," * 700_000,
            "deep": "[" * 99_999,
        }
        return web.Response(text=text.get(mode, json.dumps(body)), content_type="application/json")


def _number(text: str) -> float | str | None:
    """CoinGecko sends numbers; what cannot be one goes out as null."""
    try:
        return float(text)
    except ValueError:
        return None


@asynccontextmanager
async def price_server(clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> AsyncIterator[PriceServer]:
    """The server, running; ``addresses`` holds what the settings need."""
    server = PriceServer(clock)
    app = web.Application()
    app.router.add_get("/kraken/0/public/Ticker", server._kraken)
    app.router.add_get("/coinbase/products/{product}/{what:ticker|stats}", server._coinbase)
    for path in ("/kraken/0/public/AssetPairs", "/coinbase/products", "/coinbase/currencies"):
        app.router.add_get(path, server._listing)
    app.router.add_get("/bitstamp/api/v2/ticker/{pair}/", server._bitstamp)
    app.router.add_get("/coingecko/api/v3/simple/price", server._coingecko)
    app.router.add_get("/kraken-socket", server.sockets.kraken)
    app.router.add_get("/coinbase-socket", server.sockets.coinbase)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    server.addresses |= {
        name: f"http://{host}:{port}/{name}" for name in ("kraken", "coinbase", "bitstamp", "coingecko")
    }
    server.addresses |= {f"{name}_socket": f"ws://{host}:{port}/{name}-socket" for name in ("kraken", "coinbase")}
    try:
        yield server
    finally:
        await server.sockets.end()
        server._release.set()
        await runner.cleanup()
