"""Quiet hours and moments of a day, in the clock of a chat's own zone. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

MINUTES_A_DAY = 1440


@dataclass(frozen=True, slots=True)
class Quiet:
    """The hours of a day in which nothing rings, from minute ``start`` to before minute ``end``.

    They go over midnight where the end is not after the start. Raises ``ValueError`` for what is no minute of a day,
    or for no time at all.
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        if not (0 <= self.start < MINUTES_A_DAY and 0 <= self.end < MINUTES_A_DAY and self.start != self.end):
            raise ValueError("quiet hours need two different minutes of a day, each from 0 to 1439")


@cache
def zone_of(name: str) -> ZoneInfo:
    """The zone of this name; raises ``ValueError`` for one that nobody knows."""
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
    here = now.astimezone(_known(zone))
    for day in (here.date() - timedelta(days=1), here.date()):
        last = day if quiet.end > quiet.start else day + timedelta(days=1)
        start, end = _moment(day, quiet.start, zone), _moment(last, quiet.end, zone)
        if start <= now < end:
            return end
    return None


def next_moment(minutes: Sequence[int], zone: str, now: datetime) -> datetime | None:
    """The first moment after ``now``, in UTC, at which the chat's clock shows one of these minutes of the day."""
    if not minutes:
        return None
    here = now.astimezone(_known(zone)).date()
    days = (here + timedelta(days=ahead) for ahead in range(-1, 3))
    return min(at for day in days for minute in minutes if (at := _moment(day, minute, zone)) > now)


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
