"""What charts of a coin, of an alert and of the week show, without drawing them; and those that are kept here."""

from __future__ import annotations

import struct
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.pictures.captions import alert_chart_caption, chart_caption
from bot.pictures.chart import Looked, Priced, Told, alert_plot, coin_plot
from bot.pictures.curve import Point
from bot.pictures.plot import Event, Plot, read_plot
from bot.pictures.theme import HEIGHT, WIDTH
from bot.pictures.week import Change, week_of, week_plot
from bot.shade import Shade
from bot.stretch import Stretch
from pipelines.prices.history import Step
from pipelines.prices.reaction import read_habit
from rules.story import Tag, Topic
from tests.chats.make import NOW, alert, report
from tests.pictures.charts import SHOWN
from tests.pictures.market import walk

HOUR = timedelta(hours=1)
NEWS = NOW - 3 * HOUR
TOLD = Told(NEWS, NEWS + timedelta(minutes=20))
HABIT = read_habit(walk("BTC", Step.QUARTER, NEWS - timedelta(days=50), NEWS))


def coin(*prices: float, over: timedelta = timedelta(days=1), **changes: Any) -> Priced:
    """A coin with these prices at even distances, the last one now."""
    points = tuple(Point(NOW - over * (1 - n / (len(prices) - 1)), price) for n, price in enumerate(prices))
    return replace(Priced("BTC", "Bitcoin", points), **changes)


def plotted(plot: Plot | None) -> Plot:
    assert plot is not None
    assert read_plot(plot.to_json()) == plot
    return plot


RISE = coin(*(90_000 + 10 * n for n in range(100)))


def test_a_coins_chart_says_what_it_costs_and_how_it_moved() -> None:
    drawn = plotted(coin_plot(RISE, Stretch.DAY, Looked(NOW, "Asia/Karachi")))
    assert (drawn.kicker, drawn.figure, drawn.change, drawn.mood) == (
        "Bitcoin · BTC · last 24 hours", "$90,990", "+1.1%", "good",
    )  # fmt: skip
    assert drawn.summary == "High $90,990 · low $90,000"
    assert drawn.foot == "Lodestone · 24 Nov 2026, 14:30 PKT"
    assert drawn.curve.level == pytest.approx(drawn.curve.runs[0][0][1], abs=1e-4)


@pytest.mark.parametrize(
    ("last", "change", "mood"),
    [(89_100, "−1.0%", "bad"), (90_010, "0.0%", ""), (90_000, "0.0%", "")],  # noqa: RUF001
)
def test_a_fall_is_a_fall_and_next_to_nothing_neither(last: float, change: str, mood: str) -> None:
    drawn = plotted(coin_plot(coin(*[90_000.0] * 99, last), Stretch.DAY, Looked(NOW)))
    assert (drawn.change, drawn.mood) == (change, mood)


def test_a_line_that_begins_late_says_so_and_claims_no_change() -> None:
    late = coin(*(90_000 + n for n in range(100)), over=timedelta(hours=16))
    drawn = plotted(coin_plot(late, Stretch.DAY, Looked(NOW)))
    assert (drawn.change, drawn.mood, drawn.gap) == ("", "", "no data")
    assert drawn.summary == "High $90,099 · low $90,000 · no data for 8 h"
    (gap,) = drawn.curve.gaps
    assert gap == pytest.approx((0.0, 1 / 3))


def test_without_a_price_there_is_no_chart() -> None:
    nothing = Priced("BTC", "Bitcoin", ())
    assert coin_plot(nothing, Stretch.DAY, Looked(NOW)) is None
    assert alert_plot(alert(), TOLD, nothing, Looked(NOW), 2.0) is None


@pytest.mark.parametrize(
    ("name", "kicker"),
    [
        ("XRP", "XRP · last 24 hours"),
        ("", "XRP · last 24 hours"),
        ("Evil\u202e\n\x00Coin " + "w" * 90, f"Evil Coin {'w' * 13}… · XRP · last 24 hours"),
        ("$x^2$ {0.__class__} <b>", "$x^2$ {0.__class__} <b> · XRP · last 24 hours"),
    ],
)
def test_a_coins_name_is_shown_safely(name: str, kicker: str) -> None:
    drawn = plotted(coin_plot(replace(RISE, symbol="XRP", name=name), Stretch.DAY, Looked(NOW)))
    assert drawn.kicker == kicker
    assert drawn.plain == "XRP"


