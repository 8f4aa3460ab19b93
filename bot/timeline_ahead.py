"""The days on which known acts take effect or end, as a message that fits one phone screen. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.chats import story_topics
from bot.languages.translator import ENGLISH, Translator
from bot.markup import BLANK, Line, Message, bold, code, compose, line
from bot.messages import headline, news_foot
from bot.timeline import coming_words, rows_of, story_button
from bot.words import day_words, days_left_words, topics_within
from pipelines.stories.ahead import Coming
from rules.story import Topic

_ROWS = 28
"""Of a phone's screen, without what stands at the end."""
_MOST = 8
"""Days told at a time: so many buttons stand side by side."""


def render_ahead(
    coming: Sequence[Coming], now: datetime, topics: Sequence[Topic] = (), tr: Translator = ENGLISH
) -> Message:
    """The days that are ahead, soonest first, with a button to each story; of these ``topics`` alone, if any are named.

    Where nothing is known that is said.
    """
    about = topics_within(topics, tr)
    wanted = [each for each in coming if not topics or set(topics) & set(story_topics(each.story))]
    if not wanted:
        told = tr("I know of no act that takes effect or ends on a day to come.")
        if about:
            told = tr("I know of no act in {topics} that takes effect or ends on a day to come.", topics=about)
        others = tr("{count} elsewhere: /ahead lists them.", count=len(coming)) if coming else ""
        hint = tr("A day appears here as soon as a report names one.")
        return compose([line(" ".join(filter(None, (told, others)))), line(hint)])
    title = tr("What takes effect or ends in {topics}", topics=about) if about else tr("What takes effect or ends")
    lines: list[Line] = [line(bold(title)), BLANK]
    shown = 0
    for number, each in enumerate(wanted[:_MOST], 1):
        further = [*_entry(number, each, now, tr), BLANK]
        if shown and rows_of([*lines, *further]) > _ROWS:
            break
        lines += further
        shown = number
    buttons = tuple(story_button(each.story.id, str(number)) for number, each in enumerate(wanted[:shown], 1))
    left = _further(len(wanted) - shown, tr, all_topics=not topics)
    return compose(lines[:-1], foot=(*left, *news_foot(tr)), buttons=(buttons,))


def _further(more: int, tr: Translator, *, all_topics: bool) -> tuple[Line, ...]:
    """That there is more, and how to see it."""
    if not more:
        return ()
    if all_topics:
        return BLANK, line(
            tr("and {count} more after that; name a topic: {example}", count=more, example="/ahead chips")
        )
    return BLANK, line(tr("and {count} more after that", count=more))


def _entry(number: int, coming: Coming, now: datetime, tr: Translator) -> tuple[Line, Line]:
    day, what = day_words(coming.on, tr), coming_words(coming.kind, days_left_words(coming.on, now, tr), tr)
    return (
        line(f"{number}. ", bold(day), f" · {what} · ", code(coming.story.id)),
        line(headline(coming.story, 120, tr)),
    )
