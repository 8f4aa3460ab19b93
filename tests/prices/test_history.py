"""What prices were, over the real store: kept by the step, in blocks that expire, gaps filled but never overwritten."""

from __future__ import annotations

import math
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from pipelines import keys
from pipelines.prices.ask import build_client
from pipelines.prices.history import EVERY, Closes, Series, Step, fill_gaps, read_series, write_close, write_closes
from pipelines.prices.keeper import Keeper
from pipelines.prices.quote import Quote
from pipelines.prices.sources import build_sources
from tests.conftest import Clock
from tests.delivery.stories import apply
from tests.prices.server import price_server

MIDNIGHT = datetime(2026, 11, 24, tzinfo=UTC)


def closes_of(series: Series) -> list[float | None]:
    return [None if math.isnan(close) else round(close, 2) for close in series.closes]


async def test_the_last_price_of_a_step_stands_and_a_gap_is_told(store: Redis, clock: Clock) -> None:
    for seconds, price in ((5, "80000"), (50, "80010.5"), (130, "80020")):
        await apply(store, *write_close("BTC", Decimal(price), clock() + timedelta(seconds=seconds)))
    minutes = await read_series(store, "BTC", Step.MINUTE, clock(), clock() + timedelta(minutes=4))
    assert (minutes.symbol, minutes.step, minutes.start) == ("BTC", timedelta(minutes=1), clock())
    assert closes_of(minutes) == [80010.5, None, 80020.0, None]
    quarters = await read_series(store, "BTC", Step.QUARTER, clock() - timedelta(minutes=15), clock.at)
    assert closes_of(quarters) == [None]
    assert closes_of(await read_series(store, "BTC", Step.QUARTER, clock(), clock() + Step.QUARTER.value)) == [80020.0]


async def test_what_the_keeper_believes_is_kept(store: Redis, clock: Clock) -> None:
    async def wanted() -> Collection[str]:
        return ["BTC"]

    async with price_server(clock) as server, build_client(timeout=2) as client:
        sources = build_sources(client, clock, ["kraken", "coinbase"], server.addresses)
        await Keeper(store, sources, wanted, clock).round()
    for step in Step:
        assert closes_of(await read_series(store, "BTC", step, clock(), clock() + step.value)) == [80_000.0]


async def test_a_round_is_written_with_all_its_coins(store: Redis, clock: Clock) -> None:
    quotes = [Quote(coin, Decimal(price), None, clock(), ("kraken",)) for coin, price in (("BTC", 8), ("USDC", 1))]
    await apply(store, *write_closes(quotes))
    for coin, price in (("BTC", 8.0), ("USDC", 1.0)):
        assert closes_of(await read_series(store, coin, Step.MINUTE, clock(), clock() + Step.MINUTE.value)) == [price]


async def test_of_a_coin_that_changes_every_second_one_in_ten_is_written(store: Redis, clock: Clock) -> None:
    closes, since = Closes(store), clock()
    for second in range(25):
        await closes.keep([Quote("BTC", Decimal(100 + second), None, clock(), ("kraken",))])
        kept = closes_of(await read_series(store, "BTC", Step.MINUTE, since, since + Step.MINUTE.value))
        assert kept == [100.0 + second - second % EVERY.seconds]
        clock.advance(seconds=1)
    clock.at = since - timedelta(seconds=30)
    await closes.keep([Quote("BTC", Decimal(7), None, clock(), ("kraken",))])
    assert closes_of(await read_series(store, "BTC", Step.MINUTE, clock(), since)) == [7.0], "a clock was set back"


@pytest.mark.parametrize(("step", "days"), [(Step.MINUTE, 8), (Step.QUARTER, 432)])
async def test_a_block_goes_when_its_last_step_is_older_than_is_kept(store: Redis, step: Step, days: int) -> None:
    await apply(store, *write_close("BTC", Decimal(1), MIDNIGHT))
    (key,) = [key async for key in store.scan_iter(match=f"*:{int(step.value.total_seconds()) // 60}:*")]
    assert 0 < await store.ttl(key) <= days * 86_400
    assert await store.ttl(key) > step.kept.total_seconds() - 5
    assert await store.exists(keys.QUOTES) == 0


async def test_gaps_are_filled_over_the_edge_of_a_block_and_what_was_seen_stands(store: Redis, clock: Clock) -> None:
    clock.at = MIDNIGHT + timedelta(minutes=3)
    await apply(store, *write_close("BTC", Decimal(5), MIDNIGHT))
    since = MIDNIGHT - timedelta(minutes=2)
    had = await read_series(store, "BTC", Step.MINUTE, since, clock())
    found = Series("BTC", Step.MINUTE.value, since, (1.0, 2.0, 3.0, math.nan, 4.0))
    await apply(store, *fill_gaps(had, found, Step.MINUTE, clock()))
    assert closes_of(await read_series(store, "BTC", Step.MINUTE, since, clock())) == [1.0, 2.0, 5.0, None, 4.0]


def test_what_is_older_than_is_kept_is_not_filled_in() -> None:
    old = Series("BTC", Step.MINUTE.value, MIDNIGHT - timedelta(days=8), (1.0,) * 10)
    assert fill_gaps(old, old, Step.MINUTE, MIDNIGHT) == ()


@pytest.mark.parametrize(
    ("minutes", "patience", "price"),
    [(1, 1, 1.0), (2, 1, 1.0), (2.5, 1, None), (2.5, 5, 1.0), (3, 1, 3.0), (10, 5, None), (10, 7, 3.0), (0, 60, None)],
)
def test_the_price_before_a_moment(minutes: float, patience: float, price: float | None) -> None:
    series = Series("BTC", Step.MINUTE.value, MIDNIGHT, (1.0, math.nan, 3.0))
    assert series.before(MIDNIGHT + timedelta(minutes=minutes), timedelta(minutes=patience)) == price


@given(
    st.lists(st.tuples(st.integers(0, 200), st.floats(1e-6, 1e6)), max_size=30),
    st.integers(0, 200),
    st.integers(0, 200),
)
@settings(max_examples=60, deadline=None)
def test_a_series_is_what_was_filled_in(points: list[tuple[int, float]], first: int, count: int) -> None:
    closes = [math.nan] * 201
    for at, price in points:
        closes[at] = price
    series = Series("X", Step.QUARTER.value, MIDNIGHT, tuple(closes))
    moment = MIDNIGHT + (first + count) * Step.QUARTER.value
    known = [close for close in closes[: first + count] if not math.isnan(close)]
    assert series.before(moment, timedelta(days=9)) == (known[-1] if known else None)
