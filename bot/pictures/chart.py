"""What a chart of a coin shows, and one of a coin around an alert, as plain values. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from bot.judgement_words import event_words
from bot.languages.translator import ENGLISH, N_, Translator
from bot.pictures.curve import (
    Frame,
    Point,
    curve_of,
    frame_of,
    gaps_of,
    moved,
    paid,
    price_at,
    with_level,
)
from bot.pictures.plot import Event, Key, Plot
from bot.pictures.sketch import drawn_in
from bot.pictures.usual import Usual
from bot.quiet import here
from bot.stretch import Stretch
from bot.text import capital, clean, cut
from bot.words import age_words, change_words, day_words, short_day_words
from pipelines.events import Alert
from pipelines.prices.reaction import Habit

LAST: Mapping[Stretch, str] = {
    Stretch.DAY: N_("last 24 hours"),
    Stretch.WEEK: N_("last 7 days"),
    Stretch.MONTH: N_("last 30 days"),
}
CHANGED: Mapping[Stretch, str] = {
    Stretch.DAY: N_("{change} in 24 h"),
    Stretch.WEEK: N_("{change} in 7 days"),
    Stretch.MONTH: N_("{change} in 30 days"),
}
_AFTER = (timedelta(hours=1), timedelta(hours=4), timedelta(hours=24))
"""How far an alert's chart goes beyond the news: the shortest that holds now."""
_BEFORE = 3
"""It begins a third of that before, and an hour at least."""
_LATE = 40
"""A line that begins later than this part of its time says nothing of the whole."""
_APART = 0.03
"""The news has a mark of its own where it lies so far from the alert, as a share of the width."""


@dataclass(frozen=True, slots=True)
class Priced:
    """A coin by symbol and name, what it cost, and what is usual for it, where that is asked and known."""

    symbol: str
    name: str
    points: tuple[Point, ...]
    habit: Habit | None = None


@dataclass(frozen=True, slots=True)
class Looked:
    """From where somebody looks: the moment, the zone of their clock, and their language."""

    now: datetime
    zone: str = "UTC"
    tr: Translator = ENGLISH


@dataclass(frozen=True, slots=True)
class Told:
    """When news came out, and when a chat was told."""

    news: datetime
    sent: datetime

    def around(self, now: datetime) -> tuple[datetime, datetime]:
        """From when to when a chart of it goes."""
        after = next((each for each in _AFTER if now - self.news <= each), _AFTER[-1])
        return self.news - max(timedelta(hours=1), after / _BEFORE), self.news + after


def coin_plot(coin: Priced, stretch: Stretch, looked: Looked) -> Plot | None:
    """The chart of a coin; None without a single price."""
    tr, now, points = drawn_in(looked.tr), looked.now, coin.points
    if not points:
        return None
    first, last = points[0], points[-1]
    frame = frame_of(points, now - stretch.length, now, now)
    curve = with_level(curve_of(points, frame, looked.zone, tr), frame, first.price)
    change = changed_over(coin, stretch, now)
    high, low = max(point.price for point in points), min(point.price for point in points)
    said = tr("High {high} · low {low}", high=paid(high, tr), low=paid(low, tr))
    return Plot(
        kicker=_kicker(coin, tr(LAST[stretch])),
        title="",
        plain=coin.symbol,
        figure=paid(last.price, tr),
        change="" if change is None else change_words(change, tr),
        mood=_mood(change),
        curve=curve,
        lanes=(),
        columns=(),
        gap=tr("no data"),
        keys=(),
        summary=" · ".join(filter(None, (said, _lacking(points, frame, tr)))),
        foot=foot_of(looked, last.at, tr),
    )


