"""/sound: what rings in this chat, and what comes silently."""

from __future__ import annotations

from dataclasses import replace

from bot.commands.context import Ask, BotContext, settle
from bot.markup import Message
from bot.replies import render_sound, say
from bot.sound import Sound
from bot.taps import SetSound


async def sound(context: BotContext, ask: Ask) -> Message:
    """Ring for what was named; with nothing named, say what rings and offer the choice."""
    word = ask.text.strip().lower()
    if not word:
        chat = await context.chats.get(ask.chat_id) or ask.newcomer(context)
        return render_sound(chat.sound, ask.tr)
    if word not in set(Sound):
        return say(ask.tr("I know {words}.", words=ask.tr.listed(tuple(Sound))), "/sound structural")
    return await set_sound(context, ask, SetSound(Sound(word)))


async def set_sound(context: BotContext, ask: Ask, pressed: SetSound) -> Message:
    """Ring for this from now on."""
    chat = await settle(context, ask, lambda chat: replace(chat, sound=pressed.sound))
    return render_sound(chat.sound, ask.tr)
