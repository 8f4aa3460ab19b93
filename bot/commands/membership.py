"""Being added, blocked and thrown out, and groups that get a new id."""

from __future__ import annotations

import logging

import telegram
from telegram.constants import ParseMode

from bot.chats import Kind
from bot.commands.context import BotContext
from bot.commands.telegram import Telegram
from bot.replies import render_hello

log = logging.getLogger(__name__)

_OUT = (telegram.ChatMember.LEFT, telegram.ChatMember.BANNED)


async def membership(context: BotContext, update: telegram.Update, callback: Telegram) -> None:
    """The bot's own standing in a chat has changed."""
    change = update.my_chat_member
    if change is None:
        return
    chat, now_out = change.chat, change.new_chat_member.status in _OUT
    if now_out:
        why = "blocked" if chat.type == Kind.PRIVATE else "removed"
        log.info("chat.off chat=%s why=%s", chat.id, why)
        await context.chats.switch_off(chat.id, why)
    elif (
        change.old_chat_member.status in _OUT
        and chat.type in (Kind.GROUP, Kind.SUPERGROUP)
        and context.access.admits(chat.id)
    ):
        known = await context.chats.get(chat.id)
        hello = render_hello(context.languages.of(known.language if known else "en"))
        await callback.bot.send_message(chat.id, hello.text, parse_mode=ParseMode.HTML)


async def migration(context: BotContext, update: telegram.Update, _: Telegram) -> None:
    """A group became a supergroup: Telegram says so in the old chat and in the new one, in any order."""
    message = update.effective_message
    if message is None:
        return
    old = message.migrate_from_chat_id or message.chat.id
    new = message.migrate_to_chat_id or message.chat.id
    if old != new and max(old, new) < 0:  # only groups move
        await context.chats.migrate(old, new)
        await context.moved(old, new)
