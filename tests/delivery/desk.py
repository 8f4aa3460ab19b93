"""The scene with the clock and the stage of digests: what is held for a chat, and when it is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from redis.asyncio import Redis

from bot.address import Digests
from bot.delivery.lining import enqueue, hold
from bot.delivery.telegram import TelegramSender
from pipelines import keys
from pipelines.due import DueClock
from pipelines.stage import Stage
from pipelines.streams import Streams
from pipelines.worker import Worker
from rules.verdict import Label
from tests.conftest import Clock
from tests.delivery.scene import CHAT, Scene
from tests.delivery.stories import apply, judged, make_alert
from tests.telegram.server import TelegramServer

HOUR = timedelta(hours=1)


class Desk(Scene):
    """The scene with the clock loop and the digests' stage."""

    def __init__(self, store: Redis, clock: Clock, server: TelegramServer, sender: TelegramSender) -> None:
        super().__init__(store, clock, server, sender)
        streams = Streams(store, "one")
        self.due = DueClock(store, streams, clock)
        stage = Stage(name="digests", reads=keys.DIGESTS, feeds=None, handle=Digests(clock, self.outbox.lines).handle)
        self.digests = Worker(streams, stage, clock)

    async def change(self, **wishes: Any) -> None:
        await self.chats.change(CHAT, lambda chat: chat and replace(chat, **wishes))

    async def push(self, *names: str, chat: int = CHAT, label: Label = Label.STRUCTURAL) -> list[str]:
        """Line up a story a name."""
        return [
            await self._put(name, label, lambda s: enqueue(s, [chat], 1, "normal", self.clock(), parts=1))
            for name in names
        ]

    async def hold(
        self, *names: str, until: timedelta = HOUR, chat: int = CHAT, label: Label = Label.STRUCTURAL
    ) -> list[str]:
        """Hold a story a name for the chat's digest, a millisecond one after the other."""
        due, held = self.clock() + until, list[str]()
        for name in names:
            self.clock.advance(milliseconds=1)
            held.append(await self._put(name, label, lambda s: hold(s, [(chat, due)], 1, self.clock(), parts=1)))
        return held

    async def _put(self, name: str, label: Label, writes: Callable[[str], Any]) -> str:
        told = await judged(self.store, make_alert(name, self.clock(), label=label))
        await apply(self.store, *writes(told.story.id))
        return told.story.id

    async def work(self, seconds: float = 0, step: float = 1) -> None:
        """Let the clock go on so far, and do all that is due meanwhile."""
        left = seconds
        while True:
            await self.due.ring()
            while await self.digests.step(10):
                pass
            while await self.send.step():
                pass
            if left <= 0:
                return
            self.clock.advance(seconds=min(step, left))
            left -= step

    async def state(self, story: str, chat: int = CHAT) -> str:
        return (await self.row(story, chat)).state.value
