"""Begins and ends mutes in the store, so that the clock knows of each end, and reads what they hold back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import reduce

from bot.chats import Chat
from bot.commands.context import Ask, BotContext, settle
from bot.delivery.kept import promise_end, read_kept, take_back, write
from bot.mute_replies import Held
from bot.targets import Target
from pipelines.judged import read_judged

_TITLES = 3
"""Headlines shown of what a mute holds back: the newest."""


async def mute_until(context: BotContext, ask: Ask, targets: Sequence[Target], until: datetime | None) -> Chat:
    """Mute these until then, or until they are taken back, and have the end told.

    The chat is changed first: where this process dies in between, Telegram sends the command once more.
    """

    def change(chat: Chat) -> Chat:
        return reduce(lambda so_far, each: so_far.muted(each.what, until, ask.now, each.name), targets, chat)

    chat = await settle(context, ask, change)
    await write(context.store, [command for each in targets for command in promise_end(ask.chat_id, each, until)])
    return chat


async def end_now(context: BotContext, ask: Ask, targets: Sequence[Target]) -> int:
    """Hear these again, and have what was held back told now; returns how many stories that is."""
    meant = {target.what for target in targets}
    await settle(context, ask, lambda chat: chat.unmuted(meant, ask.now))
    kept = await read_kept(context.store, ask.chat_id)
    await write(context.store, take_back(ask.chat_id, targets, ask.now))
    return sum(bool(each.story) and each.target.what in meant for each in kept)


async def what_is_held(context: BotContext, chat: int) -> Mapping[str, Held]:
    """What each mute of the chat has held back so far, by target."""
    stories = dict[str, list[str]]()
    for each in await read_kept(context.store, chat):
        if each.story:
            stories.setdefault(each.target.what, []).append(each.story)
    held = dict[str, Held]()
    for what, own in stories.items():
        alerts = [await read_judged(context.store, story) for story in own[-_TITLES:]]
        held[what] = Held(len(own), tuple(alert.story.lead.title for alert in reversed(alerts) if alert is not None))
    return held
