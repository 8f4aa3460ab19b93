"""The past of a coin from candles, over real HTTP and a real store: the shapes of both venues, and what goes wrong."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from aiohttp import web
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as AwayError

from bot.past import fill_past
from pipelines.prices.ask import build_client
from pipelines.prices.candles import REACH, Candles
from pipelines.prices.coins import Coin, find_coin
from pipelines.prices.history import Step, fill_gaps, read_series, write, write_close
from tests.conftest import Clock

BTC, TRX, BNB, USDC = (coin for coin in map(find_coin, ("BTC", "TRX", "BNB", "USDC")) if coin)


class Venues:
    """Coinbase's and Kraken's candles; ``wrong`` says how a venue answers where not right."""

    def __init__(self) -> None:
        self.wrong = dict[str, Any]()
        self.asked = list[str]()
        self.begin = 0
        """No candle is older than this unix time: the coin was not listed before."""
        self.busy_after = math.inf
        """Coinbase has enough of us after so many calls."""

    def price(self, seconds: int) -> float:
        return 50_000 + seconds // 60 % 1000

    async def coinbase(self, request: web.Request) -> web.StreamResponse:
        self.asked.append("coinbase")
        if (wrong := self.wrong.get("coinbase")) is not None:
            return self._wrong(wrong)
        if len(self.asked) > self.busy_after:
            return self._wrong(429)
        step = int(request.query["granularity"])
        start, end = (int(datetime.fromisoformat(request.query[name]).timestamp()) for name in ("start", "end"))
        if (end - start) // step >= 300:
            return web.json_response({"message": "too many"}, status=400)
        rows = [self._candle(at, step) for at in range(start - start % step, end + 1, step) if at >= self.begin]
        return web.json_response(rows[::-1])

    async def kraken(self, request: web.Request) -> web.StreamResponse:
        self.asked.append("kraken")
        if (wrong := self.wrong.get("kraken")) is not None:
            return self._wrong(wrong)
        step, now = int(request.query["interval"]) * 60, self.begin
        rows = [
            [at, "1.0", "1.0", "1.0", str(self.price(at + step)), "1.0", "0.5", 3]
            for at in range(now - now % step - 719 * step, now + 1, step)
        ]
        return web.json_response({"error": [], "result": {"XXBTZUSD": rows, "TRXUSD": rows, "last": now}})

    def _candle(self, at: int, step: int) -> list[float]:
        """Time, low, high, open, close, volume."""
        return [at, 1.0, 2.0, 3.0, self.price(at + step), 0.25]

    def _wrong(self, wrong: Any) -> web.StreamResponse:
        return web.Response(status=wrong) if isinstance(wrong, int) else web.json_response(wrong)


@asynccontextmanager
async def open_venues() -> AsyncIterator[tuple[Venues, dict[str, str]]]:
    venues, app = Venues(), web.Application()
    app.router.add_get("/coinbase/products/{product}/candles", venues.coinbase)
    app.router.add_get("/kraken/0/public/OHLC", venues.kraken)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    yield venues, {name: f"http://{host}:{port}/{name}" for name in ("coinbase", "kraken")}
    await runner.cleanup()


class Past:
    """What fills a history, and the venues that it asks."""

    def __init__(self, store: Redis, clock: Clock, venues: Venues, addresses: dict[str, str]) -> None:
        self.store, self.clock, self.venues = store, clock, venues
        self.addresses = addresses
        self.rests = list[float]()

    async def fill(self, coin: Coin, sources: Collection[str] = ("kraken", "coinbase")) -> int:
        async with build_client(timeout=2) as client:
            return await Candles(client, sources, self.addresses, self.clock, self.sleep).fill(self.store, coin)

    async def sleep(self, seconds: float) -> None:
        self.rests.append(seconds)

    async def known(self, coin: Coin, step: Step) -> int:
        return (await read_series(self.store, coin.symbol, step, self.clock() - REACH[step], self.clock())).known


@pytest.fixture
async def past(store: Redis, clock: Clock) -> AsyncIterator[Past]:
    async with open_venues() as (venues, addresses):
        yield Past(store, clock, venues, addresses)


async def test_half_a_year_comes_from_coinbase_in_pages_and_what_was_seen_stands(past: Past) -> None:
    seen = past.clock() - timedelta(days=3)
    await write(past.store, write_close("BTC", Decimal(49_000), seen))
    assert await past.fill(BTC) == sum(reach // step.value for step, reach in REACH.items())
    for step, reach in REACH.items():
        series = await read_series(past.store, "BTC", step, past.clock() - reach, past.clock())
        assert series.known == len(series.closes)
        at = 5
        end = series.start + (at + 1) * step.value
        assert series.closes[at] == past.venues.price(int(end.timestamp()))
    (own,) = (await read_series(past.store, "BTC", Step.QUARTER, seen, seen + timedelta(minutes=1))).closes
    assert own == 49_000
    assert set(past.venues.asked) == {"coinbase"}
    assert len(past.rests) == len(past.venues.asked) == 59 + 10
    assert await past.fill(BTC) == 0, "there is nothing to fill"
    assert len(past.venues.asked) == 69


async def test_a_gap_is_asked_for_alone_and_a_coin_that_is_new_there_no_further_back(past: Past) -> None:
    for step, reach in REACH.items():
        had = await read_series(past.store, "BTC", step, past.clock() - reach, past.clock())
        whole = replace(had, closes=(past.venues.price(0),) * len(had.closes))
        await write(past.store, fill_gaps(had, whole, step, past.clock()))
    past.clock.advance(days=10)
    await past.fill(BTC)
    assert len(past.venues.asked) == 4 + 10
    other = find_coin("ETH")
    assert other is not None
    past.venues.asked.clear()
    past.venues.begin = int((past.clock() - timedelta(days=5)).timestamp())
    assert await past.fill(other) == 480 + 2880
    assert past.venues.asked.count("coinbase") == 3 + 10


@pytest.mark.parametrize(
    ("coin", "wrong", "asked"),
    [
        (TRX, {}, ["kraken"] * 2),
        (BTC, {"coinbase": 404}, ["coinbase", "kraken"] * 2),
        (BTC, {"coinbase": 429}, ["coinbase", "kraken"] * 2),
        (BTC, {"coinbase": 451}, ["coinbase", "kraken"] * 2),
        (BTC, {"coinbase": {"message": "no"}}, ["coinbase", "kraken"] * 2),
        (BTC, {"coinbase": [["x"], None, [1, 2, 3, 4, "NaN", 6]]}, ["coinbase", "kraken"] * 2),
    ],
)
async def test_kraken_has_the_last_720_where_coinbase_has_none(
    past: Past, coin: Coin, wrong: dict[str, Any], asked: list[str]
) -> None:
    past.venues.wrong, past.venues.begin = wrong, int(past.clock().timestamp())
    assert await past.fill(coin) == 719 + 719
    assert past.venues.asked == asked
    assert await past.known(coin, Step.QUARTER) == 719
    series = await read_series(past.store, coin.symbol, Step.MINUTE, past.clock() - timedelta(minutes=2), past.clock())
    assert series.closes[-1] == past.venues.price(int(past.clock().timestamp())), "the candle that goes on is left out"


@pytest.mark.parametrize(
    "wrong",
    [429, 500, {"error": ["EGeneral:Too many requests"]}, {"error": ["EQuery:Unknown asset pair"]}, {"result": 5}, []],
)
async def test_where_nobody_answers_there_is_no_past(past: Past, wrong: Any) -> None:
    past.venues.wrong = {"coinbase": 500, "kraken": wrong}
    assert await past.fill(BTC) == 0
    assert await past.known(BTC, Step.QUARTER) == 0


async def test_what_coinbase_gave_before_it_had_enough_of_us_is_kept(past: Past) -> None:
    past.venues.busy_after = 12  # ten for the minutes of two days
    assert await past.fill(BTC, ["coinbase"]) == 2880 + 600
    newest = past.clock() - timedelta(days=6)
    series = await read_series(past.store, "BTC", Step.QUARTER, newest, past.clock())
    assert series.known == len(series.closes)


async def test_what_is_seen_while_candles_are_asked_for_stands(past: Past) -> None:
    async def meanwhile(seconds: float) -> None:
        past.rests.append(seconds)
        if len(past.rests) == 1:
            await write(past.store, write_close("BTC", Decimal(49_000), past.clock() - timedelta(minutes=20)))

    async with build_client(timeout=2) as client:
        await Candles(client, ["coinbase"], past.addresses, past.clock, meanwhile).fill(past.store, BTC)
    for step in Step:
        since = past.clock() - timedelta(minutes=20)
        (own,) = (await read_series(past.store, "BTC", step, since, since + timedelta(seconds=1))).closes
        assert own == 49_000


async def test_only_the_chosen_sources_are_asked_and_only_for_coins_they_have(past: Past) -> None:
    assert await past.fill(BNB) == 0
    assert await past.fill(USDC, ["coinbase"]) == 0
    assert past.venues.asked == []


async def test_a_close_that_no_market_makes_is_left_out(past: Past) -> None:
    begin = int((past.clock() - timedelta(hours=5)).timestamp()) // 900 * 900
    rows = [[begin + 900 * at, 1, 1, 1, close, 1] for at, close in enumerate((100.0, 101.0, 101_000.0, 0.0, 102.0))]
    past.venues.wrong = {"coinbase": rows[::-1]}
    await past.fill(BTC)
    since = datetime.fromtimestamp(begin, past.clock().tzinfo)
    found = await read_series(past.store, "BTC", Step.QUARTER, since, since + timedelta(minutes=75))
    assert [None if math.isnan(close) else close for close in found.closes] == [100.0, 101.0, None, None, 102.0]


async def test_each_wanted_coin_is_asked_for_once_and_a_fault_of_the_store_ends_nothing(past: Past) -> None:
    past.venues.begin, stop = int(past.clock().timestamp()), asyncio.Event()
    rounds = iter((AwayError("away"), ["TRX", "nonsense", "tron"]))

    async def wanted() -> Collection[str]:
        found = next(rounds)
        stop.set()
        if isinstance(found, Exception):
            raise found
        return found

    async with build_client(timeout=2) as client:
        candles = Candles(client, ["kraken"], past.addresses, past.clock, past.sleep)
        for _ in range(2):
            stop.clear()
            await fill_past(candles, past.store, wanted, stop)
    assert await past.known(TRX, Step.QUARTER) == 719
    assert past.venues.asked == ["kraken"] * 2
