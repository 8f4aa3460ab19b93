"""One hand for what must not be done twice at a time: who holds the lease works, the others stand by."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from pipelines.store import STORE_TROUBLE, is_away
from pipelines.streams import Streams
from pipelines.tasks import rest

log = logging.getLogger(__name__)

LEASE_MS = 4_000
RENEW_SECONDS = 1.0

Work = Callable[[asyncio.Event], Awaitable[None]]
"""What is done until the event is set."""


async def run_alone(streams: Streams, job: str, work: Work, stop: asyncio.Event) -> None:
    """Do ``work`` until ``stop``, but only while this process holds the lease on ``job``."""
    standing_by = False
    while not stop.is_set():
        token = await _won(streams, job)
        if token is not None:
            await _work_while_held(streams, job, token, work, stop)
            standing_by = False
            continue
        if not standing_by:
            log.info("lease.elsewhere job=%s", job)
        standing_by = True
        await rest(stop, RENEW_SECONDS)


async def _work_while_held(streams: Streams, job: str, token: str, work: Work, stop: asyncio.Event) -> None:
    over = asyncio.Event()
    working, stopping = asyncio.ensure_future(work(over)), asyncio.ensure_future(stop.wait())
    try:
        while not working.done() and not stop.is_set() and await _held(streams, job, token):
            await asyncio.wait({working, stopping}, timeout=RENEW_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        over.set()
        await working
    finally:
        working.cancel()
        stopping.cancel()
        with contextlib.suppress(*STORE_TROUBLE):
            await streams.release(job, token)


async def _won(streams: Streams, job: str) -> str | None:
    try:
        return await streams.acquire(job, LEASE_MS)
    except STORE_TROUBLE as error:
        if not is_away(error):
            raise
        return None


async def _held(streams: Streams, job: str, token: str) -> bool:
    try:
        held = await streams.renew(job, token, LEASE_MS)
    except STORE_TROUBLE as error:
        if not is_away(error):
            raise
        return True  # nobody can win it while nobody reaches the store
    if not held:
        log.warning("lease.lost job=%s", job)
    return held
