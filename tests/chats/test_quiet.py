"""Quiet hours and moments of the day by the clock on the chat's wall, also in the nights in which it is changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.quiet import EVERY_DAY, MINUTES_A_DAY, Quiet, day_of, next_moment, quiet_until, zone_of

BERLIN, NEW_YORK, KARACHI, KATHMANDU, HOWE = (
    *("Europe/Berlin", "America/New_York", "Asia/Karachi", "Asia/Kathmandu"),
    "Australia/Lord_Howe",  # its clocks change by half an hour
)
ZONES = (BERLIN, NEW_YORK, KARACHI, KATHMANDU, HOWE, "UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago")


def minute(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# zone, quiet hours, now in UTC, their end in UTC
CASES = [
    ("UTC", "22:00-07:00", "2026-11-24 21:59", None),
    ("UTC", "22:00-07:00", "2026-11-24 22:00", "2026-11-25 07:00"),
    ("UTC", "22:00-07:00", "2026-11-25 06:59", "2026-11-25 07:00"),
    ("UTC", "22:00-07:00", "2026-11-25 07:00", None),
    ("UTC", "13:00-14:30", "2026-11-24 14:00", "2026-11-24 14:30"),
    ("UTC", "00:00-23:59", "2026-11-24 23:58", "2026-11-24 23:59"),
    ("UTC", "00:01-00:00", "2026-11-24 00:00", None),
    ("UTC", "00:01-00:00", "2026-11-24 23:59", "2026-11-25 00:00"),
    (BERLIN, "22:00-07:00", "2026-11-24 21:00", "2026-11-25 06:00"),
    (KARACHI, "22:00-07:00", "2026-11-24 17:00", "2026-11-25 02:00"),
    (KATHMANDU, "22:00-07:00", "2026-11-24 16:15", "2026-11-25 01:15"),
    ("Pacific/Kiritimati", "22:00-07:00", "2026-11-24 08:00", "2026-11-24 17:00"),
    # The night of 29 March 2026 is an hour shorter in Berlin: 02:00 is 03:00.
    (BERLIN, "22:00-07:00", "2026-03-28 21:00", "2026-03-29 05:00"),
    (BERLIN, "22:00-02:30", "2026-03-29 00:59", "2026-03-29 01:30"),  # an end that is left out is an hour later
    (BERLIN, "02:15-03:10", "2026-03-29 01:05", None),  # nothing is left of these
    (BERLIN, "02:15-04:00", "2026-03-29 01:14", None),
    (BERLIN, "02:15-04:00", "2026-03-29 01:15", "2026-03-29 02:00"),
    # The night of 25 October is an hour longer: 03:00 is 02:00 again.
    (BERLIN, "22:00-07:00", "2026-10-24 20:00", "2026-10-25 06:00"),
    (BERLIN, "22:00-02:30", "2026-10-25 00:29", "2026-10-25 00:30"),  # what comes twice counts the first time
    (BERLIN, "22:00-02:30", "2026-10-25 00:30", None),
    (BERLIN, "02:30-05:00", "2026-10-25 00:30", "2026-10-25 04:00"),
    (NEW_YORK, "23:00-06:00", "2026-11-01 03:00", "2026-11-01 11:00"),
    (NEW_YORK, "23:00-06:00", "2026-03-08 04:00", "2026-03-08 10:00"),
    (HOWE, "22:00-07:00", "2026-04-04 11:00", "2026-04-04 20:30"),
]


@pytest.mark.parametrize(("zone", "hours", "now", "end"), CASES)
def test_quiet_until(zone: str, hours: str, now: str, end: str | None) -> None:
    start, _, last = hours.partition("-")
    found = quiet_until(Quiet(minute(start), minute(last)), zone, moment(now))
    assert found == (moment(end) if end else None)


def test_without_quiet_hours_nothing_is_quiet() -> None:
    assert quiet_until(None, BERLIN, moment("2026-11-24 02:00")) is None


minutes = st.integers(0, MINUTES_A_DAY - 1)
moments = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
near_changes = st.builds(
    lambda day, away: moment(day) + timedelta(minutes=away),
    st.sampled_from(["2026-03-29 01:00", "2026-10-25 01:00", "2026-03-08 07:00", "2026-11-01 06:00"]),
    st.integers(-1500, 1500),
)


def shows(zone: str, at: datetime) -> int:
    here = at.astimezone(ZoneInfo(zone))
    return here.hour * 60 + here.minute


def left_out(zone: str, wanted: int, at: datetime) -> bool:
    """Whether the clock was put forward over that minute shortly before."""
    before = at - timedelta(hours=2)
    return shows(zone, at) != (shows(zone, before) + 120) % MINUTES_A_DAY and shows(zone, at) > wanted


@given(st.sampled_from(ZONES), minutes, minutes, moments | near_changes)
def test_quiet_hours_end_soon_and_at_their_minute(zone: str, start: int, end: int, now: datetime) -> None:
    assume(start != end)
    until = quiet_until(Quiet(start, end), zone, now)
    if until is None:
        return
    assert now < until <= now + timedelta(hours=25)
    assert shows(zone, until) == end or left_out(zone, end, until)
    assert quiet_until(Quiet(start, end), zone, until) is None


@given(st.sampled_from(ZONES), minutes, minutes, moments)
def test_a_day_without_a_change_is_quiet_between_the_two_minutes(
    zone: str, start: int, end: int, now: datetime
) -> None:
    assume(start != end)
    here = ZoneInfo(zone)
    offsets = {(now + timedelta(hours=each)).astimezone(here).utcoffset() for each in range(-26, 27)}
    assume(len(offsets) == 1)
    shown = shows(zone, now)
    inside = start <= shown < end if start < end else shown >= start or shown < end
    assert (quiet_until(Quiet(start, end), zone, now) is not None) == inside


@given(st.sampled_from(ZONES), st.lists(minutes, min_size=1, max_size=4), moments | near_changes)
def test_the_next_moment_is_ahead_and_within_a_day(zone: str, wanted: list[int], now: datetime) -> None:
    found = next_moment(wanted, zone, now)
    assert found is not None
    assert now < found <= now + timedelta(hours=25)
    assert any(shows(zone, found) == each or left_out(zone, each, found) for each in wanted)


def test_no_moments_no_next_one() -> None:
    assert next_moment((), BERLIN, moment("2026-11-24 02:00")) is None


@pytest.mark.parametrize(("start", "end"), [(-1, 5), (5, 1440), (7, 7)])
def test_hours_that_are_none(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="two different minutes"):
        Quiet(start, end)


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", "Europe/Berlin\x00", "x" * 5000])
def test_zones_that_nobody_knows(name: str) -> None:
    with pytest.raises(ValueError, match="no time zone is called"):
        zone_of(name)


# zone, days of the quiet hours 22:00 to 07:00, now in UTC, their end in UTC
DAYS = [
    ("UTC", (0, 1, 2, 3, 4), "2026-11-27 22:00", "2026-11-28 07:00"),  # Friday's night ends on Saturday
    ("UTC", (0, 1, 2, 3, 4), "2026-11-28 22:00", None),
    ("UTC", (0, 1, 2, 3, 4), "2026-11-29 06:00", None),
    ("UTC", (0, 1, 2, 3, 4), "2026-11-29 23:00", None),
    ("UTC", (0, 1, 2, 3, 4), "2026-11-30 06:00", None),  # Sunday's night would end on Monday
    ("UTC", (6,), "2026-11-30 06:00", "2026-11-30 07:00"),
    (KARACHI, (5, 6), "2026-11-28 16:59", None),
    (KARACHI, (5, 6), "2026-11-28 17:00", "2026-11-29 02:00"),
    ("UTC+05:30", EVERY_DAY, "2026-11-28 16:30", "2026-11-29 01:30"),
    ("UTC-03:30", EVERY_DAY, "2026-11-28 01:30", "2026-11-28 10:30"),
    (BERLIN, (5,), "2027-03-28 04:59", "2027-03-28 05:00"),
    (BERLIN, (6,), "2027-03-28 04:59", None),
]


@pytest.mark.parametrize(("zone", "days", "now", "end"), DAYS)
def test_quiet_on_some_days(zone: str, days: tuple[int, ...], now: str, end: str | None) -> None:
    found = quiet_until(Quiet(22 * 60, 7 * 60, days), zone, moment(now))
    assert found == (moment(end) if end else None)


@pytest.mark.parametrize(
    ("zone", "days", "now", "due"),
    [
        ("UTC", (0,), "2026-11-24 09:00", "2026-11-30 08:00"),
        ("UTC", (0,), "2026-11-30 07:59", "2026-11-30 08:00"),
        ("UTC", (0,), "2026-11-30 08:00", "2026-12-07 08:00"),
        ("UTC", (1, 3), "2026-11-24 09:00", "2026-11-26 08:00"),
        (KARACHI, (0,), "2026-11-29 20:00", "2026-11-30 03:00"),
        (BERLIN, (6,), "2027-03-27 12:00", "2027-03-28 06:00"),
        (BERLIN, (6,), "2027-10-30 12:00", "2027-10-31 07:00"),
    ],
)
def test_the_next_moment_on_some_days(zone: str, days: tuple[int, ...], now: str, due: str) -> None:
    assert next_moment((8 * 60,), zone, moment(now), days) == moment(due)


@pytest.mark.parametrize(
    ("zone", "now", "begin", "end"),
    [
        ("UTC", "2026-11-24 23:59", "2026-11-24 00:00", "2026-11-25 00:00"),
        (KARACHI, "2026-11-24 19:00", "2026-11-24 19:00", "2026-11-25 19:00"),
        (BERLIN, "2027-03-28 12:00", "2027-03-27 23:00", "2027-03-28 22:00"),
        (BERLIN, "2027-10-31 12:00", "2027-10-30 22:00", "2027-10-31 23:00"),
        # Its clocks change at midnight: the day begins at one, and another has two midnights.
        ("America/Havana", "2026-03-08 12:00", "2026-03-08 05:00", "2026-03-09 04:00"),
        ("America/Havana", "2026-11-01 04:30", "2026-11-01 04:00", "2026-11-02 05:00"),
        ("America/Havana", "2026-11-01 05:30", "2026-11-01 04:00", "2026-11-02 05:00"),
    ],
)
def test_a_day_by_the_chats_own_clock(zone: str, now: str, begin: str, end: str) -> None:
    assert day_of(zone, moment(now)) == (moment(begin), moment(end))


@given(st.sampled_from(ZONES), moments | near_changes)
def test_each_moment_is_on_one_day(zone: str, now: datetime) -> None:
    begin, end = day_of(zone, now)
    assert begin <= now < end
    assert timedelta(hours=23) <= end - begin <= timedelta(hours=25)
    assert day_of(zone, end)[0] == end


@pytest.mark.parametrize("days", [(), (7,), (-1,)])
def test_days_that_are_none(days: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="days of the week"):
        Quiet(5, 7, days)
