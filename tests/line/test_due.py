"""The clock: one hand, each item once, and its waits go back with a clock that is set back."""

import asyncio
from typing import Any, cast

import pytest
from redis.asyncio import Redis

from pipelines import keys
from pipelines.due import ClockTakenError, DueClock
from pipelines.events import DigestDue, Poll, encode
from pipelines.streams import postpone
from tests.conftest import Clock
from tests.line.test_worker import line, names


async def test_the_clock_has_one_hand(store: Redis, clock: Clock) -> None:
    one, two = await line(store, "one"), await line(store, "two")
    await DueClock(store, one, clock).claim(0)
    with pytest.raises(ClockTakenError, match="one already polls"):
        await DueClock(store, two, clock).claim(0)


async def test_a_living_hand_refuses_a_second_one_as_soon_as_it_renews(store: Redis, clock: Clock) -> None:
    one, two = await line(store, "one"), await line(store, "two")
    holder, stop = DueClock(store, one, clock), asyncio.Event()
    await holder.claim(0)
    running = asyncio.create_task(holder.run(stop))
    with pytest.raises(ClockTakenError, match="one already polls"):
        await DueClock(store, two, clock).claim(3600)
    stop.set()
    await running
    await DueClock(store, two, clock).claim(0)


async def look(due: DueClock) -> None:
    """Let a clock run for one look, and end."""
    stop = asyncio.Event()
    running = asyncio.create_task(due.run(stop))
    await asyncio.sleep(0)
    stop.set()
    await running


async def test_a_standby_clock_rings_only_while_no_process_polls(store: Redis, clock: Clock) -> None:
    one, two, three = await line(store, "one"), await line(store, "two"), await line(store, "three")
    for command in postpone(keys.DIGESTS, "digest:5", encode(DigestDue(5)), clock().timestamp()):
        await cast("Any", store).execute_command(*command)
    main, standby = DueClock(store, one, clock), DueClock(store, two, clock, standby=True)
    await main.claim(0)
    await look(standby)
    assert await one.length(keys.DIGESTS) == 0, "the process that polls is there"
    await store.delete(keys.lease("clock"))  # it died, and its lease has run out
    await standby.claim(0)
    await look(DueClock(store, three, clock, standby=True))
    assert await one.length(keys.DIGESTS) == 0, "another one stands by already"
    await look(standby)
    assert await one.length(keys.DIGESTS) == 1
    await main.claim(0)


async def test_a_due_item_rings_once_however_often_it_was_put_off(store: Redis, clock: Clock) -> None:
    streams = await line(store)
    due = DueClock(store, streams, clock)
    await due.claim(0)
    for seconds in (90, 60, 30):
        for command in postpone(keys.POLLS, "poll:x", encode(Poll("x")), clock().timestamp() + seconds):
            await cast("Any", store).execute_command(*command)
    clock.advance(seconds=31)
    assert [await due.ring(), await due.ring()] == [1, 0]
    assert await names(streams, keys.POLLS) == ["x"]


async def test_waits_follow_a_clock_that_is_set_back_and_dates_do_not(store: Redis, clock: Clock) -> None:
    streams = await line(store)
    due = DueClock(store, streams, clock)
    await due.claim(0)
    for item in ("poll:x", "date:y"):
        for command in postpone(keys.POLLS, item, encode(Poll(item)), clock().timestamp() + 60):
            await cast("Any", store).execute_command(*command)
    assert await due.ring() == 0
    clock.advance(hours=-1)
    assert await due.ring() == 0
    clock.advance(seconds=61)
    assert await due.ring() == 1
    assert await names(streams, keys.POLLS) == ["poll:x"]
    clock.advance(hours=1)
    assert await due.ring() == 1
