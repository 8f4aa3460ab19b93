"""What commands that look into the store share: open it, as a guest where it is in use, run, close."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from redis.asyncio import Redis

from bot.app import open_store
from bot.logs import set_up_logs
from bot.settings import load_settings

T = TypeVar("T")


def with_store(work: Callable[[Redis], Awaitable[T]]) -> T:
    """The result of ``work`` on the deployment's store."""
    settings = load_settings()
    set_up_logs("WARNING", settings.secrets)

    async def run() -> T:
        async with open_store(settings) as (store, _):
            return await work(store)

    return asyncio.run(run())