def alert_plot(alert: Alert, told: Told, coin: Priced, looked: Looked, times: float) -> Plot | None:
    """The chart of a coin around an alert; None without a single price.

    The usual band goes ``times`` usual moves to each side of the price at the news.
    """
    tr, points = drawn_in(looked.tr), coin.points
    if not points:
        return None
    since, to = told.around(looked.now)
    then, last = price_at(points, told.news), points[-1]
    usual = Usual(coin.symbol, coin.habit, told.news, then, times) if then is not None else None
    band = usual.band(to) if usual is not None else ()
    frame = frame_of(points, since, to, min(looked.now, to), [price for _, *pair in band for price in pair])
    curve = replace(
        curve_of(points, frame, looked.zone, tr),
        events=_events(points, frame, told, tr),
        band=tuple((frame.across(at), frame.up(low), frame.up(high)) for at, low, high in band),
    )
    change = moved(then, last.price) if then is not None else None
    day = short_day_words(here(looked.zone, told.sent), tr)
    said = (change_after(change, last.at - told.news, tr), _stayed(usual, last, tr)) if change is not None else ()
    return Plot(
        kicker=_kicker(coin, tr("around the alert of {day}", day=day)),
        title=cut(clean(alert.story.lead.title), 140) or tr("(no title)"),
        plain=capital(event_words(alert.story.lead.act.event, tr)),
        figure="",
        change="",
        mood=_mood(change),
        curve=curve,
        lanes=(),
        columns=(),
        gap=tr("no data"),
        keys=(Key("band", tr("where it usually stays")),) if band else (),
        summary=" · ".join(said) or tr("No price at the news"),
        foot=foot_of(looked, last.at, tr),
    )


def changed_over(coin: Priced, stretch: Stretch, now: datetime) -> Decimal | None:
    """The change over the whole time, in percent; None where the line begins late."""
    if not coin.points or coin.points[0].at - (now - stretch.length) > stretch.length / _LATE:
        return None
    return moved(coin.points[0].price, coin.points[-1].price)


def foot_of(looked: Looked, at: datetime, tr: Translator) -> str:
    """Whose picture this is, of which day and by which clock."""
    local = here(looked.zone, at)
    return tr("Lodestone · {day}, {time}", day=day_words(local.date(), tr), time=f"{local:%H:%M %Z}")


def _kicker(coin: Priced, what: str) -> str:
    name = cut(clean(coin.name), 24)
    return " · ".join(filter(None, (name, coin.symbol if coin.symbol != name else "", what)))


def _mood(change: Decimal | None) -> str:
    rounded = round(change, 1) if change is not None else 0
    return "good" if rounded > 0 else "bad" if rounded < 0 else ""


def _events(points: Sequence[Point], frame: Frame, told: Told, tr: Translator) -> tuple[Event, ...]:
    """The alert, and the news where it came well before."""
    marks = [("alert", told.sent, tr("Alert"))]
    if frame.across(told.sent) - frame.across(told.news) > _APART:
        marks.append(("news", told.news, tr("News")))
    found = list[Event]()
    for kind, at, label in marks:
        price = price_at(points, at)
        found.append(Event(frame.across(at), None if price is None else frame.up(price), kind, label))
    return tuple(found)


def change_after(change: Decimal, after: timedelta, tr: Translator = ENGLISH) -> str:
    """How a price has moved since news came out, and in how long: "+0.4%, 3 h after the news"."""
    return tr("{change}, {time} after the news", change=change_words(change, tr), time=age_words(after, tr))


def _stayed(usual: Usual | None, last: Point, tr: Translator) -> str:
    """Whether the price is where it usually stays."""
    if usual is None or not usual.known:
        return tr("not enough history yet")
    low, high = usual.at(last.at)
    return tr("within its usual band") if low <= last.price <= high else tr("outside its usual band")


def _lacking(points: Sequence[Point], frame: Frame, tr: Translator) -> str:
    """How long there was no price in all."""
    lacking = sum((end - begin for begin, end in gaps_of(points, frame.since, frame.until)), timedelta())
    return tr("no data for {time}", time=age_words(lacking, tr)) if lacking else ""
