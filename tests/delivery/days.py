"""Days gone through by a chat: news, wishes and stops in, and what was told at which minute out."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.address import Address
from bot.chats import Kind
from bot.commands.context import Ask, BotContext
from bot.commands.handlers import COMMANDS
from bot.signing import signer_for
from pipelines import keys
from pipelines.rulebook import load_rules
from pipelines.stage import Stage
from pipelines.streams import Streams
from pipelines.worker import Worker
from rules.verdict import Severity
from tests.delivery.desk import Desk
from tests.delivery.scene import CHAT, Scene
from tests.delivery.stories import judged, make_alert

LOUD = {"news": Severity.HIGH, "critical": Severity.CRITICAL, "small": Severity.MEDIUM}
_NAMED = re.compile(r"[(](\w+)[)]")


class Days(Desk):
    """The desk with the stage that addresses, gone through from one moment at which something is due to the next."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene.store, scene.clock, scene.server, scene.sender)
        streams = Streams(scene.store, "one")
        address = Address(scene.store, scene.clock, depths=self.outbox.depth, prices=False)
        stage = Stage(
            name="address", reads=keys.ALERTS, feeds=keys.ALERTS, handle=address.handle, batch=1, single_hand=True
        )
        self.streams, self.address = streams, Worker(streams, stage, scene.clock)
        self.context = BotContext(
            store=scene.store,
            chats=self.chats,
            clock=scene.clock,
            rules=lambda: load_rules(None),
            signer=signer_for("1:x"),
        )
        self.told: list[str] = []

    async def happen(self, what: str) -> None:
        """News of that loudness and name, or a command that the chat types."""
        word, _, rest = what.partition(" ")
        if word in LOUD:
            alert = await judged(self.store, make_alert(rest, self.clock(), severity=LOUD[word]))
            await self.streams.publish(keys.ALERTS, alert)
        else:
            run = next(entry.run for entry in COMMANDS if entry.name == word.removeprefix("/"))
            ask = Ask(chat_id=CHAT, kind=Kind.PRIVATE, title="", user_id=CHAT, text=rest, now=self.clock())
            await run(self.context, ask)

    async def settle_all(self) -> None:
        """Do all that is due, a second a message, and write down what was told at this minute."""
        at, before = self.clock(), len(self.calls())
        while True:
            while await self.address.step(1):
                pass
            await super().work()
            if not any((await self.outbox.depth()).values()):
                break
            self.clock.advance(seconds=1)
        for call in self.calls()[before:]:
            names = " ".join(_NAMED.findall(call.text))
            self.told.append(f"{at:%d %H:%M} {'digest ' if 'Digest' in call.text else ''}{names}")

    async def next_due(self) -> datetime | None:
        """When the clock has something to do."""
        raw: Any = self.store
        found = await raw.zrange(keys.DUE, 0, 0, withscores=True)
        return datetime.fromtimestamp(found[0][1], UTC) if found else None

    async def go(self, script: list[tuple[datetime, str]], days: float) -> list[str]:
        """Go through the script and some days more; ``stop`` and ``start`` end and begin all work."""
        end, running = script[-1][0] + timedelta(days=days), True
        rest = [*script, (end, "end")]
        while rest:
            due = await self.next_due() if running else None
            at, what = rest[0]
            if due is not None and due < at:
                self.clock.at = max(self.clock.at, due)
            else:
                self.clock.at = max(self.clock.at, at)
                rest.pop(0)
                running = what == "start" or (running and what != "stop")
                if what not in ("start", "stop", "end"):
                    await self.happen(what)
            if running:
                await self.settle_all()
        return self.told
