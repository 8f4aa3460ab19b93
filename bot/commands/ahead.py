"""/ahead: the days on which known acts take effect or end."""

from __future__ import annotations

from datetime import timedelta

from bot.commands.context import Ask, BotContext
from bot.markup import Message
from bot.replies import say
from bot.text import shown
from bot.timeline_ahead import render_ahead
from bot.wishes import read_wish
from bot.words import TOPICS, topic_names, topics_within
from pipelines.stories.ahead import read_ahead
from rules.story import Topic

_FAR = timedelta(days=5 * 366)
"""What lies beyond is a goal, not a date."""


async def ahead(context: BotContext, ask: Ask) -> Message:
    """The days ahead, of the topics named if any are."""
    wish = read_wish(ask.text, topic_names(ask.tr))
    if ask.text and not wish.topics:
        known, asked = ask.tr.joined(topics_within([topic], ask.tr) for topic in TOPICS), shown(ask.text, 40)
        return say(ask.tr("I know no topic “{words}”. There are {topics}.", words=asked, topics=known), "/ahead chips")
    topics = () if set(wish.topics) == set(Topic) else wish.topics
    return render_ahead(await read_ahead(context.store, ask.now, ask.now + _FAR), ask.now, topics, ask.tr)
