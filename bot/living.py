"""What becomes of an alert's message: edited as facts come, answered by a reply where the matter moved. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from bot.chats import Chat
from bot.decisions import told_of
from bot.markup import BLANK, Line, Message, bold, compose, italic, line
from bot.messages import (
    FOOT,
    PRICE_MAX_AGE,
    REPEAT,
    alert_buttons,
    alert_lines,
    headline,
    price_line,
    sources,
    told_price_line,
    why_line,
)
from bot.quiet import here
from bot.text import shown
from bot.words import moved_words
from pipelines.events import Alert
from pipelines.prices.quote import Quote
from rules.story import Change, Move, Story
from rules.verdict import Label

MOST_CHANGES, MOST_SOURCES = 5, 3
"""Lines about what came since, the newest, and names of further sources: an edited alert still fits one screen."""
_ORDER = tuple(Move)
_UNTRUE = {Move.RETRACTION: "✖ Alert withdrawn", Move.DENIAL: "✖ Denied", Move.MERGED: "→ Goes on in another story"}
"""What stands above the rest of a message, the weightiest alone."""


def render_edit(alert: Alert, quotes: Sequence[Quote], chat: Chat, sent: datetime) -> Message:
    """The message that was ``sent``, brought up to date; ``quotes`` are those that it showed then."""
    story, now = alert.story, alert.judged
    since = tuple(change for change in told_of(story.changes) if change.at > sent)
    lines = [*_untrue(since, chat), *alert_lines(alert, chat, now)]
    if alert.verdict.label is Label.NOISE:
        lines = [*_untrue(since, chat), line(bold("· No longer structural")), line(headline(story, 280))]
    updated = _local(since[-1].at if since else now, chat)
    if moved := _moved(since, story, chat, updated.date()):
        lines += [BLANK, line(bold(f"Updated {updated:%H:%M %Z}")), *moved]
    prices = [told_price_line(symbol, quotes, lambda at: f"{_local(at, chat):%H:%M %Z}") for symbol in chat.coins]
    return compose([*lines, BLANK, *prices], foot=FOOT, buttons=alert_buttons(story))


def render_reply(
    alert: Alert,
    quotes: Sequence[Quote],
    chat: Chat,
    now: datetime,
    *,
    since: int,
    repeat: bool = False,
    max_age: timedelta = PRICE_MAX_AGE,
) -> Message:
    """What moved after version ``since``, as a reply to the message of before; ``repeat`` marks a second try."""
    story = alert.story
    changes = told_of(story.since(since))
    strongest = min(changes, key=lambda change: _ORDER.index(change.kind), default=None)
    lines: list[Line] = [line(italic(REPEAT))] if repeat else []
    lines += [line(bold(f"↳ {_said(strongest) if strongest else 'Update'}")), line(headline(story, 280)), BLANK]
    others = [change for change in changes if change is not strongest]
    lines += [
        *_moved(others, story, chat, _local(now, chat).date()),
        *why_line(alert, chat),
        sources(story, now),
        BLANK,
    ]
    lines += [price_line(symbol, quotes, now, max_age) for symbol in chat.coins]
    return compose(lines, foot=FOOT, buttons=(alert_buttons(story)[0],))


def _untrue(changes: Sequence[Change], chat: Chat) -> list[Line]:
    """The line above all others where the message has become untrue."""
    for kind, words in _UNTRUE.items():
        change = next((each for each in reversed(changes) if each.kind is kind), None)
        if change is not None:
            why = shown(change.detail, 200)
            at = f"{_local(change.at, chat):%-d %b %H:%M %Z}"
            return [line(bold(f"{words}, {at}"), f": {why}" if why else ""), BLANK]
    return []


def _moved(changes: Sequence[Change], story: Story, chat: Chat, today: date) -> list[Line]:
    """One line a change: when, what, and who said so; further sources share one."""
    publishers = {report.id: shown(report.source.publisher, 40) for report in story.reports}
    lines = list[Line]()
    aside = (Move.SOURCE, Move.RETRACTION, Move.MERGED)
    for change in [each for each in changes if each.kind not in aside][-MOST_CHANGES:]:
        at, by = _local(change.at, chat), publishers.get(change.report, "")
        when = f"{at:%H:%M}" if at.date() == today else f"{at:%-d %b %H:%M}"
        lines.append(line(f"{when} · {_said(change)}" + (f" ({by})" if by else "")))
    names = [publishers.get(each.report, "") for each in changes if each.kind is Move.SOURCE]
    if names:
        told = ", ".join(filter(None, names[:MOST_SOURCES]))
        more = f" +{len(names) - MOST_SOURCES}" if len(names) > MOST_SOURCES else ""
        lines.append(line(f"Also reported by {told}{more}" if told else f"{len(names)} more independent sources"))
    return lines


def _said(change: Change) -> str:
    """What moved, in words fit for a line."""
    return shown(moved_words(change), 160)


def _local(moment: datetime, chat: Chat) -> datetime:
    """A moment in the chat's own zone."""
    return here(chat.zone, moment)
