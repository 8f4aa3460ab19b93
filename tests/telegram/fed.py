"""The whole bot without polling: updates are handed to it one by one, as JSON, so that none is lost or overtaken."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from redis.asyncio import Redis
from telegram import Update
from telegram.ext import Application, ApplicationBuilder
from telegram.request import HTTPXRequest

from bot.access import Access
from bot.chat_store import ChatStore
from bot.commands.context import BotContext
from bot.commands.handlers import build_handlers, on_error
from bot.commands.in_order import InOrder
from bot.languages.catalogues import Languages
from bot.signing import Signer, signer_for
from pipelines import keys
from pipelines.audit import AuditRow, read_audit
from tests.telegram.conftest import ADMIN, GROUP, RULES
from tests.telegram.server import TelegramServer
from tests.telegram.world import Call, Json

_ASIDE = ("getChatAdministrators", "answerCallbackQuery")


@dataclass
class Fed:
    """A bot that is handed its updates; ``held`` is what was done to the queue: until when, or None for released."""

    server: TelegramServer
    store: Redis
    chats: ChatStore
    application: Application[Any, Any, Any, Any, Any, Any]
    signer: Signer
    held: list[datetime | None] = field(default_factory=list)

    async def feed(self, update: Json) -> list[Call]:
        """Hand over one update; what the bot then wrote or edited. Raises what the library raises while reading."""
        before = len(self.server.world.calls)
        read = Update.de_json(update, self.application.bot)
        # As the library does with what it polled: in the order of each chat.
        await self.application.update_processor.process_update(read, self.application.process_update(read))
        return [call for call in self.server.world.calls[before:] if call.method not in _ASIDE]

    async def say(self, text: str, chat: int, user: int, kind: str = "message", **more: Any) -> list[Call]:
        """Someone writes."""
        self.server.world.say(chat, text, user, kind, **more)
        return await self.feed(self.server.world.updates.pop())

    async def tap(self, data: str, chat: int, user: int, message: int = 1) -> tuple[str, list[Call]]:
        """Someone presses a button; the toast, and what the bot wrote or edited."""
        answers = len(self.server.world.answers)
        self.server.world.press(chat, message, data, user)
        calls = await self.feed(self.server.world.updates.pop())
        toasts = [each["text"] for each in self.server.world.answers[answers:]]
        assert len(toasts) == 1, "each tap is answered exactly once"
        return toasts[0] or "", calls

    async def audit(self) -> list[tuple[int | None, int, str, str]]:
        """The audit's rows: who, where, what, and what came of it."""
        return [_brief(row) for row in await read_audit(self.store)]

    async def stored(self) -> Any:
        """All chats as stored, and how many letters are dead."""
        raw: Any = self.store
        return await raw.hgetall(keys.CHATS), await raw.xlen(keys.DEAD)

    def buttons(self, chat: int) -> dict[str, str]:
        """What the buttons under the newest message say, and what they send."""
        own = [each for each in self.server.world.chats[chat].messages.values() if each["from"]["is_bot"]]
        rows = own[-1].get("reply_markup", {}).get("inline_keyboard", [])
        return {each["text"]: each.get("callback_data", "") for row in rows for each in row}


def _brief(row: AuditRow) -> tuple[int | None, int, str, str]:
    return row.user, row.chat, row.what, row.outcome


@asynccontextmanager
async def fed_bot(
    store: Redis, clock: Callable[[], datetime], access: Access, *, any_chat: bool = False
) -> AsyncIterator[Fed]:
    """A bot with this access, and a group with one admin."""
    async with TelegramServer(any_chat=any_chat) as server:
        server.world.now = lambda: clock().timestamp()
        server.world.chat(GROUP, title="Desk", admins={ADMIN})
        # Plain HTTP on loopback: reading the certificates would take most of each test's time.
        requests = [HTTPXRequest(httpx_kwargs={"verify": False}) for _ in range(2)]
        builder = ApplicationBuilder().token(server.token).base_url(server.base_url).updater(None)
        application = (
            builder.request(requests[0]).get_updates_request(requests[1]).concurrent_updates(InOrder(8)).build()
        )
        fed = Fed(server, store, ChatStore(store), application, signer_for(server.token))

        async def hold(until: datetime, _: datetime) -> None:
            fed.held.append(until)

        async def release() -> None:
            fed.held.append(None)

        context = BotContext(
            store=store,
            chats=fed.chats,
            clock=clock,
            access=access,
            rules=lambda: RULES,
            signer=fed.signer,
            hold=hold,
            release=release,
        )
        application.add_handlers(build_handlers(context))
        application.add_error_handler(partial(on_error, Languages()))
        async with application:
            yield fed
