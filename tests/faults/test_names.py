"""Names that do not resolve, or only after ten seconds (fault 24): their feeds are late, the others are not."""

from __future__ import annotations

import socket
import time
from collections.abc import Sequence

import pytest
from redis.asyncio import Redis

from pipelines.feeds.connect import Resolver
from pipelines.feeds.feed import Feed
from pipelines.feeds.fetcher import Fetcher
from tests.faults.feeds import LAG_BAR, LOOPBACK, Lags, news, share
from tests.faults.turns import line
from tests.feeds.servers import serving

pytestmark = pytest.mark.faults

FEEDS, ROUNDS, SPREAD = 200, 2, 5.0
ON_TIME = 2.0
"""Seconds from a feed's turn to its success: far less than the minute that the soonest next turn is away."""
SLOW = 10.0


def names(number: int) -> str:
    """A tenth of all names fail at once, two tenths take ten seconds and then are good."""
    kind = "gone" if number % 10 == 3 else "slow" if number % 10 in {5, 8} else "well"
    return f"{kind}{number}.example"


def look_up(host: str) -> Sequence[str]:
    """The system's resolver, as it is where some name servers are away: it holds its thread while it waits."""
    number = int("".join(char for char in host if char.isdigit()))
    if host.startswith("gone"):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    if host.startswith("slow"):
        time.sleep(SLOW)
    return [f"127.0.{1 + number // 200}.{1 + number % 200}"]


@pytest.mark.parametrize("over", [SPREAD, 0.0], ids=["spread as at a start", "all at once"])
async def test_24_names_that_fail_or_take_long(store: Redis, over: float) -> None:
    lags, times, late = Lags(), list[float](), list[float]()
    resolver = Resolver(look_up=look_up)
    async with serving("0.0.0.0") as server:
        feeds = {
            f"f{n}": Feed(id=f"f{n}", url=f"http://{names(n)}:{server.port}/{n}", name=f"F{n}") for n in range(FEEDS)
        }
        well = [feed.id for feed in feeds.values() if "//well" in feed.url]
        async with line(store, feeds, Fetcher(LOOPBACK, resolve=resolver)) as running:
            with lags.watched():
                for issue in range(ROUNDS):
                    server.pages = {f"/{n}": news(n, issue) for n in range(FEEDS)}
                    took = await running.round(list(feeds), over=over)
                    times += [took[name] for name in well]
                    late.append(max(took[name] for name in well))
            states = await running.states()
    resolver.close()
    on_time = sum(one <= ON_TIME for one in times) / len(times)
    print(
        f"\n24: {len(well)} feeds of good names beside {FEEDS - len(well)} whose names fail or take {SLOW:g} s, "
        f"{ROUNDS} rounds over {over:g} s: on time (within {ON_TIME:g} s) {on_time:.2%} (bar 99 %), "
        f"p99 {share(times, 0.99):.2f} s, latest by round {', '.join(f'{one:.2f}' for one in late)} s; "
        f"loop lag p99 {lags.p99 * 1000:.1f} ms"
    )
    assert {states[name].reason for name in well} == {""}
    assert {state.reason for name, state in states.items() if name not in well} == {"dns"}
    assert on_time >= 0.99
    assert lags.p99 <= LAG_BAR
