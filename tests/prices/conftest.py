"""The fixture of tests about sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from pipelines.prices.ask import build_client
from tests.conftest import Clock
from tests.prices.live import Live
from tests.prices.server import price_server


@pytest.fixture
async def live(store: Redis, clock: Clock) -> AsyncIterator[Live]:
    """Two sockets that are not open yet, a server, and a clock that stands still."""
    async with price_server(clock) as server, build_client(timeout=1) as client:
        made = Live(store, clock, server, client)
        yield made
        for task in made.tasks:
            task.cancel()
        await asyncio.gather(*made.tasks, return_exceptions=True)
