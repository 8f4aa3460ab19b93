"""The scene on which edits for prices play."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from tests.conftest import Clock
from tests.delivery.scene import Scene, calling


@pytest.fixture
async def scene(store: Redis, clock: Clock) -> AsyncIterator[Scene]:
    """A sender, its queue and the server that it calls."""
    async with calling(read_seconds=0.3) as (server, sender):
        yield Scene(store, clock, server, sender)
