"""Builds the polling side from the settings: which feeds, how they are fetched, where they are parsed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from redis.asyncio import Redis

from bot.settings import Settings
from pipelines import keys
from pipelines.events import Poll
from pipelines.feeds.catalogue import CatalogueError
from pipelines.feeds.changes import Signature, read_changes, signature
from pipelines.feeds.feed import Feed, FeedState, decode_state
from pipelines.feeds.fetcher import Fetcher, Limits
from pipelines.feeds.parsing import Parsers
from pipelines.feeds.sources import load_feeds
from pipelines.fetch import Fetch, Notice
from pipelines.store import STORE_TROUBLE, is_away
from pipelines.tasks import rest
from pipelines.turns import SOON, change_polls, lane

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.5
"""Between two looks at what operators changed in the list of feeds."""


@dataclass(frozen=True, slots=True)
class Feeding:
    """The feeds, by id, and the stage that polls them. ``base`` is the list before what operators changed in it.

    ``feeds`` is what the stage itself looks in, so that a change of it is in force at once.
    """

    feeds: dict[str, Feed]
    fetch: Fetch
    store: Any
    base: tuple[Feed, ...]
    settings: Settings

    async def turns(self) -> dict[str, list[Poll]]:
        """A turn for each feed, by the stream on which it belongs."""
        polls: dict[str, list[Poll]] = {}
        for feed, state in zip(self.feeds, await self._states(), strict=True):
            polls.setdefault(lane(state), []).append(Poll(feed))
        return polls

    async def keep_current(self, clock: Callable[[], datetime], stop: asyncio.Event) -> None:
        """Until ``stop``, bring the feeds up to date within seconds of a change by an operator."""
        seen: Signature = ()  # the first look reads anew: it may have changed since the list was read
        while not await rest(stop, LOOK_SECONDS):
            try:
                seen = await self.look(seen, clock())
            except STORE_TROUBLE as error:
                if not is_away(error):
                    raise  # while it is away, the next look tries again

    async def look(self, seen: Signature, now: datetime) -> Signature:
        """One look: what changed since ``seen`` is taken over; what is to be handed to the next look.

        A change that cannot be read is told, and leaves the feeds as they are.
        """
        found = await asyncio.to_thread(signature, self.settings.data)
        if found == seen:
            return seen
        try:
            changes = await asyncio.to_thread(read_changes, self.settings.data)
        except CatalogueError as error:
            for mistake in error.mistakes:
                log.error("feeds.refused what=%s remedy=%s", mistake, "mend or remove the file; feeds stay as they are")
            return found
        await self._take({feed.id: _timed(feed, self.settings) for feed in changes.over(self.base)}, now)
        return found

    async def _take(self, wanted: dict[str, Feed], now: datetime) -> None:
        gone = [feed_id for feed_id in self.feeds if feed_id not in wanted]
        added = [feed for feed in wanted.values() if self.feeds.get(feed.id) != feed]
        if not gone and not added:
            return
        # The stage looks a turn's feed up, so it has to be there before the turn comes.
        self.feeds.update(wanted)
        await change_polls(added, gone, self.store, now)
        for feed_id in gone:
            del self.feeds[feed_id]
        log.info("feeds.changed added=%d removed=%d feeds=%d", len(added), len(gone), len(self.feeds))

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
        base = await load_feeds(settings.feeds, fetcher, clock(), settings.feed_bases)
        feeds = {feed.id: _timed(feed, settings) for feed in read_changes(settings.data).over(base)}
        first_age = timedelta(hours=settings.first_poll_age)
        fetch = Fetch(feeds, fetcher, parsers, store, clock, first_age=first_age, notice=churned)
        yield Feeding(feeds, fetch, store, base, settings)
        fetch.account.tell()
    finally:
        await parsers.aclose()
        await fetcher.aclose()


def _timed(feed: Feed, settings: Settings) -> Feed:
    """The feed with the interval that the settings give its tier, where the catalogue names none."""
    if feed.interval:
        return feed
    return replace(feed, interval=settings.poll_interval_tiers.get(feed.tier, settings.poll_interval or 0))
