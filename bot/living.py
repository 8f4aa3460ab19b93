"""What becomes of an alert's message: edited as facts come, answered by a reply where the matter moved. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.changes_told import detail_words
from bot.chats import Chat
from bot.decisions import told_of
from bot.languages.translator import ENGLISH, N_, Translator
from bot.markup import BLANK, Line, Message, Span, bold, compose, italic, line
from bot.messages import (
    NAMED,
    PRICE_MAX_AGE,
    REPEAT,
    alert_buttons,
    alert_lines,
    headline,
    label_words,
    news_foot,
    price_lines,
    publishers_of,
    sources,
    told_price_lines,
    why_line,
)
from bot.quiet import here
from bot.reaction_words import reaction_lines
from bot.text import clean, shown
from bot.words import clock_words, fitting, moment_words, moved_words, names_itself, short_day_words
from pipelines.events import Alert
from pipelines.prices.measured import Reaction
from pipelines.prices.quote import Quote
from rules.story import Change, Move, Story
from rules.verdict import Label

MOST_CHANGES, MOST_SOURCES = 3, 3
"""Lines about what came since, the newest, and names of further sources: an edited alert still fits one screen."""
_ORDER = tuple(Move)
_UNTRUE = {
    Move.RETRACTION: N_("✖ Alert withdrawn, {when}"),
    Move.DENIAL: N_("✖ Denied, {when}"),
    Move.MERGED: N_("→ Goes on in another story, {when}"),
}
"""What stands above the rest of a message, the weightiest alone."""


def render_edit(
    alert: Alert,
    quotes: Sequence[Quote],
    chat: Chat,
    sent: datetime,
    tr: Translator = ENGLISH,
    *,
    reaction: Reaction | None = None,
) -> Message:
    """The message that was ``sent``, brought up to date; ``quotes`` are those that it showed then.

    ``reaction`` is what prices did since the news.
    """
    story, now = alert.story, alert.judged
    since = tuple(change for change in told_of(story.changes) if change.at > sent)
    first, title, *rest = alert_lines(alert, now, tr)
    lines = [*_untrue(since, chat, tr), first, title, *_updated(since, story, chat, now, tr), *rest]
    if alert.verdict.label is Label.NOISE:
        gone = line(bold(tr("· No longer structural")))
        lines = [*_untrue(since, chat, tr), gone, title, *_updated(since, story, chat, now, tr)]
    prices = told_price_lines(chat.coins, quotes, lambda at: clock_words(_local(at, chat)), tr)
    prices += reaction_lines(reaction, chat.coins, tr)
    return compose([*lines, BLANK, *prices], foot=news_foot(tr), buttons=alert_buttons(story, tr))


def _updated(since: Sequence[Change], story: Story, chat: Chat, now: datetime, tr: Translator) -> list[Line]:
    """What is new since the message was sent, right under its headline: one fact stands beside its time."""
    at = _local(since[-1].at if since else now, chat)
    moved = _moved(since, story, at.date(), chat, tr)
    head = bold(tr("Updated {time}", time=clock_words(at)))
    if len(moved) == 1:
        return [line(*tr.parts("{what}: {detail}", what=head, detail=Span(moved[0].said)))]
    at_once = {each.when for each in moved if each.when} == {f"{at:%H:%M}"}
    return [line(head), *(line(each.said if at_once else each.timed) for each in moved)] if moved else []


def render_reply(
    alert: Alert,
    quotes: Sequence[Quote],
    chat: Chat,
    now: datetime,
    *,
    since: int,
    repeat: bool = False,
    max_age: timedelta = PRICE_MAX_AGE,
    tr: Translator = ENGLISH,
) -> Message:
    """What moved after version ``since``, as a reply to the message of before; ``repeat`` marks a second try."""
    story = alert.story
    changes = told_of(story.since(since))
    strongest = min(changes, key=lambda change: _ORDER.index(change.kind), default=None)
    lines: list[Line] = [line(italic(tr(REPEAT)))] if repeat else []
    lines += [
        line(
            bold(f"{tr.pointing('↳')} {_said(strongest, tr) if strongest else tr('Update')}"),
            f" · {label_words(alert.verdict, tr)}",
        ),
        line(headline(story, 280, tr)),
        BLANK,
    ]
    others = [change for change in changes if change is not strongest]
    lines += [
        *(line(each.timed) for each in _moved(others, story, _local(now, chat).date(), chat, tr)),
        *why_line(alert, tr),
        sources(story, now, tr=tr),
        BLANK,
    ]
    lines += price_lines(chat.coins, quotes, now, max_age, tr)
    return compose(lines, foot=news_foot(tr), buttons=(alert_buttons(story, tr)[0],))


def _untrue(changes: Sequence[Change], chat: Chat, tr: Translator) -> list[Line]:
    """The line above all others where the message has become untrue."""
    for kind, words in _UNTRUE.items():
        change = next((each for each in reversed(changes) if each.kind is kind), None)
        if change is not None:
            when = moment_words(_local(change.at, chat), tr)
            if kind is Move.DENIAL and names_itself(change):
                return [line(bold(tr("✖ {what}, {when}", what=_said(change, tr), when=when))), BLANK]
            head, why = bold(tr(words, when=when)), fitting(detail_words(kind, clean(change.detail), tr), 200, tr)
            told = tr.parts("{what}: {detail}", what=head, detail=Span(why)) if why else (head,)
            return [line(*told), BLANK]
    return []


@dataclass(frozen=True, slots=True)
class _Moved:
    """One fact that came since: what it says, and when it came where that is told."""

    said: str
    when: str = ""

    @property
    def timed(self) -> str:
        return f"{self.when} · {self.said}" if self.when else self.said


def _moved(changes: Sequence[Change], story: Story, today: date, chat: Chat, tr: Translator) -> list[_Moved]:
    """Each change: when, what, and who said so. Further sources share one, and name those that stand nowhere else."""
    publishers = {report.id: shown(report.source.publisher, 40) for report in story.reports}
    moved = list[_Moved]()
    aside = (Move.SOURCE, Move.RETRACTION, Move.MERGED)
    for change in [each for each in changes if each.kind not in aside][-MOST_CHANGES:]:
        at, by = _local(change.at, chat), publishers.get(change.report, "")
        when = f"{at:%H:%M}" if at.date() == today else f"{short_day_words(at, tr)} {at:%H:%M}"
        said = _said(change, tr)
        moved.append(_Moved(tr("{what} ({aside})", what=said, aside=by) if by else said, when))
    confirmed = [publishers.get(each.report, "") for each in changes if each.kind is Move.SOURCE]
    if confirmed:
        moved.append(_Moved(_also(confirmed, publishers_of(story)[:NAMED], tr)))
    return moved


def _also(confirmed: Sequence[str], named: Sequence[str], tr: Translator) -> str:
    """That others report it too; those ``named`` already are only counted."""
    names = [name for name in dict.fromkeys(confirmed) if name and name not in named]
    more = len(names) - MOST_SOURCES
    if not names:
        return tr.plural("{count} more independent source", "{count} more independent sources", len(confirmed))
    told = tr.joined(names[:MOST_SOURCES])
    return (
        tr("Also reported by {names} +{more}", names=told, more=more)
        if more > 0
        else tr("Also reported by {names}", names=told)
    )


def _said(change: Change, tr: Translator) -> str:
    """What moved, in words fit for a line."""
    return fitting(moved_words(change, tr), 90, tr)


def _local(moment: datetime, chat: Chat) -> datetime:
    """A moment in the chat's own zone."""
    return here(chat.zone, moment)
