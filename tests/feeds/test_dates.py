"""Dates as feeds write them, and what becomes of those that are missing, old, future or absurd."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.feeds.dates import Age, judge_age, parse_date

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Mon, 23 Nov 2026 08:00:00 GMT", "2026-11-23T08:00"),
        ("Mon, 23 Nov 2026 08:00:00 +0530", "2026-11-23T02:30"),
        ("Mon, 23 Nov 2026 08:00:00 -0500 (EST)", "2026-11-23T13:00"),
        ("Mon, 23 Nov 2026 08:00:00 EST", "2026-11-23T13:00"),
        ("Mon, 23 Nov 2026 08:00:00 JST", "2026-11-22T23:00"),
        ("Mon, 23 Nov 2026 08:00:00 CET", "2026-11-23T07:00"),
        ("Mon, 23 Nov 2026 08:00:00 IST", "2026-11-23T02:30"),
        ("Mon, 23 Nov 2026 08:00:00 PKT", "2026-11-23T03:00"),
        ("Mon, 23 Nov 2026 08:00:00 GMT+8", "2026-11-23T00:00"),
        ("Mon, 23 Nov 2026 08:00:00 XYZ", "2026-11-23T08:00"),
        ("Monday, 23-Nov-26 08:00:00 GMT", "2026-11-23T08:00"),
        ("23 Nov 2026", "2026-11-23T00:00"),
        ("2026-11-23T08:00:00Z", "2026-11-23T08:00"),
        ("2026-11-23T08:00:00+05:30", "2026-11-23T02:30"),
        ("2026-11-23t08:00:00z", "2026-11-23T08:00"),
        ("20261123T080000Z", "2026-11-23T08:00"),
        ("2026-11-23 08:00", "2026-11-23T08:00"),
        ("2026-11-23", "2026-11-23T00:00"),
        ("2026/11/23 08:00:00", "2026-11-23T08:00"),
        ("2026年11月23日", "2026-11-23T00:00"),
        ("23/11/2026", "2026-11-23T00:00"),
        ("11/23/2026 8:00 PM", "2026-11-23T20:00"),
        ("23.11.2026 08:00", "2026-11-23T08:00"),
        ("Nov 23, 2026 8:00 AM", "2026-11-23T08:00"),
        ("November 23, 2026", "2026-11-23T00:00"),
        ("1795420800", "2026-11-23T08:00"),
        ("1795420800000", "2026-11-23T08:00"),
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00"),
        ("3/4/2026", None),
        ("0000-00-00", None),
        ("yesterday", None),
        ("", None),
        ("31 Feb 2026", None),
        ("Lun, 23 nov.", None),
        ("99999999999999999999", None),
        ("Mon, 23 Nov 2026 25:61:00 GMT", None),
        ("x" * 10_000, None),
    ],
)
def test_parse(text: str, moment: str | None) -> None:
    assert parse_date(text) == (None if moment is None else datetime.fromisoformat(moment).replace(tzinfo=UTC))


@given(st.text(max_size=70))
def test_any_text_is_a_moment_or_nothing(text: str) -> None:
    moment = parse_date(text)
    assert moment is None or moment.tzinfo is UTC


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)), st.timedeltas(timedelta(hours=-14), timedelta(hours=14))
)
def test_iso_times_come_back(naive: datetime, offset: timedelta) -> None:
    moment = naive.replace(tzinfo=UTC, microsecond=0)
    shifted = moment.astimezone(__import__("datetime").timezone(timedelta(minutes=offset.total_seconds() // 60)))
    assert parse_date(shifted.isoformat()) == moment


@pytest.mark.parametrize(
    ("stated", "age"),
    [
        (None, Age(NOW, known=False, stale=False)),
        (datetime(1970, 1, 1, tzinfo=UTC), Age(NOW, known=False, stale=False)),
        (NOW + timedelta(days=3650), Age(NOW, known=False, stale=False)),
        (NOW + timedelta(hours=9), Age(NOW, known=True, stale=False)),
        (NOW + timedelta(minutes=5), Age(NOW + timedelta(minutes=5), known=True, stale=False)),
        (NOW - timedelta(hours=1), Age(NOW - timedelta(hours=1), known=True, stale=False)),
        (NOW - timedelta(days=8), Age(NOW - timedelta(days=8), known=True, stale=True)),
    ],
)
def test_age(stated: datetime | None, age: Age) -> None:
    assert judge_age(stated, NOW) == age
