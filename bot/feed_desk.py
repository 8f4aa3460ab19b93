"""The list of feeds as operators work on it from a chat: look, ask, add, take out. A fetcher lives for one question."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from redis.asyncio import Redis

from pipelines import keys
from pipelines.feeds.catalogue import CatalogueError
from pipelines.feeds.changes import add_feed, read_changes, remove_feed
from pipelines.feeds.discovery import Found, discover
from pipelines.feeds.doctor import Diagnosis, Health, examine
from pipelines.feeds.feed import Feed, FeedState, decode_state
from pipelines.feeds.fetcher import Fetcher, Limits
from pipelines.feeds.parsing import Parsers
from pipelines.feeds.sources import load_feeds, load_listed

_ASKED = Limits(seconds=12.0)
"""Somebody waits for the answer: less than a poll is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedDesk:
    """``folder`` is the data folder, in which changes are kept; ``source`` and ``bases`` are the settings' list.

    That list is read once, for a running product reads it once too.
    """

    folder: Path
    source: str | None = None
    bases: Mapping[str, str] = field(default_factory=dict)
    private_hosts: tuple[str, ...] = ()
    _read: list[tuple[Feed, ...]] = field(default_factory=list)

    async def listed(self, now: datetime) -> tuple[Feed, ...]:
        """The feeds that are polled, in the list's order; raises ``CatalogueError`` with every mistake in the list."""
        base = await self._base(now)
        return (await asyncio.to_thread(read_changes, self.folder)).over(base)

    async def at_hand(self, now: datetime) -> tuple[Feed, ...]:
        """Those of ``listed`` for which nobody has to be asked and which can be read: a question must not wait."""
        if not self._read and self.source and "://" in self.source:
            return ()
        try:
            return await self.listed(now)
        except CatalogueError:
            return ()  # whoever works on the list is told by its own commands

    async def discover(self, url: str, now: datetime) -> Found:
        """The feeds behind an address; raises ``FeedTrouble``, ``BusyError`` and ``CatalogueError``."""
        known = await self.listed(now)
        async with self._asking() as (fetcher, parsers):
            return await discover(url, fetcher, parsers, known, now)

    async def examine(self, feeds: Sequence[Feed], now: datetime) -> tuple[Diagnosis, ...]:
        """Each feed asked once, the sick ones first."""
        async with self._asking() as (fetcher, parsers), aclosing(examine(feeds, fetcher, parsers, now)) as running:
            found = [one async for one in running]
        return tuple(sorted(found, key=lambda one: (one.health is Health.WELL, one.feed.id)))

    async def add(self, feed: Feed, now: datetime) -> Feed | None:
        """Have the feed polled and return it as listed; None where its address is polled already."""
        base = await self._base(now)
        return await asyncio.to_thread(add_feed, self.folder, base, feed)

    async def remove(self, feed_id: str, now: datetime) -> bool:
        """Have the feed polled no longer; False where none of that id was."""
        base = await self._base(now)
        return await asyncio.to_thread(remove_feed, self.folder, base, feed_id)

    async def _base(self, now: datetime) -> tuple[Feed, ...]:
        if not self._read:
            self._read.append(await self._load(now))
        return self._read[0]

    async def _load(self, now: datetime) -> tuple[Feed, ...]:
        if self.source and "://" in self.source:
            async with self._asking() as (fetcher, _):
                return await load_feeds(self.source, fetcher, now, self.bases)
        # Reading the whole catalogue strictly takes tens of milliseconds, in which others wait for the loop.
        return await asyncio.to_thread(load_listed, self.source, self.bases)

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[tuple[Fetcher, Parsers]]:
        fetcher, parsers = Fetcher(self.private_hosts, _ASKED), Parsers(count=2, linger=0.1)
        try:
            yield fetcher, parsers
        finally:
            await parsers.aclose()
            await fetcher.aclose()


async def states_of(feeds: Sequence[Feed], store: Redis) -> tuple[FeedState, ...]:
    """What the last polls of these feeds brought."""
    if not feeds:
        return ()
    rows = await store.hmget(keys.FEEDS, [feed.id for feed in feeds])
    return tuple(
        decode_state(row if isinstance(row, bytes) else None, feed.url) for feed, row in zip(feeds, rows, strict=True)
    )
