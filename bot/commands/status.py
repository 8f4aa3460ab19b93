"""/status: how this chat is set, and for admins how the bot is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.chats import Kind
from bot.commands.context import Ask, BotContext
from bot.markup import Message
from bot.replies import Standing, render_status
from pipelines import keys
from pipelines.votes import add_up, read_tallies

_VOTES = timedelta(days=30)


async def status(context: BotContext, ask: Ask) -> Message:
    """The chat's settings; an admin in a private chat also sees what waits and what was given up."""
    store: Any = context.store
    newest = await store.zrevrange(keys.LATEST, 0, 0, withscores=True)
    last = datetime.fromtimestamp(newest[0][1], UTC) if newest else None
    inside = ask.kind is Kind.PRIVATE and context.access.is_admin(ask.user_id)
    chat = await context.chats.get(ask.chat_id)
    return render_status(chat, ask.now, last, await _standing(context, ask.now) if inside else None)


async def _standing(context: BotContext, now: datetime) -> Standing:
    store: Any = context.store
    depths = {name: int(await store.xlen(keys.stream(name))) for name in keys.STREAMS}
    depths |= await context.depths() if context.depths else {}
    chats = await context.chats.all()
    tallies = await read_tallies(context.store, now - _VOTES)
    return Standing(
        depths=depths,
        dead=int(await store.xlen(keys.DEAD)),
        chats=len(chats),
        active=sum(chat.active for chat in chats),
        votes=add_up(tallies.values()),
        voted=len(tallies),
    )
