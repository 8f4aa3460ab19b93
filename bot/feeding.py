"""Builds the polling side from the settings: which feeds, how they are fetched, where they are parsed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from redis.asyncio import Redis

from bot.settings import Settings
from pipelines import keys
from pipelines.events import Poll
from pipelines.feeds.feed import Feed, FeedState, decode_state
from pipelines.feeds.fetcher import Fetcher, Limits
from pipelines.feeds.parsing import Parsers
from pipelines.feeds.sources import load_feeds
from pipelines.fetch import SOON, Fetch, Notice, lane


@dataclass(frozen=True, slots=True)
class Feeding:
    """The feeds, by id, and the stage that polls them."""

    feeds: Mapping[str, Feed]
    fetch: Fetch
    store: Any

    async def turns(self) -> dict[str, list[Poll]]:
        """A turn for each feed, by the stream on which it belongs."""
        polls: dict[str, list[Poll]] = {}
        for feed, state in zip(self.feeds, await self._states(), strict=True):
            polls.setdefault(lane(state), []).append(Poll(feed))
        return polls

    async def failing(self) -> int:
        """How many feeds gave nothing at their last poll."""
        return sum(1 for state in await self._states() if state.failures)

    async def readable(self, since: datetime) -> int:
        """How many feeds could be read since then."""
        return sum(1 for state in await self._states() if state.succeeded >= since.timestamp())

    async def waiting(self, since: datetime, now: datetime) -> int:
        """How many feeds have not been polled since then and soon can be.

        A busy host's feeds take turns; one whose host asked for an hour of silence is left to the next run.
        """
        begun, soon = since.timestamp(), now.timestamp() + SOON
        return sum(1 for state in await self._states() if state.polled < begun and state.not_before <= soon)

    async def _states(self) -> list[FeedState]:
        if not self.feeds:
            return []
        stored = await self.store.hmget(keys.FEEDS, list(self.feeds))
        return [decode_state(state, feed.url) for feed, state in zip(self.feeds.values(), stored, strict=True)]


@asynccontextmanager
async def open_feeding(
    settings: Settings, store: Redis, clock: Callable[[], datetime], churned: Notice
) -> AsyncIterator[Feeding]:
    """The polling side, until the block ends; ``churned`` hears of feeds whose known titles come again."""
    fetcher = Fetcher(settings.allow_private_hosts, Limits(per_host=settings.per_host))
    parsers = Parsers()
    try:
        feeds = {
            feed.id: _timed(feed, settings)
            for feed in await load_feeds(settings.feeds, fetcher, clock(), settings.feed_bases)
        }
        first_age = timedelta(hours=settings.first_poll_age)
        fetch = Fetch(feeds, fetcher, parsers, store, clock, first_age=first_age, notice=churned)
        yield Feeding(feeds, fetch, store)
        fetch.account.tell()
    finally:
        await parsers.aclose()
        await fetcher.aclose()


def _timed(feed: Feed, settings: Settings) -> Feed:
    """The feed with the interval that the settings give its tier, where the catalogue names none."""
    if feed.interval:
        return feed
    return replace(feed, interval=settings.poll_interval_tiers.get(feed.tier, settings.poll_interval or 0))
