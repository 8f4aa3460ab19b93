"""The only consume loop: read, handle, hand over; later, never, stop cleanly.

"Try later" goes to the clock and never counts towards giving up. A surprise counts: the batch is taken apart to find
the event that caused it, which is tried five times and then goes to the dead letters with its reason.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from pipelines.events import AnyEvent, UnreadableEvent, decode
from pipelines.lease import LEASE_MS, RENEW_SECONDS
from pipelines.stage import Command, Done, Later, Never, Outcome, Stage
from pipelines.store import BLOCK_MS, STORE_TROUBLE, is_away
from pipelines.streams import MAX_DELIVERIES, MAX_SURPRISES, Delivered, FencedError, Streams, add, bury, postpone
from pipelines.tasks import end, rest

log = logging.getLogger(__name__)

HANDLER_LIMIT = 60.0
"""Seconds a handler may take. Above the slowest one: a poll has 20 s for the transfer, and on a very busy machine 35 s
until its parser is free, has started and has read."""
HUNG_MS = 90_000
RECLAIM_SECONDS = 2.0
LONGEST_WAY = 5.0


class Worker:
    """One stage in one process. ``ready`` says whether work may begin (a full disk or a full next stream says no)."""

    def __init__(
        self,
        streams: Streams,
        stage: Stage,
        clock: Callable[[], datetime],
        ready: Callable[[], bool] = lambda: True,
        stream_limit: int = 200_000,
    ) -> None:
        self._streams = streams
        self._stage = stage
        self._clock = clock
        self._ready = ready
        self._limit = stream_limit
        self._token: str | None = None
        self._running: set[asyncio.Task[int]] = set()
        self._reclaim_at = 0.0
        self._renew_at = 0.0
        self._leftover = False
        self._took_over = False
        self._in_doubt = False
        self._stop = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop``; what is in hand is finished first. A store that is away is waited for."""
        self._stop = stop
        keeper = asyncio.create_task(self._keep_lease()) if self._stage.single_hand else None
        away = False
        try:
            while not stop.is_set():
                try:
                    if await self._may_work():
                        await self._turn()
                    else:
                        await rest(stop, 0.2)
                    if away:
                        log.info("store.back stage=%s", self._stage.name)
                    away = False
                except STORE_TROUBLE as error:
                    if not is_away(error):
                        raise
                    if not away:
                        log.warning("store.away stage=%s why=%s", self._stage.name, type(error).__name__)
                    away = self._in_doubt = True
                    await rest(stop, 0.5)
                except FencedError:
                    log.warning("lease.lost stage=%s", self._stage.name)
                    self._token = None
                    await self._let_go()
        finally:
            await self._close(keeper)

    async def _let_go(self) -> None:
        """Leave what was read without the lease to its holder, which would else wait until this process looks hung."""
        try:
            await self._streams.let_go(self._stage.reads)
        except STORE_TROUBLE as error:
            if not is_away(error):
                raise

    async def _turn(self) -> None:
        """Take what a dead consumer left, else wait for new events."""
        now = asyncio.get_running_loop().time()
        if self._leftover:
            self._leftover = False
            await self._take(await self._streams.read_own(self._stage.reads))
            return
        if now >= self._reclaim_at or self._took_over:
            self._reclaim_at = now + RECLAIM_SECONDS
            # What the last hand has read comes before all that is new, even while it seems to live: it is fenced off.
            claimed = await self._streams.reclaim(self._stage.reads, 0 if self._took_over else HUNG_MS)
            self._took_over = self._took_over and bool(claimed)
            if claimed:
                log.info("stage.reclaimed stage=%s events=%d", self._stage.name, len(claimed))
                # One by one: if one of them is what kills processes, the others still get through.
                for item in claimed:
                    await self._take([item])
                return
        free = (self._stage.parallel - len(self._running)) * self._stage.batch
        # A short wait while calls run, so that a hand that falls free is not kept idle by a quiet stream.
        wait = BLOCK_MS if not self._running else 20
        events = await self._streams.read(self._stage.reads, free, wait)
        if events and self._stage.behind is not None:
            await self._give_way(self._stage.behind)
        await self._take(events)

    async def _give_way(self, stream: str) -> None:
        """Let what is on that stream pass first, but never for long: nothing may starve."""
        loop = asyncio.get_running_loop()
        until = loop.time() + LONGEST_WAY
        while loop.time() < until and not self._stop.is_set() and await self._streams.length(stream):
            await rest(self._stop, 0.05)

    async def _close(self, keeper: asyncio.Task[None] | None) -> None:
        if self._running:
            await asyncio.wait(self._running)
        if keeper is not None:
            await end(keeper)
        if self._token is not None:
            with contextlib.suppress(*STORE_TROUBLE):
                await self._streams.release(self._stage.name, self._token)

    async def step(self, count: int) -> int:
        """Deal with up to ``count`` waiting events at once and return how many; waits for none. For replays."""
        if self._stage.single_hand:
            await self._hold_lease()
        events = await self._streams.read(self._stage.reads, count, None)
        return await self._deal_with(events) if events else 0

    async def _may_work(self) -> bool:
        if not self._ready():
            return False
        if self._stage.single_hand and self._token is None and not await self._win_lease():
            return False
        if self._in_doubt:
            await self._settle_doubt()
        feeds = self._stage.feeds
        # What goes round on its own stream would wait for itself.
        return feeds in (None, self._stage.reads) or await self._streams.length(feeds) < self._limit

    async def _take(self, events: Sequence[Delivered]) -> None:
        """Start calls for these events and wait until a hand is free again."""
        for start in range(0, len(events), self._stage.batch):
            task = asyncio.create_task(self._deal_with(events[start : start + self._stage.batch]))
            self._running.add(task)
        while len(self._running) >= self._stage.parallel:
            done, self._running = await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        done = {task for task in self._running if task.done()}
        self._running -= done
        for task in done:
            task.result()

    async def _deal_with(self, delivered: Sequence[Delivered]) -> int:
        events, commands = list[tuple[Delivered, AnyEvent]](), list[tuple[bytes, Sequence[Command]]]()
        for item in delivered:
            try:
                if item.deliveries > MAX_DELIVERIES:
                    raise UnreadableEvent(f"delivered {item.deliveries} times, no process survived it")  # noqa: TRY301
                events.append((item, decode(item.data)))
            except UnreadableEvent as error:
                commands.append((item.id, self._writes(item, Never(str(error)))))
        try:
            outcomes = await self._handle([event for _, event in events])
        except Exception as error:  # any surprise of any stage ends here, with its reason
            if is_away(error):
                raise
            await self._begin_again()
            if len(delivered) > 1:
                # One by one, each handed over before the next: memory was rebuilt from what has been.
                return sum([await self._deal_with([item]) for item in delivered])
            log.exception("stage.surprise stage=%s try=%d", self._stage.name, events[0][0].tries + 1)
            outcomes = [_surprise(events[0][0], error)]
        commands += [
            (item.id, self._writes(item, outcome)) for (item, _), outcome in zip(events, outcomes, strict=True)
        ]
        lease = (self._stage.name, self._token or "lost") if self._stage.single_hand else None
        await self._hand_over(commands, lease)
        return len(commands)

    async def _hand_over(
        self, commands: Sequence[tuple[bytes, Sequence[Command]]], lease: tuple[str, str] | None
    ) -> None:
        """Hand over, however long the store is away: it applies each event once, so that asking again is safe."""
        while True:
            try:
                await self._streams.hand_over(self._stage.reads, commands, lease)
                return
            except STORE_TROUBLE as error:
                if self._stop.is_set() or not is_away(error):
                    raise  # unacknowledged, so the next process takes it over
                await rest(self._stop, 0.25)

    async def _handle(self, events: Sequence[AnyEvent]) -> Sequence[Outcome]:
        if not events:
            return []
        limit = asyncio.timeout(HANDLER_LIMIT)
        try:
            async with limit:
                return await self._stage.handle(events)
        except TimeoutError as error:
            if limit.expired():  # a hung handler is a surprise; a store that is away raises the same class
                raise RuntimeError(f"no answer in {HANDLER_LIMIT:g} s") from error
            raise

    def _writes(self, item: Delivered, outcome: Outcome) -> Sequence[Command]:
        stage = self._stage
        if isinstance(outcome, Done):
            outputs = [add(stage.feeds, event) for event in outcome.outputs] if stage.feeds else []
            return [*outcome.writes, *outputs]
        if isinstance(outcome, Later):
            tries = item.tries + isinstance(outcome, _Surprise)
            at = self._clock().timestamp() + outcome.after
            return postpone(stage.reads, f"retry:{stage.reads}:{item.id.decode()}", item.data, at, tries)
        log.error("stage.gave_up stage=%s why=%s", stage.name, outcome.why)
        return [bury(stage.name, stage.reads, item.data, outcome.why)]

    async def _win_lease(self) -> bool:
        token = await self._streams.acquire(self._stage.name, LEASE_MS)
        if token is None:
            return False
        self._token, self._in_doubt = token, True
        self._took_over = True
        await self._settle_doubt()
        return True

    async def _settle_doubt(self) -> None:
        """Rebuild memory, then deal first with what was read before the doubt: nobody else will take it over soon."""
        running, self._running = self._running, set()
        if running:
            await asyncio.wait(running)
        for error in filter(None, (task.exception() for task in running)):
            if not is_away(error):
                raise error
        await self._begin_again()
        self._leftover, self._in_doubt = True, False

    async def _hold_lease(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._token is not None and now >= self._renew_at:
            # Between two steps of a replay a busy machine may let the lease run out.
            kept = await self._streams.renew(self._stage.name, self._token, LEASE_MS)
            self._token, self._renew_at = self._token if kept else None, now + RENEW_SECONDS
        if self._token is None and not await self._win_lease():
            raise RuntimeError(f"another process runs the stage {self._stage.name}")

    async def _begin_again(self) -> None:
        """Rebuild what the stage keeps in memory: after winning the lease, and after a surprise left it in doubt."""
        if self._stage.begin is not None:
            await self._stage.begin()

    async def _keep_lease(self) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            with contextlib.suppress(*STORE_TROUBLE):
                token = self._token
                if token is not None and not await self._streams.renew(self._stage.name, token, LEASE_MS):
                    log.warning("lease.lost stage=%s", self._stage.name)
                    self._token = None


class _Surprise(Later):
    """A try-later that counts."""


def _surprise(item: Delivered, error: Exception) -> Outcome:
    why = f"{type(error).__name__}: {error}"
    return Never(why) if item.tries + 1 >= MAX_SURPRISES else _Surprise(float(2**item.tries), why)
