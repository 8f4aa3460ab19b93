"""What a search for words found, as a message that fits one phone screen. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.chats import moved_at, story_topics
from bot.markup import BLANK, Line, Message, bold, code, compose, line
from bot.messages import FOOT, headline
from bot.text import shown
from bot.timeline import rows_of, story_button
from bot.words import LABELS, MOVES, TOPICS, ago_words, topic_words
from pipelines.events import Alert
from rules.story import Move, Topic

MOST_FOUND = 8
"""Stories told at a time: so many buttons stand side by side."""
EXAMPLE = "/search gallium exports"
_ROWS = 28
"""Of a phone's screen, without what stands at the end."""


def topic_names() -> Mapping[str, Topic]:
    """The topics by each name that a person may search for."""
    return {topic.value: topic for topic in Topic} | {name: topic for topic, name in TOPICS.items()}


def render_hint() -> Message:
    """How to search, where no word was given."""
    lines = [
        line("Write what to look for: ", code(EXAMPLE)),
        line("I look through the stories that I keep, noise too: the titles of all reports, names and topics."),
    ]
    return compose(lines)


def render_found(alerts: Sequence[Alert], asked: str, now: datetime, *, more: int = 0, whole: bool = True) -> Message:
    """The stories, best first, each with a button that tells it; ``more`` were found beyond these.

    Not ``whole``: they hold most of the words that were ``asked``, none of them all.
    """
    words = shown(asked, 60)
    if not alerts:
        return compose([line(f"I keep no story about “{words}”. Try fewer words; /latest lists the newest.")])
    lines: list[Line] = [line(bold("Found"), f" for “{words}”")]
    if not whole:
        lines.append(line("No story has all of these words; these have most of them."))
    lines.append(BLANK)
    told = 0
    for alert in alerts[:MOST_FOUND]:
        further = [*_entry(told + 1, alert, now), BLANK]
        if told and rows_of([*lines, *further]) > _ROWS:
            break
        lines += further
        told += 1
    more += len(alerts) - told
    foot = (BLANK, line(f"and {more} more; another word narrows it down")) if more else ()
    buttons = tuple(story_button(each.story.id, f"{number}") for number, each in enumerate(alerts[:told], 1))
    return compose(lines[:-1], foot=(*foot, *FOOT), buttons=(buttons,))


def _entry(number: int, alert: Alert, now: datetime) -> tuple[Line, Line]:
    story = alert.story
    untrue = f"✖ {MOVES[Move.RETRACTION]}" if story.retracted else ""
    told = (untrue, LABELS[alert.verdict.label], topic_words(story_topics(story)[:3]), ago_words(now - moved_at(story)))
    return line(f"{number}. ", headline(story, 120)), line(" · ".join(filter(None, told)))
