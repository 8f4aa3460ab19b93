"""/start, /stop and /help: being written to, and no longer."""

from __future__ import annotations

from dataclasses import replace

from bot.commands.context import Ask, BotContext
from bot.markup import Message
from bot.replies import render_start, render_stopped


async def start(context: BotContext, ask: Ask) -> Message:
    """Alerts come here from now on; what was set before is kept."""
    newcomer = ask.newcomer(context)
    chat = await context.chats.change(
        ask.chat_id,
        lambda known: replace(known or newcomer, kind=newcomer.kind, title=newcomer.title).on(),
    )
    return render_start(chat or newcomer, ask.user_id, ask.now)


async def stop(context: BotContext, ask: Ask) -> Message:
    """No more alerts here."""
    await context.chats.switch_off(ask.chat_id, "stopped")
    return render_stopped()
