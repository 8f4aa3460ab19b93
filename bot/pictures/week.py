"""What the week's picture shows: structural changes by topic and day, under the price of a coin. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.chats import story_topics
from bot.languages.translator import Translator
from bot.pictures.chart import Looked, Priced, foot_of
from bot.pictures.curve import curve_of, days_of, frame_of, moved, paid
from bot.pictures.plot import Curve, Lane, Plot, Tick
from bot.pictures.sketch import drawn_in
from bot.quiet import day_of, here
from bot.text import clean, cut
from bot.words import TOPICS, change_words, short_day_words, weekday_words
from pipelines.events import Alert
from rules.story import Topic

DAYS = 7
_MEANS = (Topic.POLICY, Topic.GEOPOLITICS)
Change = tuple[datetime, Alert]
"""When a story became structural, and the story."""


def week_of(zone: str, now: datetime) -> tuple[datetime, datetime]:
    """When the week that ends today began, and when it ends, by the clock of a zone."""
    begin, end = day_of(zone, now)
    for _ in range(DAYS - 1):
        begin, _ = day_of(zone, begin - timedelta(minutes=1))
    return begin, end


def field_of(alert: Alert) -> Topic | None:
    """The field that a story is strongest in; policy and geopolitics are means, and count where there is no field."""
    return min(story_topics(alert.story), key=_MEANS.__contains__, default=None)


def week_plot(changes: Sequence[Change], coin: Priced, looked: Looked) -> Plot | None:
    """The picture; None where nothing changed."""
    tr, zone, (since, to) = drawn_in(looked.tr), looked.zone, week_of(looked.zone, looked.now)
    told = [(at, alert) for at, alert in changes if since <= at < to]
    if not told:
        return None
    points, frame = coin.points, frame_of(coin.points or (), since, to, looked.now, () if coin.points else (1.0,))
    days = days_of(frame, zone)
    columns = tuple(Tick(frame.across(day), weekday_words(here(zone, day), tr)) for day in days)
    curve = curve_of(points, frame, zone, tr)
    if not points:
        curve = Curve(runs=(), gaps=((0.0, frame.across(looked.now)),), across=(), up=(), until=curve.until)
    change = moved(points[0].price, points[-1].price) if points else None
    name, first = cut(clean(coin.name), 40), short_day_words(here(zone, days[0]), tr)
    return Plot(
        kicker=tr("{first} to {last}", first=first, last=short_day_words(here(zone, days[-1]), tr)),
        title="",
        plain="",
        figure=tr.plural("{count} structural change", "{count} structural changes", len(told)),
        change="",
        mood="",
        curve=curve,
        lanes=_lanes(told, days, tr),
        columns=columns,
        gap=tr("no data"),
        keys=(),
        summary=tr("No price of {coin}", coin=name)
        if change is None
        else " · ".join(
            (name, paid(points[-1].price, tr), tr("{change} since {day}", change=change_words(change, tr), day=first))
        ),
        foot=foot_of(looked, looked.now, tr),
    )


def _lanes(told: Sequence[Change], days: Sequence[datetime], tr: Translator) -> tuple[Lane, ...]:
    """A row for each field in which anything changed, in their usual order; those without one come last."""
    rows = list[Lane]()
    for topic in (*Topic, None):
        moments = [at for at, alert in told if field_of(alert) is topic]
        if moments:
            counts = tuple(sum(_day(at, days) == day for at in moments) for day in range(len(days)))
            rows.append(Lane(tr(TOPICS[topic]) if topic else tr("Other"), counts, tr.number(len(moments))))
    return tuple(rows)


def _day(at: datetime, days: Sequence[datetime]) -> int:
    return bisect_right(days, at) - 1
