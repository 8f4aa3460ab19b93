"""A digest: what was held for a chat, in one message. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from bot.buttons import why_data
from bot.chats import moved_at, story_topics
from bot.languages.translator import ENGLISH, Translator
from bot.markup import BLANK, Button, Line, Message, Span, bold, compose, italic, line
from bot.messages import REPEAT, headline, news_foot
from bot.text import units
from bot.words import LABELS, ago_words, topic_words
from pipelines.events import Alert

MOST_LINES = 10
"""Stories in one digest; the rest comes in the next, for a phone shows about so many."""
_BUTTONS_A_ROW = 5
_LINK_ROOM = 1200
"""Units that the addresses may take together: written out, as plain text needs them, they must not displace a story."""


def render_digest(
    alerts: Sequence[Alert],
    now: datetime,
    *,
    more: int = 0,
    doubtful: Collection[str] = (),
    repeat: bool = False,
    heading: str = "",
    tr: Translator = ENGLISH,
) -> Message:
    """The stories, oldest first, each with a button that explains it; ``more`` says how many wait for the next one.

    ``heading`` takes the place of the usual one. ``doubtful`` are the ids of stories that were pushed without an
    answer; ``repeat`` marks the whole.
    """
    lines: list[Line] = [line(italic(tr(REPEAT)))] if repeat else []
    usual = f"Digest · {len(alerts)} {'story' if len(alerts) == 1 else 'stories'}"
    lines += [line(bold(heading or usual)), BLANK]
    for number, (alert, title) in enumerate(zip(alerts, _titles(alerts), strict=True), 1):
        story = alert.story
        doubt = "↻ may be a repeat" if story.id in doubtful else ""
        topics, age = topic_words(story_topics(story)[:3]), ago_words(now - moved_at(story))
        told = (LABELS[alert.verdict.label], topics, age, doubt)
        lines += [line(f"{number}. ", title), line(" · ".join(filter(None, told))), BLANK]
    if more:
        lines += [line(f"{more} more {'follows' if more == 1 else 'follow'} in the next message."), BLANK]
    buttons = [Button(f"Why {number}", data=why_data(alert.story.id)) for number, alert in enumerate(alerts, 1)]
    rows = tuple(tuple(buttons[at : at + _BUTTONS_A_ROW]) for at in range(0, len(buttons), _BUTTONS_A_ROW))
    return compose(lines[:-1], foot=news_foot(tr), buttons=rows)


def _titles(alerts: Sequence[Alert]) -> list[Span]:
    """The stories' titles, linked as far as there is room: the shorter addresses first."""
    titles, room = [headline(alert.story, 160) for alert in alerts], _LINK_ROOM
    for at in sorted(range(len(titles)), key=lambda at: units(titles[at].link or "")):
        room -= units(titles[at].link or "")
        if room < 0:
            titles[at] = replace(titles[at], link=None)
    return titles
