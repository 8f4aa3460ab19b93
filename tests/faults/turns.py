"""The fetch stages without the clock, for fault runs that say themselves when a feed's turn comes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from bot.line import Parts, build_line
from pipelines import keys
from pipelines.events import Poll
from pipelines.feeds.feed import Feed, FeedState, decode_state
from pipelines.feeds.fetcher import Fetcher
from pipelines.feeds.parsing import Parsers
from pipelines.fetch import Fetch
from pipelines.language.reader import build_reader
from pipelines.rulebook import load_rules
from pipelines.streams import Streams
from pipelines.turns import lane
from pipelines.worker import Worker
from tests.faults.feeds import now


@dataclass
class Line:
    """The fetch stages as the product runs them, without the clock: a turn is put on its stream when it is due."""

    streams: Streams
    store: Redis
    feeds: dict[str, Feed]

    async def round(self, names: Sequence[str], *, over: float) -> dict[str, float]:
        """These feeds' turns come, spread over so many seconds; the seconds from there to its success, by feed."""
        due, states = dict[str, float](), await self.states()
        for turn in [names] if not over else [[name] for name in names]:
            due |= dict.fromkeys(turn, now().timestamp())
            for stream in (keys.POLLS, keys.PROBES):
                if polls := [Poll(name) for name in turn if lane(states[name]) == stream]:
                    await self.streams.publish(stream, *polls)
            await asyncio.sleep(over / len(names))
        while sum([await self.streams.length(name) for name in (keys.POLLS, keys.PROBES)]):
            await asyncio.sleep(0.05)
        states = await self.states()
        return {name: states[name].succeeded - due[name] for name in names}

    async def states(self) -> dict[str, FeedState]:
        stored: Any = await self.store.hmget(keys.FEEDS, list(self.feeds))
        return {feed.id: decode_state(data, feed.url) for feed, data in zip(self.feeds.values(), stored, strict=True)}


@contextlib.asynccontextmanager
async def line(store: Redis, feeds: dict[str, Feed], fetcher: Fetcher) -> AsyncIterator[Line]:
    """The stages ``fetch`` and ``probe`` over an empty store; the fetcher is closed with them."""
    await store.flushall()
    streams, stop = Streams(store, "one"), asyncio.Event()
    await streams.create(keys.STREAMS)
    parsers = Parsers()
    fetch, rules = Fetch(feeds, fetcher, parsers, store, now), load_rules(None)
    parts = Parts(store=store, clock=now, rules=lambda: rules, reader=build_reader, fetch=fetch)
    try:
        async with asyncio.TaskGroup() as group:
            for stage in build_line(parts, ["fetch"]):
                group.create_task(Worker(streams, stage, now).run(stop))
            try:
                yield Line(streams, store, feeds)
            finally:
                stop.set()
    finally:
        await parsers.aclose()
        await fetcher.aclose()
