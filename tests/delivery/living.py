"""A story that goes on, told to chats of the test server by the real stages behind the judgement."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.address import Address
from pipelines import keys
from pipelines.due import DueClock
from pipelines.events import Alert
from pipelines.stage import Stage
from pipelines.streams import Streams
from pipelines.worker import Worker
from rules.story import Change, Move
from tests.delivery.scene import CHAT, Scene
from tests.delivery.stories import judged, make_alert


class Living:
    """One story and the stages that tell it; ``versions`` are made by naming what moved."""

    def __init__(self, scene: Scene, page: int = 3) -> None:
        self.scene, self.clock = scene, scene.clock
        self.streams = Streams(scene.store, "one")
        address = Address(scene.store, scene.clock, None, scene.outbox.depth, page)
        stage = Stage(
            name="address", reads=keys.ALERTS, feeds=keys.ALERTS, handle=address.handle, batch=1, single_hand=True
        )
        self.worker = Worker(self.streams, stage, scene.clock)
        self.due = DueClock(scene.store, self.streams, scene.clock)
        self.alert = make_alert("a", scene.clock())

    async def begin(self) -> None:
        """Tell the story as it is for the first time."""
        await self.streams.create(keys.STREAMS)
        await self.tell(self.alert)

    async def move(self, *kinds: Move, detail: str = "", report: str = "a", **changes: Any) -> None:
        """The story moves on by these, and all that may go now goes."""
        version = self.alert.story.version + 1
        moved = tuple(Change(version, kind, self.clock(), report, detail) for kind in kinds)
        story = replace(self.alert.story, version=version, changes=(*self.alert.story.changes, *moved), **changes)
        await self.tell(replace(self.alert, story=story, judged=self.clock()))

    async def tell(self, alert: Alert) -> None:
        """Hand this over as the stage before does."""
        await self.publish(alert)
        await self.scene.work()

    async def publish(self, alert: Alert) -> None:
        """Hand this over and line it up, with nobody to send it."""
        self.alert = await judged(self.scene.store, alert)
        await self.streams.publish(keys.ALERTS, alert)
        await self._line_up()

    async def wait(self, **parts: float) -> None:
        """Let time go by, a minute at a time, with the clock ringing what is due."""
        until = self.clock() + timedelta(**parts)
        while self.clock() < until:
            self.clock.at = min(until, self.clock() + timedelta(minutes=1))
            await self.due.step()
            await self._line_up()
            await self.scene.work()

    async def _line_up(self) -> None:
        while await self.worker.step(1):
            pass

    def calls(self, chat: int = CHAT) -> list[str]:
        """What Telegram was asked for, in order: send, edit, or reply with the number that it replies to."""
        made = list[str]()
        for call in self.scene.server.world.calls:
            if call.chat == chat and call.method == "editMessageText":
                made.append("edit")
            elif call.chat == chat and call.method == "sendMessage":
                made.append("send" if call.reply_to is None else f"reply to {call.reply_to}")
        return made

    def texts(self, chat: int = CHAT) -> list[str]:
        """What the chat shows now, oldest first."""
        return self.scene.shown(chat)
