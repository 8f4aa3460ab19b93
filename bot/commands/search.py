"""/search: the kept stories that hold some words, whatever they were judged."""

from __future__ import annotations

from bot.commands.context import Ask, BotContext
from bot.commands.finding import survivor
from bot.markup import Message
from bot.searched import MOST_FOUND, render_found, render_hint, topic_names
from bot.text import clean
from pipelines.events import Alert
from pipelines.judged import read_judged
from pipelines.titles import search_stories

_LOOKED_AT = 40
"""Of so many that were found, best first, the records are read: some may be kept no more, or go on in one another."""


async def search(context: BotContext, ask: Ask) -> Message:
    """The stories found by words of any report's title, by names, by topics or by a link, each with its label."""
    if not clean(ask.text):
        return render_hint(ask.tr)
    hits = await search_stories(context.store, ask.text, topic_names(ask.tr))
    told, read = dict[str, Alert](), 0
    for each in hits.found[:_LOOKED_AT]:
        if len(told) == MOST_FOUND:
            break
        read += 1
        alert = await read_judged(context.store, each.story)
        if alert is not None:
            alert = await survivor(context.store, alert)
            told.setdefault(alert.story.id, alert)
    more = len(hits.found) - read
    return render_found(tuple(told.values()), ask.text, ask.now, more=more, whole=hits.whole, tr=ask.tr)
