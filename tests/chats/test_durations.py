"""Until when somebody wants something, by the clock of their zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.durations import Until, find_until
from bot.wishes import read_wish

TUESDAY = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
FORWARD, BACK = datetime(2026, 3, 28, 20, 0, tzinfo=UTC), datetime(2026, 10, 24, 20, 0, tzinfo=UTC)
"""The evenings before the clocks change in Berlin."""


@pytest.mark.parametrize(
    ("text", "zone", "now", "ends"),
    [
        ("until 18:00", "UTC", TUESDAY, "2026-11-24T18:00"),
        ("until 18:00", "Asia/Karachi", TUESDAY, "2026-11-24T13:00"),
        ("until 9:00", "UTC", TUESDAY, "2026-11-25T09:00"),
        ("until 9.30", "UTC", TUESDAY, "2026-11-25T09:30"),
        ("until 6pm", "UTC", TUESDAY, "2026-11-24T18:00"),
        ("until 6 p.m.", "UTC", TUESDAY, "2026-11-24T18:00"),
        ("until 12am", "UTC", TUESDAY, "2026-11-25T00:00"),
        ("until 12 pm", "UTC", TUESDAY, "2026-11-24T12:00"),
        ("until noon", "UTC", TUESDAY, "2026-11-24T12:00"),
        ("till midnight", "UTC", TUESDAY, "2026-11-25T00:00"),
        ("until 24:00", "UTC", TUESDAY, "2026-11-25T00:00"),
        ("until tomorrow", "UTC", TUESDAY, "2026-11-25T00:00"),
        ("until tomorrow 9am", "UTC", TUESDAY, "2026-11-25T09:00"),
        ("until tomorrow at 18:00", "America/New_York", TUESDAY, "2026-11-25T23:00"),
        ("until today 18:00", "UTC", TUESDAY, "2026-11-24T18:00"),
        ("until monday", "UTC", TUESDAY, "2026-11-30T00:00"),
        ("until next Mon 8am", "UTC", TUESDAY, "2026-11-30T08:00"),
        ("until tuesday 9:00", "UTC", TUESDAY, "2026-12-01T09:00"),
        ("Until WEDNESDAY 9 o'clock", "UTC", TUESDAY, "2026-11-25T09:00"),
        ("until tomorrow morning", "UTC", TUESDAY, "2026-11-25T08:00"),
        ("until 2:30", "Europe/Berlin", FORWARD, "2026-03-29T01:30"),
        ("until 2:30", "Europe/Berlin", BACK, "2026-10-25T00:30"),
        ("until 7:00", "Europe/Berlin", FORWARD, "2026-03-29T05:00"),
        ("until 7:00", "Europe/Berlin", BACK, "2026-10-25T06:00"),
        ("until 7:00", "Atlantis/Centre", TUESDAY, "2026-11-25T07:00"),
    ],
)
def test_until(text: str, zone: str, now: datetime, ends: str) -> None:
    wish = read_wish(f"chips {text}")
    assert (wish.unclear, wish.duration) == ("", None)
    assert wish.until is not None
    assert wish.until.moment(zone, now) == datetime.fromisoformat(ends).replace(tzinfo=UTC)


@pytest.mark.parametrize("text", ["until 25:00", "until 13pm", "until 9:75", "until 0am", "until today"])
def test_no_such_time(text: str) -> None:
    wish = read_wish(f"chips {text}")
    assert (wish.until, wish.unclear) == (None, text)


def test_until_and_no_time_is_only_a_word() -> None:
    assert read_wish("chips until 8h").duration == timedelta(hours=8)
    assert read_wish("chips until forever").forever
    assert read_wish("chips until bananas").unclear == "bananas"


@given(st.text(max_size=60))
def test_anything_may_follow(text: str) -> None:
    rest, until, wrong = find_until(f"chips until {text}")
    assert "chips" in rest
    assert until is None or not wrong


@given(
    st.sampled_from(("", "today", "tomorrow", "mon", "sun")),
    st.integers(0, 1439),
    st.sampled_from(
        ("UTC", "Asia/Kathmandu", "America/St_Johns", "Europe/Berlin", "Pacific/Apia", "Australia/Lord_Howe")
    ),
    st.integers(0, 4 * 366 * 1440),
)
def test_the_moment_lies_ahead_within_eight_days(day: str, minute: int, zone: str, since: int) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=since)
    ahead = Until(day, minute).moment(zone, now) - now
    assert timedelta() < ahead <= timedelta(days=8, hours=1)
