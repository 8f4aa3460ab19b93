"""The wall clock jumps an hour on and back (fault 23): nothing is said twice, no storm of polls, no standstill."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from redis.asyncio import Redis

from bot.chat_store import ChatStore
from bot.deliver import Deliver, Pace
from bot.delivery.answers import Answer, Outgoing, Retry, Sent
from bot.delivery.queue import Outbox
from bot.line import Parts, build_line
from bot.rendering import Renderer
from bot.send import Send
from pipelines import keys
from pipelines.due import DueClock
from pipelines.feeds.feed import Feed
from pipelines.feeds.fetcher import Fetcher, Limits
from pipelines.feeds.parsing import Parsers
from pipelines.fetch import Fetch
from pipelines.language.reader import build_reader
from pipelines.rulebook import load_rules
from pipelines.streams import Streams
from pipelines.turns import start_polls
from pipelines.worker import Worker
from tests.bench.latency import CHATS
from tests.bench.latency import structural as headlines
from tests.faults.feeds import LOOPBACK, place
from tests.faults.load import seat, structural
from tests.feeds.servers import FeedServer, answer, feed, item, serving

pytestmark = pytest.mark.faults

JUMPS = (+3600, -3600, -3600, +3600)
AFTER, FEEDS, REST, FLOOD = 9.0, 10, 1.0, 30.0
LATE = 5.0
"""Seconds in which what is published is in every chat that is not in flood wait, whatever the clock says."""
IN_FLOOD = CHATS


class Shifted:
    """The wall clock, wrong by as much as it is told."""

    def __init__(self) -> None:
        self.wrong = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.wrong


@dataclass
class Wire:
    """A sender that writes down when it was called for whom; one chat is always in flood wait."""

    calls: list[tuple[float, int, str]] = field(default_factory=list)

    async def send(self, outgoing: Outgoing) -> Answer:
        chat = outgoing.chat.id
        self.calls.append((time.monotonic(), chat, outgoing.story))
        await asyncio.sleep(0.01)
        return Retry("flood", FLOOD, flood=True) if chat == IN_FLOOD else Sent(len(self.calls))


@dataclass
class Press:
    """Feeds that are polled each second, one whose host asked for ten minutes of silence, one that is gone."""

    server: FeedServer
    feeds: dict[str, Feed]
    published: list[tuple[float, str]] = field(default_factory=list)

    def publish(self, titles: list[str]) -> None:
        """A few headlines at once, each in a feed of its own."""
        for title in titles:
            number = len(self.published) % FEEDS
            self.published.append((time.monotonic(), title))
            mine = [title for at, (_, title) in enumerate(self.published) if at % FEEDS == number]
            rows = [item(title, f"https://e.org/{number}/{n}", f"{number}/{n}") for n, title in enumerate(mine)]
            self.server.pages[f"/{number}"] = answer(200, feed(*reversed(rows)))


@contextlib.asynccontextmanager
async def press() -> AsyncIterator[Press]:
    async with serving("0.0.0.0") as server:
        urls = {f"f{n}": place(server, n) for n in range(FEEDS)}
        urls |= {"silent": place(server, 300), "gone": place(server, 301)}
        server.pages = {f"/{n}": answer(200, feed()) for n in range(FEEDS)}
        server.pages |= {"/300": answer(429, retry_after="600"), "/301": answer(404)}
        feeds = {name: Feed(id=name, url=url, name=name, interval=1.0) for name, url in urls.items()}
        yield Press(server, feeds)


@contextlib.asynccontextmanager
async def line(store: Redis, feeds: dict[str, Feed], clock: Callable[[], datetime], wire: Wire) -> AsyncIterator[None]:
    """Every stage and the clock, as the product runs them, over this store."""
    streams, stop, rules = Streams(store, "one"), asyncio.Event(), load_rules(None)
    await streams.create(keys.STREAMS)
    fetcher, parsers = Fetcher(LOOPBACK, Limits()), Parsers()
    fetch = Fetch(feeds, fetcher, parsers, store, clock)
    parts = Parts(store=store, clock=clock, rules=lambda: rules, reader=build_reader, fetch=fetch)
    due = DueClock(store, streams, clock)
    await due.claim(0)
    outbox, pace = Outbox(store, "one", 1000), Pace(chat=REST, group=REST)
    send = Send(outbox, Deliver(ChatStore(store), outbox, Renderer(store), lambda _: wire, clock, pace=pace), clock)
    await start_polls(feeds, store, clock(), spread=1.0)

    async def beat() -> None:
        while not stop.is_set():
            await streams.beat()
            await asyncio.sleep(1.5)

    try:
        async with asyncio.TaskGroup() as group:
            for stage in build_line(parts, ["fetch", "read", "group", "judge", "address"]):
                group.create_task(Worker(streams, stage, clock).run(stop))
            group.create_task(due.run(stop))
            group.create_task(send.run(stop))
            group.create_task(beat())
            try:
                yield
            finally:
                stop.set()
    finally:
        await parsers.aclose()
        await fetcher.aclose()


async def test_23_the_clock_jumps(store: Redis) -> None:
    clock, wire, jumps = Shifted(), Wire(), list[float]()
    await seat(store)
    titles = list(dict.fromkeys(headlines(random.Random(23))))
    async with press() as news, line(store, news.feeds, clock, wire):
        await asyncio.sleep(3)  # the first polls
        for jump in (0, *JUMPS):
            clock.wrong += timedelta(seconds=jump)
            jumps.append(time.monotonic())
            until = time.monotonic() + AFTER
            while time.monotonic() < until:
                news.publish([titles.pop() for _ in range(2)])
                await asyncio.sleep(3)
        await asyncio.sleep(LATE + 2)
        ended = time.monotonic()
        told = await structural(store)
        dead = await store.xlen(keys.DEAD)
        asked = Counter(request.path for request in news.server.requests)
    delivered = Counter((chat, story) for _, chat, story in wire.calls if chat != IN_FLOOD)
    wanted = {(chat, story.id) for chat in range(1, CHATS) for story in told}
    floods = [at for at, chat, _ in wire.calls if chat == IN_FLOOD]
    waits = [
        min((at for at, _, story in wire.calls if story == one.id), default=ended) - min(born)
        for one in told
        if (born := [at for at, title in news.published if title in {report.title for report in one.reports}])
    ]
    early = sum(
        later - sooner < REST * 0.9
        for chat in range(1, CHATS)
        for sooner, later in pairwise(at for at, to, _ in wire.calls if to == chat)
    )
    seconds = ended - jumps[0] + 3
    most = max(asked[f"/{n}"] for n in range(FEEDS))
    least = min(asked[f"/{n}"] for n in range(FEEDS))
    print(
        f"\n23: clock {', '.join(f'{jump / 3600:+g} h' for jump in JUMPS)}: {len(told)} stories to {CHATS - 1} chats, "
        f"{len(wanted - set(delivered))} missing, {sum(delivered.values()) - len(delivered)} twice; slowest "
        f"{max(waits):.1f} s (bar {LATE:g} s); polls of a feed in {seconds:.0f} s: {least} to {most}; a silenced "
        f"host asked {asked['/300']} times, a dead feed {asked['/301']}; "
        f"a chat in flood wait called {len(floods)} times; rests of a chat cut short {early} of {len(wire.calls)}"
    )
    assert len(told) >= 10
    assert dead == 0
    assert set(delivered) == wanted
    assert max(delivered.values()) == 1
    assert max(waits) <= LATE
    # Every second, and once more for each hour that was skipped.
    assert seconds / 2 <= least <= most <= seconds / 0.9 + len(JUMPS)
    assert asked["/300"] == 1
    assert asked["/301"] <= 6 + len(JUMPS)
    assert len(floods) <= 1 + len(JUMPS) + seconds // FLOOD
    assert early <= len(JUMPS) * (CHATS - 1)
