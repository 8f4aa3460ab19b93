"""The consume loop and the clock: each event counts once, later is not a failure, poison is buried."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as StoreAway
from redis.exceptions import OutOfMemoryError, ReadOnlyError, ResponseError

from pipelines import keys
from pipelines.due import DueClock
from pipelines.events import AnyEvent, Entry, Poll, encode
from pipelines.stage import Done, Later, Never, Outcome, Stage
from pipelines.store import is_away
from pipelines.streams import FencedError, Streams
from pipelines.worker import Worker
from rules.story import Source, Tier
from tests.conftest import Clock


async def echo(events: Sequence[AnyEvent]) -> Sequence[Outcome]:
    return [Done(outputs=(event,), writes=(("INCR", "seen"),)) for event in events]


def stage(handle: object = echo, **options: object) -> Stage:
    base = Stage(name="copy", reads=keys.POLLS, feeds=keys.ENTRIES, handle=handle)  # type: ignore[arg-type]
    return replace(base, **options)  # type: ignore[arg-type]


async def line(store: Redis, consumer: str = "one") -> Streams:
    streams = Streams(store, consumer)
    await streams.create(keys.STREAMS)
    return streams


async def names(streams: Streams, stream: str) -> list[str]:
    return [
        item.data.partition(b'"feed":"')[2].partition(b'"')[0].decode() for item in await streams.read(stream, 99, None)
    ]


async def letters(store: Redis) -> list[dict[bytes, bytes]]:
    rows: Any = await store.xrange(keys.DEAD)
    return [fields for _, fields in rows]


async def test_events_pass_in_order_and_leave_nothing_behind(store: Redis, clock: Clock) -> None:
    streams = await line(store)
    await streams.publish(keys.POLLS, *(Poll(str(n)) for n in range(7)))
    worker = Worker(streams, stage(), clock)
    assert [await worker.step(4), await worker.step(4), await worker.step(4)] == [4, 3, 0]
    assert await names(streams, keys.ENTRIES) == [str(n) for n in range(7)]
    assert await streams.length(keys.POLLS) == 0


async def test_what_another_hand_has_handed_over_is_not_applied_again(store: Redis) -> None:
    streams = await line(store)
    await streams.publish(keys.POLLS, Poll("a"))
    (item,) = await streams.read(keys.POLLS, 1, None)
    work = [(item.id, [("INCR", "seen")])]
    assert await streams.hand_over(keys.POLLS, work) == [True]
    assert await streams.hand_over(keys.POLLS, work) == [False]
    assert await store.get("seen") == b"1"


async def test_a_dead_consumers_events_are_taken_over_and_a_living_ones_are_not(store: Redis, clock: Clock) -> None:
    dead, living, heir = await line(store, "dead"), await line(store, "living"), await line(store, "heir")
    await dead.publish(keys.POLLS, Poll("a"), Poll("b"))
    await dead.read(keys.POLLS, 1, None)
    await living.read(keys.POLLS, 1, None)
    await living.beat()
    claimed = await heir.reclaim(keys.POLLS, hung_ms=60_000)
    assert [item.data for item in claimed] == [encode(Poll("a"))]
    assert claimed[0].deliveries == 2


async def test_later_goes_to_the_clock_and_comes_back(store: Redis, clock: Clock) -> None:
    calls = list[str]()

    async def once_later(events: Sequence[Poll]) -> Sequence[Outcome]:
        calls.extend(event.feed for event in events)
        return [Later(30, "busy") if len(calls) == 1 else Done() for _ in events]

    streams = await line(store)
    worker, due = Worker(streams, stage(once_later), clock), DueClock(store, streams, clock)
    await due.claim(0)
    await streams.publish(keys.POLLS, Poll("a"))
    await worker.step(1)
    assert await due.ring() == 0
    clock.advance(seconds=31)
    assert await due.ring() == 1
    assert [await worker.step(1), calls] == [1, ["a", "a"]]
    assert await store.xlen(keys.DEAD) == 0


async def test_a_surprise_is_tried_five_times_and_buried_while_its_batch_goes_on(store: Redis, clock: Clock) -> None:
    async def poisoned(events: Sequence[Poll]) -> Sequence[Outcome]:
        if any(event.feed == "poison" for event in events):
            raise RuntimeError("cannot digest")
        return await echo(events)

    streams = await line(store)
    worker, due = Worker(streams, stage(poisoned), clock), DueClock(store, streams, clock)
    await due.claim(0)
    await streams.publish(keys.POLLS, Poll("a"), Poll("poison"), Poll("b"))
    for _ in range(8):
        await worker.step(10)
        clock.advance(minutes=5)
        await due.ring()
    assert await names(streams, keys.ENTRIES) == ["a", "b"]
    (letter,) = await letters(store)
    assert letter[b"why"] == b"RuntimeError: cannot digest"
    assert letter[b"event"] == encode(Poll("poison"))


_ENTRY = Entry(
    feed="f",
    id="e",
    url="https://e.org/1",
    title="Duty set",
    summary="",
    source=Source("f", "Example Wire", "example-wire", Tier.WIRE),
    published=datetime(2026, 11, 24, tzinfo=UTC),
    first_seen=datetime(2026, 11, 24, tzinfo=UTC),
)
ZONELESS = encode(_ENTRY).replace(b'00Z"', b'00"')


@pytest.mark.parametrize("data", [b"", b"Poll/99 {}", b"Poll/1 {}", b"\xff\xfe", b"Nobody/1 {}", ZONELESS])
async def test_an_unreadable_event_is_buried(store: Redis, clock: Clock, data: bytes) -> None:
    streams = await line(store)
    await store.xadd(keys.stream(keys.POLLS), {"e": data})
    await Worker(streams, stage(), clock).step(1)
    assert await store.xlen(keys.DEAD) == 1
    assert await streams.length(keys.POLLS) == 0


async def test_never_is_buried_with_its_reason(store: Redis, clock: Clock) -> None:
    async def never(events: Sequence[AnyEvent]) -> Sequence[Outcome]:
        return [Never("no such feed") for _ in events]

    streams = await line(store)
    await streams.publish(keys.POLLS, Poll("a"))
    await Worker(streams, stage(never), clock).step(1)
    (letter,) = await letters(store)
    assert (letter[b"stage"], letter[b"why"]) == (b"copy", b"no such feed")


async def test_a_write_that_the_server_refuses_loses_no_event(store: Redis, clock: Clock) -> None:
    async def wrong(events: Sequence[AnyEvent]) -> Sequence[Outcome]:
        return [Done(writes=(("INCR", "text"),)) for _ in events]

    await store.set("text", "not a number")
    streams = await line(store)
    await streams.publish(keys.POLLS, Poll("a"))
    await Worker(streams, stage(wrong), clock).step(1)
    (letter,) = await letters(store)
    assert letter[b"event"] == encode(Poll("a"))


async def test_a_new_hand_begins_with_what_the_last_one_held(store: Redis, clock: Clock) -> None:
    streams, frozen, stop = await line(store), await line(store, "frozen"), asyncio.Event()
    await streams.publish(keys.POLLS, Poll("a"), Poll("b"), Poll("c"))
    await frozen.read(keys.POLLS, 2, None)
    await frozen.beat()  # its lease has run out before its heartbeat

    async def last(events: Sequence[Poll]) -> Sequence[Outcome]:
        stop.set() if events[-1].feed == "c" else None
        return await echo(events)

    await Worker(streams, stage(last, single_hand=True), clock).run(stop)
    assert await names(streams, keys.ENTRIES) == ["a", "b", "c"]


async def test_a_lost_lease_writes_nothing(store: Redis, clock: Clock) -> None:
    streams, rival = await line(store), await line(store, "rival")
    held = list[str]()

    async def lose_it(events: Sequence[AnyEvent]) -> Sequence[Outcome]:
        await store.delete(keys.lease("copy"))
        held.append(await rival.acquire("copy", 10_000) or "")
        return await echo(events)

    await streams.publish(keys.POLLS, Poll("a"))
    with pytest.raises(FencedError):
        await Worker(streams, stage(lose_it, single_hand=True), clock).step(1)
    assert await store.get("seen") is None
    assert held[0].startswith("2 ")


async def test_what_was_read_without_the_lease_is_left_to_its_holder(store: Redis, clock: Clock) -> None:
    streams, rival, stop = await line(store), await line(store, "rival"), asyncio.Event()

    async def lose_it(events: Sequence[AnyEvent]) -> Sequence[Outcome]:
        await store.delete(keys.lease("copy"))
        assert await rival.acquire("copy", 10_000)
        asyncio.get_running_loop().call_later(0.3, stop.set)
        return await echo(events)

    await streams.publish(keys.POLLS, Poll("a"), Poll("b"))
    await streams.beat()  # it lives on, so that nobody would take over what it holds before it looks hung
    await Worker(streams, stage(lose_it, single_hand=True), clock).run(stop)
    claimed = await rival.reclaim(keys.POLLS, hung_ms=60_000)
    assert [item.data for item in claimed] == [encode(Poll("a")), encode(Poll("b"))]
    assert await store.get("seen") is None


async def test_a_lease_that_ran_out_between_two_steps_is_won_again(store: Redis, clock: Clock) -> None:
    streams = await line(store)
    worker = Worker(streams, stage(echo, single_hand=True), clock)
    for name in ("a", "b"):
        await streams.publish(keys.POLLS, Poll(name))
        assert await worker.step(1) == 1
        await store.delete(keys.lease("copy"))
    assert await streams.length(keys.ENTRIES) == 2
    assert await letters(store) == []


async def test_a_worker_stops_when_told_and_finishes_what_it_holds(store: Redis, clock: Clock) -> None:
    streams, stop = await line(store), asyncio.Event()

    async def stop_then_finish(events: Sequence[AnyEvent]) -> Sequence[Outcome]:
        stop.set()
        return await echo(events)

    await streams.publish(keys.POLLS, Poll("a"))
    async with asyncio.timeout(10):
        await Worker(streams, stage(stop_then_finish, single_hand=True), clock).run(stop)
    assert await names(streams, keys.ENTRIES) == ["a"]
    assert await streams.holder("copy") is None


async def test_a_full_next_stream_holds_back(store: Redis, clock: Clock) -> None:
    streams, stop = await line(store), asyncio.Event()
    await streams.publish(keys.ENTRIES, Poll("x"), Poll("y"))
    await streams.publish(keys.POLLS, Poll("a"))
    run = asyncio.create_task(Worker(streams, stage(), clock, stream_limit=2).run(stop))
    done, _ = await asyncio.wait([run], timeout=0.3)
    assert (not done, await streams.length(keys.POLLS)) == (True, 1)
    await store.delete(keys.stream(keys.ENTRIES))
    async with asyncio.timeout(5):
        while await streams.length(keys.POLLS):
            await asyncio.sleep(0.01)
    stop.set()
    await run


async def test_a_store_that_goes_away_in_a_handler_costs_no_event(store: Redis, clock: Clock) -> None:
    """What was read before is dealt with again at once, after memory has been rebuilt."""
    streams, stop, told = await line(store), asyncio.Event(), list[str]()

    async def begin() -> None:
        told.append("begin")

    async def away_once(events: Sequence[AnyEvent]) -> Sequence[Outcome]:
        told.append("handle")
        if told.count("handle") == 1:
            raise StoreAway("gone")
        stop.set()
        return await echo(events)

    await streams.publish(keys.POLLS, Poll("a"), Poll("b"))
    async with asyncio.timeout(20):
        await Worker(streams, stage(away_once, single_hand=True, begin=begin), clock).run(stop)
    assert await names(streams, keys.ENTRIES) == ["a", "b"]
    assert told == ["begin", "handle", "begin", "handle"]
    assert await store.xlen(keys.DEAD) == 0


@pytest.mark.parametrize(
    ("error", "waits"),
    [
        (StoreAway("gone"), True),
        (ResponseError("MISCONF Errors writing to the AOF file: No space left on device"), True),
        (OutOfMemoryError("command not allowed"), True),
        (ReadOnlyError("You can't write against a read only replica."), True),
        (ResponseError("WRONGTYPE Operation against a key"), False),
        (FileNotFoundError("lexicon"), False),
    ],
)
def test_waiting_is_the_cure_only_where_the_store_is_away(error: Exception, waits: bool) -> None:
    assert is_away(error) is waits


async def test_a_stage_behind_another_lets_that_go_first(store: Redis, clock: Clock) -> None:
    streams, stop, order = await line(store), asyncio.Event(), list[str]()

    async def note(events: Sequence[AnyEvent]) -> Sequence[Outcome]:
        order.extend(cast("Poll", event).feed for event in events)
        return [Done() for _ in events]

    first = Worker(streams, stage(note, batch=1), clock)
    behind = Worker(streams, stage(note, batch=1, reads=keys.PROBES, behind=keys.POLLS), clock)
    await streams.publish(keys.POLLS, *(Poll(str(n)) for n in range(9)))
    await streams.publish(keys.PROBES, Poll("dead"))
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        group.create_task(behind.run(stop))
        while not (await store.xpending(keys.stream(keys.PROBES), "lodestone"))["pending"]:
            await asyncio.sleep(0.01)
        group.create_task(first.run(stop))
        while len(order) < 10:
            await asyncio.sleep(0.01)
        stop.set()
    assert order[-1] == "dead"


async def test_a_stage_behind_another_does_not_starve(store: Redis, clock: Clock) -> None:
    streams, stop = await line(store), asyncio.Event()
    await streams.publish(keys.POLLS, Poll("nobody reads this"), Poll("nor this"))
    await streams.publish(keys.PROBES, Poll("dead"))
    worker = Worker(streams, stage(echo, batch=1, reads=keys.PROBES, behind=keys.POLLS), clock)
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        group.create_task(worker.run(stop))
        while await streams.length(keys.PROBES):
            await asyncio.sleep(0.01)
        stop.set()
    assert await names(streams, keys.ENTRIES) == ["dead"]
