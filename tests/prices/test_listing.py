"""What venues list: read strictly, kept in the store, found by symbol and name, and asked for once it is wanted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from bot.chat_store import ChatStore
from bot.pricing import keep_prices
from bot.settings import Settings
from pipelines import keys
from pipelines.prices.ask import GarbageError, build_client
from pipelines.prices.coins import COINS, Coin, Coins, find_coin
from pipelines.prices.frames import CoinbaseFrames, KrakenFrames
from pipelines.prices.keeper import Keeper
from pipelines.prices.lister import Lister, listing
from pipelines.prices.listing import MOST, Listed, Row, merge, read_coinbase, read_kraken, read_listing, write_listing
from pipelines.prices.read import read_quotes
from pipelines.prices.sources import build_sources
from pipelines.prices.stream import Stream
from tests.chats.make import chat
from tests.conftest import Clock
from tests.prices.server import Market, PriceServer, price_server

CASES = yaml.safe_load((Path(__file__).parent / "data" / "listings.yaml").read_text())
WOJAK = Coin("WOJAK", "Wojak Finance", None, kraken="WOJAKUSD", kraken_key="WOJAKUSD", coinbase="WOJAK-USD")


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_what_trades_against_dollars_is_read_and_garbage_is_not(case: dict[str, Any]) -> None:
    read = read_kraken(case["kraken"]) if "kraken" in case else read_coinbase(case["coinbase"], case["currencies"])
    assert read == tuple(Row(*row) for row in case["rows"])


JSON = st.recursive(
    st.none() | st.booleans() | st.decimals() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)


@given(JSON, JSON)
def test_whatever_comes_is_read_or_refused(one: object, other: object) -> None:
    reads: tuple[tuple[Callable[[], object], bool], ...] = (
        (lambda: read_kraken(one), isinstance(one, dict)),
        (lambda: read_coinbase(one, other), isinstance(one, list) and isinstance(other, list)),
    )
    for read, shaped in reads:
        if shaped:
            assert read() == ()
        else:
            with pytest.raises(GarbageError):
                read()


def kraken(*symbols: str) -> list[Row]:
    return [Row(symbol, None, f"{symbol}USD", f"{symbol}USD") for symbol in symbols]


def coinbase(**names: str | None) -> list[Row]:
    return [Row(symbol, name, f"{symbol}-USD", f"{symbol}-USD") for symbol, name in names.items()]


def test_one_coin_a_symbol_and_the_table_wins() -> None:
    coins = merge(
        {
            "kraken": kraken("WOJAK", "BTC", "XBT", "SOLANA", "ALONE"),
            "coinbase": coinbase(WOJAK="Wojak Finance", ETH="Not Ether", ONE="Twin", TWO="Twin", FAKE="Bitcoin"),
        }
    )
    known = Coins(coins)
    assert [coin.symbol for coin in coins] == ["ALONE", "FAKE", "ONE", "TWO", "WOJAK"]
    assert known.find("wojak") == known.find("Wojak finance") == known.find("$WOJAK") == WOJAK
    for text in ("BTC", "xbt", "Solana", "Bitcoin", "eth", "ether"):
        assert known.find(text) == find_coin(text) is not None, text
    assert known.find("twin") is None, "two are called so"
    assert known.find("two") == Coin("TWO", "Twin", None, coinbase="TWO-USD")
    assert known.find("Not Ether") is None
    assert {known.find(coin.symbol) for coin in COINS} == set(COINS)


def test_a_symbol_under_which_two_venues_name_two_coins_is_left_out() -> None:
    rows = {"one": coinbase(AI="Sleepless AI", ME="Magic Eden"), "coinbase": coinbase(AI="Any Inu", ME="MagicEden")}
    assert [coin.symbol for coin in merge(rows)] == ["ME"]


def test_a_listing_has_its_bound() -> None:
    assert len(merge({"kraken": kraken(*(f"C{number}" for number in range(MOST + 10)))})) == MOST


async def test_the_store_holds_the_listing_and_forgives_rot(store: Redis) -> None:
    coins = (WOJAK, Coin("K", "K", None, kraken="KUSD", kraken_key="XKZUSD"), Coin("C", "Sea", None, coinbase="C-USD"))
    await write_listing(store, coins)
    for symbol, rot in {"R1": b"\xff", "R2": b"[]", "R3": b"{}", "R4": b'{"name": "x", "kraken": 7}'}.items():
        await store.hset(keys.LISTED, symbol, rot)
    assert set((await read_listing(store)).listed) == set(coins)
    await write_listing(store, ())
    assert (await read_listing(store)).listed == ()


async def test_the_listing_is_read_anew_after_a_minute(store: Redis, clock: Clock) -> None:
    listed = Listed()
    assert (await listed.coins(store, clock())).find("wojak") is None
    await write_listing(store, [WOJAK])
    assert (await listed.coins(store, clock() + timedelta(seconds=59))).find("wojak") is None
    assert (await listed.coins(store, clock() + timedelta(seconds=60))).find("wojak") == WOJAK


LISTINGS: dict[str, object] = {
    "AssetPairs": {
        "error": [],
        "result": {"WOJAKUSD": {"altname": "WOJAKUSD", "wsname": "WOJAK/USD", "quote": "ZUSD", "status": "online"}},
    },
    "products": [{"id": "WOJAK-USD", "base_currency": "WOJAK", "quote_currency": "USD", "status": "online"}],
    "currencies": [{"id": "WOJAK", "name": "Wojak Finance", "details": {"type": "crypto"}}],
}


@pytest.fixture
async def server(clock: Clock) -> AsyncIterator[PriceServer]:
    async with price_server(clock) as server:
        server.listings |= LISTINGS
        server.coins = (*COINS, WOJAK)
        server.markets["WOJAK"] = Market("0.5", "0.4")
        yield server


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with build_client() as client:
        yield client


def lister_of(store: Redis, clock: Clock, server: PriceServer, client: httpx.AsyncClient, *sources: str) -> Lister:
    return Lister(client, sources or ("kraken", "coinbase", "bitstamp", "coingecko"), server.addresses, store, clock)


async def test_kraken_and_coinbase_are_asked_for_a_listed_coin_once_it_is_wanted(
    store: Redis, clock: Clock, server: PriceServer, client: httpx.AsyncClient
) -> None:
    lister, symbols = lister_of(store, clock, server, client), {"BTC"}
    assert await lister.refresh()

    async def wanted() -> Collection[str]:
        return symbols

    sources = build_sources(client, clock, ("kraken", "coinbase", "bitstamp", "coingecko"), server.addresses)
    keeper = Keeper(store, sources, wanted, clock, find=lister.find)
    await keeper.round()
    assert not [path for path in server.asked if "WOJAK" in path.upper()], "nobody wanted it"
    symbols.add("WOJAK")
    server.asked.clear()
    await keeper.round()
    (quote,) = await read_quotes(store, ["WOJAK"])
    assert (quote.price, quote.sources, quote.change_24h) == (Decimal("0.5"), ("kraken", "coinbase"), Decimal("25.00"))
    assert {path.split()[0] for path in server.asked if "WOJAK" in path.upper()} == {"kraken", "coinbase"}


async def test_the_sockets_hear_a_listed_coin(
    store: Redis, clock: Clock, server: PriceServer, client: httpx.AsyncClient
) -> None:
    lister = lister_of(store, clock, server, client)
    await lister.refresh()
    streams = [
        Stream(frames, server.addresses[f"{frames.name}_socket"], clock, lambda: 0.0, timedelta(seconds=120))
        for frames in (KrakenFrames(), CoinbaseFrames())
    ]

    async def wanted() -> Collection[str]:
        return {"WOJAK"}

    keeper = Keeper(store, (), wanted, clock, streams=streams, find=lister.find)
    await keeper.tick()
    tasks = [asyncio.create_task(stream.run()) for stream in streams]
    try:
        async with asyncio.timeout(10):
            while not all(stream.offer("WOJAK") for stream in streams):
                await asyncio.sleep(0.001)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    (quote,) = await keeper.tick()
    assert (quote.symbol, quote.price, quote.sources) == ("WOJAK", Decimal("0.5"), ("kraken", "coinbase"))


@pytest.mark.parametrize("mode", ["html", "list", "null", "451", "429", "500", "deep"])
async def test_a_venue_that_fails_lists_what_it_did_before(
    store: Redis, clock: Clock, server: PriceServer, client: httpx.AsyncClient, mode: str
) -> None:
    await lister_of(store, clock, server, client).refresh()
    for venue in ("kraken", "coinbase"):
        server.modes = {venue: mode}
        lister = lister_of(store, clock, server, client)
        await lister.load()
        assert not await lister.refresh(), venue
        assert lister.find("Wojak Finance") == WOJAK, venue
    assert (await read_listing(store)).listed == (WOJAK,)


async def test_what_no_venue_lists_any_more_is_gone(
    store: Redis, clock: Clock, server: PriceServer, client: httpx.AsyncClient
) -> None:
    other = Coin("OTHER", "OTHER", None, kraken="OTHERUSD", kraken_key="OTHERUSD")
    await write_listing(store, [other])
    lister = lister_of(store, clock, server, client, "kraken")
    await lister.load()
    assert lister.find("other") == other
    assert await lister.refresh()
    assert lister.find("other") is None
    assert [coin.symbol for coin in (await read_listing(store)).listed] == ["WOJAK"]
    assert not [path for path in server.asked if path.startswith("coinbase")], "it is no source here"


async def test_the_listing_is_asked_for_at_the_start(
    store: Redis, clock: Clock, server: PriceServer, client: httpx.AsyncClient
) -> None:
    lister = lister_of(store, clock, server, client)
    async with listing(lister, asyncio.Event()), asyncio.timeout(10):
        while lister.find("wojak") is None:
            await asyncio.sleep(0.001)
    assert (await Listed().coins(store, clock())).find("wojak finance") == WOJAK


async def test_a_chat_that_chooses_a_listed_coin_gets_its_price(
    store: Redis, clock: Clock, server: PriceServer
) -> None:
    chats, stop = ChatStore(store), asyncio.Event()
    await chats.put(replace(chat(), coins=("WOJAK",)))
    urls = {f"{name}_url": server.addresses[name] for name in ("kraken", "coinbase", "bitstamp", "coingecko")}
    settings = Settings(price_sockets=False, price_interval=1, **urls)  # type: ignore[arg-type]
    keeping = asyncio.create_task(keep_prices(settings, store, chats, clock, stop))
    try:
        async with asyncio.timeout(10):
            while not await read_quotes(store, ["WOJAK"]):
                await asyncio.sleep(0.01)
    finally:
        stop.set()
        await keeping
    assert (await Listed().coins(store, clock())).find("wojak finance") == WOJAK
