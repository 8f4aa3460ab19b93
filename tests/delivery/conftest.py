"""The scene on which the tests of delivery play."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from pipelines import keys
from pipelines.streams import Streams
from tests.conftest import Clock
from tests.delivery.days import Days
from tests.delivery.desk import Desk
from tests.delivery.scene import Scene, calling


@pytest.fixture
async def scene(store: Redis, clock: Clock) -> AsyncIterator[Scene]:
    """A sender, its queue and the server that it calls."""
    async with calling(read_seconds=0.3) as (server, sender):
        yield Scene(store, clock, server, sender)


@pytest.fixture
async def desk(store: Redis, clock: Clock) -> AsyncIterator[Desk]:
    """A chat whose digests come in time."""
    async with calling(read_seconds=0.2) as (server, sender):
        await Streams(store, "one").create(keys.STREAMS)
        made = Desk(store, clock, server, sender)
        await made.due.claim(1)
        await made.seat()
        yield made


@pytest.fixture
async def days(store: Redis, clock: Clock) -> AsyncIterator[Days]:
    """Days to go through."""
    async with calling(read_seconds=0.3) as (server, sender):
        await Streams(store, "one").create(keys.STREAMS)
        made = Days(Scene(store, clock, server, sender))
        await made.due.claim(1)
        yield made
