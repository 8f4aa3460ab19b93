"""Which story a person means: by its id, by some of its words, by its link, or by the alert replied to."""

from __future__ import annotations

from collections.abc import Callable

from redis.asyncio import Redis

from bot.commands.context import Ask, BotContext
from bot.markup import Message
from bot.replies import say
from bot.whys import render_choices
from pipelines.events import Alert
from pipelines.judged import read_judged
from pipelines.titles import find_stories

_CHOICES = 5
_HOPS = 10
"""So often a story may have gone on in another one."""


async def find(
    context: BotContext, ask: Ask, hint: str, data: Callable[[str], str], button: str
) -> tuple[Alert, str] | Message:
    """The story, and the id by which it was named, if it was; else what the person is told.

    ``hint``, in English, is said where nothing was named. Where several may be meant, each has a ``button`` so called,
    also in English, which sends what ``data`` makes of its id.
    """
    asked = ask.text or ask.story
    if not asked:
        return say(ask.tr(hint))
    alert = await read_judged(context.store, asked.lower()) if " " not in asked else None
    if alert is not None:
        return alert, asked.lower()
    found = await find_stories(context.store, asked, _CHOICES)
    if not found:
        return say(
            ask.tr("I know no such story. Give more of its words, its link, or its id; /latest lists the newest.")
        )
    if len(found) > 1:
        return render_choices(found, data, button, ask.tr)
    alert = await read_judged(context.store, found[0].story)
    if alert is None:
        return say(ask.tr("I no longer keep that story. /latest lists the newest."))
    return alert, ""


async def survivor(store: Redis, alert: Alert) -> Alert:
    """The story in which this one goes on, however often that happened; itself where it stands alone.

    One that is no longer kept ends the way there.
    """
    met = {alert.story.id}
    while alert.story.merged and alert.story.merged not in met and len(met) <= _HOPS:
        further = await read_judged(store, alert.story.merged)
        if further is None:
            break
        met.add(further.story.id)
        alert = further
    return alert
