"""A holder of ``group`` that is frozen past its lease and woken: one story, and every version of it once."""

from __future__ import annotations

import asyncio
import re
import signal
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from pipelines import keys
from pipelines.events import Development, decode
from pipelines.redis_server import EmbeddedServer
from pipelines.store import connect
from pipelines.stories.memory import read_story
from pipelines.streams import Streams
from rules.story import Stage
from tests.faults.forge import Child, forging
from tests.line.product import NO_PRICES
from tests.stories.headlines import reading

FREEZES, BURST, LATE = 4, 400, 60
TITLE = "Oman bans exports of chromite ore"


async def publish(streams: Streams, begin: int, count: int) -> int:
    """So many reports of one act, each by another paper; the number of the next one."""
    readings = [
        reading(TITLE, name=f"r{n}", publisher=f"Paper {n}", hours=n / 60, stage=Stage.IN_FORCE)
        for n in range(begin, begin + count)
    ]
    await streams.publish(keys.READINGS, *readings)
    return begin + count


async def holder(streams: Streams, children: list[Child], apart_from: Child | None = None) -> Child:
    """The process that holds ``group``, as soon as it is another one than that."""
    async with asyncio.timeout(30):
        while True:
            name = await streams.holder("group") or ""
            for child in children:
                if child is not apart_from and str(child.pid) in re.split(r"\W+", name):
                    return child
            await asyncio.sleep(0.02)


async def until(streams: Streams, most: int, seconds: float = 60) -> None:
    """Wait until at most so many readings wait."""
    async with asyncio.timeout(seconds):
        while await streams.length(keys.READINGS) > most:
            await asyncio.sleep(0.005)


async def developments(store: Redis) -> list[Development]:
    """What was handed on, in order."""
    rows: Any = await store.xrange(keys.stream(keys.STORIES))
    events = [decode(fields[b"e"]) for _, fields in rows]
    assert all(isinstance(event, Development) for event in events)
    return [event for event in events if isinstance(event, Development)]


@pytest.mark.faults
async def test_a_holder_of_group_that_is_frozen_past_its_lease_loses_no_update(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / "data" / "store", reserve_mb=0)
    await server.open()
    store = connect(server.url)
    streams = Streams(store, "observer")
    await streams.create(keys.STREAMS)
    settings = {"data": str(tmp_path / "data"), **NO_PRICES}
    environment = {f"LODESTONE_{name.upper()}": value for name, value in settings.items()}
    frozen_in_hand = 0
    try:
        async with forging(tmp_path / "logs") as forge:
            children = [await forge.run("run", "--stage", "group", **environment) for _ in range(2)]
            made = 0
            for _ in range(FREEZES):
                made = await publish(streams, made, BURST)
                frozen = await holder(streams, children)
                await until(streams, BURST * 3 // 4)
                frozen.signal(signal.SIGSTOP)
                made = await publish(streams, made, LATE)
                frozen_in_hand += (await streams.length(keys.READINGS)) > LATE
                await holder(streams, children, apart_from=frozen)
                await until(streams, BURST // 4)
                frozen.signal(signal.SIGCONT)  # while the other one works
                made = await publish(streams, made, LATE)
                await until(streams, 0)
            for child in children:
                child.signal(signal.SIGTERM)
            assert [await child.end() for child in children] == [0, 0]
            lost = sum(len(child.said("lease.lost")) for child in children)
        handed_on = await developments(store)
        stories = {event.story.id for event in handed_on}
        final = await read_story(store, handed_on[-1].story.id)
        repeats = len(handed_on) - len({event.story.version for event in handed_on})
        print(
            f"\na holder of group frozen past its lease {FREEZES} times, {frozen_in_hand} times in the middle: "
            f"{made} reports, {len(stories)} story (bar 1), {made - len(handed_on)} updates lost (bar 0), "
            f"{repeats} versions twice (bar 0), lease lost {lost} times"
        )
        assert len(stories) == 1
        assert [event.story.version for event in handed_on] == list(range(1, made + 1))
        assert final is not None
        assert (final.version, final.report_count) == (made, made)
        assert await store.zcard(keys.RECENT) == made
        assert await store.xlen(keys.DEAD) == 0
        assert frozen_in_hand == FREEZES
    finally:
        await store.aclose()
        await server.close()
