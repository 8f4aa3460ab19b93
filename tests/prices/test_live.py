"""The keeper with sockets: what it makes of both venues and REST, whatever one of them says; what is told of it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import timedelta
from decimal import Decimal

import pytest

from pipelines.prices.health import SourceState, read_states
from pipelines.prices.keeper import Keeper
from pipelines.prices.quote import Quote
from pipelines.prices.read import read_quotes
from tests.prices.live import KINDS, Live
from tests.prices.server import Market


def shown(quotes: tuple[Quote, ...]) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {quote.symbol: (f"{quote.price.normalize():f}", quote.sources) for quote in quotes}


async def test_rest_takes_over_at_the_next_round_while_a_socket_is_silent(live: Live) -> None:
    keeper = live.keeper("kraken", "coinbase", "bitstamp")
    await live.open("kraken", "coinbase")
    await live.until(lambda: live.price("kraken", "ETH") and live.price("coinbase", "ETH"))
    await keeper.round()
    live.server.markets["BTC"] = Market("80100", "78000")
    live.clock.advance(seconds=31)
    await keeper.round()
    (quote,) = await read_quotes(live.store, ("BTC",))
    assert (quote.price, quote.as_of, quote.sources) == (
        Decimal(80_100),
        live.clock(),
        ("kraken", "coinbase", "bitstamp"),
    )


async def test_the_keeper_weighs_both_sockets_at_each_tick_and_asks_rest_for_the_third_voice(live: Live) -> None:
    keeper = live.keeper("kraken", "coinbase", "bitstamp", "coingecko")
    await live.open("kraken", "coinbase")
    await live.until(lambda: live.price("kraken", "ETH") and live.price("coinbase", "ETH"))
    await keeper.tick()
    assert shown(await read_quotes(live.store, ("BTC",))) == {"BTC": ("80000", ("kraken", "coinbase"))}
    await keeper.round()
    assert live.server.calls == {"bitstamp": 2}
    live.clock.advance(seconds=1)
    live.server.markets["BTC"] = Market("80100", "78000")
    await live.server.sockets.beat()
    await live.until(lambda: live.price("kraken") == live.price("coinbase") == "80100")
    assert shown(await keeper.tick()) == {"BTC": ("80100", ("kraken", "coinbase", "bitstamp"))}
    (quote,) = await read_quotes(live.store, ("BTC",))
    assert (quote.as_of, quote.differ, quote.others) == (live.clock(), False, ())
    assert quote.change_24h == pytest.approx(Decimal("2.69"), abs=Decimal("0.01"))


CASES: list[tuple[dict[str, str], str, tuple[str, ...], tuple[str, ...]]] = [
    ({"kraken-socket": "x1.10"}, "80000", ("coinbase", "bitstamp"), ("kraken",)),
    ({"kraken-socket": "x1000"}, "80000", ("coinbase", "bitstamp"), ("kraken",)),
    ({"coinbase-socket": "swapped"}, "80000", ("kraken", "bitstamp"), ("coinbase",)),
    ({"kraken-socket": "451"}, "80000", ("kraken", "coinbase", "bitstamp"), ()),
    ({"kraken-socket": "451", "coinbase-socket": "429"}, "80000", ("kraken", "coinbase", "bitstamp"), ()),
    ({"kraken-socket": "nan", "kraken": "429"}, "80000", ("coinbase", "bitstamp"), ()),
    ({"kraken-socket": "silent", "kraken": "hang", "coinbase-socket": "drop", "coinbase": "451"},
     "80000", ("bitstamp", "coingecko"), ()),
]  # fmt: skip


@pytest.mark.parametrize(("modes", "price", "sources", "others"), CASES)
async def test_whatever_one_way_says_the_others_hold(
    live: Live, modes: dict[str, str], price: str, sources: tuple[str, ...], others: tuple[str, ...]
) -> None:
    live.server.modes |= modes
    await live.open("kraken", "coinbase")
    names = [name for name in KINDS if modes.get(f"{name}-socket", "x").startswith(("x", "sw"))]
    await live.until(lambda: all(live.price(name) for name in names))
    await live.keeper("kraken", "coinbase", "bitstamp", "coingecko").round()
    (quote,) = await read_quotes(live.store, ("BTC",))
    assert (f"{quote.price.normalize():f}", quote.sources, quote.others) == (price, sources, others)
    assert quote.differ == bool(others)


async def test_the_operator_is_told_how_each_way_is(live: Live) -> None:
    live.server.modes |= {"coinbase-socket": "451", "bitstamp": "x1.10"}
    keeper = live.keeper("kraken", "bitstamp", "coingecko")
    await live.open("kraken", "coinbase")
    await live.until(lambda: live.price("kraken"))
    await live.next_pause()
    await keeper.round()
    account = await read_states(live.store)
    assert account is not None
    assert account.at == live.clock()
    now, later = live.clock(), live.clock() + timedelta(hours=1)
    assert account.states == (
        SourceState("kraken", "socket", "open", now, 0, 0, None, None),
        SourceState("coinbase", "socket", "failing", None, 1, 0, "restricted-location", later),
        SourceState("kraken", "rest", "idle", None, 0, 0, None, None),
        SourceState("bitstamp", "rest", "open", now, 0, 0, None, None),
        SourceState("coingecko", "rest", "open", now, 0, 0, None, None),
    )


async def test_the_keeper_runs_its_sockets_and_stops_them(live: Live) -> None:
    stop = asyncio.Event()
    ticks = list[float]()

    async def sleep(seconds: float) -> None:
        ticks.append(seconds)
        await asyncio.sleep(0.005)

    async def wanted() -> Collection[str]:
        return live.symbols

    keeper = Keeper(live.store, (), wanted, live.clock, streams=tuple(live.streams.values()), sleep=sleep)
    running = asyncio.ensure_future(keeper.run(stop))
    async with asyncio.timeout(10):
        while not (await read_quotes(live.store, ("ETH",)) and {1.0, 30.0} <= set(ticks)):
            await asyncio.sleep(0.005)
        stop.set()
        await running
        await live.until(lambda: not live.server.sockets.lines)
