"""Politeness towards one host: few requests at a time, and none while it asked us to wait."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from pipelines.feeds.trouble import HostBusyError


@dataclass(slots=True)
class _Host:
    free: asyncio.Semaphore
    users: int = 0
    silent_until: float = field(default=0.0)


class Hosts:
    """At most ``limit`` requests at a time for each host; who waits over ``patience`` seconds comes back later."""

    def __init__(self, limit: int = 2, patience: float = 5.0) -> None:
        self._limit = limit
        self._patience = patience
        self._hosts: dict[str, _Host] = {}

    @contextlib.asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Hold one of the host's places; raises ``HostBusyError``."""
        state = self._hosts.setdefault(host, _Host(asyncio.Semaphore(self._limit)))
        state.users += 1
        try:
            self._heed_silence(state)
            if state.free.locked():
                await self._wait(state)
            else:
                await state.free.acquire()
            try:
                self._heed_silence(state)  # who held the place before may have been told to wait
                yield
            finally:
                state.free.release()
        finally:
            state.users -= 1
            if not state.users and state.silent_until <= asyncio.get_running_loop().time():
                self._hosts.pop(host, None)

    def _heed_silence(self, state: _Host) -> None:
        left = state.silent_until - asyncio.get_running_loop().time()
        if left > 0:
            raise HostBusyError(left)

    async def _wait(self, state: _Host) -> None:
        try:
            async with asyncio.timeout(self._patience):
                await state.free.acquire()
        except TimeoutError:
            raise HostBusyError(self._patience) from None

    def silence(self, host: str, seconds: float) -> None:
        """Ask nothing of ``host`` for that long: its 429 or 503 with Retry-After counts for all its feeds."""
        state = self._hosts.setdefault(host, _Host(asyncio.Semaphore(self._limit)))
        state.silent_until = max(state.silent_until, asyncio.get_running_loop().time() + seconds)
