"""A fetcher that may ask loopback, two parsers, and a stage whose hand-over is applied as the worker does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from redis.asyncio import Redis

from pipelines import keys
from pipelines.events import Entry, Poll
from pipelines.feeds.feed import Feed, FeedState, decode_state
from pipelines.feeds.fetcher import Fetcher, Limits
from pipelines.feeds.parsing import Parsers
from pipelines.feeds.trouble import FeedTrouble
from pipelines.fetch import Fetch
from pipelines.stage import Done
from tests.conftest import Clock
from tests.feeds.servers import feed, item

LOOPBACK = ("127.0.0.0/8",)
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
CAP = 200_000
BODY = feed(item("A", "https://e.org/a"))


async def trouble(fetcher: Fetcher, url: str) -> FeedTrouble:
    with pytest.raises(FeedTrouble) as caught:
        await fetcher.get(url, now=NOW)
    return caught.value


@pytest.fixture
async def parsers() -> AsyncIterator[Parsers]:
    pool = Parsers(count=1)
    yield pool
    await pool.aclose()


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    one = Fetcher(LOOPBACK, Limits(seconds=1.5, patience=0.2))
    yield one
    await one.aclose()


@pytest.fixture
async def small() -> AsyncIterator[Fetcher]:
    """A fetcher with limits that a test can reach."""
    fetcher = Fetcher(("127.0.0.1",), Limits(seconds=0.5, bytes=CAP, patience=0.05))
    yield fetcher
    await fetcher.aclose()


class Poller:
    """Polls feeds through the stage and writes what it returns, as the worker's hand-over does."""

    def __init__(self, feeds: dict[str, Feed], stage: Fetch, store: Redis) -> None:
        self.feeds = feeds
        self.stage = stage
        self.store = store

    async def poll(self, feed: Feed) -> tuple[Entry, ...]:
        self.feeds[feed.id] = feed
        (done,) = await self.stage.handle([Poll(feed.id)])
        assert isinstance(done, Done)
        for command in done.writes:
            await self.store.execute_command(*command)  # type: ignore[no-untyped-call]
        assert all(isinstance(output, Entry) for output in done.outputs)
        return done.outputs  # type: ignore[return-value]

    async def state(self, feed: Feed) -> FeedState:
        data: Any = await self.store.hget(keys.FEEDS, feed.id)
        return decode_state(data, feed.url)

    async def due(self, feed: Feed) -> float:
        score = await self.store.zscore(keys.DUE, f"poll:{feed.id}")
        assert score is not None
        return float(score)


@pytest.fixture
def poller(store: Redis, fetcher: Fetcher, parsers: Parsers, clock: Clock) -> Poller:
    feeds: dict[str, Feed] = {}
    return Poller(feeds, Fetch(feeds, fetcher, parsers, store, clock), store)


Now = Callable[[], datetime]
