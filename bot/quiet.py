"""Quiet hours, moments and days, in the clock of a chat's own zone. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

MINUTES_A_DAY = 1440
EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)
"""The days of a week, Monday first."""
_OFFSET = re.compile(r"UTC([+-])(\d{2}):(\d{2})")
_DAYS_AHEAD = 15
"""Days in which any day of the week comes, also where a zone leaves one out."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """The hours of a day in which nothing rings, from minute ``start`` to before minute ``end``.

    They go over midnight where the end is not after the start. ``days`` are those on which they begin, 0 for Monday.
    Raises ``ValueError`` for what is no minute of a day, for no time at all, or for what is no day.
    """

    start: int
    end: int
    days: tuple[int, ...] = EVERY_DAY

    def __post_init__(self) -> None:
        if not (0 <= self.start < MINUTES_A_DAY and 0 <= self.end < MINUTES_A_DAY and self.start != self.end):
            raise ValueError("quiet hours need two different minutes of a day, each from 0 to 1439")
        if not self.days or not set(self.days) <= set(EVERY_DAY):
            raise ValueError("quiet hours need days of the week, each from 0 for Monday to 6")


@cache
def zone_of(name: str) -> tzinfo:
    """The zone of this name, or a fixed distance as "UTC+05:30"; raises ``ValueError`` for one that nobody knows."""
    if (fixed := _OFFSET.fullmatch(name)) is not None:
        away = timedelta(hours=int(fixed[2]), minutes=int(fixed[3]))
        if away < timedelta(hours=24):
            return timezone(-away if fixed[1] == "-" else away)
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"no time zone is called {name[:40]!r}") from error


def quiet_until(quiet: Quiet | None, zone: str, now: datetime) -> datetime | None:
    """When the quiet hours that hold at ``now`` end, in UTC; None where none hold.

    They go by the clock on the wall: in the night in which the clocks change they are an hour shorter or longer.
    """
    if quiet is None:
        return None
    today = here(zone, now).date()
    for day in (today - timedelta(days=1), today):
        if day.weekday() not in quiet.days:
            continue
        last = day if quiet.end > quiet.start else day + timedelta(days=1)
        start, end = _moment(day, quiet.start, zone), _moment(last, quiet.end, zone)
        if start <= now < end:
            return end
    return None


def next_moment(minutes: Sequence[int], zone: str, now: datetime, days: Sequence[int] = EVERY_DAY) -> datetime | None:
    """The first moment after ``now``, in UTC, at which the chat's clock shows one of these minutes, on these days."""
    if not minutes:
        return None
    today = here(zone, now).date()
    for ahead in range(-1, _DAYS_AHEAD):
        day = today + timedelta(days=ahead)
        found = [at for minute in minutes if (at := _moment(day, minute, zone)) > now] if day.weekday() in days else []
        if found:
            return min(found)
    return None


def day_of(zone: str, now: datetime) -> tuple[datetime, datetime]:
    """When the chat's own day began, and when it ends, in UTC: 23 to 25 hours where the clocks change."""
    today = here(zone, now).date()
    return _moment(today, 0, zone), _moment(today + timedelta(days=1), 0, zone)


def here(zone: str, at: datetime) -> datetime:
    """The moment as the chat's own clock shows it."""
    return at.astimezone(_known(zone))


def _moment(day: date, minute: int, zone: str) -> datetime:
    """What the clock shows twice counts the first time; what it leaves out counts as the hour after."""
    wall = datetime.combine(day, time(minute // 60, minute % 60), _known(zone))
    return wall.astimezone(UTC)


def _known(zone: str) -> tzinfo:
    """The zone; UTC where this machine knows no such zone any more: hours that are off beat news that never come."""
    try:
        return zone_of(zone)
    except ValueError:
        return UTC
