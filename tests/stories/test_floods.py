"""Floods that are no news: ids that change with each poll, dates that move, one report in forty papers.

Feeds over HTTP go through the stage that fetches; what it brings goes down the line to the messages of one chat.
"""

from __future__ import annotations

import email.utils
import html
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest
from redis.asyncio import Redis

from bot.replay import Sending, replay
from pipelines.events import Development, Entry, Reading
from pipelines.feeds.feed import Feed
from pipelines.feeds.fetcher import Fetcher
from pipelines.feeds.parsing import Parsers
from pipelines.fetch import Fetch
from pipelines.group import Group
from pipelines.language.reader import Reader, load_reader
from pipelines.rulebook import load_rules
from pipelines.stage import Done
from rules.story import Story, Tier
from tests.conftest import Clock
from tests.feeds.conftest import LOOPBACK, Poller
from tests.feeds.servers import FeedServer, answer, feed, item, serving

ACTS = (
    "Namibia bans exports of unprocessed lithium ore",
    "Commerce Department adds 14 chip toolmakers to the entity list",
    "Norway nationalises the Fen rare earth deposit",
    "Kazakhstan imposes export licence on antimony, effective immediately",
    "Indonesia halts nickel ore exports with immediate effect",
)
"""Acts of which a chat is told."""

WORDINGS = (
    "Tanzania bans raw graphite exports with immediate effect",
    "UPDATE 1-Tanzania bans raw graphite exports with immediate effect",
    "TANZANIA BANS RAW GRAPHITE EXPORTS WITH IMMEDIATE EFFECT",
    "Tanzania bans exports of raw graphite with immediate effect",
    "Raw graphite exports banned by Tanzania with immediate effect",
    "UPDATE 2-Tanzania bans raw graphite exports",
    "Tanzania bans raw graphite exports, ministry says",
    "Tanzania halts raw graphite exports with immediate effect",
    "Exclusive: Tanzania bans raw graphite exports with immediate effect",
    "Tanzania prohibits raw graphite exports with immediate effect",
)
"""How papers head one report of a wire."""


@pytest.fixture(scope="module")
def reader() -> Reader:
    """The shipped reader, loaded once."""
    return load_reader()


@asynccontextmanager
async def polling(store: Redis, clock: Clock) -> AsyncIterator[tuple[Poller, FeedServer]]:
    """The stage that fetches, and a server of feeds."""
    feeds: dict[str, Feed] = {}
    fetcher, parsers = Fetcher(LOOPBACK), Parsers(count=1)
    try:
        async with serving() as server:
            yield Poller(feeds, Fetch(feeds, fetcher, parsers, store, clock), store), server
    finally:
        await parsers.aclose()
        await fetcher.aclose()


async def told(entries: Sequence[Entry], reader: Reader) -> list[Sending]:
    """What a chat that wants every act gets of these, but for edits."""
    sendings = replay(entries, reader=reader, rules=load_rules(None))
    return [sending async for sending in sendings if sending.kind != "edit"]


def dated(title: str, place: str, guid: str, at: datetime, more: str = "") -> str:
    return item(html.escape(title), place, guid, email.utils.format_datetime(at), more)


Row = Callable[[int, str, int, datetime, datetime], str]
"""Number, title, poll, when it was published and when it is polled, to an item."""

FLOODS: dict[str, Row] = {
    "new guids": lambda n, title, poll, at, now: dated(title, f"https://e.org/{n}", f"{poll}/{n}", at),
    "new guids and links": lambda n, title, poll, at, now: dated(title, f"https://e.org/{poll}/{n}", f"{poll}/{n}", at),
    "new dates": lambda n, title, poll, at, now: dated(title, f"https://e.org/{n}", f"{n}", now),
    "all new but the titles": lambda n, title, poll, at, now: dated(
        title, f"https://e.org/{poll}/{n}", f"{poll}/{n}", now
    ),
}


@pytest.mark.parametrize("flood", FLOODS)
@pytest.mark.parametrize(("items", "hours"), [(5, 0.2), (5, 30), (5, 200), (60, 0.2)])
async def test_a_feed_that_dresses_up_what_it_had_brings_no_further_message(
    store: Redis, clock: Clock, reader: Reader, flood: str, items: int, hours: float
) -> None:
    """Sixty known titles are stopped where they are fetched; five may be news, and their stories must know them."""
    begun, entries = clock(), list[Entry]()
    titles = [*ACTS, *(f"Miner number {n} names a new head of its board" for n in range(items - len(ACTS)))]
    async with polling(store, clock) as (poller, server):
        one = Feed(id="mill", name="Mill", url=server.url + "/", tier=Tier.WIRE, family="mill")
        for poll in range(4):
            published = begun - timedelta(minutes=30)
            rows = [FLOODS[flood](n, title, poll, published, clock()) for n, title in enumerate(titles)]
            server.pages["/"] = answer(200, feed(*rows))
            entries += await poller.poll(one)
            clock.advance(hours=hours)
    sendings = await told(entries, reader)
    assert sorted(title for sending in sendings for title in ACTS if title in sending.message.plain) == sorted(ACTS)
    assert len(sendings) == len(ACTS)


@pytest.mark.parametrize("credit", ["DODOMA (Reuters) - Exports of raw graphite were banned by Tanzania.", ""])
async def test_forty_variants_of_one_report_in_eighteen_feeds_are_one_message_and_one_voice_or_two(
    store: Redis, clock: Clock, reader: Reader, credit: str
) -> None:
    entries = list[Entry]()
    async with polling(store, clock) as (poller, server):
        papers = [
            Feed(id=f"p{n}", name=f"Paper {n}", url=f"{server.url}/{n}", tier=Tier.TRADE, family=f"paper{n}")
            for n in range(18)
        ]
        papers[0] = Feed(id="p0", name="Reuters", url=f"{server.url}/0", tier=Tier.WIRE, family="thomson-reuters")
        brought: dict[int, list[str]] = {n: [] for n in range(len(papers))}
        for variant in range(40):
            number, title = variant % len(papers), WORDINGS[(variant * 7 + variant // 18) % len(WORDINGS)]
            place = f"https://paper{number}.example/{variant}"
            brought[number].append(dated(title, place, place, clock(), f"<description>{credit}</description>"))
            server.pages[f"/{number}"] = answer(200, feed(*brought[number]))
            entries += await poller.poll(papers[number])
            clock.advance(minutes=1.4)
    assert len(entries) == 40
    sendings = await told(entries, reader)
    assert [sending.kind for sending in sendings] == ["send"]
    (story,) = await grouped(store, clock, reader, entries)
    assert story.report_count == 40
    assert len(story.families) in (1, 2), story.families


async def grouped(store: Redis, clock: Clock, reader: Reader, entries: Sequence[Entry]) -> list[Story]:
    """The stories of these entries as they stand at the end."""
    stories: dict[str, Story] = {}
    group = Group(store, clock)
    await group.begin()
    for entry, report in zip(entries, reader.read(entries), strict=True):
        (outcome,) = await group.handle([Reading(entry, report)])
        assert isinstance(outcome, Done)
        for command in outcome.writes:
            await store.execute_command(*command)  # type: ignore[no-untyped-call]
        stories.update({each.story.id: each.story for each in outcome.outputs if isinstance(each, Development)})
    return list(stories.values())
