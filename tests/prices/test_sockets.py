"""Sockets over real connections to the price server: what is heard, refused, cut and opened anew. The clock is ours."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from datetime import timedelta
from decimal import Decimal

import httpx
import pytest
from redis.asyncio import Redis

from pipelines.prices.ask import build_client
from pipelines.prices.coins import COINS, find_coin
from pipelines.prices.frames import CoinbaseFrames, Frames, KrakenFrames
from pipelines.prices.health import SourceState, read_states
from pipelines.prices.keeper import Keeper
from pipelines.prices.quote import Quote
from pipelines.prices.read import read_quotes
from pipelines.prices.sources import build_sources
from pipelines.prices.stream import Stream
from tests.conftest import Clock
from tests.prices.server import Market, PriceServer, price_server

KINDS: dict[str, Callable[[], Frames]] = {"kraken": KrakenFrames, "coinbase": CoinbaseFrames}
GARBAGE = (
    "zero nan infinity negative empty word null renamed html list word-frame deep data-null binary wrong-symbol".split()
)


class Setting:
    """Two sockets and a keeper on the price server; each pause of a socket is written down and skipped."""

    def __init__(self, store: Redis, clock: Clock, server: PriceServer, client: httpx.AsyncClient) -> None:
        self.store, self.clock, self.server, self.client = store, clock, server, client
        self.pauses: list[float] = []
        self.paused = asyncio.Event()
        self.go_on = asyncio.Event()
        self.streams = {name: self.stream(name) for name in KINDS}
        self.symbols: Collection[str] = ("BTC", "ETH")
        self.tasks: list[asyncio.Task[None]] = []

    def stream(self, name: str) -> Stream:
        address = self.server.addresses[f"{name}_socket"]
        return Stream(
            KINDS[name](), address, self.clock, chance=lambda: 0.0, max_age=timedelta(seconds=120), sleep=self.pause
        )

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.paused.set()
        await self.go_on.wait()
        self.go_on.clear()
        self.clock.advance(seconds=seconds)

    async def next_pause(self) -> float:
        """Let the socket go on until it pauses again; the seconds for which it would."""
        async with asyncio.timeout(10):
            await self.paused.wait()
        self.paused.clear()
        return self.pauses[-1]

    def keeper(self, *rest: str) -> Keeper:
        async def wanted() -> Collection[str]:
            return self.symbols

        sources = build_sources(self.client, self.clock, rest, self.server.addresses)
        return Keeper(self.store, sources, wanted, self.clock, streams=tuple(self.streams.values()))

    async def open(self, *names: str) -> None:
        """Run these sockets, and wait until each has heard its coins."""
        coins = [coin for symbol in self.symbols if (coin := find_coin(symbol)) is not None]
        for name in names:
            await self.streams[name].want(coins)
            self.tasks.append(asyncio.ensure_future(self.streams[name].run()))

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(10):
            while not holds():
                await asyncio.sleep(0.001)

    def price(self, name: str, symbol: str = "BTC") -> str | None:
        offer = self.streams[name].offer(symbol)
        return None if offer is None else f"{offer.price:f}"

    async def hear(self, name: str, why: str) -> None:
        """Let the venue say something bad, and wait until that was noticed."""
        await self.server.sockets.beat(name)
        await self.until(lambda: why in self.streams[name].refused(self.clock()).values())


@pytest.fixture
async def here(store: Redis, clock: Clock) -> AsyncIterator[Setting]:
    async with price_server(clock) as server, build_client(timeout=0.25) as client:
        setting = Setting(store, clock, server, client)
        yield setting
        for task in setting.tasks:
            task.cancel()
        await asyncio.gather(*setting.tasks, return_exceptions=True)


@pytest.mark.parametrize("name", KINDS)
async def test_a_socket_gives_price_time_and_the_change_of_24_hours(here: Setting, name: str) -> None:
    await here.open(name)
    await here.until(lambda: here.price(name, "ETH"))
    offer = here.streams[name].offer("ETH")
    assert offer is not None
    assert offer.change_24h is not None
    assert (offer.source, offer.price, offer.as_of) == (name, Decimal(4000), here.clock())
    assert offer.change_24h == pytest.approx(Decimal("-2.439"), abs=Decimal("0.001"))
    here.clock.advance(seconds=1)
    here.server.markets["ETH"] = Market("4010", "4100")
    await here.server.sockets.beat()
    await here.until(lambda: here.price(name, "ETH") == "4010")


@pytest.mark.parametrize("name", KINDS)
async def test_garbage_is_refused_and_what_was_good_stays_with_its_time(here: Setting, name: str) -> None:
    stream = here.streams[name]
    await here.open(name)
    await here.until(lambda: here.price(name, "BTC"))
    for mode in GARBAGE:
        good = stream.offer("BTC")
        here.clock.advance(minutes=1)  # by then what was refused before is forgotten
        here.server.modes[f"{name}-socket"] = mode
        await here.server.sockets.beat(name)
        await here.until(lambda: stream.refused(here.clock()))
        assert stream.offer("BTC") is good, mode
        here.server.modes.clear()
        here.clock.advance(seconds=1)
        await here.server.sockets.beat(name)
        await here.until(lambda good=good: stream.offer("BTC") is not good)  # type: ignore[misc]
        assert (here.price(name), stream.open) == ("80000", True), mode


@pytest.mark.parametrize(
    ("name", "mode", "why"),
    [
        ("kraken", "string", "unreadable"),
        ("coinbase", "old-sequence", "old-sequence"),
        ("coinbase", "frozen", "old-sequence"),
        ("kraken", "stale", "stale"),
        ("coinbase", "stale", "stale"),
        ("kraken", "future", "from-the-future"),
        ("coinbase", "future", "from-the-future"),
    ],
)
async def test_what_is_refused_has_its_word(here: Setting, name: str, mode: str, why: str) -> None:
    await here.open(name)
    await here.until(lambda: here.price(name))
    if mode == "frozen":
        here.server.modes[f"{name}-socket"] = mode
        await here.server.sockets.beat(name)
    here.server.modes[f"{name}-socket"] = mode
    await here.hear(name, why)
    assert here.price(name) == "80000"


async def test_an_older_price_never_takes_the_place_of_a_newer(here: Setting) -> None:
    await here.open("kraken")
    await here.until(lambda: here.price("kraken"))
    here.clock.advance(seconds=-30)
    here.server.markets["BTC"] = Market("70000", "78000")
    await here.hear("kraken", "older-than-the-last")
    assert here.price("kraken") == "80000"


@pytest.mark.parametrize("name", KINDS)
async def test_a_coin_that_the_venue_does_not_have_costs_the_others_nothing(here: Setting, name: str) -> None:
    here.symbols = ("ADA", "BTC", "SOL", "ETH")
    await here.open(name)
    await here.until(lambda: here.price(name, "BTC") and here.price(name, "ETH"))
    assert (here.price(name, "ADA"), here.streams[name].open) == (None, True)
    asked = len(here.server.sockets.asked)
    await here.streams[name].want([coin for coin in COINS if coin.symbol in here.symbols])
    assert len(here.server.sockets.asked) == asked, "it is not asked for again"


@pytest.mark.parametrize("name", KINDS)
async def test_coins_come_and_go_on_an_open_socket(here: Setting, name: str) -> None:
    here.server.markets["SOL"] = Market("150", "140")
    await here.open(name)
    await here.until(lambda: here.price(name, "ETH"))
    await here.streams[name].want([coin for coin in COINS if coin.symbol in ("BTC", "SOL")])
    await here.until(lambda: here.price(name, "SOL"))
    assert here.price(name, "ETH") is None
    await here.until(lambda: len(here.server.sockets.asked) == 3)
    assert set(here.server.sockets.lines[0].symbols) == {"BTC", "SOL"}
    assert here.server.sockets.opened[name] == 1


async def test_nobody_wants_a_coin_so_no_socket_is_open(here: Setting) -> None:
    await here.open("kraken")
    await here.until(lambda: here.price("kraken"))
    await here.streams["kraken"].want([])
    here.streams["kraken"].look()
    await here.until(lambda: not here.server.sockets.lines)
    assert here.pauses == []
    await here.streams["kraken"].want([coin for coin in COINS if coin.symbol == "ETH"])
    await here.until(lambda: here.price("kraken", "ETH"))


@pytest.mark.parametrize(
    ("mode", "seconds", "why"),
    [("silent", 6, "silent"), ("beats-only", 61, "frozen"), ("zero", 61, "frozen")],
)
@pytest.mark.parametrize("name", KINDS)
async def test_a_socket_without_life_is_opened_anew(
    here: Setting, name: str, mode: str, seconds: int, why: str
) -> None:
    await here.open(name)
    await here.until(lambda: here.price(name))
    stream = here.streams[name]
    here.server.modes[f"{name}-socket"] = mode
    for _ in range(seconds):
        stream.look()
        assert stream.open
        here.clock.advance(seconds=1)
        await here.server.sockets.beat(name)
        await asyncio.sleep(0.002)
    stream.look()
    await here.next_pause()
    assert (stream.fault, stream.open, here.price(name)) == (why, False, "80000")
    here.server.modes.clear()
    here.go_on.set()
    await here.until(lambda: stream.open and stream.fault is None)
    assert (stream.reconnects, here.server.sockets.opened[name]) == (1, 2)


@pytest.mark.parametrize("name", KINDS)
async def test_a_socket_that_beats_but_never_answers_is_opened_anew(here: Setting, name: str) -> None:
    here.server.modes[f"{name}-socket"] = "silent"
    await here.open(name)
    await here.until(lambda: len(here.server.sockets.asked) == 1)
    here.server.modes.clear()
    for _ in range(6):
        here.clock.advance(seconds=1)
        await here.server.sockets.beat(name)
        await asyncio.sleep(0.002)
    here.streams[name].look()
    await here.next_pause()
    assert here.streams[name].fault == "unanswered"
    here.go_on.set()
    await here.until(lambda: here.price(name))


async def test_rest_takes_over_at_the_next_round_while_a_socket_is_silent(here: Setting) -> None:
    keeper = here.keeper("kraken", "coinbase", "bitstamp")
    await here.open("kraken", "coinbase")
    await here.until(lambda: here.price("kraken", "ETH") and here.price("coinbase", "ETH"))
    await keeper.round()
    here.server.markets["BTC"] = Market("80100", "78000")
    here.clock.advance(seconds=31)
    await keeper.round()
    (quote,) = await read_quotes(here.store, ("BTC",))
    assert (quote.price, quote.as_of, quote.sources) == (
        Decimal(80_100),
        here.clock(),
        ("kraken", "coinbase", "bitstamp"),
    )


async def test_storms_are_met_with_longer_and_longer_pauses(here: Setting) -> None:
    here.server.modes["kraken-socket"] = "drop"
    await here.open("kraken")
    pauses = []
    for _ in range(7):
        pauses.append(await here.next_pause())
        here.go_on.set()
    assert pauses == [0.5, 1, 2, 4, 7, 7, 7]
    here.server.modes.clear()
    await here.until(lambda: here.price("kraken"))
    # A connection that falls after a moment is still the same storm; one that held for half a minute was good.
    for seconds, pause in ((1, 6.0), (40, 0.0)):
        here.clock.advance(seconds=seconds)
        await here.server.sockets.beat()
        await here.until(lambda: here.streams["kraken"].offer("BTC").as_of == here.clock())  # type: ignore[union-attr]
        await here.server.sockets.end()
        assert await here.next_pause() == pause
        here.go_on.set()
        await here.until(lambda: here.streams["kraken"].open)


@pytest.mark.parametrize(
    ("mode", "retry_after", "pauses"),
    [
        ("451", None, [3600, 3600]),
        ("403", None, [3600, 3600]),
        ("418", "7200", [7200, 7200]),
        ("429", None, [60, 120]),
        ("429", "90", [90, 120]),
        ("429", "Tue, 24 Nov 2026 09:40:00 GMT", [600, 120]),
        ("500", None, [0.5, 1]),
        ("moved", None, [0.5, 1]),
        ("large", None, [0.5, 1]),
    ],
)
async def test_a_refusal_at_the_door_is_kept_to(
    here: Setting, mode: str, retry_after: str | None, pauses: list[float]
) -> None:
    here.server.modes["kraken-socket"] = mode
    here.server.headers |= {"Retry-After": retry_after} if retry_after else {}
    await here.open("kraken")
    for pause in pauses:
        assert await here.next_pause() == pause
        here.go_on.set()
    here.server.modes.clear()
    await here.until(lambda: here.price("kraken"))


def shown(quotes: tuple[Quote, ...]) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {quote.symbol: (f"{quote.price.normalize():f}", quote.sources) for quote in quotes}


async def test_the_keeper_weighs_both_sockets_at_each_tick_and_asks_rest_for_the_third_voice(here: Setting) -> None:
    keeper = here.keeper("kraken", "coinbase", "bitstamp", "coingecko")
    await here.open("kraken", "coinbase")
    await here.until(lambda: here.price("kraken", "ETH") and here.price("coinbase", "ETH"))
    await keeper.tick()
    assert shown(await read_quotes(here.store, ("BTC",))) == {"BTC": ("80000", ("kraken", "coinbase"))}
    await keeper.round()
    assert here.server.calls == {"bitstamp": 2}
    here.clock.advance(seconds=1)
    here.server.markets["BTC"] = Market("80100", "78000")
    await here.server.sockets.beat()
    await here.until(lambda: here.price("kraken") == here.price("coinbase") == "80100")
    assert shown(await keeper.tick()) == {"BTC": ("80100", ("kraken", "coinbase", "bitstamp"))}
    (quote,) = await read_quotes(here.store, ("BTC",))
    assert (quote.as_of, quote.differ, quote.others) == (here.clock(), False, ())
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
    here: Setting, modes: dict[str, str], price: str, sources: tuple[str, ...], others: tuple[str, ...]
) -> None:
    here.server.modes |= modes
    await here.open("kraken", "coinbase")
    names = [name for name in KINDS if modes.get(f"{name}-socket", "x").startswith(("x", "sw"))]
    await here.until(lambda: all(here.price(name) for name in names))
    await here.keeper("kraken", "coinbase", "bitstamp", "coingecko").round()
    (quote,) = await read_quotes(here.store, ("BTC",))
    assert (f"{quote.price.normalize():f}", quote.sources, quote.others) == (price, sources, others)
    assert quote.differ == bool(others)


async def test_the_operator_is_told_how_each_way_is(here: Setting) -> None:
    here.server.modes |= {"coinbase-socket": "451", "bitstamp": "x1.10"}
    keeper = here.keeper("kraken", "bitstamp", "coingecko")
    await here.open("kraken", "coinbase")
    await here.until(lambda: here.price("kraken"))
    await here.next_pause()
    await keeper.round()
    account = await read_states(here.store)
    assert account is not None
    assert account.at == here.clock()
    now, later = here.clock(), here.clock() + timedelta(hours=1)
    assert account.states == (
        SourceState("kraken", "socket", "open", now, 0, 0, None, None),
        SourceState("coinbase", "socket", "failing", None, 1, 0, "restricted-location", later),
        SourceState("kraken", "rest", "idle", None, 0, 0, None, None),
        SourceState("bitstamp", "rest", "open", now, 0, 0, None, None),
        SourceState("coingecko", "rest", "open", now, 0, 0, None, None),
    )


async def test_the_keeper_runs_its_sockets_and_stops_them(here: Setting) -> None:
    stop = asyncio.Event()
    ticks = list[float]()

    async def sleep(seconds: float) -> None:
        ticks.append(seconds)
        await asyncio.sleep(0.005)

    async def wanted() -> Collection[str]:
        return here.symbols

    keeper = Keeper(here.store, (), wanted, here.clock, streams=tuple(here.streams.values()), sleep=sleep)
    running = asyncio.ensure_future(keeper.run(stop))
    async with asyncio.timeout(10):
        while not await read_quotes(here.store, ("ETH",)):
            await asyncio.sleep(0.005)
        stop.set()
        await running
        await here.until(lambda: not here.server.sockets.lines)
    assert {1.0, 30.0} <= set(ticks)
