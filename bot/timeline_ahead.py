"""The days on which known acts take effect or end, as a message that fits one phone screen. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.chats import story_topics
from bot.markup import BLANK, Line, Message, bold, code, compose, line
from bot.messages import headline, news_foot
from bot.timeline import milestone_words, rows_of, story_button
from bot.words import days_left_words, topic_words
from pipelines.stories.ahead import Coming
from rules.story import Milestone, Topic

_ROWS = 28
"""Of a phone's screen, without what stands at the end."""
_MOST = 8
"""Days told at a time: so many buttons stand side by side."""


def render_ahead(coming: Sequence[Coming], now: datetime, topics: Sequence[Topic] = ()) -> Message:
    """The days that are ahead, soonest first, with a button to each story; of these ``topics`` alone, if any are named.

    Where nothing is known that is said.
    """
    about = f" in {topic_words(topics).lower()}" if topics else ""
    wanted = [each for each in coming if not topics or set(topics) & set(story_topics(each.story))]
    if not wanted:
        others = f" {len(coming)} elsewhere: /ahead lists them." if coming else ""
        lines = [line(f"I know of no act{about} that takes effect or ends on a day to come.{others}")]
        return compose([*lines, line("A day appears here as soon as a report names one.")])
    lines = [line(bold("What takes effect or ends"), about), BLANK]
    told = 0
    for each in wanted[:_MOST]:
        further = [*_entry(told + 1, each, now), BLANK]
        if told and rows_of([*lines, *further]) > _ROWS:
            break
        lines += further
        told += 1
    more = len(wanted) - told
    foot = (
        (BLANK, line(f"and {more} more after that" + ("" if topics else "; name a topic: /ahead chips")))
        if more
        else ()
    )
    buttons = tuple(story_button(each.story.id, f"{number}") for number, each in enumerate(wanted[:told], 1))
    return compose(lines[:-1], foot=(*foot, *news_foot()), buttons=(buttons,))


def _entry(number: int, coming: Coming, now: datetime) -> tuple[Line, Line]:
    what, day = milestone_words(Milestone(coming.on, coming.kind, ""))
    left = days_left_words(coming.on, now)
    return (
        line(f"{number}. ", bold(day), f" · {what} {left} · ", code(coming.story.id)),
        line(headline(coming.story, 120)),
    )
