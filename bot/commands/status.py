"""/status: how this chat is set, and for admins how the bot is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bot.chats import Kind
from bot.commands.context import Ask, BotContext
from bot.delivery.reading import OutboxReader
from bot.markup import Message
from bot.replies import render_status
from bot.survey import survey
from pipelines import keys


async def status(context: BotContext, ask: Ask) -> Message:
    """The chat's settings; an admin in a private chat also sees what waits and what was given up."""
    store: Any = context.store
    newest = await store.zrevrange(keys.LATEST, 0, 0, withscores=True)
    last = datetime.fromtimestamp(newest[0][1], UTC) if newest else None
    inside = ask.kind is Kind.PRIVATE and context.access.is_admin(ask.user_id)
    chat = await context.chats.get(ask.chat_id)
    seen = await survey(context.store, OutboxReader(context.store), ask.now) if inside else None
    return render_status(chat, ask.now, last, seen, ask.tr)
