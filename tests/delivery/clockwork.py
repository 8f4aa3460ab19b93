"""Hours, days and moments for the reference, found by walking through the minutes of a zone one by one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from bot.quiet import Quiet
from tests.delivery.wished import BEGIN

_FIRST = BEGIN.replace(hour=0) - timedelta(days=2)
_MINUTES = 16 * 24 * 60


@cache
def _wall(zone: str) -> tuple[tuple[int, int, int], ...]:
    """For each minute from ``_FIRST`` on what the clock on the wall shows: month and day, weekday, minute."""
    here = ZoneInfo(zone)
    shown = []
    for minute in range(_MINUTES):
        at = (_FIRST + timedelta(minutes=minute)).astimezone(here)
        shown.append((at.month * 100 + at.day, at.weekday(), at.hour * 60 + at.minute))
    return tuple(shown)


def _minute(at: datetime) -> int:
    return int((at - _FIRST).total_seconds() // 60)


def _is_quiet(quiet: Quiet, weekday: int, minute: int) -> bool:
    if quiet.start < quiet.end:
        return quiet.start <= minute < quiet.end and weekday in quiet.days
    if minute >= quiet.start:
        return weekday in quiet.days
    return minute < quiet.end and (weekday - 1) % 7 in quiet.days


@cache
def _calm(quiet: Quiet, zone: str) -> tuple[int, ...]:
    """For each minute the next one, itself included, in which it is not quiet."""
    free, ahead = _MINUTES, [0] * _MINUTES
    for minute in reversed(range(_MINUTES)):
        _, weekday, shown = _wall(zone)[minute]
        if not _is_quiet(quiet, weekday, shown):
            free = minute
        ahead[minute] = free
    return tuple(ahead)


@cache
def _struck(minutes: Sequence[int], days: Sequence[int], zone: str) -> tuple[int, ...]:
    """For each minute the next one after it at which the clock shows one of those minutes on one of those days."""
    next_one, ahead = _MINUTES, [0] * _MINUTES
    for minute in reversed(range(_MINUTES)):
        ahead[minute] = next_one
        _, weekday, shown = _wall(zone)[minute]
        if shown in minutes and weekday in days:
            next_one = minute
    return tuple(ahead)


def quiet_end(quiet: Quiet | None, zone: str, now: datetime) -> datetime | None:
    """When the quiet hours of now end; None where it is not quiet."""
    if quiet is None:
        return None
    minute = _minute(now)
    free = _calm(quiet, zone)[minute]
    return None if free == minute else _FIRST + timedelta(minutes=free)


def next_struck(minutes: tuple[int, ...], days: tuple[int, ...], zone: str, now: datetime) -> datetime | None:
    """The first moment after now at which the clock shows one of these minutes on one of these days."""
    if not minutes:
        return None
    return _FIRST + timedelta(minutes=_struck(minutes, days, zone)[_minute(now)])


def date_of(zone: str, at: datetime) -> int:
    """The day of the chat's own calendar."""
    return _wall(zone)[_minute(at)][0]


def tomorrow(zone: str, now: datetime, minute: int) -> datetime:
    """When the clock shows that minute of the next day of the chat's own calendar."""
    today, at = date_of(zone, now), _minute(now)
    while _wall(zone)[at][0] == today or _wall(zone)[at][2] != minute:
        at += 1
    return _FIRST + timedelta(minutes=at)
