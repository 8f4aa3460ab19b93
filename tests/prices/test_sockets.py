"""Sockets over real connections to the price server: what is heard, refused, cut and opened anew. The clock is ours."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from pipelines.prices.coins import COINS
from tests.prices.live import KINDS, Live
from tests.prices.server import Market

GARBAGE = (
    "zero nan infinity negative empty word null renamed html list word-frame deep data-null binary wrong-symbol".split()
)


@pytest.mark.parametrize("name", KINDS)
async def test_a_socket_gives_price_time_and_the_change_of_24_hours(live: Live, name: str) -> None:
    await live.open(name)
    await live.until(lambda: live.price(name, "ETH"))
    offer = live.streams[name].offer("ETH")
    assert offer is not None
    assert offer.change_24h is not None
    assert (offer.source, offer.price, offer.as_of) == (name, Decimal(4000), live.clock())
    assert offer.change_24h == pytest.approx(Decimal("-2.439"), abs=Decimal("0.001"))
    live.clock.advance(seconds=1)
    live.server.markets["ETH"] = Market("4010", "4100")
    await live.server.sockets.beat()
    await live.until(lambda: live.price(name, "ETH") == "4010")


@pytest.mark.parametrize("name", KINDS)
async def test_garbage_is_refused_and_what_was_good_stays_with_its_time(live: Live, name: str) -> None:
    stream = live.streams[name]
    await live.open(name)
    await live.until(lambda: live.price(name, "BTC"))
    for mode in GARBAGE:
        good = stream.offer("BTC")
        live.clock.advance(minutes=1)  # by then what was refused before is forgotten
        live.server.modes[f"{name}-socket"] = mode
        await live.server.sockets.beat(name)
        await live.until(lambda: stream.refused(live.clock()))
        assert stream.offer("BTC") is good, mode
        live.server.modes.clear()
        live.clock.advance(seconds=1)
        await live.server.sockets.beat(name)
        await live.until(lambda good=good: stream.offer("BTC") is not good)  # type: ignore[misc]
        assert (live.price(name), stream.open) == ("80000", True), mode


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
async def test_what_is_refused_has_its_word(live: Live, name: str, mode: str, why: str) -> None:
    await live.open(name)
    await live.until(lambda: live.price(name))
    if mode == "frozen":
        live.server.modes[f"{name}-socket"] = mode
        await live.server.sockets.beat(name)
    live.server.modes[f"{name}-socket"] = mode
    await live.hear(name, why)
    assert live.price(name) == "80000"


async def test_an_older_price_never_takes_the_place_of_a_newer(live: Live) -> None:
    await live.open("kraken")
    await live.until(lambda: live.price("kraken"))
    live.clock.advance(seconds=-30)
    live.server.markets["BTC"] = Market("70000", "78000")
    await live.hear("kraken", "older-than-the-last")
    assert live.price("kraken") == "80000"


@pytest.mark.parametrize("name", KINDS)
async def test_a_coin_that_the_venue_does_not_have_costs_the_others_nothing(live: Live, name: str) -> None:
    live.symbols = ("ADA", "BTC", "SOL", "ETH")
    await live.open(name)
    await live.until(lambda: live.price(name, "BTC") and live.price(name, "ETH"))
    assert (live.price(name, "ADA"), live.streams[name].open) == (None, True)
    asked = len(live.server.sockets.asked)
    await live.streams[name].want([coin for coin in COINS if coin.symbol in live.symbols])
    assert len(live.server.sockets.asked) == asked, "it is not asked for again"


@pytest.mark.parametrize("name", KINDS)
async def test_coins_come_and_go_on_an_open_socket(live: Live, name: str) -> None:
    live.server.markets["SOL"] = Market("150", "140")
    await live.open(name)
    await live.until(lambda: live.price(name, "ETH"))
    await live.streams[name].want([coin for coin in COINS if coin.symbol in ("BTC", "SOL")])
    await live.until(lambda: live.price(name, "SOL"))
    assert live.price(name, "ETH") is None
    await live.until(lambda: len(live.server.sockets.asked) == 3)
    assert set(live.server.sockets.lines[0].symbols) == {"BTC", "SOL"}
    assert live.server.sockets.opened[name] == 1


async def test_nobody_wants_a_coin_so_no_socket_is_open(live: Live) -> None:
    await live.open("kraken")
    await live.until(lambda: live.price("kraken"))
    await live.streams["kraken"].want([])
    live.streams["kraken"].look()
    await live.until(lambda: not live.server.sockets.lines)
    assert live.pauses == []
    await live.streams["kraken"].want([coin for coin in COINS if coin.symbol == "ETH"])
    await live.until(lambda: live.price("kraken", "ETH"))


@pytest.mark.parametrize(
    ("mode", "seconds", "why"),
    [("silent", 6, "silent"), ("beats-only", 61, "frozen"), ("zero", 61, "frozen")],
)
@pytest.mark.parametrize("name", KINDS)
async def test_a_socket_without_life_is_opened_anew(live: Live, name: str, mode: str, seconds: int, why: str) -> None:
    await live.open(name)
    await live.until(lambda: live.price(name))
    stream = live.streams[name]
    live.server.modes[f"{name}-socket"] = mode
    for _ in range(seconds):
        stream.look()
        assert stream.open
        live.clock.advance(seconds=1)
        await live.server.sockets.beat(name)
        await asyncio.sleep(0.002)
    stream.look()
    await live.next_pause()
    assert (stream.fault, stream.open, live.price(name)) == (why, False, "80000")
    live.server.modes.clear()
    live.go_on.set()
    await live.until(lambda: stream.open and stream.fault is None)
    assert (stream.reconnects, live.server.sockets.opened[name]) == (1, 2)


@pytest.mark.parametrize("name", KINDS)
async def test_a_socket_that_beats_but_never_answers_is_opened_anew(live: Live, name: str) -> None:
    live.server.modes[f"{name}-socket"] = "silent"
    await live.open(name)
    await live.until(lambda: len(live.server.sockets.asked) == 1)
    live.server.modes.clear()
    for _ in range(6):
        live.clock.advance(seconds=1)
        await live.server.sockets.beat(name)
        await asyncio.sleep(0.002)
    live.streams[name].look()
    await live.next_pause()
    assert live.streams[name].fault == "unanswered"
    live.go_on.set()
    await live.until(lambda: live.price(name))


async def test_storms_are_met_with_longer_and_longer_pauses(live: Live) -> None:
    live.server.modes["kraken-socket"] = "drop"
    await live.open("kraken")
    pauses = []
    for _ in range(7):
        pauses.append(await live.next_pause())
        live.go_on.set()
    assert pauses == [0.5, 1, 2, 4, 7, 7, 7]
    live.server.modes.clear()
    await live.until(lambda: live.price("kraken"))
    # A connection that falls after a moment is still the same storm; one that held for half a minute was good.
    for seconds, pause in ((1, 6.0), (40, 0.0)):
        live.clock.advance(seconds=seconds)
        await live.server.sockets.beat()
        await live.until(lambda: live.streams["kraken"].offer("BTC").as_of == live.clock())  # type: ignore[union-attr]
        await live.server.sockets.end()
        assert await live.next_pause() == pause
        live.go_on.set()
        await live.until(lambda: live.streams["kraken"].open)


async def test_a_clock_that_is_set_back_keeps_no_socket_shut(live: Live) -> None:
    await live.open("kraken")
    await live.until(lambda: live.price("kraken"))
    live.clock.advance(hours=-1)
    await live.server.sockets.end()
    assert await live.next_pause() == 0.5


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
    live: Live, mode: str, retry_after: str | None, pauses: list[float]
) -> None:
    live.server.modes["kraken-socket"] = mode
    live.server.headers |= {"Retry-After": retry_after} if retry_after else {}
    await live.open("kraken")
    for pause in pauses:
        assert await live.next_pause() == pause
        live.go_on.set()
    live.server.modes.clear()
    await live.until(lambda: live.price("kraken"))
