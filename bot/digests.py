"""A digest: what was held for a chat, in one message. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from math import ceil

from bot.buttons import why_data
from bot.chats import Chat, moved_at, story_topics
from bot.languages.translator import ENGLISH, N_, Translator
from bot.markup import BLANK, Button, Line, Message, Span, bold, compose, italic, line
from bot.messages import REPEAT, headline, news_foot
from bot.text import units
from bot.words import LABELS, TOPICS, ago_words
from pipelines.events import Alert
from rules.story import Topic

MOST_LINES = 10
"""Stories in one digest; the rest comes in the next, for a phone shows about so many."""
_BUTTONS_A_ROW = 5
_MEANS = (Topic.POLICY, Topic.GEOPOLITICS)
"""What many fields share: a story stands under its field where it has one."""
OTHER = N_("Other news")
"""The heading over stories without a topic."""
_LINK_ROOM = 1200
"""Units that the addresses may take together: written out, as plain text needs them, they must not displace a story."""


def render_digest(
    alerts: Sequence[Alert],
    chat: Chat,
    now: datetime,
    *,
    more: int = 0,
    doubtful: Collection[str] = (),
    repeat: bool = False,
    heading: str = "",
    week: Sequence[Line] = (),
    tr: Translator = ENGLISH,
) -> Message:
    """One line a story under the heading of its topic, with a button that explains it; ``more`` wait for the next one.

    A topic with structural news comes before one that has none, and structural news before what is to be watched, in
    the order given. ``heading`` takes the place of the usual one. ``doubtful`` are the ids of stories that were pushed
    without an answer; ``repeat`` marks the whole. ``week`` are lines about the week, which stand last.
    """
    usual = tr.plural("Digest · {count} story", "Digest · {count} stories", len(alerts))
    lines: list[Line] = [line(italic(tr(REPEAT)))] if repeat else []
    lines += [line(bold(heading or usual)), line(_legend(alerts, tr))]
    told = _grouped(alerts, chat, now)
    topic = None
    for number, ((of, alert), title) in enumerate(zip(told, _titles([alert for _, alert in told], tr), strict=True), 1):
        if number == 1 or of is not topic:
            topic = of
            lines += [BLANK, line(bold(tr(TOPICS[of] if of else OTHER)))]
        after = [ago_words(now - moved_at(alert.story), tr)]
        after += [tr("↻ may be a repeat")] if alert.story.id in doubtful else []
        lines.append(line(f"{number}. {_sign(alert)} ", title, f" · {' · '.join(after)}"))
    if more:
        follow = tr.plural(
            "{count} more follows in the next message.", "{count} more follow in the next message.", more
        )
        lines += [BLANK, line(follow)]
    lines += [BLANK, *week] if week else []
    buttons = [
        Button(tr("Why {number}", number=number), data=why_data(alert.story.id))
        for number, (_, alert) in enumerate(told, 1)
    ]
    in_row = ceil(len(buttons) / ceil(len(buttons) / _BUTTONS_A_ROW))
    rows = tuple(tuple(buttons[at : at + in_row]) for at in range(0, len(buttons), in_row))
    return compose(lines, foot=news_foot(tr), buttons=rows)


def _grouped(alerts: Sequence[Alert], chat: Chat, now: datetime) -> list[tuple[Topic | None, Alert]]:
    """The stories, each with the topic under which it stands, in the order in which they are told."""
    told = [(_topic(alert, chat, now), alert) for alert in alerts]
    best = dict[Topic | None, int]()
    for topic, alert in told:
        best[topic] = max(best.get(topic, 0), alert.verdict.label.rank)
    places = (*TOPICS, None)
    return sorted(told, key=lambda each: (-best[each[0]], places.index(each[0]), -each[1].verdict.label.rank))


def _topic(alert: Alert, chat: Chat, now: datetime) -> Topic | None:
    """The topic under which a chat looks for a story: one that it hears, a field before the means; None for none."""
    topics = story_topics(alert.story)
    return min(chat.heard(topics, now) or topics, key=_MEANS.__contains__, default=None)


def _legend(alerts: Sequence[Alert], tr: Translator) -> str:
    """How many there are of each label, which also says what its sign means."""
    counts = {label: sum(alert.verdict.label is label for alert in alerts) for label in LABELS}
    told = (tr("{label}: {count}", label=tr(LABELS[label]), count=count) for label, count in counts.items() if count)
    return " · ".join(told)


def _sign(alert: Alert) -> str:
    """The sign with which the label's word begins, the same in every language."""
    return LABELS[alert.verdict.label].partition(" ")[0]


def _titles(alerts: Sequence[Alert], tr: Translator) -> list[Span]:
    """The stories' titles, linked as far as there is room: the shorter addresses first."""
    titles, room = [headline(alert.story, 160, tr) for alert in alerts], _LINK_ROOM
    for at in sorted(range(len(titles)), key=lambda at: units(titles[at].link or "")):
        room -= units(titles[at].link or "")
        if room < 0:
            titles[at] = replace(titles[at], link=None)
    return titles
