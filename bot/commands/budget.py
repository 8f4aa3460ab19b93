"""/budget: how many messages a day this chat wants at most."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

from bot.chats import MOST_A_DAY, Chat
from bot.commands.context import Ask, BotContext
from bot.commands.hours import settle_hours
from bot.delivery.reading import OutboxReader
from bot.hour_lines import render_budget, render_example
from bot.markup import Message

_EXAMPLES = ("/budget 5", "/budget off")
_NUMBER = re.compile(r"(?<![\w.,+-])(\d{1,4})(?!\w|[.,]\d)")
_NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_WORDS = {name: number for number, name in enumerate(_NAMES)} | {"once": 1, "twice": 2}
_OFF = frozenset({"off", "none", "no", "unlimited", "any", "all", "everything", "never", "stop"})


async def budget(context: BotContext, ask: Ask) -> Message:
    """Set or end the budget; with nothing said, tell it and how much of it is spent."""
    if not ask.text.strip():
        return await _told(context, ask, await context.chats.get(ask.chat_id) or ask.newcomer(context))
    wanted = read_budget(ask.text)
    if wanted is None:
        return render_example(
            ask.tr("A budget is one number of messages a day, from 0 to {most}:", most=MOST_A_DAY), *_EXAMPLES
        )
    return await set_budget(context, ask, None if wanted < 0 else wanted)


async def set_budget(context: BotContext, ask: Ask, wanted: int | None) -> Message:
    """At most so many messages a day from now on; None for any number."""
    return await _told(context, ask, await settle_hours(context, ask, lambda chat: replace(chat, budget=wanted)))


def read_budget(text: str) -> int | None:
    """How many messages a day are meant by "5", "5 a day" or "five"; -1 for any number, None for what is unclear."""
    plain = unicodedata.normalize("NFKC", text[:300]).lower()
    words = re.findall(r"[^\W\d_]+", plain)
    numbers = [int(each) for each in _NUMBER.findall(plain)] + [_WORDS[word] for word in words if word in _WORDS]
    if any(word in _OFF for word in words):
        return None if numbers else -1
    return numbers[0] if len(numbers) == 1 and numbers[0] <= MOST_A_DAY else None


async def _told(context: BotContext, ask: Ask, chat: Chat) -> Message:
    sent = await OutboxReader(context.store).spent(chat.id)
    return render_budget(chat, chat.spent_of(sent, ask.now), ask.now, ask.tr)
