"""What a search for words found, as a message that fits one phone screen. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.chats import moved_at, story_topics
from bot.languages.translator import ENGLISH, Translator
from bot.markup import BLANK, Line, Message, bold, code, compose, line
from bot.messages import headline, news_foot
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


def topic_names(tr: Translator = ENGLISH) -> Mapping[str, Topic]:
    """The topics by each name that a person may search for, in English and in the reader's language."""
    names = {topic.value: topic for topic in Topic}
    return names | {said: topic for topic, name in TOPICS.items() for said in (name, tr(name))}


def render_hint(tr: Translator = ENGLISH) -> Message:
    """How to search, where no word was given."""
    lines = [
        line(*tr.parts("Write what to look for: {example}", example=code(EXAMPLE))),
        line(tr("I look through the stories that I keep, noise too: the titles of all reports, names and topics.")),
    ]
    return compose(lines)


def render_found(
    alerts: Sequence[Alert], asked: str, now: datetime, *, more: int = 0, whole: bool = True, tr: Translator = ENGLISH
) -> Message:
    """The stories, best first, each with a button that tells it; ``more`` were found beyond these.

    Not ``whole``: they hold most of the words that were ``asked``, none of them all.
    """
    words = shown(asked, 60)
    if not alerts:
        return compose(
            [line(tr("I keep no story about “{words}”. Try fewer words; /latest lists the newest.", words=words))]
        )
    lines: list[Line] = [line(bold(tr("Found for “{words}”", words=words)))]
    if not whole:
        lines.append(line(tr("No story has all of these words; these have most of them.")))
    lines.append(BLANK)
    told = 0
    for alert in alerts[:MOST_FOUND]:
        further = [*_entry(told + 1, alert, now, tr), BLANK]
        if told and rows_of([*lines, *further]) > _ROWS:
            break
        lines += further
        told += 1
    more += len(alerts) - told
    others = tr.plural(
        "and {count} more; another word narrows it down", "and {count} more; another word narrows them down", more
    )
    further = [BLANK, line(others)] if more else []
    buttons = tuple(story_button(each.story.id, f"{number}") for number, each in enumerate(alerts[:told], 1))
    return compose(lines[:-1], foot=(*further, *news_foot(tr)), buttons=(buttons,))


def _entry(number: int, alert: Alert, now: datetime, tr: Translator) -> tuple[Line, Line]:
    story = alert.story
    untrue = f"✖ {tr(MOVES[Move.RETRACTION])}" if story.retracted else ""
    topics, age = topic_words(story_topics(story)[:3], tr), ago_words(now - moved_at(story), tr)
    told = (untrue, tr(LABELS[alert.verdict.label]), topics, age)
    return line(f"{number}. ", headline(story, 120, tr)), line(" · ".join(filter(None, told)))