# --- around an alert


def around(*, after: float, habit: Any = HABIT, told: Told = TOLD) -> Plot:
    """90,000 up to the news, then so much."""
    since, _ = told.around(NOW)
    moments = [since + n * timedelta(minutes=5) for n in range((NOW - since) // timedelta(minutes=5) + 1)]
    points = tuple(Point(at, 90_000.0 if at <= told.news else after) for at in moments)
    return plotted(alert_plot(alert(), told, Priced("BTC", "Bitcoin", points, habit), Looked(NOW), 2.1))


def test_an_alerts_chart_marks_news_and_alert_and_shades_what_is_usual() -> None:
    drawn = around(after=90_100)
    assert drawn.kicker == "Bitcoin · BTC · around the alert of 24 Nov"
    assert drawn.title == "Ministry puts export licences on terbium into force"
    assert drawn.plain == "Export control"
    assert [(event.kind, event.label) for event in drawn.curve.events] == [("alert", "Alert"), ("news", "News")]
    assert drawn.summary == "+0.1%, 3 h after the news · within its usual band"
    assert [key.words for key in drawn.keys] == ["where it usually stays"]
    first, last = drawn.curve.band[0], drawn.curve.band[-1]
    assert (first[0], last[0]) == pytest.approx((drawn.curve.events[1].at, 1.0))
    assert first[1] == first[2] == pytest.approx(drawn.curve.events[1].up)
    assert drawn.curve.until == pytest.approx(4.333 / 5.333, abs=0.001)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"after": 80_000}, "−11.1%, 3 h after the news · outside its usual band"),  # noqa: RUF001
        ({"after": 99_000}, "+10.0%, 3 h after the news · outside its usual band"),
        ({"after": 90_100, "habit": None}, "+0.1%, 3 h after the news · not enough history yet"),
    ],
)
def test_it_says_whether_the_price_stayed(changes: dict[str, Any], said: str) -> None:
    assert around(**changes).summary == said


def test_news_and_alert_in_one_moment_have_one_mark() -> None:
    assert [event.kind for event in around(after=1.0, told=Told(NEWS, NEWS)).curve.events] == ["alert"]


def test_a_price_that_nobody_saw_at_the_news_is_said() -> None:
    late = Priced(
        "BTC", "Bitcoin", tuple(Point(NOW - n * timedelta(minutes=5), 90_000.0) for n in range(6, -1, -1)), HABIT
    )
    drawn = plotted(alert_plot(alert(), TOLD, late, Looked(NOW), 2.1))
    assert (drawn.summary, drawn.curve.band, drawn.mood) == ("No price at the news", (), "")
    assert drawn.curve.events[1] == Event(drawn.curve.events[1].at, None, "news", "News")


@pytest.mark.parametrize(("hours", "before", "after"), [(0.5, 1, 1), (3, 4 / 3, 4), (20, 8, 24), (900, 8, 24)])
def test_an_alerts_chart_is_as_long_as_it_takes(hours: float, before: float, after: float) -> None:
    since, to = Told(NEWS, NEWS).around(NEWS + hours * HOUR)
    assert ((NEWS - since) / HOUR, (to - NEWS) / HOUR) == pytest.approx((before, after))


# --- the week


def told(topic: Topic | None, at: datetime) -> Change:
    tags = (Tag(topic, 0.9), Tag(Topic.POLICY, 0.95)) if topic else ()
    return at, alert(report(1, tags=tags))


