"""How late this process's event loop is: whatever holds it up, polling, judging and sending wait for it."""

from __future__ import annotations

import asyncio
import contextlib
import logging

log = logging.getLogger(__name__)

TICK = 0.05
"""Seconds between looks."""
SLOW = 0.5
"""Seconds of lateness that are worth a line at once."""
_SLOW_EVERY = 60.0
_TOLD_EVERY = 3600.0
_TOP = 2_000
_MOST = 20_000


class Lateness:
    """Counts looks by how late they were, to the millisecond; what is later than two seconds counts as two."""

    def __init__(self) -> None:
        self._counts = [0] * (_TOP + 1)
        self.worst = 0.0

    def add(self, seconds: float) -> None:
        """A look was so late. It counts for those that it swallowed too, or rare long waits would hide among them."""
        self.worst = max(self.worst, seconds)
        for _ in range(1 + min(int(seconds / TICK), _MOST)):
            self._counts[min(_TOP, max(0, int(seconds * 1000)))] += 1
            seconds -= TICK

    def below(self, share: float) -> float:
        """The seconds that this share of all looks was at most late; 0 before the first look."""
        left = sum(self._counts) * share
        for milliseconds, count in enumerate(self._counts):
            left -= count
            if left <= 0:
                return milliseconds / 1000
        return _TOP / 1000

    def told(self) -> str:
        """The figures for a line of the log."""
        return (
            f"p50_ms={self.below(0.5) * 1000:.0f} p99_ms={self.below(0.99) * 1000:.0f} worst_ms={self.worst * 1000:.0f}"
        )


async def watch_loop(stop: asyncio.Event) -> None:
    """Look until ``stop``: one line an hour and one at the end; a warning when it is slow, at most once a minute."""
    loop = asyncio.get_running_loop()
    late, quiet_until, tell_at = Lateness(), 0.0, loop.time() + _TOLD_EVERY
    while not stop.is_set():
        due = loop.time() + TICK
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(due):
                await stop.wait()
        now = loop.time()
        if stop.is_set() and now < due:
            break
        late.add(now - due)
        if now - due > SLOW and now >= quiet_until:
            quiet_until = now + _SLOW_EVERY
            log.warning("loop.slow late_ms=%.0f: all in this process waited so long", (now - due) * 1000)
        if now >= tell_at:
            log.info("loop.lag %s", late.told())
            late, tell_at = Lateness(), now + _TOLD_EVERY
    log.info("loop.lag %s", late.told())
