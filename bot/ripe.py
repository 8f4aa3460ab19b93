"""Which of the lines that wait for a chat are told now, and which wait on for a later digest or for a mute's end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.chats import Chat
from bot.decisions import KeepBack, decide, only_in_digest, waits_for_digest
from bot.delivery.queue import Outbox
from bot.rendering import Renderer


async def ripe_lines(
    outbox: Outbox, renderer: Renderer, chat: Chat, now: datetime
) -> tuple[tuple[str, ...], list[datetime]]:
    """The stories whose time has come, oldest first, and until when each other one waits.

    At the end of quiet hours and in the morning after a day on which the budget was spent only what was held for
    these is told: what the chat reads in its digest alone waits for that, be it in a week.
    """
    ripe, later = list[str](), list[datetime]()
    for story, since in await outbox.lines_since(chat.id):
        due = waits_for_digest(chat, since, now)
        alert = None if due is None else await renderer.alert(story, now)
        if due is not None and alert is not None and only_in_digest(chat, alert, now):
            later.append(due)
        else:
            ripe.append(story)
    return tuple(ripe), later


async def keep_back_muted(
    outbox: Outbox, renderer: Renderer, chat: Chat, told: Sequence[tuple[str, int]], now: datetime
) -> None:
    """What was held for a digest, and is muted now, waits for the mute's end."""
    for story, _ in told if chat.mutes else ():
        alert = await renderer.alert(story, now)
        decision = decide(chat, None, alert, now) if alert is not None else None
        if isinstance(decision, KeepBack):
            await outbox.keep_back(story, chat.id, decision.mute, now)
