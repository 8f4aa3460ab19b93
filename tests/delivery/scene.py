"""A sender with its queue, and the Bot API server that it calls: what the tests of delivery play on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from bot.chat_store import ChatStore
from bot.chats import Chat, Delivery, Kind
from bot.deliver import Deliver, Pace
from bot.delivery.ledger import Ledger
from bot.delivery.lining import enqueue
from bot.delivery.queue import Outbox
from bot.delivery.telegram import TelegramSender
from bot.languages.catalogues import Languages
from bot.rendering import Renderer
from bot.send import Send
from bot.telegram_side import build_bot
from tests.conftest import Clock
from tests.delivery.stories import apply, judged, make_alert
from tests.languages.made_up import MADE_UP
from tests.telegram.server import TelegramServer
from tests.telegram.world import Call

CHAT = 5


@dataclass
class Scene:
    """A sender, its queue and the server that it calls."""

    store: Redis
    clock: Clock
    server: TelegramServer
    sender: TelegramSender

    def __post_init__(self) -> None:
        self.outbox, self.chats = Outbox(self.store, "one", 1000), ChatStore(self.store)
        self._renderer = Renderer(self.store, languages=Languages(MADE_UP))
        self.send = Send(self.outbox, self.deliver_for(self.outbox), self.clock)

    def deliver_for(self, outbox: Outbox, renderer: Renderer | None = None) -> Deliver:
        """What a process does with the deliveries of this outbox."""
        pace = Pace(chat=1, group=3)
        return Deliver(self.chats, outbox, renderer or self._renderer, lambda _: self.sender, self.clock, pace=pace)

    async def seat(self, chat: int = CHAT, **wishes: Any) -> None:
        """A chat that exists, with these wishes."""
        kind = Kind.PRIVATE if chat > 0 else Kind.GROUP
        await self.chats.put(Chat(id=chat, kind=kind, created=self.clock(), **wishes))
        self.server.world.chat(chat)

    async def put(self, chat: int, *names: str) -> list[str]:
        """Line up one story a name for a chat; returns their ids."""
        await self.seat(chat)
        ids = list[str]()
        for name in names:
            alert = await judged(self.store, make_alert(name, self.clock()))
            await apply(self.store, *enqueue(alert.story.id, [chat], 1, "normal", self.clock(), parts=1))
            ids.append(alert.story.id)
        return ids

    async def work(self, seconds: float = 0) -> None:
        """Send all that may go now, and what may go until ``seconds`` later."""
        while await self.send.step():
            pass
        if seconds:
            self.clock.advance(seconds=seconds)
            await self.work()

    async def crash(self, chat: int = CHAT) -> None:
        """Another process takes the chat's next delivery and dies before it has an answer."""
        (taken,), _ = await Outbox(self.store, "dead", 1000).take(self.clock())
        assert taken.chat_id == chat
        assert await self.outbox.recover(self.clock()) == 1

    async def row(self, story: str, chat: int = CHAT) -> Delivery:
        """The ledger's row."""
        return (await Ledger(self.store).last(story, [chat]))[chat]

    def calls(self, chat: int = CHAT) -> list[Call]:
        """The sends that were tried, answered well or not."""
        return [call for call in self.server.world.calls if call.method == "sendMessage" and call.chat == chat]

    def shown(self, chat: int = CHAT) -> list[str]:
        """What the chat holds."""
        return [message["text"] for message in self.server.world.chats[chat].messages.values()]


@asynccontextmanager
async def calling(read_seconds: float) -> AsyncIterator[tuple[TelegramServer, TelegramSender]]:
    """The Bot API server and a sender that calls it; an answer is waited for so long."""
    async with TelegramServer() as server:
        bot = build_bot(server.token, server.base_url, 4, read_seconds=read_seconds)
        await bot.initialize()
        yield server, TelegramSender(bot)
        await bot.shutdown()
