"""Closes as a line: which points are drawn, where a gap is, and what the edges say."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pictures.curve import Frame, Point, curve_of, frame_of, hours_of, paid, points_of, price_at, prices_of
from bot.pictures.usual import Usual
from pipelines.prices.history import Series, Step
from pipelines.prices.quote import Quote
from pipelines.prices.reaction import PEG_BAND, read_habit
from tests.pictures.market import walk

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
DAY, MINUTE, QUARTER = timedelta(days=1), timedelta(minutes=1), timedelta(minutes=15)
NONE = math.nan


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def series(step: timedelta, start: datetime, *closes: float) -> Series:
    return Series("BTC", step, start, closes)


def test_minutes_come_first_and_quarters_where_there_are_none() -> None:
    quarters = series(QUARTER, ago(60), 10.0, 11.0, NONE, 13.0)
    minutes = series(MINUTE, ago(60), *[NONE] * 15, 21.0, NONE, 22.0, *[NONE] * 42)
    told = points_of([quarters, minutes], ago(60), NOW)
    assert [(point.at, point.price) for point in told] == [
        (ago(45), 10.0), (ago(44), 21.0), (ago(42), 22.0), (NOW, 13.0),
    ]  # fmt: skip


def test_a_step_that_is_not_over_ends_now_and_nothing_is_told_of_what_is_to_come() -> None:
    told = points_of([series(QUARTER, ago(20), 10.0, 11.0, 12.0)], ago(20), NOW)
    assert [point.at for point in told] == [ago(5), NOW]


@pytest.mark.parametrize(
    ("price", "age", "points"),
    [("12.5", 2, [10.0, 12.5]), ("12.5", 17, [10.0]), ("12.5", -5, [10.0])],
    ids=["newest", "older than the line", "from the future"],
)
def test_the_quote_at_hand_is_the_newest_point(price: str, age: float, points: list[float]) -> None:
    quote = Quote("BTC", Decimal(price), None, ago(age), ("one",))
    told = points_of([series(QUARTER, ago(30), 10.0)], ago(30), NOW, quote)
    assert [point.price for point in told] == points


@pytest.mark.parametrize("bad", [NONE, 0.0, -3.0, math.inf])
def test_what_is_no_price_is_no_point(bad: float) -> None:
    assert points_of([series(QUARTER, ago(30), bad, bad)], ago(30), NOW) == ()


@pytest.mark.parametrize(("at", "price"), [(ago(45), 10.0), (ago(44), 10.0), (ago(46), None), (ago(10), None)], ids=str)
def test_a_price_holds_for_half_an_hour(at: datetime, price: float | None) -> None:
    assert price_at((Point(ago(45), 10.0),), at) == price


def test_a_hole_parts_the_line_and_is_a_gap() -> None:
    closes = [100.0 + n for n in range(96)]
    closes[40:60] = [NONE] * 20
    told = points_of([series(QUARTER, NOW - DAY, *closes)], NOW - DAY, NOW)
    drawn = curve_of(told, frame_of(told, NOW - DAY, NOW, NOW), "UTC")
    assert [len(run) for run in drawn.runs] == [40, 36]
    ((begin, end),) = drawn.gaps
    assert (begin, end) == pytest.approx((40 / 96, 61 / 96))


def test_a_line_that_begins_late_or_ends_early_has_its_gap_there() -> None:
    told = (Point(ago(700), 1.0), Point(ago(690), 1.1), Point(ago(90), 1.2))
    drawn = curve_of(told, frame_of(told, NOW - DAY, NOW, NOW), "UTC")
    assert [len(run) for run in drawn.runs] == [2, 1]
    assert (drawn.gaps[0][0], drawn.gaps[-1][1]) == (0.0, 1.0)
    assert len(drawn.gaps) == 3


def test_what_has_not_come_yet_is_no_gap() -> None:
    told = tuple(Point(ago(minutes), 1.0) for minutes in range(60, -1, -15))
    drawn = curve_of(told, frame_of(told, ago(60), NOW + DAY, NOW), "UTC")
    assert drawn.gaps == ()
    assert drawn.until == pytest.approx(1 / 25)


def test_a_stablecoin_trembles_as_little_as_it_does() -> None:
    told = tuple(Point(ago(60 - n), 1 + (n % 2) * 0.0001) for n in range(61))
    frame = frame_of(told, ago(60), NOW, NOW)
    assert frame.up(1.0001) - frame.up(1) < 0.03


HOURS = (
    (4, "UTC", ["06:00", "07:00", "08:00", "09:00"]),
    (24, "UTC", ["12:00", "16:00", "20:00", "24 Nov", "04:00", "08:00"]),
    (24, "Asia/Kolkata", ["16:00", "20:00", "24 Nov", "04:00", "08:00", "12:00"]),
    (24 * 7, "UTC", ["18 Nov", "19 Nov", "20 Nov", "21 Nov", "22 Nov", "23 Nov", "24 Nov"]),
    (24 * 30, "UTC", ["30 Oct", "4 Nov", "9 Nov", "14 Nov", "19 Nov", "24 Nov"]),
)


@pytest.mark.parametrize(("hours", "zone", "labels"), HOURS)
def test_even_hours_or_days_of_the_chats_clock_stand_under_it(hours: int, zone: str, labels: list[str]) -> None:
    ticks = hours_of(Frame(NOW - timedelta(hours=hours), NOW, NOW, 1, 2), zone)
    assert [tick.label for tick in ticks] == labels
    assert all(0 <= tick.at <= 1 for tick in ticks)


def test_a_night_of_changing_clocks_has_each_hour_once() -> None:
    morning = datetime(2026, 10, 25, 12, tzinfo=UTC)
    ticks = hours_of(Frame(morning - DAY, morning, morning, 1, 2), "Europe/Berlin")
    assert [tick.label for tick in ticks] == ["16:00", "20:00", "25 Oct", "04:00", "08:00", "12:00"]


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (88_200, 91_800, ["$89,000", "$90,000", "$91,000"]),
        (3_010, 3_042, ["$3,010", "$3,020", "$3,030", "$3,040"]),
        (0.9978, 1.0018, ["$0.998", "$0.999", "$1.000", "$1.001"]),
        (0.0000121, 0.0000129, ["$0.0000122", "$0.0000124", "$0.0000126", "$0.0000128"]),
    ],
)
def test_round_prices_stand_beside_it(low: float, high: float, labels: list[str]) -> None:
    assert [tick.label for tick in prices_of(Frame(NOW - DAY, NOW, NOW, low, high))] == labels


@given(st.lists(st.floats(1e-9, 1e9, allow_subnormal=False), min_size=1, max_size=40), st.integers(1, 3000))
def test_any_prices_lie_in_the_drawing(prices: list[float], minutes: int) -> None:
    since = NOW - timedelta(minutes=minutes * len(prices))
    told = tuple(Point(since + n * timedelta(minutes=minutes), price) for n, price in enumerate(prices, 1))
    frame = frame_of(told, since, NOW, NOW)
    drawn = curve_of(told, frame, "UTC")
    places = [place for run in drawn.runs for place in run]
    assert len(places) == len(told)
    assert all(0 <= at <= 1 and 0 <= up <= 1 for at, up in places)
    assert all(0 <= tick.at <= 1 for tick in drawn.up)
    assert len(drawn.up) <= 7


def test_a_close_is_told_as_money() -> None:
    assert [paid(price) for price in (91480.00023, 3034.5, 0.99991)] == ["$91,480", "$3,034.50", "$0.9999"]


# --- what is usual


def test_the_band_opens_with_time_and_holds_most_of_a_calm_market() -> None:
    """Of moments of a made-up market, the price four hours on lies within it nineteen times of twenty."""
    market = walk("BTC", Step.QUARTER, NOW - timedelta(days=120), NOW, seed=1)
    within = list[bool]()
    for day in range(60, 118):
        at = 96 * day + 7 * day % 96
        habit = read_habit(Series("BTC", QUARTER, market.start, market.closes[:at]))
        news = market.start + at * QUARTER
        usual = Usual("BTC", habit, news, market.closes[at - 1], 2.1)
        low, high = usual.at(news + 16 * QUARTER)
        within.append(low <= market.closes[at + 15] <= high)
        widths = [above - below for _, below, above in usual.band(news + timedelta(hours=4))]
        assert widths == sorted(widths)
        assert widths[0] == 0
    assert 0.87 <= sum(within) / len(within) <= 1


def test_a_stable_coin_is_measured_by_its_promise_and_one_without_a_past_by_nothing() -> None:
    stable = Usual("USDC", None, NOW, 0.9999, 2.1)
    assert stable.at(NOW + DAY) == (0.9999 - PEG_BAND, 0.9999 + PEG_BAND)
    unknown = Usual("BTC", None, NOW, 90_000, 2.1)
    assert (unknown.known, unknown.band(NOW + DAY)) == (False, ())
