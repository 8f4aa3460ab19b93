"""/topics: the board of topics, and the taps on it."""

from __future__ import annotations

from bot.chats import Chat
from bot.commands.context import Ask, BotContext, settle
from bot.markup import Message
from bot.replies import render_topics
from bot.taps import SetTopic


async def topics(context: BotContext, ask: Ask) -> Message:
    """The board as the chat's settings have it."""
    return render_topics(await context.chats.get(ask.chat_id) or ask.newcomer(context), ask.tr)


async def set_topic(context: BotContext, ask: Ask, pressed: SetTopic) -> Chat:
    """Want the topic or not."""
    return await settle(context, ask, lambda chat: chat.with_topic(pressed.topic, wanted=pressed.wanted))
