"""A digest: what was held for a chat, in one message. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.buttons import why_data
from bot.chats import moved_at, story_topics
from bot.markup import BLANK, Button, Line, Message, bold, compose, italic, line
from bot.messages import FOOT, headline
from bot.words import LABELS, ago_words, topic_words
from pipelines.events import Alert

MOST_LINES = 10
"""Stories in one digest; the rest comes in the next, for a phone shows about so many."""
_BUTTONS_A_ROW = 5


def render_digest(alerts: Sequence[Alert], now: datetime, *, more: int = 0, repeat: bool = False) -> Message:
    """The stories, oldest first, each with a button that explains it; ``more`` say how many wait for the next one."""
    title = f"Digest · {len(alerts)} {'story' if len(alerts) == 1 else 'stories'}"
    lines: list[Line] = [line(italic("↻ Repeat: you may have had this already."))] if repeat else []
    lines += [line(bold(title)), BLANK]
    for number, alert in enumerate(alerts, 1):
        story = alert.story
        told = (LABELS[alert.verdict.label], topic_words(story_topics(story)[:3]), ago_words(now - moved_at(story)))
        lines += [line(f"{number}. ", headline(story, 160)), line(" · ".join(filter(None, told))), BLANK]
    if more:
        lines += [line(f"{more} more in the next digest."), BLANK]
    buttons = [Button(f"Why {number}", data=why_data(alert.story.id)) for number, alert in enumerate(alerts, 1)]
    rows = tuple(tuple(buttons[at : at + _BUTTONS_A_ROW]) for at in range(0, len(buttons), _BUTTONS_A_ROW))
    return compose(lines[:-1], foot=FOOT, buttons=rows)
