"""The clock: one sorted set of stable ids; each due item becomes an ordinary event on its stream.

Held by one process at a time; the server checks the fencing token in the same script that moves the items.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import datetime

from redis.asyncio import Redis

from pipelines import keys
from pipelines.lease import LEASE_MS, RENEW_SECONDS
from pipelines.store import STORE_TROUBLE, is_away
from pipelines.streams import Streams
from pipelines.tasks import rest

log = logging.getLogger(__name__)

JOB = "clock"
_TICK = 0.25
"""Seconds between looks: half of it is the mean lateness of a poll, and one look costs the server microseconds."""
_SET_BACK = 60.0
"""A clock that goes back by more than so many seconds has been set; less is another machine's opinion."""

_RING = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return redis.error_reply('FENCED the clock has passed to another hand')
end
local back = tonumber(ARGV[5])
for _, item in ipairs(back > 0 and redis.call('ZRANGE', KEYS[2], 0, -1) or {}) do
  if string.match(item, '^poll:') or string.match(item, '^retry:') then
    redis.call('ZINCRBY', KEYS[2], -back, item)
  end
end
local items = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[2], 'LIMIT', 0, ARGV[3])
for _, item in ipairs(items) do
  local value = redis.call('HGET', KEYS[3], item)
  if value then
    local head, event = string.match(value, '^(%S+) (.*)$')
    local name, tries = string.match(head, '^([^/]+)/?(%d*)$')
    redis.call('XADD', ARGV[4] .. name, '*', 'e', event, 't', tries == '' and '0' or tries)
    redis.call('HDEL', KEYS[3], item)
  end
  redis.call('ZREM', KEYS[2], item)
end
return #items
"""
"""Waits (a feed's turn, another try) follow a clock that is set back; dates do not, they stand in the calendar."""


class ClockTakenError(RuntimeError):
    """Another process of this store already runs the clock; the message names it and the remedy."""


class DueClock:
    """Rings what is due, while it holds the lease.

    ``standby``: the clock of a process that polls no feeds. It rings only while no process that does is there, so that
    digests and other tries come in time where stages run alone.
    """

    def __init__(self, store: Redis, streams: Streams, clock: Callable[[], datetime], *, standby: bool = False) -> None:
        self._job = f"{JOB}-standby" if standby else JOB
        self._standby = standby
        self._streams = streams
        self._clock = clock
        self._ring = store.register_script(_RING)
        self._token: str | None = None
        self._last = float("-inf")

    async def claim(self, patience: float) -> None:
        """Win the lease within ``patience`` seconds; ``ClockTakenError`` then, or as soon as its holder renews it.

        A dead holder's lease runs out in four seconds; a living one renews it each second, so that its time grows.
        """
        loop = asyncio.get_running_loop()
        until, left = loop.time() + patience, LEASE_MS
        while True:
            self._token = await self._streams.acquire(self._job, LEASE_MS)
            if self._token is not None:
                return
            before, left = left, await self._streams.lease_ms(self._job)
            if left > before or loop.time() >= until:
                holder = await self._streams.holder(self._job) or "another process"
                raise ClockTakenError(
                    f"{holder} already polls for this store: stop it first, join it with --stage, "
                    "or give this one a folder of its own (LODESTONE_DATA)"
                )
            await asyncio.sleep(0.1)

    async def ring(self, limit: int = 500) -> int:
        """Move up to ``limit`` due items to their streams and return how many."""
        now = self._clock().timestamp()
        prefix = keys.stream("")
        back = self._last - now if self._last - now > _SET_BACK else 0.0
        args: list[str | float] = [self._token or "", now, limit, prefix, back]
        rung = int(await self._ring(keys=[keys.lease(self._job), keys.DUE, keys.DUE_EVENTS], args=args))
        if back:
            log.warning("clock.set_back seconds=%.0f", back)
        self._last = now
        return rung

    async def step(self) -> int:
        """Ring once, with the lease won or kept for it, and return how many items that moved. For replays."""
        if self._token is None or not await self._streams.renew(self._job, self._token, LEASE_MS):
            await self.claim(0)
        return await self.ring()

    async def run(self, stop: asyncio.Event) -> None:
        """Ring until ``stop``; a lost lease is won back when it is free."""
        renew_at, loop = 0.0, asyncio.get_running_loop()
        while not stop.is_set():
            try:
                if self._token is None:
                    self._token = await self._streams.acquire(self._job, LEASE_MS)
                elif loop.time() >= renew_at:
                    renew_at = loop.time() + RENEW_SECONDS
                    if not await self._streams.renew(self._job, self._token, LEASE_MS):
                        self._token = None
                if self._token is not None and not (self._standby and await self._streams.holder(JOB)):
                    await self.ring()
            except STORE_TROUBLE as error:
                # That the store is away the workers say; the lease will tell who goes on.
                if "FENCED" in str(error):
                    log.warning("lease.lost job=%s", self._job)
                    self._token = None
                elif not is_away(error):
                    raise
            await rest(stop, _TICK)
        if self._token is not None:
            with contextlib.suppress(*STORE_TROUBLE):
                await self._streams.release(self._job, self._token)
