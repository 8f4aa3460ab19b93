"""/channel: settings of a channel from a private chat, by whoever administers it there.

The choice lasts an hour and is no right: each command and each tap asks Telegram again whether the person is an admin.
"""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from typing import Any

import telegram
from telegram.error import TelegramError

from bot.aiming import Place
from bot.chats import Kind
from bot.commands.context import Ask, BotContext
from bot.languages.translator import N_
from bot.markup import Message
from bot.replies import say
from bot.text import clean, shown
from pipelines import keys

log = logging.getLogger(__name__)

CHOSEN_FOR = 3600
"""Seconds for which a choice holds."""
_NAME = re.compile(r"(?:https?://)?(?:t\.me/|@)([A-Za-z]\w{3,31})/?", re.ASCII)
_NUMBER = re.compile(r"-\d{1,16}")
NO_LONGER = N_(
    "I cannot see that you still administer the channel that you chose, so nothing was changed. /channel off ends that."
)


async def find_channel(bot: telegram.Bot, user: int, name: str) -> Place | None:
    """The channel of this "@name" or id, where both the bot and the person are among its admins; else None.

    What cannot be found out is no. That a channel exists is told to nobody but its admins.
    """
    try:
        chat = await bot.get_chat(int(name) if _NUMBER.fullmatch(name) else name)
        if chat.type != Kind.CHANNEL:
            return None
        admins = await bot.get_chat_administrators(chat.id)
    except TelegramError as error:
        log.info("channel.unseen error=%s", type(error).__name__)
        return None
    ours = any(admin.user.id == user for admin in admins)
    return Place(chat.id, Kind.CHANNEL, clean(chat.effective_name or "")) if ours else None


async def channel(context: BotContext, ask: Ask) -> Message:
    """Choose the channel on which one's settings act, or end that."""
    if ask.kind is not Kind.PRIVATE or ask.user_id is None:
        return say(ask.tr("A channel is managed from a private chat with me: write /channel there."))
    words = ask.text.split()
    if not words:
        return await _state(context, ask.user_id, ask)
    if words[0].lower() == "off":
        await context.store.delete(keys.managed(ask.user_id))
        return say(ask.tr("Your settings here act on this chat again."))
    name = _named(words[0])
    place = await ask.find(name) if name else None
    if place is None:
        return say(
            ask.tr(
                "I see no channel “{name}” that we both administer. "
                "Make me an admin there who may post, and give its public name or its id:",
                name=shown(words[0], 40),
            ),
            "/channel @name",
        )
    if not context.access.admits(place.id):
        return say(ask.tr("This bot is private. Its owner can let the channel in with this id: {id}", id=str(place.id)))
    await context.store.set(keys.managed(ask.user_id), place.id, ex=CHOSEN_FOR)
    return say(
        ask.tr(
            "For an hour, what you set here is set for {channel}: /start, /settings, /coins and the rest. To end that:",
            channel=shown(place.title, 60),
        ),
        "/channel off",
    )


async def chosen(context: BotContext, user: int) -> int | None:
    """The channel that the person has chosen, whether or not it is still theirs."""
    found: Any = await context.store.get(keys.managed(user))
    return int(found) if found is not None else None


async def afar(context: BotContext, ask: Ask, channel_id: int) -> Ask | None:
    """The same request about that channel; None where the person may not, or the bot is not for it."""
    if ask.kind is not Kind.PRIVATE or ask.user_id != ask.chat_id or not context.access.admits(channel_id):
        return None
    place = await ask.find(str(channel_id))
    if place is None or place.id != channel_id:
        return None
    return replace(ask, chat_id=place.id, kind=place.kind, title=place.title, afar=True)


async def _state(context: BotContext, user: int, ask: Ask) -> Message:
    number = await chosen(context, user)
    place = await ask.find(str(number)) if number is not None else None
    if place is not None:
        told = ask.tr("What you set here is set for {channel}. To end that:", channel=shown(place.title, 60))
        return say(told, "/channel off")
    asked = ask.tr("Which channel? Both of us must be its admins. Give its public name or its id:")
    return say(asked, "/channel @name")


def _named(word: str) -> str:
    if _NUMBER.fullmatch(word):
        return word
    found = _NAME.fullmatch(word)
    return f"@{found[1]}" if found else ""
