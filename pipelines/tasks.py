"""What loops that run until an event share: a rest that the event cuts short, and an end that comes for certain."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any


async def rest(stop: asyncio.Event, seconds: float) -> bool:
    """Wait so many seconds, or until ``stop``; whether it has come."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()
    return stop.is_set()


async def end(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks that use the store, until they have ended.

    Once is not enough: the client may take a cancellation that comes while it connects for a failure of the store, and
    a loop that outlives such failures would go on.
    """
    while left := [task for task in tasks if not task.done()]:
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=0.2)
