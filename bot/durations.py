"""How long somebody wants something: "8h", "3 days", "an hour", "until tomorrow 9am". Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from bot.quiet import next_moment, zone_of

LONGEST = timedelta(days=366)
"""Longer than this is better said as for ever."""
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIMES: Mapping[str, int] = {
    "noon": 720,
    "midday": 720,
    "midnight": 0,
    "morning": 480,
    "tonight": 1320,
    "evening": 1080,
}
_UNITS: Mapping[str, timedelta] = {
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), timedelta(minutes=1)),
    **dict.fromkeys(("minuto", "minutos", "منٹ", "分钟", "分"), timedelta(minutes=1)),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), timedelta(hours=1)),
    **dict.fromkeys(("hora", "horas", "گھنٹہ", "گھنٹے", "گھنٹوں", "小时", "个小时"), timedelta(hours=1)),
    **dict.fromkeys(("d", "day", "days"), timedelta(days=1)),
    **dict.fromkeys(("dia", "dias", "دن", "دنوں", "天", "日"), timedelta(days=1)),
    **dict.fromkeys(("w", "wk", "wks", "week", "weeks"), timedelta(days=7)),
    **dict.fromkeys(("semana", "semanas", "ہفتہ", "ہفتے", "ہفتوں", "周", "星期"), timedelta(days=7)),
    **dict.fromkeys(("mo", "month", "months"), timedelta(days=30)),
    **dict.fromkeys(("mes", "meses", "مہینہ", "مہینے", "مہینوں", "个月"), timedelta(days=30)),
    **dict.fromkeys(("y", "yr", "yrs", "year", "years"), timedelta(days=365)),
    **dict.fromkeys(("ano", "anos", "سال", "年"), timedelta(days=365)),
}
"""As ``words_of`` writes them, which is without accents."""
_AMOUNT = re.compile(r"(\d{1,6})([a-z]*)")
_UNTIL = re.compile(
    r"\b(?:until|till|til|'til)\s+"
    r"(?:(?P<day>today|tomorrow|tmrw|(?:next\s+)?(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?)\b[\s,]*)?"
    r"(?:at\s+)?"
    r"(?:(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))?\s*(?P<half>am|pm|a\.m\.|p\.m\.)?(?:\s*o'?clock)?(?![\w:])"
    r"|(?P<word>noon|midday|midnight|morning|tonight|evening)\b)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Until:
    """A moment in a chat's own clock: ``day`` is "" for the next such time, "today", "tomorrow" or "mon" to "sun"."""

    day: str
    minute: int

    def moment(self, zone: str, now: datetime) -> datetime:
        """When that is next, in UTC. "Today" at a time that is over means that time tomorrow."""
        if self.day in ("", "today"):
            return _next(self.minute, zone, now)
        midnight = _next(0, zone, now)
        while self.day in _DAYS and midnight.astimezone(_zone(zone)).weekday() != _DAYS.index(self.day):
            midnight = _next(0, zone, midnight)
        return _next(self.minute, zone, midnight - timedelta(microseconds=1))


def find_until(text: str) -> tuple[str, Until | None, str]:
    """The text without "until ...", what that says, and its words where they say no time that there is."""
    found = _UNTIL.search(text)
    if found is None:
        return text, None, ""
    rest = f"{text[: found.start()]} , {text[found.end() :]}"
    day = (found["day"] or "").lower().removeprefix("next").strip()
    day = "tomorrow" if day == "tmrw" else day if day in ("", "today", "tomorrow") else day[:3]
    minute = _minute(found)
    if minute is None and found["hour"] is None and day in ("tomorrow", *_DAYS):
        minute = 0
    if minute is None:
        # "Until" alone says nothing: what comes after it is read for itself.
        return rest, None, found[0].strip() if found["hour"] or day else ""
    return rest, Until(day, minute), ""


def duration_at(words: Sequence[str], at: int) -> tuple[int, timedelta]:
    """How many words from here are a length of time, and what length: "8h", "8 hours", "an hour"."""
    amount = _AMOUNT.fullmatch(words[at])
    following = words[at + 1] if at + 1 < len(words) else ""
    if amount is None:
        return (2, _UNITS[following]) if words[at] in ("a", "an", "one") and following in _UNITS else (0, timedelta())
    number, unit = min(int(amount[1]), 600_000), amount[2]
    if unit in _UNITS:
        return 1, number * _UNITS[unit]
    if not unit and following in _UNITS:
        return 2, number * _UNITS[following]
    return 0, timedelta()


def short(duration: timedelta | None) -> str:
    """A duration as it is typed and as buttons carry it: "90m", "8h", "3d"; empty for ever."""
    if duration is None:
        return ""
    minutes = int(duration.total_seconds()) // 60
    for size, unit in ((1440, "d"), (60, "h")):
        if minutes % size == 0 and minutes:
            return f"{minutes // size}{unit}"
    return f"{minutes}m"


def _minute(found: re.Match[str]) -> int | None:
    """The minute of the day that was named; None where none was, or none that there is."""
    if found["word"]:
        return _TIMES[found["word"].lower()]
    if found["hour"] is None:
        return None
    hour, minute, half = int(found["hour"]), int(found["minute"] or 0), (found["half"] or "").lower()[:1]
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return (hour * 60 + minute) % 1440 if minute < 60 and (hour < 24 or (hour, minute) == (24, 0)) else None


def _next(minute: int, zone: str, now: datetime) -> datetime:
    found = next_moment((minute,), zone, now)
    assert found is not None  # one minute of the day always comes
    return found


def _zone(name: str) -> tzinfo:
    try:
        return zone_of(name)
    except ValueError:
        return zone_of("UTC")
