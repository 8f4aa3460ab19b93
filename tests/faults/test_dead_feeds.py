"""Two hundred feeds of which thirty per cent are dead (fault 27): the healthy ones do not wait for them."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Iterable
from itertools import count
from statistics import median

import pytest
from redis.asyncio import Redis

from pipelines.feeds.feed import Feed
from pipelines.feeds.fetcher import Fetcher, Limits
from tests.faults.feeds import HANG, LAG_BAR, LOOPBACK, Lags, drip, news, place, share
from tests.faults.turns import Line, line
from tests.feeds.servers import answer, serving

pytestmark = pytest.mark.faults

FEEDS, ROUNDS, SPREAD = 200, 5, 5.0
NOISE = 0.01
"""Seconds: where turns are spread a poll takes some ten milliseconds, and that much is chance or one large body."""
Figures = tuple[float, float]
DEAD = ("refused", "404", "drip", "hang")
DEADLINE = 5.0
"""Seconds for one fetch here: longer than a round of the healthy takes, so that who waits for the dead is seen to."""


@contextlib.asynccontextmanager
async def town(store: Redis) -> AsyncIterator[tuple[Line, list[str], Callable[[], None]]]:
    """The line over all feeds, the names of the healthy ones, and what gives each of those two new items."""
    async with serving("0.0.0.0") as server:
        feeds, healthy, issue = dict[str, Feed](), dict[str, int](), count()
        pages = {"404": answer(404), "drip": drip, "hang": answer(200, HANG)}
        for number in range(FEEDS):
            name, url = f"f{number}", place(server, number)
            if number % 10 not in {2, 5, 8}:
                healthy[name] = number
            elif (fate := DEAD[number // 10 % 4]) == "refused":
                url = url.replace(str(server.port), "9")
            else:
                server.pages[f"/{number}"] = pages[fate]
            feeds[name] = Feed(id=name, url=url, name=name)

        def publish() -> None:
            new = next(issue)
            server.pages |= {f"/{number}": news(number, new) for number in healthy.values()}

        async with line(store, feeds, Fetcher(LOOPBACK, Limits(seconds=DEADLINE))) as running:
            yield running, list(healthy), publish


@pytest.mark.parametrize("over", [SPREAD, 0.0], ids=["spread as at a start", "all at once"])
async def test_27_healthy_feeds_do_not_wait_for_dead_ones(store: Redis, over: float) -> None:
    lags, found = Lags(), list[tuple[Figures, Figures]]()
    async with town(store) as (running, healthy, publish):
        publish()
        await running.round(healthy, over=over)
        for _ in range(1 + ROUNDS):
            publish()
            alone = await running.round(healthy, over=over)
            publish()
            with lags.watched():
                amid = await running.round(list(running.feeds), over=over)
            found.append((figures(alone[name] for name in healthy), figures(amid[name] for name in healthy)))
        states = await running.states()
        assert {states[name].reason for name in healthy} == {""}
        assert {states[name].reason for name in running.feeds} >= {"connect", "http-404", "timeout", "parse-hang"}
    usual = tuple(tuple(median(column) for column in zip(*side, strict=True)) for side in zip(*found[1:], strict=True))
    print(f"\n27: 140 feeds alone | beside 60 dead ones, turns over {over:g} s; loop lag p99 {lags.p99 * 1000:.1f} ms")
    for name, (before, after) in (("first", found[0]), *(("then", pair) for pair in found[1:]), ("median", usual)):
        columns = zip(("p50", "p95"), before, after, strict=True)
        print(f"    {name:6}", *(f"{part} {was:.3f} | {now:.3f} ({now / was - 1:+.0%})" for part, was, now in columns))
    assert usual[1][1] <= usual[0][1] * 1.1 + NOISE
    assert lags.p99 <= LAG_BAR


def figures(seconds: Iterable[float]) -> Figures:
    values = sorted(seconds)
    return share(values, 0.5), share(values, 0.95)
