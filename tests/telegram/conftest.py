"""A whole bot on the line: real Application, real polling, real store, the Bot API server for tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from redis.asyncio import Redis
from telegram.ext import Application, ApplicationBuilder
from telegram.request import HTTPXRequest

from bot.access import Access
from bot.chat_store import ChatStore
from bot.chats import Chat
from bot.commands.context import BotContext
from bot.commands.handlers import ALLOWED_UPDATES, build_handlers, on_error
from bot.signing import signer_for
from pipelines.rulebook import load_rules
from tests.telegram.server import TelegramServer
from tests.telegram.world import Call

PERSON, OTHER, ADMIN, OWNER = 701, 702, 703, 999
RULES = load_rules(None)
GROUP = -100200300400500
SENTINEL = 888


@dataclass
class Line:
    """Someone with a phone: writes, taps, and reads what came back."""

    server: TelegramServer
    store: Redis
    chats: ChatStore
    moved: list[tuple[int, int]] = field(default_factory=list)

    async def say(self, text: str, chat: int = PERSON, user: int | None = None, **more: Any) -> list[Call]:
        """Write, and read everything that the bot then wrote anywhere."""
        before = len(self.server.world.calls)
        await self.server.say(chat, text, user, **more)
        return await self.read(before)

    async def tap(
        self, data: str, message: int = 1, chat: int = PERSON, user: int | None = None
    ) -> tuple[str, list[Call]]:
        """Tap a button; the toast, and what the bot wrote or edited."""
        before, toasts = len(self.server.world.calls), len(self.server.world.answers)
        await self.server.press(chat, message, data, user)
        calls = await self.read(before)
        said = [answer["text"] for answer in self.server.world.answers[toasts:]]
        assert len(said) == 1, "each tap is answered exactly once"
        return said[0] or "", [call for call in calls if call.method != "answerCallbackQuery"]

    async def read(self, since: int) -> list[Call]:
        """All calls, once all updates have been dealt with: they are handled in order, so a last one proves it."""
        await self.server.say(SENTINEL, "/help")
        await self.server.until(lambda: any(call.chat == SENTINEL for call in self.server.world.calls[since:]))
        skipped = ("getUpdates", "getChat", "getChatAdministrators")
        return [
            call for call in self.server.world.calls[since:] if call.chat != SENTINEL and call.method not in skipped
        ]

    async def chat(self, chat: int = PERSON) -> Chat:
        """The chat as stored."""
        found = await self.chats.get(chat)
        assert found is not None
        return found

    def message(self, chat: int = PERSON) -> Any:
        """The bot's newest message in a chat, as Telegram holds it."""
        own = [each for each in self.server.world.chats[chat].messages.values() if each["from"]["is_bot"]]
        return own[-1]

    def buttons(self, chat: int = PERSON) -> dict[str, str]:
        """The buttons under the newest message: what they say, and what they send or open."""
        rows = self.message(chat).get("reply_markup", {}).get("inline_keyboard", [])
        return {each["text"]: each.get("callback_data") or each["url"] for row in rows for each in row}


OpenLine = Callable[..., Any]
"""Takes the access, and by name what else the bot's context is to hold."""


@pytest.fixture
async def open_line(store: Redis, clock: Callable[[], datetime]) -> AsyncIterator[OpenLine]:
    """Starts a bot with the access given; stopped at the end of the test."""
    running: list[tuple[Application[Any, Any, Any, Any, Any, Any], TelegramServer]] = []

    async def start(access: Access, **more: Any) -> Line:
        server = TelegramServer()
        server.world.now = lambda: clock().timestamp()
        await server.start()
        line = Line(server, store, ChatStore(store))

        async def moved(old: int, new: int) -> None:
            line.moved.append((old, new))

        context = BotContext(
            store=store,
            chats=line.chats,
            clock=clock,
            access=access,
            moved=moved,
            rules=lambda: RULES,
            signer=signer_for(server.token),
            **more,
        )
        # Plain HTTP on loopback: reading the certificates would take most of each test's time.
        requests = [HTTPXRequest(httpx_kwargs={"verify": False}) for _ in range(2)]
        builder = ApplicationBuilder().token(server.token).base_url(server.base_url)
        application = builder.request(requests[0]).get_updates_request(requests[1]).build()
        application.add_handlers(build_handlers(context))
        application.add_error_handler(partial(on_error, context.languages))
        await application.initialize()
        await application.start()
        assert application.updater is not None
        await application.updater.start_polling(timeout=5, allowed_updates=list(ALLOWED_UPDATES))
        running.append((application, server))
        return line

    yield start
    for application, server in running:
        assert application.updater is not None
        await application.updater.stop()
        await application.stop()
        await application.shutdown()
        await server.stop()


@pytest.fixture
async def line(open_line: OpenLine) -> Line:
    """A bot that is open to all."""
    opened: Line = await open_line(Access(admins=frozenset({OWNER})))
    opened.server.world.chat(GROUP, title="Desk", admins={ADMIN})
    return opened