def test_the_week_counts_changes_by_field_and_day_of_the_chats_clock() -> None:
    chips, earth = Topic.SEMICONDUCTOR, Topic.RARE_EARTH
    changes = (
        told(chips, datetime(2026, 11, 17, 18, 59, tzinfo=UTC)),  # the day before, by the chat's clock
        told(chips, datetime(2026, 11, 17, 19, 0, tzinfo=UTC)),
        told(earth, datetime(2026, 11, 20, 12, tzinfo=UTC)),
        told(earth, datetime(2026, 11, 20, 18, 59, tzinfo=UTC)),
        told(earth, datetime(2026, 11, 20, 19, 1, tzinfo=UTC)),
        told(Topic.POLICY, NOW),
        told(None, NOW),
    )
    week = coin(*(90_000 + n for n in range(600)), over=timedelta(days=6, hours=12))
    drawn = plotted(week_plot(changes, week, Looked(NOW, "Asia/Karachi")))
    assert (drawn.kicker, drawn.figure) == ("18 Nov to 24 Nov", "6 structural changes")
    assert [(lane.name, lane.counts, lane.total) for lane in drawn.lanes] == [
        ("Rare earths", (0, 0, 2, 1, 0, 0, 0), "3"),
        ("Chips", (1, 0, 0, 0, 0, 0, 0), "1"),
        ("Policy", (0, 0, 0, 0, 0, 0, 1), "1"),
        ("Other", (0, 0, 0, 0, 0, 0, 1), "1"),
    ]
    assert [tick.label for tick in drawn.columns] == ["Wed", "Thu", "Fri", "Sat", "Sun", "Mon", "Tue"]
    assert drawn.columns[0].at == 0
    assert drawn.summary == "Bitcoin · $90,599 · +0.7% since 18 Nov"
    assert drawn.curve.until == pytest.approx((6 + 14.5 / 24) / 7)


def test_a_week_of_changing_clocks_has_seven_days() -> None:
    since, to = week_of("Europe/Berlin", datetime(2026, 10, 27, 12, tzinfo=UTC))
    assert (to - since) == timedelta(days=7, hours=1)
    drawn = plotted(week_plot([told(Topic.CRYPTO, since)], RISE, Looked(to - HOUR, "Europe/Berlin")))
    assert len(drawn.columns) == 7


def test_a_week_without_changes_is_nothing_to_draw_and_one_without_prices_says_so() -> None:
    assert week_plot([], RISE, Looked(NOW)) is None
    drawn = plotted(week_plot([told(Topic.ENERGY, NOW)], Priced("BTC", "Bitcoin", ()), Looked(NOW)))
    assert drawn.summary == "No price of Bitcoin"
    assert drawn.curve.gaps == ((0.0, drawn.curve.until),)
    assert drawn.columns[1].label == "Thu"


# --- under the picture


def test_the_buttons_of_a_chart_name_what_is_drawn_and_what_may_be() -> None:
    caption = chart_caption(RISE, Stretch.DAY, Shade.LIGHT, ("BTC", "ETH"), Looked(NOW))
    assert caption.plain == "BTC $90,990 · +1.1% in 24 h\nEducational, never financial advice."
    assert [[(each.text, each.data) for each in row] for row in caption.buttons] == [
        [("✓ BTC", "c:light:24h:BTC"), ("ETH", "c:light:24h:ETH")],
        [
            ("✓ 24h", "c:light:24h:BTC"), ("7d", "c:light:7d:BTC"), ("30d", "c:light:30d:BTC"),
            ("Dark", "c:dark:24h:BTC"),
        ],
    ]  # fmt: skip
    alone = chart_caption(RISE, Stretch.WEEK, Shade.DARK, ("BTC",), Looked(NOW))
    assert [[each.text for each in row] for row in alone.buttons] == [["24h", "✓ 7d", "30d", "Light"]]


def test_the_buttons_of_an_alerts_chart_lead_to_the_story() -> None:
    about = alert()
    caption = alert_chart_caption(about, RISE, Shade.DARK, ("ETH", "BTC"), Looked(NOW), TOLD)
    assert "BTC +0.1%, 3 h after the news" in caption.plain
    story = about.story.id
    assert [[each.data for each in row] for row in caption.buttons] == [
        [f"h:dark:ETH:{story}", f"h:dark:BTC:{story}"],
        [f"h:light:BTC:{story}", f"p:dark:{story}", f"y:{story}"],
    ]


@pytest.mark.parametrize("name", sorted(SHOWN))
def test_the_charts_of_the_readme_are_whole_and_small(name: str) -> None:
    png = (Path(__file__).parent / f"{name}.png").read_bytes()
    assert struct.unpack(">II", png[16:24]) == (WIDTH, HEIGHT)
    assert len(png) < 120_000
