"""The last stage: take deliveries that may go, render them with the quotes at hand, call, write down what came of it.

One place gives deliveries out to hands and one writes their answers down, each many in a step. A row is ``sending`` and
on disk before its call is made. Prices are read, never fetched.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import datetime

from bot.deliver import Deliver
from bot.delivery.queue import Outbox, Receipt, Taken
from pipelines.store import STORE_TROUBLE, is_away
from pipelines.tasks import end

log = logging.getLogger(__name__)

_RECOVER_SECONDS = 1.0
_LONGEST_WAIT = 1.0


class Send:
    """Sends what the outbox gives out, at most ``parallel`` calls at a time."""

    def __init__(
        self,
        outbox: Outbox,
        deliver: Deliver,
        clock: Callable[[], datetime],
        *,
        parallel: int = 8,
        ready: Callable[[], bool] = lambda: True,
    ) -> None:
        self._outbox = outbox
        self._deliver = deliver
        self._clock = clock
        self._ready = ready
        self._idle = list(range(parallel))
        self._stir = asyncio.Event()
        self._answers: list[tuple[Taken, Receipt, asyncio.Future[bool]]] = []
        self._answered = asyncio.Event()
        self._hands: set[asyncio.Task[None]] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Send until ``stop``; calls in flight are finished first, since nobody else can learn their answers."""
        others = [asyncio.create_task(work) for work in (self._listen(), self._recover(), self._write_down())]
        try:
            while not stop.is_set():
                self._stir.clear()
                wait = await self._give_out()
                for task in [each for each in (*self._hands, *others) if each.done()]:
                    self._hands.discard(task)
                    task.result()
                await self._rest(min(wait, _LONGEST_WAIT), stop)
            if self._hands:
                await asyncio.wait(self._hands)
        finally:
            await end(*others)

    async def step(self) -> bool:
        """Send one delivery if one may go now; False if none. For replays."""
        given, _ = await self._outbox.take(self._clock(), (0,))
        for taken in given:
            receipt = await self._deliver.deliver(taken)
            await self._outbox.settle([(taken, receipt)], self._clock())
            await self._deliver.after(taken, receipt)
        return bool(given)

    async def _give_out(self) -> float:
        """Give deliveries to the hands that are free; returns how many seconds to wait for more."""
        if not self._idle:
            return _LONGEST_WAIT
        if not self._ready():
            return 0.5
        try:
            given, wait = await self._outbox.take(self._clock(), tuple(self._idle))
        except STORE_TROUBLE as error:
            # What these hands took and never learnt of, their next ``take`` gives back.
            if not is_away(error):
                raise
            return 0.5
        for taken in given:
            self._idle.remove(taken.hand)
            self._hands.add(asyncio.create_task(self._hand(taken)))
        return wait if self._idle else _LONGEST_WAIT

    async def _hand(self, taken: Taken) -> None:
        try:
            early = (taken.slot - self._clock()).total_seconds()
            if early > 0:
                await asyncio.sleep(min(early, _LONGEST_WAIT))
            receipt = await self._deliver.deliver(taken)
            written = asyncio.get_running_loop().create_future()
            self._answers.append((taken, receipt, written))
            self._answered.set()
            await written
            await self._deliver.after(taken, receipt)
        except STORE_TROUBLE as error:
            # Only what follows an answer: its chat is still first in line and comes here again.
            if not is_away(error):
                raise
        finally:
            self._idle.append(taken.hand)
            self._stir.set()

    async def _write_down(self) -> None:
        """Write the answers as they come, all that have gathered in one step, however long the store is away."""
        while True:
            await self._answered.wait()
            self._answered.clear()
            batch, self._answers = self._answers, []
            while batch:
                try:
                    kept = await self._outbox.settle([(taken, receipt) for taken, receipt, _ in batch], self._clock())
                except STORE_TROUBLE as error:
                    if not is_away(error):
                        raise
                    await asyncio.sleep(0.25)
                    continue
                for (_, _, written), flag in zip(batch, kept, strict=True):
                    written.set_result(flag)
                batch = []

    async def _listen(self) -> None:
        """Stir as soon as something is put in line."""
        while True:
            try:
                if await self._outbox.wait(2.0):
                    self._stir.set()
            except STORE_TROUBLE as error:
                if not is_away(error):
                    raise
                await asyncio.sleep(0.5)

    async def _recover(self) -> None:
        while True:
            with contextlib.suppress(*STORE_TROUBLE):
                if freed := await self._outbox.recover(self._clock()):
                    log.warning("delivery.recovered chats=%d", freed)
                    self._stir.set()
            await asyncio.sleep(_RECOVER_SECONDS)

    async def _rest(self, seconds: float, stop: asyncio.Event) -> None:
        """Wait so long, or until a hand is free, something is put in line, or ``stop``."""
        waiting = {asyncio.ensure_future(self._stir.wait()), asyncio.ensure_future(stop.wait())}
        await asyncio.wait(waiting, timeout=max(seconds, 0.001), return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
