"""/start, /stop and /help: being written to, and no longer."""

from __future__ import annotations

from dataclasses import replace

from bot.commands.context import Ask, BotContext
from bot.markup import Message
from bot.replies import render_start, render_stopped


async def start(context: BotContext, ask: Ask) -> Message:
    """Alerts come here from now on; what was set before is kept."""
    chat = await context.chats.change(
        ask.chat_id,
        lambda chat: replace(chat or ask.newcomer(context), kind=ask.kind, title=ask.title[:200]).on(),
    )
    return render_start(chat or ask.newcomer(context), ask.user_id, ask.now)


async def stop(context: BotContext, ask: Ask) -> Message:
    """No more alerts here."""
    await context.chats.switch_off(ask.chat_id, "stopped")
    return render_stopped()
