"""The stage end to end: real HTTP, a real parser process, a real store, and its writes applied as the worker does."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from redis.asyncio import Redis

from pipelines import keys
from pipelines.events import Poll, decode
from pipelines.feeds.feed import Feed, FeedState
from pipelines.feeds.fetcher import Fetcher
from pipelines.feeds.parsing import Parsers
from pipelines.fetch import Fetch
from pipelines.stage import Done
from pipelines.store import STORE_IS_AWAY, connect
from pipelines.turns import start_polls
from rules.story import Tier
from tests.conftest import Clock
from tests.feeds.conftest import LOOPBACK, Poller
from tests.feeds.servers import FeedServer, Request, answer, feed, item, serving

NEW = "Tue, 24 Nov 2026 09:00:00 GMT"
EARLIER = "Tue, 24 Nov 2026 08:00:00 GMT"
LAST_WEEK = "Thu, 19 Nov 2026 09:00:00 GMT"
OLD = "Mon, 02 Nov 2026 09:00:00 GMT"


def at(server: FeedServer, path: str = "/", **more: Any) -> Feed:
    return Feed(id="one", url=server.url + path, name="One", **more)


async def polled(poller: Poller, server: FeedServer, *items: str) -> list[str]:
    server.pages["/"] = answer(200, feed(*items))
    return [entry.title for entry in await poller.poll(at(server))]


async def test_a_first_poll_takes_what_is_young_and_marks_the_rest(poller: Poller) -> None:
    first = [
        item("Young", "https://e.org/1", "1", NEW),
        item("Old", "https://e.org/2", "2", OLD),
        item("Undated", "https://e.org/3"),
        item("Absurd", "https://e.org/4", "4", "Thu, 01 Jan 1970 00:00:00 GMT"),
        item("Next issue", "https://e.org/5", "5", "Wed, 25 Nov 2026 00:00:00 GMT"),
    ]
    async with serving() as server:
        assert await polled(poller, server, *first) == ["Young", "Next issue"]
        assert await polled(poller, server, *first, item("Fresh", "https://e.org/6")) == ["Fresh"]
        assert await polled(poller, server, item("Old one dug up", "https://e.org/7", "7", OLD), *first) == []
        assert await polled(poller, server, *first[::-1]) == []


async def test_what_was_left_out_is_said_in_one_line(poller: Poller, caplog: pytest.LogCaptureFixture) -> None:
    rows = [item(f"Duty {n} set", f"https://e.org/{n}", str(n), NEW) for n in range(201)]
    async with serving() as server:
        with caplog.at_level(logging.WARNING, "pipelines.fetch"):
            assert len(await polled(poller, server, *rows)) == 200
            server.pages["/"] = answer(200, feed(*rows, item("Quota cut", "https://e.org/new", "new", NEW))[:-40])
            await poller.poll(at(server))
    assert [record.message for record in caplog.records] == [
        "feed.long feed=one items=201 read=200",
        "feed.partial feed=one items=201",
    ]


async def test_an_empty_answer_is_no_first_poll(poller: Poller) -> None:
    async with serving() as server:
        assert await polled(poller, server) == []
        rows = [item("Young", "https://e.org/1", "1", NEW), item("Monday's", "https://e.org/2", "2", LAST_WEEK)]
        assert await polled(poller, server, *rows) == ["Young"]


async def test_a_304_that_nobody_asked_for_is_a_failure(poller: Poller) -> None:
    async with serving() as server:
        server.pages["/"] = answer(304)
        assert await poller.poll(at(server)) == ()
        assert (await poller.state(at(server))).reason == "protocol"


async def test_entries_go_on_oldest_first_with_times_that_can_be_believed(poller: Poller, clock: Clock) -> None:
    async with serving() as server:
        await polled(poller, server, item("Old", "https://e.org/0", "0", OLD))
        clock.advance(minutes=5)
        rows = [
            item("No date", "https://e.org/1"), item("Future", "https://e.org/2", date="Sat, 24 Nov 2036 09:00:00 GMT"),
            item("Newer", "https://e.org/3", date=NEW), item("Older", "https://e.org/4", date=EARLIER),
            item("Yesterday", "https://e.org/5", date="yesterday"),
        ]  # fmt: skip
        server.pages["/"] = answer(200, feed(*rows))
        entries = await poller.poll(at(server))
    assert [entry.title for entry in entries] == ["Older", "Newer", "Yesterday", "Future", "No date"]
    assert {entry.published for entry in entries[2:]} == {clock()}
    assert {entry.first_seen for entry in entries} == {clock()}
    assert len({entry.id for entry in entries}) == 5


@pytest.mark.parametrize("items", [[], [item("A", "https://e.org/1", "1", NEW)]])
async def test_a_new_feed_comes_again_in_a_minute_though_it_may_be_empty(
    poller: Poller, clock: Clock, items: list[str]
) -> None:
    async with serving() as server:
        await polled(poller, server, *items)
        assert await poller.due(at(server)) <= clock().timestamp() + 66


async def test_a_body_that_was_read_is_not_read_again(poller: Poller) -> None:
    body = feed(item("A", "https://e.org/1", "1", NEW))
    async with serving() as server:
        server.pages["/"] = answer(200, body, etag='"1"', last_modified=NEW)
        await poller.poll(at(server))
        server.pages["/"] = answer(304)
        assert await poller.poll(at(server)) == ()
        assert server.requests[1].headers["if-none-match"] == '"1"'
        state = await poller.state(at(server))
        assert (state.etag, state.modified, state.items) == ('"1"', NEW, 1)
        server.pages["/"] = answer(200, body)
        assert await poller.poll(at(server)) == ()


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"", "not-a-feed"),
        (b"<html>Sign in <input type=password></html>", "walled"),
        (b'{"a":1}', "not-a-feed"),
        (b'<!DOCTYPE r [<!ENTITY a "b">]><rss/>', "unsafe-xml"),
    ],
)
async def test_what_is_no_feed_is_a_failure_with_one_line_and_a_later_try(
    poller: Poller, clock: Clock, caplog: pytest.LogCaptureFixture, body: bytes, word: str
) -> None:
    async with serving() as server:
        server.pages["/"] = answer(200, body)
        with caplog.at_level(logging.INFO, "pipelines.fetch"):
            assert await poller.poll(at(server)) == ()
        assert [record.message.split(" detail=")[0].split(" again")[0] for record in caplog.records] == [
            f"feed.failed feed=one reason={word} failures=1"
        ]
        state = await poller.state(at(server))
        assert (state.failures, state.reason, state.succeeded) == (1, word, 0.0)
        assert await poller.due(at(server)) >= clock().timestamp() + 600
        # and the next good answer is a first poll still
        assert await polled(poller, server, item("Young", "https://e.org/1", "1", NEW)) == ["Young"]
        assert (await poller.state(at(server))).failures == 0


async def test_back_off_doubles_and_retry_after_is_obeyed(poller: Poller, clock: Clock) -> None:
    async with serving() as server:
        waits = []
        server.pages["/"] = answer(500)
        for _ in range(4):
            await poller.poll(at(server))
            waits.append(await poller.due(at(server)) - clock().timestamp())
        assert [round(late / early) for early, late in pairwise(waits)] == [2, 2, 2]
        server.pages["/"] = answer(503, retry_after="40000")
        await poller.poll(at(server))
        assert await poller.due(at(server)) >= clock().timestamp() + 40_000


async def test_the_next_turn_after_a_failure_is_among_those_of_its_like(poller: Poller, clock: Clock) -> None:
    lanes = list[str]()
    async with serving() as server:
        for status in (200, 404, 404, 200):
            server.pages["/"] = answer(status, feed(item(f"After {len(lanes)}", "https://e.org/1", "1", NEW)))
            await poller.poll(at(server))
            await start_polls(poller.feeds, poller.store, clock())  # a restart keeps to it
            stored: Any = await poller.store.hget(keys.DUE_EVENTS, "poll:one")
            lanes.append(stored.partition(b" ")[0].decode())
    assert lanes == [keys.POLLS, keys.PROBES, keys.PROBES, keys.POLLS]


async def test_a_feed_that_hangs_the_parser_three_times_is_quarantined_and_others_go_on(
    store: Redis, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    parsers = Parsers(count=1, limit=0.3)
    await parsers.parse(feed(), url="https://e.org")
    fetcher = Fetcher(LOOPBACK)
    feeds: dict[str, Feed] = {}
    poller = Poller(feeds, Fetch(feeds, fetcher, parsers, store, clock), store)
    hang = item("Hang", "https://e.org/1", more="<a>" * 200_000)
    async with serving() as server:
        server.pages["/"] = answer(200, feed(hang))
        server.pages["/good"] = answer(200, feed(item("Good", "https://e.org/2", "2", NEW)))
        for _ in range(3):
            assert await poller.poll(at(server)) == ()
        assert (await poller.state(at(server))).reason == "parse-hang"
        assert await poller.due(at(server)) == clock().timestamp() + 86_400
        good = Feed(id="good", url=f"{server.url}/good", name="Good")
        assert len(await poller.poll(good)) == 1
    assert "feed.quarantined feed=one" in caplog.text
    await parsers.aclose()
    await fetcher.aclose()


async def test_a_lasting_move_is_remembered_until_the_new_place_is_gone(poller: Poller) -> None:
    async with serving() as server:
        server.pages["/"] = answer(301, location="/new")
        server.pages["/new"] = answer(200, feed(item("A", "https://e.org/1", "1", NEW)))
        await poller.poll(at(server))
        await poller.poll(at(server))
        assert [request.path for request in server.requests] == ["/", "/new", "/new"]
        server.pages["/new"] = answer(410)
        await poller.poll(at(server))
        server.pages["/"] = answer(200, feed(item("B", "https://e.org/2", "2", NEW)))
        assert [entry.title for entry in await poller.poll(at(server))] == ["B"]


async def test_dead_and_silent_feeds_do_not_hold_up_the_others(poller: Poller) -> None:
    async def silent(_: Request, writer: asyncio.StreamWriter) -> None:
        await writer.wait_closed()

    async with serving() as server, serving("127.0.0.2") as slow:
        slow.pages["*"] = silent
        for n in range(30):
            server.pages[f"/{n}"] = answer(200, feed(item(f"T{n}", f"https://e.org/{n}", str(n), NEW)))
        bad = [Feed(id=f"bad{n}", url=f"{slow.url}/{n}", name="Bad") for n in range(2)]
        bad += [Feed(id=f"dead{n}", url=f"http://127.0.0.4:9/{n}", name="Dead") for n in range(8)]
        good = [Feed(id=f"good{n}", url=f"{server.url}/{n}", name="Good") for n in range(30)]
        waiting = asyncio.gather(*(poller.poll(one) for one in bad))
        for one in good:
            assert len(await poller.poll(one)) == 1
        assert not waiting.done()
        assert await waiting == [()] * 10


async def test_a_busy_host_means_a_later_turn_and_no_failure(poller: Poller, clock: Clock) -> None:
    async with serving() as server:
        server.pages["/a"] = answer(429, retry_after="600")
        await poller.poll(Feed(id="a", url=f"{server.url}/a", name="A"))
        other = Feed(id="b", url=f"{server.url}/b", name="B")
        await poller.poll(other)
        state = await poller.state(other)
        assert state == FeedState(url=other.url, not_before=await poller.due(other))
        assert state.not_before >= clock().timestamp() + 590


async def test_a_surprise_after_the_parsing_costs_one_turn(
    poller: Poller, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving() as server:
        await poller.store.set(keys.seen("one"), "not the marks that it should be")
        assert await polled(poller, server, item("Young", "https://e.org/1", "1", NEW)) == []
        state = await poller.state(at(server))
        assert (state.failures, state.reason, state.body) == (1, "surprise", "")
        assert await poller.due(at(server)) > clock().timestamp()
        assert caplog.text.count("feed.surprise feed=one") == 1
        await poller.store.delete(keys.seen("one"))
        assert await polled(poller, server, item("Young", "https://e.org/1", "1", NEW)) == ["Young"]
        assert (await poller.state(at(server))).failures == 0


async def test_a_store_that_is_away_is_not_the_feeds_fault(fetcher: Fetcher, parsers: Parsers, clock: Clock) -> None:
    nowhere = connect("redis://127.0.0.1:9")
    stage = Fetch({"one": Feed(id="one", url="http://127.0.0.1:9/", name="One")}, fetcher, parsers, nowhere, clock)
    with pytest.raises(STORE_IS_AWAY):
        await stage.handle([Poll("one")])
    await nowhere.aclose()


async def test_a_feed_that_left_the_catalogue_is_passed_over(poller: Poller) -> None:
    (done,) = await poller.stage.handle([Poll("unknown")])
    assert done == Done()


async def test_start_gives_each_feed_a_turn_and_drops_those_that_left(
    store: Redis, poller: Poller, clock: Clock
) -> None:
    async with serving() as server:
        server.pages["/"] = answer(503, retry_after="5000")
        await poller.poll(at(server))
    failing = poller.feeds["one"]
    feeds = {"one": failing, "two": Feed(id="two", url="https://e.org/2", name="Two", tier=Tier.WIRE)}
    await store.zadd(keys.DUE, {"poll:gone": 1.0, "digest:5": 2.0})
    await store.hset(keys.DUE_EVENTS, "poll:gone", b"polls x")
    started = await start_polls(feeds, store, clock())
    assert (started.polls, started.dropped) == (2, 1)
    rows: Any = await store.zrange(keys.DUE, 0, -1, withscores=True)
    due = {name.decode(): score for name, score in rows}
    assert set(due) == {"poll:one", "poll:two", "digest:5"}
    assert due["poll:one"] >= clock().timestamp() + 5000
    assert due["poll:two"] <= clock().timestamp() + 5
    stored: Any = await store.hget(keys.DUE_EVENTS, "poll:two")
    head, _, event = stored.partition(b" ")
    assert (head, decode(event)) == (b"polls", Poll("two"))
    assert await store.hexists(keys.DUE_EVENTS, "poll:gone") == 0
    clock.at += timedelta(days=1)
    await start_polls({}, store, clock())
    assert await store.zrange(keys.DUE, 0, -1) == [b"digest:5"]
