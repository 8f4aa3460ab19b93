"""Poison (fault 17): an event that no handler can stomach is buried once, and everything else passes unhindered."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from bot.line import Parts, build_line
from pipelines import keys
from pipelines.due import DueClock
from pipelines.events import Alert, AnyEvent, Development, DigestDue, Entry, Poll, ReactionDue, Reading, encode
from pipelines.feeds.feed import Feed
from pipelines.feeds.fetcher import Fetcher
from pipelines.feeds.parsing import Parsers
from pipelines.fetch import Fetch
from pipelines.language.reader import build_reader
from pipelines.rulebook import load_rules
from pipelines.stage import Outcome, Stage
from pipelines.store import connect
from pipelines.streams import MAX_SURPRISES, Streams
from pipelines.worker import Worker
from tests.conftest import Clock
from tests.delivery.stories import make_alert
from tests.faults.feeds import share
from tests.faults.load import Load, seat, structural, under_load
from tests.feeds.servers import answer, feed, item, serving

pytestmark = pytest.mark.faults

RATE, QUALIFY, SECONDS = 12.0, 0.25, 25.0
NOISE = 0.1
"""Seconds by which the p95 of some seventy messages differs from one window to the next by chance."""
BROKEN = (b"", b"Poll/99 {}", b"\xff\xfe\x00", b"Entry/1 {", b'Reading/1 {"entry":1}', b"Nobody/1 {}")
GOOD, POISON = 12, 5


def poison() -> list[tuple[str, bytes]]:
    """What is put on the streams: six times nonsense on each, and on two of them what only their handler chokes on."""
    alert = make_alert("poison", datetime.now(UTC))
    report, hollow = alert.story.reports[0], replace(alert.story, reports=())
    entry = Entry(
        feed="f", id="poison", url=report.link, title=report.title, summary="", source=report.source,
        published=report.published, first_seen=alert.parsed,
    )  # fmt: skip
    dated = replace(entry, id="undated")
    naive = encode(dated).replace(b'+00:00"', b'"').replace(b'Z"', b'"')
    return [
        *((stream, data) for stream in keys.STREAMS for data in (*BROKEN, naive)),
        (keys.STORIES, encode(Development(hollow, entry))),
        (keys.ALERTS, encode(Alert(hollow, alert.verdict, alert.judged, alert.parsed))),
    ]


async def test_17_poison_in_the_running_product(tmp_path: Path) -> None:
    put = poison()
    async with under_load(tmp_path, rate=RATE, qualify=QUALIFY) as load:
        store: Any = connect(f"unix://{(load.store_folder / 'socket').read_text().strip()}")
        load.begin()
        await load.next_message(20)
        waits = [await waited(load, SECONDS)]
        for stream, data in put:
            await store.xadd(keys.stream(stream), {"e": data})
        waits.append(await waited(load, SECONDS))
        letters: Any = await store.xrange(keys.DEAD)
        await store.aclose()
        account = await load.end()
    tries = Counter(line.split("stage=")[1].split()[0] for line in load.product.err if "stage.surprise" in line)
    buried = Counter(fields[b"stream"].decode() for _, fields in letters)
    before, after = (share(each, 0.95) for each in waits)
    print(
        f"\n17: {len(put)} poisoned events, {len(letters)} dead letters {dict(buried)}; tries of what decodes: "
        f"{dict(tries)}; p95 from publication to Telegram {before:.2f} s before, {after:.2f} s amid "
        f"(n {len(waits[0])}, {len(waits[1])}); {account}"
    )
    assert sorted((fields[b"stream"].decode(), fields[b"event"]) for _, fields in letters) == sorted(put)
    assert tries == {"judge": MAX_SURPRISES, "address": MAX_SURPRISES}
    assert (account.unread, account.lost, account.doubled) == (0, 0, 0)
    assert after <= before * 1.1 + NOISE


async def waited(load: Load, seconds: float) -> list[float]:
    """For so many seconds: how long each message came after the entry it tells of was published."""
    first = len(await load.sent())
    await asyncio.sleep(seconds)
    calls = (await load.sent())[first:]
    born = {title: at for feed_ in load.farm.items for _, title, at in feed_}
    return [call["at"] - at for call in calls for title, at in born.items() if f">{title}<" in call["text"]]


@pytest.mark.parametrize("name", ["fetch", "probe", "read", "group", "judge", "address", "digests", "reactions"])
async def test_17_a_handler_that_raises_on_one_event_of_its_stage(store: Redis, clock: Clock, name: str) -> None:
    """Each stage of the real line, its handler made to raise on five of seventeen events, the clock wound by hand."""
    await seat(store)
    streams, rules = Streams(store, "one"), load_rules(None)
    await streams.create(keys.STREAMS)
    due = DueClock(store, streams, clock)
    await due.claim(0)
    good, bad = events(name, range(GOOD), clock()), events(name, range(GOOD, GOOD + POISON), clock())
    async with serving() as server:
        server.pages["*"] = answer(200, feed(item("Duty set", "https://e.org/1", "1")))
        feeds = {f"e{n}": Feed(id=f"e{n}", url=f"{server.url}/{n}", name="F") for n in range(GOOD + POISON)}
        fetcher, parsers = Fetcher(("127.0.0.1",)), Parsers(count=1)
        fetch = Fetch(feeds, fetcher, parsers, store, clock)
        parts = Parts(store=store, clock=clock, rules=lambda: rules, reader=build_reader, fetch=fetch)
        (stage,) = (each for each in build_line(parts) if each.name == name)
        stomached = list[AnyEvent]()
        worker = Worker(streams, poisoned(stage, bad, stomached), clock)
        mixed = [event for pair in zip(good, bad, strict=False) for event in pair] + good[len(bad) :]
        await streams.publish(stage.reads, *mixed)
        for _ in range(2 * MAX_SURPRISES):
            while await worker.step(stage.batch):
                pass
            clock.advance(seconds=40)
            await due.ring()
        await parsers.aclose()
        await fetcher.aclose()
    letters: Any = await store.xrange(keys.DEAD)
    print(
        f"\n17: {name}: {len(letters)} dead letters of {POISON} poisoned among {len(mixed)} events; "
        f"dealt with: {len(set(map(encode, stomached)))}"
    )
    assert sorted(fields[b"event"] for _, fields in letters) == sorted(map(encode, bad))
    assert {fields[b"why"] for _, fields in letters} == {b"RuntimeError: cannot digest"}
    assert set(map(encode, stomached)) == set(map(encode, good))
    # Nothing is held for these chats, and no price is known of these stories, so there nothing is to be written.
    if name not in ("digests", "reactions"):
        assert await done(store, name, clock()) == {f"e{n}" for n in range(GOOD)}


def poisoned(stage: Stage, bad: Sequence[AnyEvent], stomached: list[AnyEvent]) -> Stage:
    """The stage with a handler that raises when it meets one of these, and notes the others."""
    handle: Callable[[Sequence[Any]], Awaitable[Sequence[Outcome]]] = stage.handle

    async def raising(events: Sequence[Any]) -> Sequence[Outcome]:
        if any(event in bad for event in events):
            raise RuntimeError("cannot digest")
        outcomes = await handle(events)
        stomached.extend(events)
        return outcomes

    return replace(stage, handle=raising)


def events(name: str, numbers: range, now: datetime) -> list[AnyEvent]:
    """Events for the stage of this name, each with a number of its own."""
    found = list[AnyEvent]()
    for number in numbers:
        alert = make_alert(f"e{number}", now)
        words = " ".join(f"{word}{number}" for word in ("Lorum", "ipsa", "dolar", "amit", "consec"))
        report = replace(alert.story.reports[0], title=f"{words} {number}")
        entry = Entry(
            feed="f", id=report.id, url=report.link, title=report.title, summary="", source=report.source,
            published=now, first_seen=now,
        )  # fmt: skip
        by_stage: dict[str, AnyEvent] = {
            "fetch": Poll(f"e{number}"), "probe": Poll(f"e{number}"), "read": entry, "group": Reading(entry, report),
            "judge": Development(alert.story, entry), "address": alert, "digests": DigestDue(number + 1),
            "reactions": ReactionDue(alert.story.id, 15),
        }  # fmt: skip
        found.append(by_stage[name])
    return found


async def done(store: Redis, name: str, now: datetime) -> set[str]:
    """Of which numbered events the stage's work is found in the store."""
    client: Any = store
    if name in ("fetch", "probe"):
        return {feed_.decode() for feed_ in await client.hkeys(keys.FEEDS)}
    if name == "group":
        return {report.decode() for report in await client.zrange(keys.RECENT, 0, -1)}
    if name == "read":
        rows = await client.xrange(keys.stream(keys.READINGS))
        return {fields[b"e"].split(b'"id":"', 1)[1].split(b'"')[0].decode() for _, fields in rows}
    if name == "judge":
        return {story.reports[0].id for story in await structural(client)}
    rows = await client.keys(f"{keys.TAG}:ledger:*")
    known = {make_alert(f"e{n}", now).story.id: f"e{n}" for n in range(GOOD + POISON)}
    return {known[row.decode().rpartition(":")[2]] for row in rows}
