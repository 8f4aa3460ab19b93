"""The keeper over real HTTP and a real store, with sources that are right, wrong, slow and gone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Collection
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from redis.asyncio import Redis

from pipelines import keys
from pipelines.prices.ask import build_client
from pipelines.prices.coins import COINS
from pipelines.prices.keeper import Keeper
from pipelines.prices.quote import Quote, write_quote
from pipelines.prices.read import read_quotes
from pipelines.prices.sources import build_sources
from tests.conftest import Clock
from tests.prices.server import Market, PriceServer, price_server

GARBAGE = ("zero", "nan", "infinity", "negative", "empty", "word", "html", "list", "null", "long", "deep")
ORDER = ("kraken", "coinbase", "bitstamp", "coingecko")


class Setting:
    """A keeper, its server and what it holds."""

    def __init__(self, store: Redis, clock: Clock, server: PriceServer) -> None:
        self.store = store
        self.clock = clock
        self.server = server
        self.symbols: Collection[str] = ("BTC", "ETH", "USDC")
        self.client = build_client(timeout=0.25)
        self.keeper = self.keep()

    def keep(self, order: Collection[str] = ORDER, key: str | None = None) -> Keeper:
        sources = build_sources(self.client, self.clock, tuple(order), self.server.addresses, key)

        async def wanted() -> Collection[str]:
            return self.symbols

        self.keeper = Keeper(self.store, sources, wanted, self.clock)
        return self.keeper

    async def shown(self) -> dict[str, tuple[str, str | None, tuple[str, ...]]]:
        """Price, change to two places and sources of each wanted symbol, as a reader sees them."""
        quotes = await read_quotes(self.store, list(self.symbols))
        return {
            quote.symbol: (
                f"{quote.price.normalize():f}",
                None if quote.change_24h is None else f"{quote.change_24h:.2f}",
                quote.sources,
            )
            for quote in quotes
        }

    async def put(self, symbol: str, price: str, *, age: timedelta = timedelta(minutes=1)) -> None:
        quote = Quote(symbol, Decimal(price), Decimal(1), self.clock() - age, ("kraken",))
        await self.store.hset(keys.QUOTES, symbol, write_quote(quote))


@pytest.fixture
async def here(store: Redis, clock: Clock) -> AsyncIterator[Setting]:
    async with price_server(clock) as server:
        setting = Setting(store, clock, server)
        yield setting
        await setting.client.aclose()


async def test_kraken_gives_the_price_and_others_confirm_it_and_give_the_change(here: Setting) -> None:
    await here.keeper.round()
    assert await here.shown() == {
        "BTC": ("80000", "2.56", ("kraken", "coinbase", "bitstamp")),
        "ETH": ("4000", "-2.44", ("kraken", "coinbase", "bitstamp")),
        "USDC": ("0.9998", "-0.01", ("kraken", "bitstamp")),
    }
    # One call to Kraken, two per coin to Coinbase and none for USDC, one a coin to Bitstamp, none to the last resort.
    assert here.server.calls == {"kraken": 1, "coinbase": 4, "bitstamp": 3}


CASES = yaml.safe_load((Path(__file__).parent / "data" / "rounds.yaml").read_text())


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
async def test_a_round(here: Setting, case: dict[str, Any]) -> None:
    here.symbols = case.get("symbols", ["BTC"])
    for symbol, (price, minutes) in case.get("last", {}).items():
        await here.put(symbol, price, age=timedelta(minutes=minutes))
    here.server.modes |= case["modes"]
    if "order" in case:
        here.keep(case["order"])
    await here.keeper.round()
    shown = await here.shown()
    expected = {symbol: None if row is None else (row[0], tuple(row[1:])) for symbol, row in case["shown"].items()}
    found = {symbol: (shown[symbol][0], shown[symbol][2]) if symbol in shown else None for symbol in expected}
    assert found == expected


@pytest.mark.parametrize("venue", ORDER)
async def test_garbage_and_silence_never_reach_the_store(here: Setting, venue: str) -> None:
    others = [other for other in ORDER if other != venue]
    for mode in (*GARBAGE, "403", "418", "429", "451", "500", "moved", "hang", "away"):
        await here.store.flushdb()
        here.server.calls.clear()
        here.server.modes = {venue: mode}
        await here.keep([venue]).round()
        assert await here.store.exists(keys.QUOTES) == 0, mode
        assert here.server.calls[venue] >= 1, mode
        await here.keep([venue, *others]).round()
        prices = {symbol: row[0] for symbol, row in (await here.shown()).items()}
        assert prices == {"BTC": "80000", "ETH": "4000", "USDC": "0.9998"}, mode


@pytest.mark.parametrize("venue", ["coinbase", "bitstamp", "coingecko"])
@pytest.mark.parametrize("mode", ["stale", "future"])
async def test_a_price_of_another_time_is_refused(here: Setting, venue: str, mode: str) -> None:
    here.symbols = ["BTC"]
    here.server.modes[venue] = mode
    await here.keep([venue]).round()
    assert await here.shown() == {}


async def test_the_change_never_comes_from_midnight(here: Setting) -> None:
    await here.keep(["kraken"]).round()
    assert {row[1] for row in (await here.shown()).values()} == {None}


async def test_the_change_outlives_its_source_for_ten_minutes(here: Setting) -> None:
    here.symbols = ["BTC"]
    await here.keep(["kraken", "bitstamp"]).round()
    here.server.modes["bitstamp"] = "500"
    for minutes, change in ((9, "2.56"), (2, None)):
        here.clock.advance(minutes=minutes)
        await here.keeper.round()
        assert (await here.shown())["BTC"][1] == change


async def test_what_is_old_is_kept_with_its_time_when_all_are_gone(here: Setting) -> None:
    await here.keeper.round()
    before = here.clock()
    here.server.modes |= dict.fromkeys(ORDER, "away")
    here.clock.advance(hours=3)
    await here.keeper.round()
    assert {quote.as_of for quote in await read_quotes(here.store, ("BTC", "ETH", "USDC"))} == {before}


async def test_a_failing_source_is_left_alone_longer_and_longer(here: Setting) -> None:
    here.keep(["kraken"])
    here.server.modes["kraken"] = "500"
    asked = []
    for half_minute in range(32):
        before = here.server.calls["kraken"]
        await here.keeper.round()
        if here.server.calls["kraken"] > before:
            asked.append(half_minute)
        here.clock.advance(seconds=30)
    assert asked == [0, 1, 3, 7, 15, 31]


@pytest.mark.parametrize(
    ("mode", "retry_after", "pause"),
    [
        ("429", "100", 100),
        ("429", "Tue, 24 Nov 2026 09:35:00 GMT", 300),
        ("429", "soon", 30),
        ("429", "-5", 30),
        ("429", "999999999", 86_400),
        ("418", "7200", 7200),
        ("451", None, 3600),
        ("403", None, 3600),
    ],
)
async def test_retry_after_is_kept(here: Setting, mode: str, retry_after: str | None, pause: int) -> None:
    here.keep(["kraken"])
    here.server.modes["kraken"] = mode
    here.server.headers |= {"Retry-After": retry_after} if retry_after else {}
    await here.keeper.round()
    here.server.modes.clear()
    here.clock.advance(seconds=pause - 1)
    await here.keeper.round()
    assert here.server.calls["kraken"] == 1
    here.clock.advance(seconds=1)
    await here.keeper.round()
    assert "BTC" in await here.shown()


async def test_one_line_when_a_source_goes_bad_and_one_when_it_is_back(
    here: Setting, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "pipelines.prices")
    here.symbols = ["BTC"]

    async def rounds(**modes: str) -> list[str]:
        here.server.modes = modes
        caplog.clear()
        for _ in range(3):
            here.clock.advance(hours=1)
            await here.keeper.round()
        return caplog.messages

    assert await rounds() == []
    assert await rounds(kraken="500") == ["price.bad source=kraken symbol=all reason=http-500 pause=30"]
    assert await rounds() == ["price.back source=kraken symbol=all was=http-500"]
    assert await rounds(kraken="x1000") == ["price.bad source=kraken symbol=BTC reason=disagrees pause=0"]
    assert await rounds(kraken="nan") == []
    assert await rounds() == ["price.back source=kraken symbol=BTC was=disagrees"]
    assert await rounds(coinbase="stale") == ["price.bad source=coinbase symbol=BTC reason=stale pause=0"]


async def test_a_coin_that_a_venue_dropped_costs_one_search(here: Setting) -> None:
    here.symbols = ["ADA", "BTC", "ETH", "SOL", "USDC"]
    here.server.markets["SOL"] = Market("150", "140")
    await here.keep(["kraken"]).round()
    assert set(await here.shown()) == {"BTC", "ETH", "SOL", "USDC"}
    calls = len(here.server.asked)
    here.clock.advance(seconds=30)
    await here.keeper.round()
    assert len(here.server.asked) == calls + 1
    for venue in ("coinbase", "bitstamp"):
        here.clock.advance(seconds=30)
        await here.keep([venue]).round()
        await here.keeper.round()
    assert not any("ADA" in asked for asked in here.server.asked if "coinbase" in asked)


async def test_the_last_resort_is_asked_only_for_what_is_missing_and_not_too_often(here: Setting) -> None:
    here.symbols = ["BTC", "BNB"]
    here.server.markets["BNB"] = Market("900", "890")
    for _ in range(4):
        await here.keeper.round()
        here.clock.advance(seconds=30)
    asked = [path for path in here.server.asked if path.startswith("coingecko")]
    assert len(asked) == 2
    assert all("ids=binancecoin&" in path for path in asked)
    assert (await here.shown())["BNB"][0] == "900"


async def test_a_venue_that_is_asked_coin_by_coin_has_them_in_turns(here: Setting) -> None:
    here.symbols = [coin.symbol for coin in COINS if coin.coinbase][:22]
    here.server.markets |= {symbol: Market("7", "7") for symbol in here.symbols}
    here.keep(["coinbase"])
    asked = []
    for _ in range(3):
        await here.keeper.round()
        asked.append({path.split("/")[3] for path in here.server.asked})
        here.server.asked.clear()
        here.clock.advance(seconds=30)
    assert [len(each) for each in asked] == [20, 20, 20]
    assert len(asked[0] | asked[1]) == 22
    assert {product for each in asked for product in each} == {f"{symbol}-USD" for symbol in here.symbols}


async def test_unknown_symbols_are_passed_over(here: Setting) -> None:
    here.symbols = ["BTC", "NOPE", "", "../etc", "bitcoin", "$btc"]
    await here.keeper.round()
    assert [quote.symbol for quote in await read_quotes(here.store, list(here.symbols))] == ["BTC"]


async def test_the_loop_stops_at_once_and_survives_a_store_that_fails(here: Setting, clock: Clock) -> None:
    stop = asyncio.Event()
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 1:
            await here.store.delete(keys.QUOTES)
        if len(slept) == 2:
            stop.set()
            await asyncio.Event().wait()

    async def wanted() -> Collection[str]:
        return ["BTC"]

    # A value of another type under the key makes the first round fail inside the store.
    await here.store.set(keys.QUOTES, "not a hash")
    sources = build_sources(here.client, clock, ORDER, here.server.addresses)
    async with asyncio.timeout(10):
        await Keeper(here.store, sources, wanted, clock, interval=7, sleep=sleep).run(stop)
    assert slept == [7, 7]
    assert (await here.shown())["BTC"][0] == "80000"


async def test_the_loop_stops_while_a_source_hangs(here: Setting) -> None:
    here.server.modes["kraken"] = "hang"
    stop = asyncio.Event()
    async with asyncio.timeout(10), build_client(timeout=60) as client:
        here.client = client
        running = asyncio.ensure_future(here.keep().run(stop))
        while not here.server.calls:
            await asyncio.sleep(0)
        stop.set()
        await running


async def test_unreadable_quotes_in_the_store_are_left_out(here: Setting) -> None:
    await here.put("BTC", "80000")
    await here.store.hset(keys.QUOTES, mapping={"ETH": b"{", "USDC": b'{"symbol":"USDC","price":"0"}'})
    assert [quote.symbol for quote in await read_quotes(here.store, ("USDC", "ETH", "BTC", "BTC"))] == ["BTC"]
    assert await read_quotes(here.store, ()) == ()


async def test_the_key_goes_to_coingecko_in_a_header_only(here: Setting) -> None:
    await here.keep(["coingecko"], key="CG-secret").round()
    assert "BTC" in await here.shown()
    assert not any("CG-secret" in path for path in here.server.asked)
